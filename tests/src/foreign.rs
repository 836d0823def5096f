//! A registry that somebody else wrote: Debian's `docker-registry`.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::CertifiedKey;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::client::{ANSWER_MAX, Client};

/// The one password of a registry that wants a login; the name is `token`.
pub const PASSWORD: &str = "right";
/// That password, as the registry keeps it.
const LOGIN: &str = "token:$2y$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC\n";

/// A registry with a folder of its own; it ends with it.
pub struct Registry {
    address: String,
    folder: TempDir,
    _child: Child,
}

/// How a registry is started.
#[derive(Clone, Copy, Default)]
pub struct Wanted {
    /// It wants to know who asks.
    pub login: bool,
    /// It speaks TLS, with a certificate for `localhost` that nobody knows.
    pub tls: bool,
}

impl Registry {
    /// Starts one.
    ///
    /// # Errors
    /// Where it is not installed, or does not start.
    pub async fn start(wanted: Wanted) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let mut settings = format!(
            "version: 0.1\nlog: {{ formatter: json, accesslog: {{ disabled: true }} }}\nstorage: {{ filesystem: {{ rootdirectory: {:?} }} }}\nhttp:\n  addr: 127.0.0.1:0\n  secret: none\n",
            at("kept")
        );
        if wanted.tls {
            let CertifiedKey { cert, signing_key } =
                rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
            fs::write(at("cert.pem"), pem("CERTIFICATE", cert.der()))?;
            fs::write(
                at("key.pem"),
                pem("PRIVATE KEY", &signing_key.serialize_der()),
            )?;
            let (cert, key) = (at("cert.pem"), at("key.pem"));
            settings += &format!("  tls: {{ certificate: {cert:?}, key: {key:?} }}\n");
        }
        if wanted.login {
            fs::write(at("logins"), LOGIN)?;
            let logins = at("logins");
            settings += &format!("auth: {{ htpasswd: {{ realm: test, path: {logins:?} }} }}\n");
        }
        fs::write(at("settings.yml"), settings)?;
        let mut child = Command::new("docker-registry")
            .arg("serve")
            .arg(at("settings.yml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting `docker-registry`; `scripts/bootstrap test` installs it")?;
        let stderr = child.stderr.take().context("no stderr")?;
        let address = timeout(ANSWER_MAX, listening(stderr)).await??;
        Ok(Self {
            address,
            folder,
            _child: child,
        })
    }

    /// `host:port`; the host is the one of its certificate.
    #[must_use]
    pub fn host(&self) -> String {
        self.address.replace("127.0.0.1", "localhost")
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Copies the signatures of one plugin to where those of another one would lie.
    ///
    /// # Errors
    /// Where the registry refuses it.
    pub async fn replay(&self, from: (&str, &str), to: (&str, &str)) -> Result<()> {
        let client = Client::default();
        let tag = |digest: &str| digest.replace(':', "-") + ".sig";
        let base = format!("http://{}/v2", self.address);
        let ((from, digest), (to, other)) = (from, to);
        let manifest = "application/vnd.oci.image.manifest.v1+json";
        let url = format!("{base}/{from}/manifests/{}", tag(digest));
        let found = client
            .send("GET", &url, &[("accept", manifest)], "")
            .await?;
        let read: Value = found.json()?;
        let layers = read["layers"].as_array().context("no layers")?;
        for blob in layers.iter().chain([&read["config"]]) {
            let blob = blob["digest"].as_str().context("no digest")?;
            let url = format!("{base}/{to}/blobs/uploads/?mount={blob}&from={from}");
            let mounted = client.send("POST", &url, &[], "").await?;
            ensure!(mounted.status == 201, "{}", mounted.text());
        }
        let url = format!("{base}/{to}/manifests/{}", tag(other));
        let headers = [("content-type", manifest)];
        let put = client.send("PUT", &url, &headers, found.body).await?;
        ensure!(put.status == 201, "{}", put.text());
        Ok(())
    }
}

/// The address that the registry says it listens on. Goes on reading, so that it can go on talking.
async fn listening(stderr: tokio::process::ChildStderr) -> Result<String> {
    let mut lines = BufReader::new(stderr).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        let read: Value = serde_json::from_str(&line).unwrap_or_default();
        let message = read["msg"].as_str().unwrap_or_default();
        if let Some(address) = message.strip_prefix("listening on ") {
            let address = address.split(',').next().unwrap_or_default().to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address);
        }
        said = said + &line + "\n";
    }
    anyhow::bail!("`docker-registry` ended: {said}")
}

/// A certificate or a key as text (RFC 7468), in lines as every reader takes them.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}
