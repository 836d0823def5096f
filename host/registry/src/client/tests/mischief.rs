use bytes::Bytes;
use http::Method;

use super::fake::{Login, Trick};
use super::*;
use crate::artifact::Blob;
use crate::client::ClientError;

const REPOSITORY: &str = "acme/shop";
const MANIFEST: &[u8] = br#"{"schemaVersion":2}"#;

fn count(fake: &Fake, method: &str) -> usize {
    let asked = fake.asked();
    asked.iter().filter(|line| line.starts_with(method)).count()
}

#[tokio::test]
async fn reading_is_tried_again_and_writing_is_not() {
    let fake = Fake::start(Login::None).await;
    fake.keep_manifest("1.2.0", MANIFEST);
    let (client, reference) = client(&fake, None);
    fake.play(Method::GET, "manifests", Trick::Status(503));
    fake.play(Method::GET, "manifests", Trick::Vanish);
    client.resolve(&reference).await.unwrap();
    assert_eq!(count(&fake, "GET"), 3);

    for _ in 0..3 {
        fake.play(Method::GET, "manifests", Trick::Status(503));
    }
    let error = client.resolve(&reference).await.unwrap_err();
    assert!(
        matches!(error, ClientError::Unwell { status: 503, .. }),
        "{error}"
    );
    assert_eq!(count(&fake, "GET"), 6);

    fake.play(Method::PUT, "manifests", Trick::Status(503));
    let put = client.put_manifest(REPOSITORY, "1.2.1", MANIFEST.to_vec());
    assert!(matches!(put.await.unwrap_err(), ClientError::Unwell { .. }));
    assert_eq!(count(&fake, "PUT"), 1);

    // This one says itself that nothing was done.
    fake.play(
        Method::PUT,
        "manifests",
        Trick::With(429, "retry-after", "9".to_owned()),
    );
    client
        .put_manifest(REPOSITORY, "1.2.1", MANIFEST.to_vec())
        .await
        .unwrap();
    assert_eq!(count(&fake, "PUT"), 3);
}

#[tokio::test]
async fn a_piece_that_gets_lost_is_sent_from_where_the_registry_stands() {
    let bytes = Bytes::from((0..50).collect::<Vec<u8>>());
    let blob = Blob::of("application/wasm", &bytes);
    // Lost before it was kept, and lost after it was.
    for trick in [Trick::Status(500), Trick::Vanish] {
        let fake = Fake::start(Login::None).await;
        let (client, _) = client(&fake, None);
        fake.play(Method::PATCH, "x16", trick);
        client
            .put_blob(REPOSITORY, &blob, bytes.clone(), &silent)
            .await
            .unwrap();
        assert_eq!(fake.blob(&blob.digest).unwrap(), bytes);
        assert_eq!(count(&fake, "GET /v2/acme/shop/blobs/uploads/"), 1);
    }
    let fake = Fake::start(Login::None).await;
    let (client, _) = client(&fake, None);
    for _ in 0..3 {
        fake.play(Method::PATCH, "uploads", Trick::Status(500));
    }
    let error = client.put_blob(REPOSITORY, &blob, bytes, &silent).await;
    assert!(matches!(error.unwrap_err(), ClientError::Unwell { .. }));
}

#[tokio::test]
async fn other_bytes_than_were_asked_for_are_refused() {
    let fake = Fake::start(Login::None).await;
    let (client, mut reference) = client(&fake, None);
    let blob = Blob::of("application/wasm", b"right");
    fake.keep_blob(&blob.digest.to_string(), b"wrong");
    let error = client.blob(REPOSITORY, &blob).await.unwrap_err();
    assert!(matches!(error, ClientError::Damaged { .. }), "{error}");

    reference.digest = Some(blob.digest);
    fake.play(Method::GET, "manifests", Trick::Forge);
    let error = client.resolve(&reference).await.unwrap_err();
    assert!(matches!(error, ClientError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn nothing_larger_than_the_limit_is_taken() {
    let fake = Fake::start(Login::None).await;
    let (client, _) = client(&fake, None);
    let large = vec![0; 4_001];
    let blob = Blob::of("application/wasm", &large);
    fake.keep_blob(&blob.digest.to_string(), &large);
    let error = client.blob(REPOSITORY, &blob).await.unwrap_err();
    assert!(
        matches!(error, ClientError::TooLarge { size: 4_001, .. }),
        "{error}"
    );
    assert_eq!(fake.asked().len(), 0);
    // One that lies about its size is not read either.
    let lies = Blob { size: 10, ..blob };
    let error = client.blob(REPOSITORY, &lies).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains("oci.blob-max-bytes"), "{error}");
}

#[tokio::test]
async fn a_login_goes_to_the_registry_and_not_to_where_it_leads() {
    let (fake, other) = (
        Fake::start(Login::Basic).await,
        Fake::start(Login::None).await,
    );
    let (client, _) = client(&fake, Some(password("right")));
    let blob = Blob::of("application/wasm", b"right");
    other.keep_blob(&blob.digest.to_string(), b"right");
    // It knows the login by then.
    assert!(!client.has_blob(REPOSITORY, &blob).await.unwrap());
    client.blob(REPOSITORY, &blob).await.unwrap_err();
    let place = format!(
        "http://{}/v2/acme/shop/blobs/{}",
        other.address(),
        blob.digest
    );
    fake.play(Method::GET, "blobs", Trick::With(307, "location", place));
    assert_eq!(client.blob(REPOSITORY, &blob).await.unwrap(), "right");
    assert!(fake.asked().last().unwrap().ends_with('!'));
    assert!(
        !other.asked().last().unwrap().ends_with('!'),
        "{:?}",
        other.asked()
    );

    for _ in 0..6 {
        let round = format!("/v2/acme/shop/blobs/{}", blob.digest);
        fake.play(Method::GET, "blobs", Trick::With(302, "location", round));
    }
    let error = client.blob(REPOSITORY, &blob).await.unwrap_err();
    assert!(matches!(error, ClientError::Strange { .. }), "{error}");
}

#[tokio::test]
async fn what_the_registry_says_is_told() {
    let fake = Fake::start(Login::None).await;
    let (client, _) = client(&fake, None);
    fake.play(Method::PUT, "manifests", Trick::Status(400));
    let put = client.put_manifest(REPOSITORY, "1.2.0", MANIFEST.to_vec());
    let error = put.await.unwrap_err();
    assert!(
        matches!(error, ClientError::Refused { status: 400, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("FAKE: as told"), "{error}");
    fake.play(Method::PUT, "manifests", Trick::Status(403));
    let put = client.put_manifest(REPOSITORY, "1.2.0", MANIFEST.to_vec());
    let error = put.await.unwrap_err();
    assert!(matches!(error, ClientError::Denied { .. }), "{error}");
}
