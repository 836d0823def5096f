use std::sync::Mutex;

use bytes::Bytes;
use mortise_model::Digest;

use super::fake::Login;
use super::*;
use crate::artifact::{Blob, MANIFEST_MEDIA_TYPE};
use crate::client::ClientError;
use crate::signature::{Algorithm, SigningKey, Subject, SystemRandom, tag_of, verify};

const REPOSITORY: &str = "acme/shop";
const MANIFEST: &[u8] = br#"{"schemaVersion":2}"#;

fn blob(bytes: &[u8]) -> Blob {
    Blob::of("application/wasm", bytes)
}

#[tokio::test]
async fn a_blob_goes_out_in_pieces_and_comes_back() {
    let fake = Fake::start(Login::None).await;
    let (client, _) = client(&fake, None);
    let bytes = Bytes::from(vec![b'x'; 40]);
    let steps = Mutex::new(Vec::new());
    let told = |done, whole| steps.lock().unwrap().push((done, whole));
    let blob = blob(&bytes);
    let had = client
        .put_blob(REPOSITORY, &blob, bytes.clone(), &told)
        .await;
    assert!(!had.unwrap());
    assert_eq!(
        *steps.lock().unwrap(),
        [(16, 40), (32, 40), (40, 40), (40, 40)]
    );
    assert_eq!(client.blob(REPOSITORY, &blob).await.unwrap(), bytes);
    let before = fake.asked().len();
    let had = client.put_blob(REPOSITORY, &blob, bytes, &silent).await;
    assert!(had.unwrap());
    let asked = fake.asked().split_off(before);
    assert_eq!(asked, [format!("HEAD /v2/acme/shop/blobs/{}", blob.digest)]);
}

#[tokio::test]
async fn a_small_blob_goes_out_at_once() {
    let fake = Fake::start(Login::None).await;
    let (client, _) = client(&fake, None);
    let bytes = Bytes::from_static(b"small");
    let blob = blob(&bytes);
    client
        .put_blob(REPOSITORY, &blob, bytes, &silent)
        .await
        .unwrap();
    let asked = fake.asked();
    let methods: Vec<_> = asked
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(methods, ["HEAD", "POST", "PUT"]);
    assert_eq!(fake.blob(&blob.digest).unwrap(), "small");
}

#[tokio::test]
async fn a_manifest_is_put_and_read_by_tag_and_by_digest() {
    let fake = Fake::start(Login::None).await;
    let (client, mut reference) = client(&fake, None);
    client
        .put_manifest(REPOSITORY, "1.2.0", MANIFEST.to_vec())
        .await
        .unwrap();
    let (bytes, digest) = client.resolve(&reference).await.unwrap();
    assert_eq!((bytes.as_ref(), digest), (MANIFEST, Digest::of(MANIFEST)));
    reference.digest = Some(digest);
    reference.tag = None;
    assert_eq!(client.resolve(&reference).await.unwrap().1, digest);
    assert_eq!(client.tags(REPOSITORY).await.unwrap(), ["1.2.0"]);
    let missing = client.manifest(REPOSITORY, "9.9.9").await.unwrap_err();
    assert!(matches!(missing, ClientError::NotFound { .. }), "{missing}");
}

#[tokio::test]
async fn a_login_is_given_where_it_is_asked_for_and_then_kept() {
    for login in [Login::Basic, Login::Bearer] {
        let fake = Fake::start(login).await;
        fake.keep_manifest("1.2.0", MANIFEST);
        let (with, reference) = client(&fake, Some(password("right")));
        with.resolve(&reference).await.unwrap();
        with.resolve(&reference).await.unwrap();
        let asked = fake.asked();
        let manifests: Vec<_> = asked
            .iter()
            .filter(|line| line.contains("manifests"))
            .collect();
        assert_eq!(manifests.len(), 3, "{asked:?}");
        assert!(!manifests[0].ends_with('!') && manifests[1].ends_with('!'));
        for (credential, why) in [
            (None, "wants a login:"),
            (Some(password("wrong")), "refused"),
        ] {
            let (without, reference) = client(&fake, credential);
            let error = without.resolve(&reference).await.unwrap_err();
            assert!(matches!(error, ClientError::Unauthorized { .. }), "{error}");
            let text = error.to_string();
            // A bearer's server of tokens refuses whoever gives none.
            assert!(text.contains(why) || login == Login::Bearer, "{text}");
            assert!(
                text.contains("MORTISE_REGISTRY_TOKEN") && !text.contains("wrong"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn lists_are_read_page_by_page_and_no_further_than_the_limit() {
    let fake = Fake::start(Login::None).await;
    let (client, _) = client(&fake, None);
    let names = client.repositories().await.unwrap();
    let wanted: Vec<_> = (0..7).map(|number| format!("acme/p{number}")).collect();
    assert_eq!(names, wanted);
    assert_eq!(fake.asked().len(), 3);
}

#[tokio::test]
async fn signatures_are_kept_beside_each_other_and_one_key_signs_once() {
    let fake = Fake::start(Login::None).await;
    let (client, reference) = client(&fake, None);
    fake.keep_manifest("1.2.0", MANIFEST);
    let subject = Subject {
        digest: Digest::of(MANIFEST),
        reference: reference.place(),
    };
    let random = SystemRandom::new();
    let manifest = Blob::of(MANIFEST_MEDIA_TYPE, MANIFEST);
    let keys = [Algorithm::Ed25519, Algorithm::P256]
        .map(|algorithm| SigningKey::generate(algorithm, &random).unwrap());
    for key in [&keys[0], &keys[1], &keys[1]] {
        let signed = subject.sign(key, &random).unwrap();
        let signed = (signed, &key.public());
        client
            .put_signature(&reference, &manifest, signed)
            .await
            .unwrap();
    }
    let signed = client
        .signatures(REPOSITORY, &subject.digest)
        .await
        .unwrap();
    assert_eq!(signed.len(), 2);
    let public = keys.map(|key| key.public());
    assert_eq!(verify(&subject, &signed, &public).unwrap().len(), 2);
    let tags = client.tags(REPOSITORY).await.unwrap();
    assert!(tags.contains(&tag_of(&subject.digest)), "{tags:?}");
    let nothing = client.signatures(REPOSITORY, &Digest::of(b"other")).await;
    assert_eq!(nothing.unwrap(), []);
}

#[tokio::test]
async fn a_version_is_yanked_and_offered_again() {
    let fake = Fake::start(Login::None).await;
    let (client, reference) = client(&fake, None);
    for (state, wanted) in [
        ("yanked", r#"{"state":"yanked","note":"it loses pages"}"#),
        ("inert", r#"{"state":"inert","note":"it loses pages"}"#),
    ] {
        client
            .decide(&reference, state, "it loses pages")
            .await
            .unwrap();
        assert_eq!(fake.state("state/1.2.0").unwrap(), wanted);
    }
}
