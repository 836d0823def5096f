//! What the specification says of requests and answers.

use serde_json::{Value, json};

use super::{LAYER, MANIFEST, OCTETS, Shop, artifact, code, descriptor, digest};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_is_pulled() {
    let shop = Shop::open(&[]).await;
    let component = b"\0asm component".repeat(50_000);
    let pushed = shop.push("team/orders", "1.0.0", &component).await;
    assert_eq!(pushed.status, 201, "{}", pushed.text());
    assert_eq!(pushed.header("location"), "/v2/team/orders/manifests/1.0.0");
    let manifest = artifact(&component, &json!({}));
    let name = digest(&manifest);
    assert_eq!(pushed.header("docker-content-digest"), name);

    for reference in ["1.0.0", &name] {
        let path = format!("/v2/team/orders/manifests/{reference}");
        let pulled = shop.get(&path).await;
        assert_eq!((pulled.status, &*pulled.body), (200, &*manifest));
        let head = shop.send("HEAD", &path, &[], b"").await;
        assert_eq!((head.status, &*head.body), (200, &b""[..]));
        for answer in [pulled, head] {
            assert_eq!(answer.header("content-type"), MANIFEST);
            assert_eq!(answer.header("docker-content-digest"), name);
            assert_eq!(answer.header("content-length"), manifest.len().to_string());
        }
    }

    let path = format!("/v2/team/orders/blobs/{}", digest(&component));
    let pulled = shop.get(&path).await;
    assert_eq!((pulled.status, &*pulled.body), (200, &*component));
    assert_eq!(pulled.header("docker-content-digest"), digest(&component));
    let head = shop.send("HEAD", &path, &[], b"").await;
    assert_eq!(head.header("content-length"), component.len().to_string());
    let part = shop
        .send("GET", &path, &[("range", "bytes=10-299999")], b"")
        .await;
    assert_eq!((part.status, &*part.body), (206, &component[10..300_000]));
    let wanted = format!("bytes 10-299999/{}", component.len());
    assert_eq!(part.header("content-range"), wanted);
    let beyond = format!("bytes={}-", component.len());
    let beyond = shop.send("GET", &path, &[("range", &beyond)], b"").await;
    assert_eq!(beyond.status, 416);
    assert!(shop.daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "a table")]
async fn what_is_wrong_is_told_with_a_code() {
    let shop = Shop::open(&[]).await;
    shop.push("team/orders", "1.0.0", b"component").await;
    let unknown = digest(b"unknown");
    let none = "0".repeat(32);
    for (method, path, status, wanted) in [
        ("GET", "/v2/".to_owned(), 200, ""),
        ("POST", "/v2/".to_owned(), 405, "UNSUPPORTED"),
        ("GET", "/v2/team".to_owned(), 404, "UNSUPPORTED"),
        ("GET", "/v2/Team/tags/list".to_owned(), 400, "NAME_INVALID"),
        (
            "GET",
            "/v2/team/../x/tags/list".to_owned(),
            400,
            "NAME_INVALID",
        ),
        (
            "GET",
            "/v2/team/%2e%2e/x/tags/list".to_owned(),
            400,
            "NAME_INVALID",
        ),
        (
            "GET",
            "/v2/team/other/tags/list".to_owned(),
            404,
            "NAME_UNKNOWN",
        ),
        (
            "GET",
            "/v2/team/orders/tags/list?n=x".to_owned(),
            400,
            "UNSUPPORTED",
        ),
        (
            "GET",
            format!("/v2/team/orders/blobs/{unknown}"),
            404,
            "BLOB_UNKNOWN",
        ),
        ("HEAD", format!("/v2/team/orders/blobs/{unknown}"), 404, ""),
        (
            "GET",
            "/v2/team/orders/blobs/sha256:00".to_owned(),
            400,
            "DIGEST_INVALID",
        ),
        (
            "GET",
            "/v2/team/orders/blobs/..".to_owned(),
            400,
            "DIGEST_INVALID",
        ),
        (
            "GET",
            "/v2/team/orders/manifests/2.0.0".to_owned(),
            404,
            "MANIFEST_UNKNOWN",
        ),
        (
            "GET",
            "/v2/team/orders/manifests/.x".to_owned(),
            404,
            "MANIFEST_UNKNOWN",
        ),
        (
            "GET",
            format!("/v2/team/orders/manifests/{unknown}"),
            404,
            "MANIFEST_UNKNOWN",
        ),
        (
            "PUT",
            "/v2/team/orders/manifests/.x".to_owned(),
            400,
            "TAG_INVALID",
        ),
        (
            "PUT",
            "/v2/team/orders/manifests/2.0.0".to_owned(),
            400,
            "MANIFEST_INVALID",
        ),
        (
            "PUT",
            format!("/v2/team/orders/manifests/{unknown}"),
            400,
            "DIGEST_INVALID",
        ),
        (
            "GET",
            format!("/v2/team/orders/blobs/uploads/{none}"),
            404,
            "BLOB_UPLOAD_UNKNOWN",
        ),
        (
            "PUT",
            "/v2/team/orders/blobs/uploads/x".to_owned(),
            404,
            "BLOB_UPLOAD_UNKNOWN",
        ),
        (
            "POST",
            "/v2/team/orders/blobs/uploads/?digest=x".to_owned(),
            400,
            "DIGEST_INVALID",
        ),
        (
            "DELETE",
            "/v2/team/orders/manifests/1.0.0".to_owned(),
            405,
            "UNSUPPORTED",
        ),
        (
            "PATCH",
            "/v2/team/orders/manifests/1.0.0".to_owned(),
            405,
            "UNSUPPORTED",
        ),
        (
            "GET",
            format!("/v2/team/orders/referrers/{unknown}"),
            200,
            "",
        ),
    ] {
        let answer = shop.send(method, &path, &[], b"").await;
        let found = (answer.status, code(&answer));
        assert_eq!(found, (status, wanted.to_owned()), "{method} {path}");
        let version = answer.header("docker-distribution-api-version");
        assert_eq!(version, "registry/2.0", "{method} {path}");
    }
}

async fn page(shop: &Shop, path: &str) -> (Vec<String>, Option<String>) {
    let listed = shop.get(path).await;
    let tags = listed.json().unwrap()["tags"].take();
    let next = listed.header("link").split_once('>');
    let next = next.map(|(next, _)| next.trim_start_matches('<').to_owned());
    (serde_json::from_value(tags).unwrap(), next)
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_come_in_order_and_in_pages() {
    let shop = Shop::open(&[]).await;
    shop.push("team/orders", "b", b"component").await;
    let manifest = artifact(b"component", &json!({}));
    for tag in ["a", "10", "latest", "B"] {
        assert_eq!(shop.put("team/orders", tag, &manifest).await.status, 201);
    }
    let list = "/v2/team/orders/tags/list";
    let all = ["10", "B", "a", "b", "latest"].map(str::to_owned).to_vec();
    assert_eq!(page(&shop, list).await, (all.clone(), None));
    let (first, next) = page(&shop, &format!("{list}?n=2")).await;
    let (second, next) = page(&shop, &next.unwrap()).await;
    let (third, end) = page(&shop, &next.unwrap()).await;
    assert_eq!([first, second, third].concat(), all);
    assert_eq!(end, None);
    let behind = page(&shop, &format!("{list}?last=a")).await;
    assert_eq!(behind, (all[3..].to_vec(), None));
    let none = page(&shop, &format!("{list}?n=0")).await;
    assert_eq!(none, (Vec::new(), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_a_plugin_is_found_by_it() {
    let shop = Shop::open(&[]).await;
    shop.push("team/orders", "1.0.0", b"component").await;
    let subject = artifact(b"component", &json!({}));
    let path = format!("/v2/team/orders/referrers/{}", digest(&subject));
    let mut wanted = Vec::new();
    for kind in ["application/sbom", "application/signature"] {
        shop.bring("team/orders", kind.as_bytes()).await;
        let about = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": kind,
            "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"),
            "layers": [descriptor(kind, kind.as_bytes())],
            "subject": descriptor(MANIFEST, &subject),
            "annotations": { "made.by": "a test" },
        });
        let bytes = about.to_string().into_bytes();
        let put = shop.put("team/orders", &digest(&bytes), &bytes).await;
        assert_eq!(
            (put.status, put.header("oci-subject")),
            (201, &*digest(&subject))
        );
        let mut described = descriptor(MANIFEST, &bytes);
        described["artifactType"] = json!(kind);
        described["annotations"] = json!({ "made.by": "a test" });
        wanted.push(described);
    }
    let listed = shop.get(&path).await;
    assert_eq!(
        listed.header("content-type"),
        "application/vnd.oci.image.index.v1+json"
    );
    let mut found = listed.json().unwrap()["manifests"].take();
    let by_digest = |value: &Value| value["digest"].to_string();
    found.as_array_mut().unwrap().sort_by_key(by_digest);
    let mut sorted = wanted.clone();
    sorted.sort_by_key(by_digest);
    assert_eq!(found, json!(sorted));
    let listed = shop
        .get(&format!("{path}?artifactType=application/sbom"))
        .await;
    assert_eq!(listed.header("oci-filters-applied"), "artifactType");
    assert_eq!(listed.json().unwrap()["manifests"], json!([wanted[0]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_comes_from_another_repository_without_being_sent() {
    let shop = Shop::open(&[]).await;
    shop.bring("team/orders", b"blob").await;
    let mount = |from: &str, bytes: &[u8]| {
        format!(
            "/v2/team/invoices/blobs/uploads/?mount={}{from}",
            digest(bytes)
        )
    };
    let mounted = shop
        .send("POST", &mount("&from=team/orders", b"blob"), &[], b"")
        .await;
    assert_eq!(mounted.status, 201, "{}", mounted.text());
    let pulled = shop.get(mounted.header("location")).await;
    assert_eq!(pulled.text(), "blob");
    for (from, bytes) in [
        ("&from=team/orders", &b"unknown"[..]),
        ("&from=team/other", b"blob"),
        ("", b"blob"),
    ] {
        let begun = shop.send("POST", &mount(from, bytes), &[], b"").await;
        assert_eq!(begun.status, 202, "{from}");
        let ended = shop
            .send("DELETE", begun.header("location"), &[], b"")
            .await;
        assert_eq!(ended.status, 204, "{from}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_manifest_gets_several_tags_at_once() {
    let shop = Shop::open(&[]).await;
    shop.push("team/orders", "1.0.0", b"component").await;
    let manifest = artifact(b"component", &json!({ "annotations": { "a": "b" } }));
    let path = format!("{}?tag=1.1.0&tag=latest", digest(&manifest));
    let put = shop.put("team/orders", &path, &manifest).await;
    assert_eq!(put.status, 201, "{}", put.text());
    let put: Vec<_> = put.headers.get_all("oci-tag").iter().collect();
    assert_eq!(put, ["1.1.0", "latest"]);
    let (tags, _) = page(&shop, "/v2/team/orders/tags/list").await;
    assert_eq!(tags, ["1.0.0", "1.1.0", "latest"]);
    let layer = descriptor(LAYER, b"component");
    assert!(
        String::from_utf8(manifest)
            .unwrap()
            .contains(&layer.to_string())
    );
    let begun = shop.begin("team/orders").await;
    let headers = [("content-type", OCTETS)];
    let nothing = shop.send("PUT", &begun, &headers, b"").await;
    assert_eq!((nothing.status, &*code(&nothing)), (400, "DIGEST_INVALID"));
}
