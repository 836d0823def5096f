//! Webhooks whose senders sign, by a scheme that the manifest names or one that a plugin declares.

use hmac::Mac as _;
use mortise_tests::api;

use super::{CANARY, Kept};

/// What senders sign with.
const SECRET: &str = "It's a Secret to Everybody";

const SIGNED: &str = r#"
version: 1
name: signed
triggers:
  - id: github
    webhook: { path: /github, verify: { scheme: github, connection: hub } }
steps:
  - id: asked
    uses: http/request
    connection: crm
    with: { method: POST, url: "http://127.0.0.1:9000/me", json: "${{ .event }}" }
output: "${{ .event }}"
"#;

const JOINED: &str = r#"
version: 1
name: joined
triggers:
  - id: joined
    webhook: { path: /joined, uses: members/joined, connection: mine }
steps:
  - id: noted
    uses: record/map
    with: { fields: { id: .id } }
    records: "${{ .event }}"
output: "${{ .steps.noted.output }}"
"#;

/// HMAC-SHA256 in hex.
fn mac(text: &str) -> String {
    let mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes());
    let bytes = mac.unwrap().chain_update(text).finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_takes_what_its_sender_signed() {
    let kept = Kept::with(&[SIGNED]).await;
    kept.add("crm", "token", CANARY).await;
    kept.add("hub", "signing-secret", SECRET).await;
    let daemon = kept.launch().start().await.unwrap();
    let url = daemon.hook("/github");
    // HMAC-SHA256 of the body with that secret.
    let body = r#"{"action":"opened"}"#;
    let signature = format!("sha256={}", mac(body));
    for (headers, body, status) in [
        (vec![], body, 401),
        (vec![("x-hub-signature-256", signature.as_str())], "{}", 401),
        (vec![("x-hub-signature-256", "sha256=00")], body, 401),
        (
            vec![
                ("x-hub-signature-256", signature.as_str()),
                ("x-github-delivery", "d-1"),
            ],
            body,
            202,
        ),
    ] {
        let answer = daemon
            .client
            .send("POST", &url, &headers, body)
            .await
            .unwrap();
        assert_eq!(answer.status, status, "{headers:?} {}", answer.text());
        if status == 202 {
            let run = api::accepted(&answer).unwrap();
            let run = daemon.succeeded(&run).await.unwrap();
            assert_eq!(run["trigger"]["event_id"], "d-1");
            assert_eq!(run["output"]["action"], "opened");
        } else {
            assert_eq!(answer.code(), "bad-signature");
        }
    }
    assert_eq!(kept.place.sink.ledger().received.len(), 1);
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_declares_is_verified_before_it_is_called() {
    let kept = Kept::with(&[JOINED]).await;
    let plugins = kept.members();
    kept.add_member("hooked", &["token", "hook-secret"], SECRET)
        .await;
    let daemon = kept.launch().plugins(&plugins).start().await.unwrap();
    let url = daemon.hook("/joined");
    let body = r#"{"id":"m-1"}"#;
    let now = jiff::Timestamp::now().as_second();
    let of = |sent: i64, body: &str| mac(&format!("{sent}.POST.{body}"));
    // Its time, its signature, its body, and what is made of it.
    let late = now - 301;
    for (sent, signature, body, status) in [
        (now, of(now, body), "{}", 401),
        (now + 1, of(now, body), body, 401),
        (now, String::new(), body, 401),
        (late, of(late, body), body, 401),
        (now, of(now, body), body, 202),
    ] {
        let sent = sent.to_string();
        let signature = format!("v1={signature}");
        let headers = [
            ("x-members-sent", sent.as_str()),
            ("x-members-signature", signature.as_str()),
        ];
        let answer = daemon.client.send("POST", &url, &headers, body).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, status, "{headers:?} {}", answer.text());
        match status {
            202 => {
                let run = api::accepted(&answer).unwrap();
                let run = daemon.succeeded(&run).await.unwrap();
                assert_eq!(run["output"]["id"], "m-1", "{run}");
            }
            _ => assert_eq!(answer.code(), "bad-signature"),
        }
    }
    assert!(daemon.stop().await.unwrap().success());
}
