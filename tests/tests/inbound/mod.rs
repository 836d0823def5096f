//! Hostile senders: what they send is refused or cut off, starts no run, and costs others nothing.

mod http1;
mod http2;
mod tls;

use std::time::Duration;

use mortise_tests::daemon::{Daemon, Launch};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::Place;

/// Longest wait for the end of a connection that has to end.
const END_MAX: Duration = Duration::from_secs(60);

const TAKES: &str = r#"
version: 1
name: takes-json
triggers:
  - id: events
    webhook: { path: /events }
steps:
  - id: mapped
    uses: record/map
    with: { fields: { id: .id } }
    records: "${{ .event }}"
output: "${{ .event }}"
"#;

fn taking(kind: &str) -> String {
    TAKES
        .replace("takes-json", &format!("takes-{kind}"))
        .replace(
            "path: /events",
            &format!("path: /{kind}, method: POST, body: {kind}"),
        )
        .replace(r#""${{ .event }}""#, r#""${{ {id: .event} }}""#)
}

/// A place whose hooks are `/events`, `/text` and `/bytes`.
async fn place() -> Place {
    Place::with(&[TAKES, &taking("text"), &taking("bytes")]).await
}

async fn start(launch: Launch) -> Daemon {
    launch.start().await.unwrap()
}

/// `HOST:PORT` of an address.
fn authority(url: &str) -> &str {
    url.split_once("://").unwrap().1
}

async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(authority(url)).await.unwrap()
}

/// Sends bytes, and gives everything that comes until the connection ends.
async fn exchange(url: &str, bytes: &[u8]) -> String {
    let mut stream = connect(url).await;
    stream.write_all(bytes).await.unwrap();
    rest(&mut stream).await
}

/// Everything that comes until the connection ends, which it must.
async fn rest<I: AsyncRead + Unpin>(stream: &mut I) -> String {
    let mut all = Vec::new();
    let ended = timeout(END_MAX, stream.read_to_end(&mut all)).await;
    let said = String::from_utf8_lossy(&all).into_owned();
    assert!(ended.is_ok(), "the connection is still open: {said}");
    said
}

/// The runs that there are.
async fn runs(daemon: &Daemon) -> usize {
    let url = format!("{}/api/v1/runs?limit=100", daemon.ready.admin);
    let answer = daemon.admin.get(&url).await.unwrap();
    answer.json().unwrap()["items"].as_array().unwrap().len()
}
