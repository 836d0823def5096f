//! Every limit has a name, and whoever passes it is told that name.

use serde_json::json;

use super::{MANIFEST, Shop, artifact, code, digest};

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_and_a_manifest_have_their_size() {
    let settings = [
        ("registry.blob-max-bytes", "1000"),
        ("registry.manifest-max-bytes", "2000"),
    ];
    let shop = Shop::open(&settings).await;
    let (most, more) = (vec![1; 1_000], vec![1; 1_001]);
    shop.bring("team/orders", &most).await;
    let path = format!("/v2/team/orders/blobs/uploads/?digest={}", digest(&more));
    let at = shop.begin("team/orders").await;
    let put = format!("{at}?digest={}", digest(&more));
    for (method, path) in [("POST", &path), ("PATCH", &at), ("PUT", &put)] {
        let refused = shop.send(method, path, &[], &more).await;
        let found = (refused.status, code(&refused));
        assert_eq!(found, (413, "SIZE_INVALID".to_owned()), "{method}");
        assert!(refused.text().contains("registry.blob-max-bytes"));
    }
    assert_eq!(shop.send("PATCH", &at, &[], &most).await.status, 202);
    let refused = shop.send("PATCH", &at, &[], b"1").await;
    assert_eq!(refused.status, 413);

    shop.push("team/orders", "1.0.0", b"component").await;
    let large = json!({ "annotations": { "a": "b".repeat(2_000) } });
    let refused = shop
        .put("team/orders", "2.0.0", &artifact(b"component", &large))
        .await;
    assert_eq!((refused.status, &*code(&refused)), (413, "SIZE_INVALID"));
    assert!(refused.text().contains("registry.manifest-max-bytes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_uploads_repositories_and_tags() {
    let settings = [
        ("registry.uploads-max", "2"),
        ("registry.repositories-max", "2"),
        ("registry.tags-max", "3"),
    ];
    let shop = Shop::open(&settings).await;
    let first = shop.begin("team/orders").await;
    shop.begin("team/orders").await;
    let begin = "/v2/team/orders/blobs/uploads/";
    let refused = shop.send("POST", begin, &[], b"").await;
    assert_eq!((refused.status, &*code(&refused)), (429, "TOOMANYREQUESTS"));
    assert!(refused.text().contains("registry.uploads-max"));
    assert_eq!(refused.header("retry-after"), "1");
    shop.send("DELETE", &first, &[], b"").await;

    for name in ["team/orders", "team/invoices"] {
        assert_eq!(shop.push(name, "1.0.0", b"component").await.status, 201);
    }
    let mount = format!("?mount={}&from=team/orders", digest(b"component"));
    for query in ["", &mount] {
        let path = format!("/v2/team/more/blobs/uploads/{query}");
        let refused = shop.send("POST", &path, &[], b"").await;
        assert_eq!(
            (refused.status, &*code(&refused)),
            (403, "DENIED"),
            "{query}"
        );
        assert!(refused.text().contains("registry.repositories-max"));
    }

    let manifest = artifact(b"component", &json!({}));
    for tag in ["1.0.1", "1.0.2", "1.0.2"] {
        assert_eq!(shop.put("team/orders", tag, &manifest).await.status, 201);
    }
    let refused = shop.put("team/orders", "1.0.3", &manifest).await;
    assert_eq!((refused.status, &*code(&refused)), (403, "DENIED"));
    assert!(refused.text().contains("registry.tags-max"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() {
    use std::io::{Read as _, Write as _};
    let shop = Shop::open(&[("registry.body-idle-ms", "200ms")]).await;
    let file = std::fs::read_to_string(shop.place.data.join("daemon.json")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    let mut stream = std::net::TcpStream::connect(shop.address()).unwrap();
    let head = format!(
        "PUT /v2/team/orders/manifests/1.0.0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: {MANIFEST}\r\ncontent-length: 99\r\n\r\n",
        file["token"].as_str().unwrap()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("registry.body-idle-ms"), "{answer}");
}
