//! Certificates from files, and what becomes of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_tests::cli::mortise_with;
use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::paths;
use rcgen::CertifiedKey;
use rustix::process::Signal;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::http2::Rude;
use super::{authority, connect, place, rest, start};
use crate::common::Place;

/// Two files, and what is in the first.
struct Files {
    cert: PathBuf,
    key: PathBuf,
}

impl Files {
    fn of(place: &Place) -> Self {
        let folder = place.folder.path();
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        Self { cert, key }
    }

    /// Writes another pair.
    fn write(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["hooks.test".to_owned()]).unwrap();
        std::fs::write(&self.cert, pem("CERTIFICATE", cert.der())).unwrap();
        let key = pem("PRIVATE KEY", &signing_key.serialize_der());
        std::fs::write(&self.key, key).unwrap();
        cert.der().clone()
    }

    fn launch(&self, launch: Launch) -> Launch {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let launch = launch.setting("tls.cert-file", &text(&self.cert));
        launch.setting("tls.key-file", &text(&self.key))
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// Connects as somebody who trusts one certificate.
async fn secure(
    url: &str,
    trusted: &CertificateDer<'static>,
    protocol: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from("hooks.test").unwrap();
    let stream = TcpStream::connect(authority(url)).await?;
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

async fn is_served(url: &str, trusted: &CertificateDer<'static>) -> bool {
    let Ok(mut stream) = secure(url, trusted, "http/1.1").await else {
        return false;
    };
    let body = r#"{"id":1}"#;
    let request = format!(
        "POST /hooks/events HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let said = rest(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 202"), "{said}");
    true
}

/// Whether a command finds the daemon, and only the daemon can know.
async fn is_found(daemon: &Daemon) -> bool {
    let data = daemon.data().to_str().unwrap();
    let arguments = ["workflows", "reload", "--data", data];
    let output = mortise_with(&paths::root(), arguments.iter(), "", &[]).await;
    let output = output.unwrap();
    assert!(output.stdout.contains("unchanged"), "{output:?}");
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_come_from_files_and_change_with_them() {
    let place = place().await;
    let files = Files::of(&place);
    let first = files.write();
    let launch = files
        .launch(place.launch())
        .setting("tls.look-ms", "3600000");
    let daemon = start(launch).await;
    let hooks = &daemon.ready.hooks;
    assert!(hooks.starts_with("https://") && daemon.ready.admin.starts_with("https://"));
    assert!(is_served(hooks, &first).await);
    let stream = secure(hooks, &first, "h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut two = Rude::begin(stream, &[]).await;
    let said = two.post(1, "/hooks/events", r#"{"id":1}"#).await;
    assert!(said.contains("runs"), "{said}");
    assert!(is_found(&daemon).await);

    // Another pair counts once somebody says so.
    let second = files.write();
    assert!(is_served(hooks, &first).await);
    daemon.signal(Signal::HUP).unwrap();
    daemon
        .until_said("new connections get another certificate")
        .await
        .unwrap();
    assert!(is_served(hooks, &second).await);
    assert!(!is_served(hooks, &first).await);
    assert!(is_found(&daemon).await);

    // A broken one never does.
    std::fs::write(&files.key, "no key").unwrap();
    daemon.signal(Signal::HUP).unwrap();
    daemon
        .until_said("the certificate was not reloaded")
        .await
        .unwrap();
    assert!(is_served(hooks, &second).await);

    // Nobody speaks without it.
    let mut plain = connect(hooks).await;
    plain
        .write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
        .await
        .unwrap();
    assert!(!rest(&mut plain).await.contains("HTTP/1.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_noticed_and_a_handshake_has_its_time() {
    let place = place().await;
    let files = Files::of(&place);
    files.write();
    let launch = files.launch(place.launch()).setting("tls.look-ms", "50");
    let launch = launch.setting("tls.handshake-timeout-ms", "400");
    let daemon = start(launch).await;
    let mut silent = connect(&daemon.ready.hooks).await;
    assert_eq!(rest(&mut silent).await, "");
    let second = files.write();
    daemon
        .until_said("new connections get another certificate")
        .await
        .unwrap();
    assert!(is_served(&daemon.ready.hooks, &second).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_used_is_one_sentence() {
    let place = place().await;
    let files = Files::of(&place);
    files.write();
    let (cert, key) = (files.cert.clone(), files.key.clone());
    let other = Files {
        cert: place.folder.path().join("other-cert.pem"),
        key: place.folder.path().join("other-key.pem"),
    };
    other.write();
    let none = place.folder.path().join("none.pem");
    let empty = place.folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for (cert, key, word) in [
        (&none, &key, "tls.cert-file"),
        (&cert, &none, "tls.key-file"),
        (&empty, &key, "no certificate in PEM"),
        (&cert, &empty, "no private key in PEM"),
        (&cert, &other.key, "cannot be used together"),
    ] {
        let pair = Files {
            cert: cert.clone(),
            key: key.clone(),
        };
        let refused = pair.launch(place.launch()).refused().await.unwrap();
        assert_eq!(refused.code, Some(5), "{}", refused.stderr);
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
    }
    let half = files.launch(place.launch()).without_setting("tls.key-file");
    let refused = half.refused().await.unwrap();
    assert_eq!(refused.code, Some(5), "{}", refused.stderr);
}
