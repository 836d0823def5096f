//! HTTP/1 byte by byte.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{connect, exchange, place, rest, runs, start};

/// A whole request with these header lines and this body.
fn post(path: &str, lines: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{lines}\r\n{body}")
}

fn sized(path: &str, lines: &str, body: &str) -> String {
    let length = body.len();
    post(path, &format!("{lines}content-length: {length}\r\n"), body)
}

const JSON: &str = "content-type: application/json\r\n";
const HOOK: &str = "/hooks/events";

/// What a sender says, the status that it gets, and a word of the answer.
type Refused = (String, u16, &'static str);

/// Two ways to say how long a body is, or none.
fn lengths() -> Vec<Refused> {
    let both = "content-length: 2\r\ntransfer-encoding: chunked\r\n";
    let length = |text: &str| post(HOOK, &format!("content-length: {text}\r\n"), "{}");
    let coding = |text: &str| {
        let line = format!("transfer-encoding: {text}\r\n");
        post(HOOK, &line, "2\r\n{}\r\n0\r\n\r\n")
    };
    let old = format!("POST {HOOK} HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
    let twice = "chunked\r\ntransfer-encoding: x";
    vec![
        (post(HOOK, both, "0\r\n\r\n"), 400, "malformed-request"),
        (length("2\r\ncontent-length: 2"), 400, "content-length"),
        (length("2\r\ncontent-length: 4"), 400, "content-length"),
        (length("2, 2"), 400, "content-length"),
        (length("+2"), 400, "content-length"),
        (length("-2"), 400, "content-length"),
        (length("99999999999999999999999"), 400, "content-length"),
        (coding("chunked, identity"), 400, "transfer-encoding"),
        (coding("identity, chunked"), 400, "transfer-encoding"),
        (coding("xchunked"), 400, "transfer-encoding"),
        (coding(twice), 400, "transfer-encoding"),
        (old, 400, "HTTP/1.1"),
    ]
}

/// Lines that one reader takes for something else than another.
fn lines() -> Vec<Refused> {
    let first = |line: &str| format!("{line}\r\nhost: h\r\n\r\n");
    let spaced = "transfer-encoding : chunked\r\n";
    let nobody = format!("POST {HOOK} HTTP/1.1\r\n\r\n");
    let long = format!("a: {}\r\n", "b".repeat(3_000));
    let many = "a: b\r\n".repeat(30);
    vec![
        (post(HOOK, spaced, "{}"), 400, "header line"),
        (post(HOOK, "a: b\r\n folded\r\n", ""), 400, "goes on"),
        (post(HOOK, "a: b\nc: d\r\n", ""), 400, "carriage return"),
        (post(HOOK, "host: other\r\n", ""), 400, "host"),
        (nobody, 400, "host"),
        (first("POST  /hooks/events HTTP/1.1"), 400, "request line"),
        (first("POST /hooks/events HTTP/3.0"), 400, "request line"),
        (first("\u{16}\u{3}\u{1}"), 400, "request line"),
        (post(HOOK, &long, ""), 431, "ingress.header-max-bytes"),
        (post(HOOK, &many, ""), 431, "ingress.headers-max"),
    ]
}

/// Bodies in pieces that are none, and bodies that are too large.
fn pieces() -> Vec<Refused> {
    let chunked = |body: &str| post(HOOK, "transfer-encoding: chunked\r\n", body);
    let large = format!("bb8\r\n{}\r\n0\r\n\r\n", " ".repeat(3_000));
    let announced = post(HOOK, "content-length: 3000\r\n", "");
    vec![
        (chunked("2;a=b\r\n{}\r\n0\r\n\r\n"), 400, "extension"),
        (chunked("2\n{}\r\n0\r\n\r\n"), 400, "chunk"),
        (chunked("1\r\n{}\r\n0\r\n\r\n"), 400, "longer"),
        (chunked("FFFFFFFFFFFFFFFFF\r\n{}"), 400, "eight digits"),
        (chunked("2\r\n{}\r\n0\r\na: b\r\n\r\n"), 400, "trailers"),
        (chunked(&large), 413, "ingress.body-max-bytes"),
        (announced, 413, "ingress.body-max-bytes"),
    ]
}

/// Bodies of another kind than they are said to be, or than the webhook takes.
fn kinds() -> Vec<Refused> {
    let json = |body: &str| sized(HOOK, JSON, body);
    let multipart = "content-type: multipart/form-data; boundary=x\r\n";
    let file = "--x\r\ncontent-disposition: form-data; name=\"f\"; filename=\"/etc/passwd\"\r\n\r\n{}\r\n--x--\r\n";
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let two = format!("{JSON}{multipart}");
    let packed = format!("{JSON}content-encoding: gzip\r\n");
    let wide = "content-type: text/plain; charset=utf-16\r\n";
    let deep = "[".repeat(50) + &"]".repeat(50);
    vec![
        (json(&"[".repeat(50)), 400, "not-json"),
        (json(&deep), 400, "ingress.json-depth-max"),
        (json(r#"{"id":1,"id":2}"#), 400, "duplicate-key"),
        (json("\u{feff}{}"), 400, "not-json"),
        (sized(HOOK, multipart, file), 415, "body: bytes"),
        (sized(HOOK, form, "file=/etc/passwd"), 415, "form"),
        (sized(HOOK, &two, "{}"), 415, "two"),
        (sized(HOOK, &packed, "{}"), 415, "content-encoding"),
        (sized("/hooks/text", wide, "a"), 415, "utf-16"),
    ]
}

fn status(said: &str) -> u16 {
    let status = said
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    status.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_be_understood_in_two_ways_is_refused_and_starts_nothing() {
    let place = place().await;
    let launch = place.launch().setting("ingress.header-max-bytes", "2000");
    let launch = launch.setting("ingress.headers-max", "20");
    let launch = launch.setting("ingress.body-max-bytes", "2000");
    let launch = launch.setting("ingress.json-depth-max", "40");
    let daemon = start(launch).await;
    let all = [lengths(), lines(), pieces(), kinds()].concat();
    for (bytes, expected, word) in all {
        let said = exchange(&daemon.ready.hooks, bytes.as_bytes()).await;
        assert_eq!(status(&said), expected, "{bytes:?}: {said}");
        assert!(said.contains(word), "{bytes:?}: {said}");
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{bytes:?}: {said}");
    }
    assert_eq!(runs(&daemon).await, 0);

    // What is written as it has to be is taken, spaces around a value or not.
    let right = post(HOOK, "content-length:  2 \r\n", "{}");
    let said = exchange(&daemon.ready.hooks, right.as_bytes()).await;
    assert_eq!(status(&said), 202, "{said}");
    assert_eq!(runs(&daemon).await, 1);

    // The same on the other listener, whose bodies are read by somebody else.
    let slow = [post(
        "/api/v1/workflows/reload",
        "content-length: 2, 2\r\n",
        "{}",
    )];
    for bytes in slow {
        let said = exchange(&daemon.ready.admin, bytes.as_bytes()).await;
        assert_eq!(status(&said), 400, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_is_more_than_what_stands_in_it() {
    let place = place().await;
    let daemon = start(place.launch()).await;
    let file =
        r#"{"id":{"stored":{"digest":"sha256:00","size_bytes":1}},"filepath":"/etc/passwd"}"#;
    let multipart = "content-type: multipart/form-data; boundary=x\r\n";
    for (path, lines, body, event) in [
        (HOOK, JSON, file, file.to_owned()),
        (
            "/hooks/text",
            multipart,
            "@/etc/passwd",
            r#"{"id":"@/etc/passwd"}"#.to_owned(),
        ),
        ("/hooks/bytes", JSON, "abc", r#"{"id":"YWJj"}"#.to_owned()),
    ] {
        let said = exchange(&daemon.ready.hooks, sized(path, lines, body).as_bytes()).await;
        assert_eq!(status(&said), 202, "{said}");
        let (_, document) = said.split_once("\r\n\r\n").unwrap();
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        let id = document["runs"][0]["id"].as_str().unwrap();
        let run = daemon.succeeded(id).await.unwrap();
        let expected: serde_json::Value = serde_json::from_str(&event).unwrap();
        assert_eq!(run["output"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_are_cut_off() {
    let place = place().await;
    let launch = place.launch().setting("ingress.header-timeout-ms", "300");
    let launch = launch.setting("ingress.body-timeout-ms", "300");
    let launch = launch.setting("ingress.idle-timeout-ms", "300");
    let daemon = start(launch).await;
    let hooks = &daemon.ready.hooks;
    let (hook, admin) = (
        post(HOOK, "content-length: 9\r\n", "{"),
        &daemon.ready.admin,
    );
    let token = std::fs::read(place.data.join("daemon.json")).unwrap();
    let token: serde_json::Value = serde_json::from_slice(&token).unwrap();
    let bearer = format!(
        "authorization: Bearer {}\r\n",
        token["token"].as_str().unwrap()
    );
    let start = format!("{bearer}content-length: 9\r\n");
    let start = post("/api/v1/workflows/takes-json/runs", &start, "{");
    for (url, bytes, word) in [
        (
            hooks,
            "POST /hooks/events HTTP/1.1\r\nhost:",
            "ingress.header-timeout-ms",
        ),
        (hooks, &hook, "ingress.body-timeout-ms"),
        (admin, "GET /", "ingress.header-timeout-ms"),
        (admin, &start, "ingress.body-timeout-ms"),
    ] {
        let said = exchange(url, bytes.as_bytes()).await;
        assert_eq!(status(&said), 408, "{bytes}: {said}");
        assert!(said.contains(word), "{bytes}: {said}");
    }
    // Who says nothing is told nothing.
    for bytes in ["", "P"] {
        let said = exchange(hooks, bytes.as_bytes()).await;
        assert!(said.is_empty() || status(&said) == 408, "{said}");
    }
    assert_eq!(runs(&daemon).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_every_place() {
    let place = place().await;
    let launch = place
        .launch()
        .setting("ingress.connections-per-peer-max", "3");
    let mut daemon = start(launch).await;
    let hooks = &daemon.ready.hooks;
    let get = "GET /hooks/none HTTP/1.1\r\nhost: h\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(hooks).await;
        stream.write_all(get.as_bytes()).await.unwrap();
        stream.read_u8().await.unwrap();
        held.push(stream);
    }
    // It asks, and would be answered if it had a place.
    let mut more = connect(hooks).await;
    let _ = more.write_all(get.as_bytes()).await;
    assert_eq!(rest(&mut more).await, "");
    drop(held.pop());
    // The place is free once the daemon has noticed.
    loop {
        let mut stream = connect(hooks).await;
        let _ = stream.write_all(get.as_bytes()).await;
        if stream.read_u8().await.is_ok() {
            break;
        }
    }
    daemon.kill().await.unwrap();

    // Those who hold all places lose them, and whoever waits gets one.
    let launch = place.launch().setting("ingress.connections-max", "2");
    let launch = launch.setting("ingress.header-timeout-ms", "500");
    let daemon = start(launch).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&daemon.ready.hooks).await;
        stream.write_all(b"POST /hooks").await.unwrap();
        held.push(stream);
    }
    let last = sized(HOOK, JSON, r#"{"id":1}"#);
    let said = exchange(&daemon.ready.hooks, last.as_bytes()).await;
    assert_eq!(status(&said), 202, "{said}");
}
