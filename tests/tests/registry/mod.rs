//! The registry of plugins, as its clients see it.

mod access;
mod artifacts;
mod clients;
mod gate;
mod installed;
mod limits;
mod protocol;
mod uploads;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mortise_tests::client::{Answer, Client};
use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::{paths, versions};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::Place;

/// What is no plugin, and tells less of what it is: the registry takes it with `registry.any-artifact`.
pub const THING: &str = "application/vnd.example.thing.v1+json";
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

/// The codes of what the gate found that keeps a plugin out, and of the rest where it is kept.
pub fn findings(answer: &Answer) -> Vec<String> {
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let refused = &document["errors"][0]["detail"]["findings"];
    let is_refused = refused.is_array();
    let found = if is_refused {
        refused
    } else {
        &document["findings"]
    };
    let found = found.as_array().into_iter().flatten();
    let told = found.filter(|one| !is_refused || one["is_error"] == true);
    told.filter_map(|one| one["code"].as_str().map(str::to_owned))
        .collect()
}

/// How one thing names another.
pub fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
}

/// The manifest of something with this content, and with what is put over it.
pub fn artifact(component: &[u8], over: &Value) -> Vec<u8> {
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(THING, b"{}"),
        "layers": [descriptor(LAYER, component)],
    });
    for (name, value) in over.as_object().into_iter().flatten() {
        manifest[name] = value.clone();
    }
    manifest.to_string().into_bytes()
}

/// The configuration of a plugin with this component.
pub fn config(component: &[u8]) -> Vec<u8> {
    json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [digest(component)],
    })
    .to_string()
    .into_bytes()
}

/// The manifest of a plugin with this component, and with what is put over it.
pub fn plugin(component: &[u8], over: &Value) -> Vec<u8> {
    let mut manifest = json!({ "config": descriptor(CONFIG, &config(component)) });
    for (name, value) in over.as_object().into_iter().flatten() {
        manifest[name] = value.clone();
    }
    artifact(component, &manifest)
}

/// The built-in plugin `mortise/record`, as it would be in another version.
pub fn record(version: &str) -> Vec<u8> {
    let (is, shall) = ("mortise/record0.1.0", format!("mortise/record{version}"));
    versions::changed(&paths::plugin("record").unwrap(), &[(is, &shall)]).unwrap()
}

impl Shop {
    /// With these settings, and open for what is no plugin.
    pub async fn open(settings: &[(&str, &str)]) -> Self {
        Self::over(Place::with(&[]).await, settings).await
    }

    /// The same over a place that is there.
    pub async fn over(place: Place, settings: &[(&str, &str)]) -> Self {
        let daemon = Self::launch(&place, settings).start().await.unwrap();
        let owner = daemon.admin.clone();
        Self {
            place,
            daemon,
            owner,
        }
    }

    pub fn launch(place: &Place, settings: &[(&str, &str)]) -> Launch {
        let launch = place
            .launch()
            .setting("registry", "127.0.0.1:0")
            .setting("registry.any-artifact", "true");
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

    /// Brings what something needs that is no plugin, and puts its manifest.
    pub async fn push(&self, name: &str, reference: &str, content: &[u8]) -> Answer {
        self.bring(name, b"{}").await;
        self.bring(name, content).await;
        self.put(name, reference, &artifact(content, &json!({})))
            .await
    }

    /// Brings what a plugin needs, and puts its manifest, with what is put over it.
    pub async fn publish(
        &self,
        (name, reference): (&str, &str),
        component: &[u8],
        over: &Value,
    ) -> Answer {
        self.bring(name, &config(component)).await;
        self.bring(name, component).await;
        self.put(name, reference, &plugin(component, over)).await
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
