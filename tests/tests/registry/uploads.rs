//! How content comes: in pieces, over crashes, and whole or not at all.

use std::io::Write as _;
use std::net::TcpStream;

use super::{OCTETS, Shop, code, digest, until};

/// A chunk with its range.
async fn chunk(shop: &Shop, at: &str, from: usize, bytes: &[u8]) -> mortise_tests::client::Answer {
    let range = format!("{from}-{}", from + bytes.len() - 1);
    let headers = [("content-type", OCTETS), ("content-range", &*range)];
    shop.send("PATCH", at, &headers, bytes).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_the_process_was_killed() {
    let mut shop = Shop::open(&[]).await;
    let blob: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut at = shop.begin("team/orders").await;
    let mut sent = 0;
    for part in blob.chunks(1_000_000) {
        let answer = chunk(&shop, &at, sent, part).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        sent += part.len();
        assert_eq!(answer.header("range"), format!("0-{}", sent - 1));
        shop.crash(&[]).await;
        let stands = shop.get(&at).await;
        assert_eq!(stands.status, 204, "{}", stands.text());
        assert_eq!(stands.header("range"), format!("0-{}", sent - 1));
        at = stands.header("location").to_owned();
    }
    let path = format!("{at}?digest={}", digest(&blob));
    let ended = shop.send("PUT", &path, &[], b"").await;
    assert_eq!(ended.status, 201, "{}", ended.text());
    let location = ended.header("location").to_owned();
    shop.crash(&[]).await;
    assert_eq!(&*shop.get(&location).await.body, &*blob);
    assert_eq!(shop.files("uploads").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_come_in_order_or_not_at_all() {
    let shop = Shop::open(&[]).await;
    let at = shop.begin("team/orders").await;
    assert_eq!(chunk(&shop, &at, 0, b"one ").await.status, 202);
    for from in [0, 3, 5] {
        let refused = chunk(&shop, &at, from, b"two").await;
        let found = (refused.status, code(&refused));
        assert_eq!(found, (416, "BLOB_UPLOAD_INVALID".to_owned()), "{from}");
        assert_eq!(refused.header("range"), "0-3");
    }
    for (range, body) in [("4-5", "two"), ("4-9", "two"), ("x", "two"), ("6-4", "two")] {
        let headers = [("content-range", range)];
        let refused = shop.send("PATCH", &at, &headers, body.as_bytes()).await;
        assert_eq!(refused.status, 400, "{range}: {}", refused.text());
        assert_eq!(shop.get(&at).await.header("range"), "0-3", "{range}");
    }
    let path = format!("{at}?digest={}", digest(b"one two"));
    let headers = [("content-range", "4-6")];
    let ended = shop.send("PUT", &path, &headers, b"two").await;
    assert_eq!(ended.status, 201, "{}", ended.text());
    assert_eq!(shop.get(ended.header("location")).await.text(), "one two");
    assert_eq!(shop.get(&at).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_with_another_digest_leave_nothing_behind() {
    let shop = Shop::open(&[]).await;
    let wrong = digest(b"wrong");
    let at = shop.begin("team/orders").await;
    let posted = format!("/v2/team/orders/blobs/uploads/?digest={wrong}");
    for (method, path) in [("PUT", format!("{at}?digest={wrong}")), ("POST", posted)] {
        let refused = shop.send(method, &path, &[], b"right").await;
        let found = (refused.status, code(&refused));
        assert_eq!(found, (400, "DIGEST_INVALID".to_owned()), "{method}");
        assert!(
            refused.text().contains(&digest(b"right")),
            "{}",
            refused.text()
        );
    }
    assert_eq!(shop.get(&at).await.status, 404);
    let at = shop.begin("team/orders").await;
    assert_eq!(chunk(&shop, &at, 0, b"given up").await.status, 202);
    assert_eq!(shop.send("DELETE", &at, &[], b"").await.status, 204);
    assert_eq!(shop.send("DELETE", &at, &[], b"").await.status, 404);
    assert_eq!(shop.files("").len(), 0, "{:?}", shop.files(""));
}

/// Sends the beginning of a request with a body of this length, and hangs up.
fn hang_up(shop: &Shop, token: &str, (method, path): (&str, &str), part: &[u8], length: usize) {
    let mut stream = TcpStream::connect(shop.address()).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(part).unwrap();
    stream.shutdown(std::net::Shutdown::Both).unwrap();
}

fn token(shop: &Shop) -> String {
    let file = std::fs::read(shop.place.data.join("daemon.json")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    file["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_in_the_middle_may_go_on() {
    let shop = Shop::open(&[]).await;
    let (at, token) = (shop.begin("team/orders").await, token(&shop));
    let part = vec![7; 400_000];
    hang_up(&shop, &token, ("PATCH", &at), &part, 500_000);
    until("what came is kept", async || {
        let stands = shop.get(&at).await;
        assert_eq!(stands.status, 204);
        stands.header("range") != "0-0"
    })
    .await;
    let range = shop.get(&at).await.header("range").to_owned();
    let kept: usize = range.trim_start_matches("0-").parse::<usize>().unwrap() + 1;
    assert!(kept <= part.len());
    let (whole, mut answer) = (vec![7; 500_000], None);
    until("nobody else writes", async || {
        let next = chunk(&shop, &at, kept, &whole[kept..]).await;
        let is_taken = next.status == 202;
        answer = Some(next);
        is_taken
    })
    .await;
    let path = format!("{at}?digest={}", digest(&whole));
    assert_eq!(shop.send("PUT", &path, &[], b"").await.status, 201);
    // One that nobody knows how to go on with leaves nothing.
    let path = format!("/v2/team/orders/blobs/uploads/?digest={}", digest(b"x"));
    hang_up(&shop, &token, ("POST", &path), &part, 500_000);
    until("it is gone", async || shop.files("uploads").is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_nobody_goes_on_with_is_removed() {
    let settings = [("registry.upload-idle-ms", "2s")];
    let mut shop = Shop::open(&settings).await;
    let at = shop.begin("team/orders").await;
    assert_eq!(shop.files("uploads").len(), 1);
    until("it is gone", async || shop.files("uploads").is_empty()).await;
    assert_eq!(shop.get(&at).await.status, 404);
    // Files without an upload, as a crash may leave them, go at the start.
    shop.bring("team/orders", b"blob").await;
    let blob = shop.files("blobs").remove(0);
    std::fs::write(shop.place.data.join("registry/uploads/left"), b"x").unwrap();
    std::fs::write(blob.with_file_name(".new-1"), b"x").unwrap();
    let other = digest(b"other");
    let digits = other.trim_start_matches("sha256:");
    std::fs::write(blob.with_file_name(digits), b"other").unwrap();
    shop.crash(&settings).await;
    until("they are gone", async || shop.files("") == [blob.clone()]).await;
    let pulled = format!("/v2/team/orders/blobs/{}", digest(b"blob"));
    assert_eq!(shop.get(&pulled).await.text(), "blob");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_belongs_to_its_repository() {
    let shop = Shop::open(&[]).await;
    let at = shop.begin("team/orders").await;
    let elsewhere = at.replace("orders", "invoices");
    let elsewhere = format!("{elsewhere}?digest={}", digest(b""));
    for method in ["GET", "PATCH", "PUT", "DELETE"] {
        let refused = shop.send(method, &elsewhere, &[], b"").await;
        assert_eq!(refused.status, 404, "{method}");
    }
    assert_eq!(shop.get(&at).await.status, 204);
}
