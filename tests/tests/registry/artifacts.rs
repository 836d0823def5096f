//! What the registry takes, what becomes of it, and how it goes.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{
    LAYER, MANIFEST, Shop, artifact, code, config, descriptor, digest, findings, plugin, until,
};

const SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const IMAGE: &str = "application/vnd.oci.image.config.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn index() -> Vec<u8> {
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] })
        .to_string()
        .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_and_what_is_about_them_are_taken_and_nothing_else() {
    for any in [false, true] {
        let set = any.to_string();
        let shop = Shop::open(&[("registry.any-artifact", &set)]).await;
        for bytes in [&b"component"[..], b"{}", &config(b"component")] {
            shop.bring("team/orders", bytes).await;
        }
        let with = |over: Value| plugin(b"component", &over);
        let signature = digest(&with(json!({}))).replace(':', "-") + ".sig";
        let layer = descriptor(LAYER, b"component");
        let signing = descriptor(SIGNING, b"component");
        let image = descriptor(IMAGE, b"{}");
        let text = descriptor("text/plain", b"component");
        let signed = json!({ "config": image, "layers": [signing] });
        let about = json!({ "config": image, "subject": descriptor(MANIFEST, b"x") });
        let (layers, kind) = (Some("not-one-layer"), Some("wrong-media-type"));
        for (why, tag, manifest, finding) in [
            ("no layer", "2", with(json!({ "layers": [] })), layers),
            (
                "two layers",
                "2",
                with(json!({ "layers": [layer, layer] })),
                layers,
            ),
            (
                "another layer",
                "2",
                with(json!({ "layers": [text] })),
                kind,
            ),
            ("an image", "2", with(json!({ "config": image })), kind),
            ("a signature", &*signature, with(signed.clone()), None),
            ("a signature by another name", "2", with(signed), kind),
            ("something about it", "2", with(about), None),
            ("an index", "2", index(), kind),
        ] {
            let path = format!("/v2/team/orders/manifests/{tag}");
            let put = shop.send("PUT", &path, &[], &manifest).await;
            let Some(finding) = finding.filter(|_| !any) else {
                assert_eq!(put.status, 201, "{why}: {}", put.text());
                continue;
            };
            let told = (put.status, code(&put));
            assert_eq!(told, (400, "MANIFEST_INVALID".to_owned()), "{why}");
            assert_eq!(findings(&put), [finding], "{why}");
            let remedy = "`registry.any-artifact: true`";
            assert!(put.text().contains(remedy), "{why}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_does_not_fit_is_refused() {
    let shop = Shop::open(&[]).await;
    shop.push("team/orders", "1.0.0", b"component").await;
    let missing = artifact(b"missing", &json!({}));
    let mut layer = descriptor(LAYER, b"component");
    layer["size"] = json!(1);
    shop.bring("team/orders", &config(b"component")).await;
    let sized = plugin(b"component", &json!({ "layers": [layer] }));
    let good = artifact(b"component", &json!({}));
    let twice = String::from_utf8(good.clone()).unwrap();
    let twice = twice.replacen('{', r#"{"layers":[],"#, 1).into_bytes();
    for (why, kind, manifest, wanted) in [
        ("missing blob", MANIFEST, missing, "MANIFEST_BLOB_UNKNOWN"),
        ("wrong size", MANIFEST, sized, "SIZE_INVALID"),
        ("said twice", MANIFEST, twice, "MANIFEST_INVALID"),
        ("no JSON", MANIFEST, b"{".to_vec(), "MANIFEST_INVALID"),
        ("two types", INDEX, good.clone(), "MANIFEST_INVALID"),
        (
            "no manifest",
            "text/plain",
            b"{}".to_vec(),
            "MANIFEST_INVALID",
        ),
    ] {
        let headers = [("content-type", kind)];
        let path = "/v2/team/orders/manifests/2.0.0";
        let put = shop.send("PUT", path, &headers, &manifest).await;
        assert_eq!((put.status, code(&put)), (400, wanted.to_owned()), "{why}");
    }
    let spaced = [&good[..], b" "].concat();
    let put = shop.put("team/orders", &digest(&good), &spaced).await;
    assert_eq!((put.status, &*code(&put)), (400, "DIGEST_INVALID"));
    // What another repository has is no reason to name it.
    let put = shop.put("team/others", "1.0.0", &good).await;
    assert_eq!((put.status, &*code(&put)), (400, "MANIFEST_BLOB_UNKNOWN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_push_one_version_one_wins_forever() {
    let mut shop = Shop::open(&[]).await;
    let made: Vec<Vec<u8>> = (0..8).map(|n| vec![n; 10]).collect();
    shop.bring("team/orders", b"{}").await;
    for component in &made {
        shop.bring("team/orders", component).await;
    }
    let manifests: Vec<_> = made.iter().map(|one| artifact(one, &json!({}))).collect();
    let pushes = manifests
        .iter()
        .map(|one| shop.put("team/orders", "1.0.0", one));
    let answers = join_all(pushes).await;
    let won: Vec<_> = (0..8).filter(|n| answers[*n].status == 201).collect();
    assert_eq!(won.len(), 1, "{won:?}");
    for lost in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((lost.status, &*code(lost)), (409, "TAG_INVALID"));
        assert!(lost.text().contains("a version never changes"));
    }
    shop.crash(&[]).await;
    let pulled = shop.get("/v2/team/orders/manifests/1.0.0").await;
    assert_eq!(&*pulled.body, &*manifests[won[0]]);
    let again = shop.put("team/orders", "1.0.0", &manifests[won[0]]).await;
    assert_eq!(again.status, 201);
    // Another name may be moved.
    for manifest in &manifests[..2] {
        assert_eq!(
            shop.put("team/orders", "latest", manifest).await.status,
            201
        );
    }
}

async fn stand(shop: &Shop, reference: &str, state: &str) -> Value {
    let path = format!("/v2/team/orders/_mortise/state/{reference}");
    let body = json!({ "state": state, "note": "it loses pages" }).to_string();
    let stood = shop.send("PUT", &path, &[], body.as_bytes()).await;
    assert_eq!(stood.status, 200, "{}", stood.text());
    assert_eq!(shop.get(&path).await.json().unwrap(), stood.json().unwrap());
    stood.json().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yanked_version_is_found_by_its_digest_alone() {
    let settings = [("registry.allow-delete", "true")];
    let mut shop = Shop::open(&settings).await;
    shop.push("team/orders", "1.0.0", b"one").await;
    shop.push("team/orders", "1.1.0", b"two").await;
    let one = digest(&artifact(b"one", &json!({})));
    let stood = stand(&shop, "1.0.0", "yanked").await;
    assert_eq!(
        (&stood["state"], &stood["digest"]),
        (&json!("yanked"), &json!(one))
    );
    shop.crash(&settings).await;
    let by_tag = shop.get("/v2/team/orders/manifests/1.0.0").await;
    assert_eq!((by_tag.status, &*code(&by_tag)), (404, "MANIFEST_UNKNOWN"));
    assert!(
        by_tag.text().contains("was yanked (it loses pages)"),
        "{}",
        by_tag.text()
    );
    let by_digest = format!("/v2/team/orders/manifests/{one}");
    assert_eq!(shop.get(&by_digest).await.status, 200);
    let tags = shop.get("/v2/team/orders/tags/list").await.json().unwrap();
    assert_eq!(tags["tags"], json!(["1.1.0"]));
    let refused = shop.send("DELETE", &by_digest, &[], b"").await;
    assert_eq!((refused.status, &*code(&refused)), (403, "DENIED"));
    assert_eq!(stand(&shop, &one, "inert").await["state"], "inert");
    assert_eq!(
        shop.get("/v2/team/orders/manifests/1.0.0").await.status,
        200
    );
    assert_eq!(stand(&shop, "1.0.0", "approved").await["state"], "approved");
    let bad = "/v2/team/orders/_mortise/state/1.0.0";
    let refused = shop.send("PUT", bad, &[], br#"{"state":"gone"}"#).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_removed_is_gone_and_a_version_never_comes_back_as_another() {
    let settings = [
        ("registry.allow-delete", "true"),
        ("registry.unnamed-ms", "3s"),
    ];
    let shop = Shop::open(&settings).await;
    shop.push("team/orders", "1.0.0", b"one").await;
    let one = artifact(b"one", &json!({}));
    let blob = format!("/v2/team/orders/blobs/{}", digest(b"one"));
    let refused = shop.send("DELETE", &blob, &[], b"").await;
    assert_eq!((refused.status, &*code(&refused)), (405, "DENIED"));
    let by_tag = "/v2/team/orders/manifests/1.0.0";
    assert_eq!(shop.send("DELETE", by_tag, &[], b"").await.status, 202);
    assert_eq!(shop.send("DELETE", by_tag, &[], b"").await.status, 404);
    assert_eq!(shop.get(by_tag).await.status, 404);
    let by_digest = format!("/v2/team/orders/manifests/{}", digest(&one));
    assert_eq!(shop.get(&by_digest).await.status, 200);
    let taken = shop.push("team/orders", "1.0.0", b"two").await;
    assert_eq!(taken.status, 409, "{}", taken.text());
    assert_eq!(shop.put("team/orders", "1.0.0", &one).await.status, 201);
    assert_eq!(shop.send("DELETE", &by_digest, &[], b"").await.status, 202);
    assert_eq!(shop.get(by_tag).await.status, 404);
    assert_eq!(shop.get(&by_digest).await.status, 404);
    // Nobody names anything any more, nobody asks, and so all of it goes.
    until("the files are gone", async || shop.files("").is_empty()).await;
    assert_eq!(shop.get(&blob).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_manifest_names_is_not_collected() {
    let settings = [("registry.unnamed-ms", "3s")];
    let shop = Shop::open(&settings).await;
    shop.push("team/orders", "1.0.0", b"one").await;
    shop.bring("team/orders", b"unnamed").await;
    shop.bring("team/others", b"one").await;
    let unnamed = digest(b"unnamed");
    let digits = unnamed.trim_start_matches("sha256:").to_owned();
    until("what nobody names is gone", async || {
        !shop
            .files("blobs")
            .iter()
            .any(|path| path.ends_with(&digits))
    })
    .await;
    until("the other repository is gone", async || {
        shop.get("/v2/team/others/tags/list").await.status == 404
    })
    .await;
    for bytes in [&b"one"[..], b"{}"] {
        let path = format!("/v2/team/orders/blobs/{}", digest(bytes));
        assert_eq!(&*shop.get(&path).await.body, bytes);
    }
}
