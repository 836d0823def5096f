//! The registry of plugins, as its clients see it.

mod access;
mod artifacts;
mod clients;
mod limits;
mod protocol;
mod uploads;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mortise_tests::client::{Answer, Client};
use mortise_tests::daemon::{Daemon, Launch};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::Place;

pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub const LAYER: &str = "application/wasm";
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const OCTETS: &str = "application/octet-stream";

/// Longest wait for what happens in the background.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A daemon that serves a registry.
pub struct Shop {
    pub place: Place,
    pub daemon: Daemon,
    /// With the token of `daemon.json`.
    pub owner: Client,
}

/// The digest of some bytes as text.
pub fn digest(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    let digits = digits.iter().map(|byte| format!("{byte:02x}"));
    format!("sha256:{}", digits.collect::<String>())
}

/// The first code of a refusal; empty where there is none.
pub fn code(answer: &Answer) -> String {
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = document["errors"][0]["code"].as_str();
    code.unwrap_or_default().to_owned()
}

/// How one thing names another.
pub fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
}

/// The manifest of a plugin with this component, and with what is put over it.
pub fn plugin(component: &[u8], over: &Value) -> Vec<u8> {
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, b"{}"),
        "layers": [descriptor(LAYER, component)],
    });
    for (name, value) in over.as_object().into_iter().flatten() {
        manifest[name] = value.clone();
    }
    manifest.to_string().into_bytes()
}

impl Shop {
    /// With these settings.
    pub async fn open(settings: &[(&str, &str)]) -> Self {
        let place = Place::with(&[]).await;
        let daemon = Self::launch(&place, settings).start().await.unwrap();
        let owner = daemon.admin.clone();
        Self {
            place,
            daemon,
            owner,
        }
    }

    pub fn launch(place: &Place, settings: &[(&str, &str)]) -> Launch {
        let launch = place.launch().setting("registry", "127.0.0.1:0");
        let settings = settings.iter();
        settings.fold(launch, |launch, (name, value)| launch.setting(name, value))
    }

    /// Kills the daemon and starts another.
    pub async fn crash(&mut self, settings: &[(&str, &str)]) {
        self.daemon.kill().await.unwrap();
        self.daemon = Self::launch(&self.place, settings).start().await.unwrap();
        self.owner = self.daemon.admin.clone();
    }

    pub fn base(&self) -> &str {
        self.daemon.ready.registry.as_deref().unwrap()
    }

    pub fn address(&self) -> &str {
        self.base().split_once("://").unwrap().1
    }

    /// What a client asks. A path that is an address already is left alone.
    pub async fn ask(
        &self,
        client: &Client,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let url = format!("{}{path}", self.base());
        client
            .send(method, &url, headers, body.to_vec())
            .await
            .unwrap()
    }

    /// What the owner asks.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.ask(&self.owner, (method, path), headers, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    /// Begins an upload; where it goes on.
    pub async fn begin(&self, name: &str) -> String {
        let begun = self
            .send("POST", &format!("/v2/{name}/blobs/uploads/"), &[], b"")
            .await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        begun.header("location").to_owned()
    }

    /// Brings a blob.
    pub async fn bring(&self, name: &str, bytes: &[u8]) {
        let path = format!("/v2/{name}/blobs/uploads/?digest={}", digest(bytes));
        let brought = self
            .send("POST", &path, &[("content-type", OCTETS)], bytes)
            .await;
        assert_eq!(brought.status, 201, "{}", brought.text());
    }

    /// Puts a manifest.
    pub async fn put(&self, name: &str, reference: &str, manifest: &[u8]) -> Answer {
        let path = format!("/v2/{name}/manifests/{reference}");
        self.send("PUT", &path, &[("content-type", MANIFEST)], manifest)
            .await
    }

    /// Brings what a plugin needs, and puts its manifest.
    pub async fn push(&self, name: &str, reference: &str, component: &[u8]) -> Answer {
        self.bring(name, b"{}").await;
        self.bring(name, component).await;
        self.put(name, reference, &plugin(component, &json!({})))
            .await
    }

    /// The files below a folder of the registry's.
    pub fn files(&self, folder: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.place.data.join("registry").join(folder), &mut found);
        found
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => walk(&path, found),
            path => found.push(path),
        }
    }
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    while !is_so().await {
        assert!(since.elapsed() < WAIT_MAX, "it is not so that {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
