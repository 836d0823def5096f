//! Connections over memory, with a clock that jumps to whatever is waited for.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::Service;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::speak::{Protocol, speak};
use crate::settings::Settings;

/// Says what it was asked, after a while.
#[derive(Clone)]
struct Echo {
    after: Duration,
    answer_bytes: usize,
}

impl Service<Request<Incoming>> for Echo {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let echo = self.clone();
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let body = request.into_body().collect().await;
            if !echo.after.is_zero() {
                sleep(echo.after).await;
            }
            let said = match body {
                Ok(body) => format!("{path} {:?}", body.to_bytes()),
                Err(error) => {
                    let why = std::error::Error::source(&error).map(ToString::to_string);
                    format!("{path} failed: {}", why.unwrap_or_default())
                }
            };
            let said = said + &"x".repeat(echo.answer_bytes);
            Ok(Response::new(Full::from(said)))
        })
    }
}

const ECHO: Echo = Echo {
    after: Duration::ZERO,
    answer_bytes: 0,
};

fn settings() -> Settings {
    Settings {
        header_max_bytes: 400,
        headers_max: 5,
        ..Settings::default()
    }
}

fn connect(echo: Echo) -> DuplexStream {
    let (client, server) = duplex(1024);
    let stop = CancellationToken::new();
    tokio::spawn(async move {
        let (settings, kept) = (settings(), stop.clone());
        speak(server, Protocol::Either, &settings, echo, stop).await;
        drop(kept);
    });
    client
}

/// Everything that comes until the end.
async fn rest(client: &mut DuplexStream) -> String {
    let mut all = Vec::new();
    let _ = client.read_to_end(&mut all).await;
    String::from_utf8_lossy(&all).into_owned()
}

/// The statuses of the answers in a text, and the text.
fn statuses(said: &str) -> Vec<&str> {
    let parts = said.split("HTTP/1.1 ").skip(1);
    parts.map(|part| &part[..3]).collect()
}

const GET: &str = "GET /a HTTP/1.1\r\nhost: h\r\n\r\n";
const LAST: &str = "GET /z HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn requests_follow_each_other_whatever_their_bodies_are() {
    let chunked = "POST /b HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let sized = "POST /c HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabc";
    let broken = "\r\nGET /d HTTP/1.1\r\nhost: h\r\n\r\n";
    let all = [GET, chunked, sized, broken, LAST].concat();
    for step in [1, 5, all.len()] {
        let mut client = connect(ECHO);
        for piece in all.as_bytes().chunks(step) {
            client.write_all(piece).await.unwrap();
        }
        let said = rest(&mut client).await;
        assert_eq!(statuses(&said), ["200"; 5], "{step}: {said}");
        for part in [r#"/a b"""#, r#"/b b"abcde""#, r#"/c b"abc""#, "/d", "/z"] {
            assert!(said.contains(part), "{step}: {said}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_keeps_its_place_and_is_the_last() {
    let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(400));
    let many = format!("GET / HTTP/1.1\r\nhost: h\r\n{}", "a: b\r\n".repeat(5));
    for (bad, status, code) in [
        ("GET / HTTP/1.1\nhost: h\n\n", "400", "malformed-request"),
        ("hello\r\n\r\n", "400", "malformed-request"),
        (
            "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
            "400",
            "malformed-request",
        ),
        (&long, "431", "ingress.header-max-bytes"),
        (&many, "431", "ingress.headers-max"),
    ] {
        let after = Duration::from_secs(3);
        let mut client = connect(Echo { after, ..ECHO });
        let all = [GET, bad, LAST].concat();
        client.write_all(all.as_bytes()).await.unwrap();
        let said = rest(&mut client).await;
        assert_eq!(statuses(&said), ["200", status], "{bad}: {said}");
        assert!(said.contains(code), "{bad}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_chunk_that_is_none_fails_the_body() {
    let mut client = connect(ECHO);
    let bad = "POST /b HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n";
    client.write_all(bad.as_bytes()).await.unwrap();
    let said = rest(&mut client).await;
    assert!(said.contains("failed"), "{said}");
    assert!(said.contains("extension"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_header_that_drips_is_cut_off_in_time() {
    let timeout = Duration::from_millis(settings().header_timeout_ms);
    let mut client = connect(ECHO);
    client.write_all(GET.as_bytes()).await.unwrap();
    let mut first = [0; 16];
    client.read_exact(&mut first).await.unwrap();
    let begun = Instant::now();
    for byte in "GET / HTTP/1.1\r\nhost: and so on".bytes() {
        if client.write_all(&[byte]).await.is_err() {
            break;
        }
        sleep(Duration::from_secs(2)).await;
        if begun.elapsed() > timeout {
            break;
        }
    }
    let said = rest(&mut client).await;
    assert_eq!(statuses(&said), ["408"], "{said}");
    assert!(said.contains("ingress.header-timeout-ms"), "{said}");
    assert!(begun.elapsed() <= timeout + Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_idle_ends_without_a_word() {
    let limits = settings();
    let idle = Duration::from_millis(limits.idle_timeout_ms);
    let mut client = connect(ECHO);
    for _ in 0..3 {
        client.write_all(GET.as_bytes()).await.unwrap();
        let mut some = [0; 16];
        client.read_exact(&mut some).await.unwrap();
        sleep(idle - Duration::from_millis(1)).await;
    }
    client.write_all(GET.as_bytes()).await.unwrap();
    let begun = Instant::now();
    let said = rest(&mut client).await;
    assert!(!said.contains("408"), "{said}");
    assert!(begun.elapsed() >= idle && begun.elapsed() < idle * 2);

    // Before the first request it has as long as for a header.
    let begun = Instant::now();
    assert_eq!(rest(&mut connect(ECHO)).await, "");
    let first = Duration::from_millis(limits.header_timeout_ms);
    assert!(begun.elapsed() >= first && begun.elapsed() < first * 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_an_answer_is_not_idle() {
    let after = Duration::from_secs(600);
    let mut client = connect(Echo { after, ..ECHO });
    client.write_all(LAST.as_bytes()).await.unwrap();
    let said = rest(&mut client).await;
    assert_eq!(statuses(&said), ["200"], "{said}");
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_no_answer_is_cut_off() {
    let answer_bytes = 1_000_000;
    let mut client = connect(Echo {
        answer_bytes,
        ..ECHO
    });
    client.write_all(GET.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(settings().answer_timeout_ms + 1)).await;
    let said = rest(&mut client).await;
    assert!(said.len() < answer_bytes, "{}", said.len());
}
