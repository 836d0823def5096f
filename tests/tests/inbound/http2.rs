//! HTTP/2 frame by frame.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{END_MAX, connect, place, runs, start};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// The bytes of a frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block that the other end need not remember, without compression.
fn block(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in pairs {
        bytes.push(0);
        for text in [name, value] {
            assert!(text.len() < 127);
            bytes.push(u8::try_from(text.len()).unwrap());
            bytes.extend(text.as_bytes());
        }
    }
    bytes
}

fn post(path: &str) -> Vec<u8> {
    block(&[
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "h"),
        (":path", path),
        ("content-type", "application/json"),
    ])
}

/// A client that does what no client does.
pub struct Rude<I> {
    io: I,
}

/// A frame that came.
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Rude<I> {
    /// Begins with these settings.
    pub async fn begin(mut io: I, settings: &[u8]) -> Self {
        io.write_all(PREFACE).await.unwrap();
        io.write_all(&frame(SETTINGS, 0, 0, settings))
            .await
            .unwrap();
        Self { io }
    }

    /// Sends a frame; an error means that the connection ended.
    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        let bytes = frame(kind, flags, stream, payload);
        self.io.write_all(&bytes).await.is_ok()
    }

    /// The next frame; none at the end.
    async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        let read = timeout(END_MAX, self.io.read_exact(&mut head)).await;
        read.expect("nothing comes and nothing ends").ok()?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let length = u32::from_be_bytes([0, a, b, c]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.io.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes(stream);
        Some(Frame {
            kind,
            flags,
            stream,
            payload,
        })
    }

    /// Everything of one answer, as text.
    async fn answer(&mut self, stream: u32) -> String {
        let mut text = Vec::new();
        while let Some(frame) = self.next().await {
            if frame.stream != stream {
                continue;
            }
            if frame.kind == DATA {
                text.extend(frame.payload);
            }
            if frame.kind == RESET || (frame.kind < RESET && frame.flags & END_STREAM != 0) {
                break;
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Asks and gets an answer.
    pub async fn post(&mut self, stream: u32, path: &str, body: &str) -> String {
        assert!(self.send(HEADERS, END_HEADERS, stream, &post(path)).await);
        assert!(self.send(DATA, END_STREAM, stream, body.as_bytes()).await);
        self.answer(stream).await
    }

    /// Reads until the connection ends, which it must; whether it ended with a word.
    async fn ended(&mut self) -> bool {
        let mut said = false;
        while let Some(frame) = self.next().await {
            said |= frame.kind == GOAWAY;
        }
        said
    }

    /// Waits until everything before has been read; false at the end.
    async fn ping(&mut self) -> bool {
        if !self.send(PING, 0, 0, &[7; 8]).await {
            return false;
        }
        while let Some(frame) = self.next().await {
            if frame.kind == PING && frame.flags & ACK != 0 {
                return true;
            }
        }
        false
    }
}

async fn rude(url: &str) -> Rude<TcpStream> {
    Rude::begin(connect(url).await, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_http_2_are_served_as_those_of_http_1() {
    let place = place().await;
    let launch = place.launch().setting("ingress.body-timeout-ms", "500");
    let launch = launch.setting("ingress.headers-max", "20");
    let daemon = start(launch).await;
    let mut client = rude(&daemon.ready.hooks).await;
    let said = client.post(1, "/hooks/events", r#"{"id":1}"#).await;
    assert!(said.contains(r#""duplicate":false"#), "{said}");
    let said = client.post(3, "/hooks/events", "{").await;
    assert!(said.contains("not-json"), "{said}");
    // A body that does not come.
    assert!(
        client
            .send(HEADERS, END_HEADERS, 5, &post("/hooks/events"))
            .await
    );
    let said = client.answer(5).await;
    assert!(said.contains("ingress.body-timeout-ms"), "{said}");
    let mut many = post("/hooks/events");
    many.extend(block(&[("a", "b")].repeat(30)));
    assert!(
        client
            .send(HEADERS, END_HEADERS | END_STREAM, 7, &many)
            .await
    );
    let said = client.answer(7).await;
    assert!(said.contains("ingress.headers-max"), "{said}");
    // A length that is not the body's.
    let mut wrong = post("/hooks/events");
    wrong.extend(block(&[("content-length", "5")]));
    assert!(client.send(HEADERS, END_HEADERS, 9, &wrong).await);
    assert!(client.send(DATA, END_STREAM, 9, b"{}").await);
    let said = client.answer(9).await;
    assert!(!said.contains("runs"), "{said}");
    // Headers of HTTP/1 that say how long a body is.
    let mut coded = post("/hooks/events");
    coded.extend(block(&[("transfer-encoding", "chunked")]));
    assert!(client.send(HEADERS, END_HEADERS, 11, &coded).await);
    let _ = client.send(DATA, END_STREAM, 11, b"{}").await;
    let said = client.answer(11).await;
    assert!(!said.contains("runs"), "{said}");
    assert_eq!(runs(&daemon).await, 1);

    let mut admin = rude(&daemon.ready.admin).await;
    let said = admin.post(1, "/api/v1/workflows/reload", "{}").await;
    assert!(said.contains("unauthorized"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_resets_and_floods_is_cut_off_and_others_are_served() {
    let place = place().await;
    let daemon = start(place.launch()).await;
    let hooks = &daemon.ready.hooks;
    let mut polite = rude(hooks).await;
    let cancel = 8_u32.to_be_bytes();

    // Requests and resets as fast as they go.
    let mut client = rude(hooks).await;
    for stream in (1..20_000).step_by(2) {
        let is_open = client
            .send(HEADERS, END_HEADERS, stream, &post("/hooks/events"))
            .await;
        if !is_open || !client.send(RESET, 0, stream, &cancel).await {
            break;
        }
    }
    client.ended().await;

    // The same, each after the one before was read and is being served.
    let mut client = rude(hooks).await;
    let mut stream = 1;
    while client
        .send(HEADERS, END_HEADERS, stream, &post("/hooks/events"))
        .await
        && client.ping().await
        && client.send(RESET, 0, stream, &cancel).await
    {
        stream += 2;
        assert!(stream < 1_000_000, "it goes on for ever");
    }

    // Pieces of bodies that hold nothing.
    let mut client = rude(hooks).await;
    client
        .send(HEADERS, END_HEADERS, 1, &post("/hooks/events"))
        .await;
    let mut pieces = 0;
    while client.send(DATA, 0, 1, b"").await {
        pieces += 1;
        assert!(pieces < 10_000_000, "it goes on for ever");
    }

    // A header block without end.
    let mut client = rude(hooks).await;
    client.send(HEADERS, 0, 1, &post("/hooks/events")).await;
    let more = block(&[("a", "b")].repeat(100));
    let mut pieces = 0;
    while client.send(CONTINUATION, 0, 1, &more).await {
        pieces += 1;
        assert!(pieces < 1_000_000, "it goes on for ever");
    }

    let said = polite.post(1, "/hooks/events", r#"{"id":1}"#).await;
    assert!(said.contains(r#""duplicate":false"#), "{said}");
    assert_eq!(runs(&daemon).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_connection_of_http_2_loses_it() {
    let place = place().await;
    let launch = place.launch().setting("ingress.idle-timeout-ms", "400");
    let launch = launch.setting("ingress.answer-timeout-ms", "400");
    let daemon = start(launch).await;
    let hooks = &daemon.ready.hooks;

    // Nothing at all, which ends with a word.
    assert!(rude(hooks).await.ended().await);
    // Half of a header block.
    let mut client = rude(hooks).await;
    client.send(HEADERS, 0, 1, &post("/hooks/events")).await;
    client.ended().await;
    // An answer that is not taken: the window of every stream is 0.
    let mut client = Rude::begin(connect(hooks).await, &[0, 4, 0, 0, 0, 0]).await;
    client
        .send(HEADERS, END_HEADERS, 1, &post("/hooks/events"))
        .await;
    client.send(DATA, END_STREAM, 1, br#"{"id":1}"#).await;
    let ended = timeout(Duration::from_secs(30), client.ended()).await;
    assert!(ended.is_ok());
}
