use mortise_sdk::Disposition;
use mortise_sdk::fake::{self, Delivered, Host};
use serde_json::{Value, json};

use super::*;

fn host() -> Host {
    Host::new().settings(&json!({ "smtp-host": "smtp.example.com", "user": "desk@example.com" }))
}

fn simple() -> Value {
    json!({ "to": "ann@example.com", "subject": "hi", "text": "hello" })
}

#[test]
fn the_message_is_what_the_step_says() {
    let host = host().file("f1", "application/pdf", b"%PDF").install();
    let input = json!({
        "from": "Desk <desk@example.com>", "to": ["a@example.com", "b@example.com"], "cc": "c@example.com",
        "bcc": ["d@example.com"], "reply-to": "r@example.com", "subject": "Grüße", "text": "x", "html": "<p>x</p>",
        "headers": { "X-B": "2", "X-A": "1" },
        "attachments": [{ "file": { "$file": "f1", "size_bytes": 4 } }, { "text": "a", "name": "a.csv", "content-type": "text/csv" }]
    });
    let output = fake::invoke::<Send>(&input).unwrap();
    assert_eq!(output["message-id"], "<test-key-1@example.com>");
    let sent = &host.sent()[0];
    assert!(!sent.partial);
    let message = &sent.message;
    assert_eq!(message.sender, "Desk <desk@example.com>");
    assert_eq!(message.to, ["a@example.com", "b@example.com"]);
    assert_eq!(
        (message.cc[0].as_str(), message.bcc[0].as_str()),
        ("c@example.com", "d@example.com")
    );
    assert_eq!(message.reply_to.as_deref(), Some("r@example.com"));
    assert_eq!(
        (message.text.as_str(), message.html.as_deref()),
        ("x", Some("<p>x</p>"))
    );
    assert_eq!(message.headers[0], ("X-A".to_owned(), "1".to_owned()));
    assert_eq!(
        (
            message.attachments[0].name.as_str(),
            message.attachments[0].content_type.as_str()
        ),
        ("file", "application/pdf")
    );
    assert_eq!(message.attachments[1].content_type, "text/csv");
}

#[test]
fn without_a_sender_the_connection_says_who_it_is() {
    let host = host().install();
    fake::invoke::<Send>(&simple()).unwrap();
    assert_eq!(host.sent()[0].message.sender, "desk@example.com");
    let settings =
        json!({ "smtp-host": "smtp.example.com", "user": "u17", "from": "Desk <d@example.com>" });
    let host = Host::new().settings(&settings).install();
    fake::invoke::<Send>(&simple()).unwrap();
    assert_eq!(host.sent()[0].message.sender, "Desk <d@example.com>");
    let _host = Host::new().settings(&json!({ "user": "u17" })).install();
    let failure = fake::invoke::<Send>(&simple()).unwrap_err();
    assert_eq!(failure.disposition, Disposition::Misconfigured);
}

#[test]
fn a_field_that_is_refused_is_the_steps_own() {
    let mut input = simple();
    input["headers"] = json!({ "X-B": "2", "X-A": "1" });
    let cases = [
        ("/sender", "/from"),
        ("/to/0", "/to"),
        ("/headers/1", "/headers/X-B"),
        ("/attachments/2/content", "/attachments/2/file"),
        ("/attachments/2/name", "/attachments/2/name"),
        ("/subject", "/subject"),
    ];
    for (field, wanted) in cases {
        let problem = Problem::Invalid((field.to_owned(), "has a line break".to_owned()));
        let _host = host().deliver(Delivered::problem(problem)).install();
        let failure = fake::invoke::<Send>(&input).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Reject);
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some(wanted));
    }
}

#[test]
fn a_refused_recipient_fails_the_step_unless_it_says_otherwise() {
    let refused = || Delivered::refused(550, "b@example.com", "no such user");
    let mut input = simple();
    let _host = host().deliver(refused()).install();
    let failure = fake::invoke::<Send>(&input).unwrap_err();
    assert!(
        failure
            .message
            .contains("`b@example.com` with 550 no such user"),
        "{}",
        failure.message
    );
    input["partial"] = json!(true);
    let _host = host().deliver(refused()).install();
    let output = fake::invoke::<Send>(&input).unwrap();
    assert_eq!(
        output["refused"],
        json!([{ "address": "b@example.com", "code": 550, "text": "no such user" }])
    );
}

#[test]
fn an_attachment_is_a_file_or_a_text() {
    for (attachment, field) in [
        (json!({ "name": "a" }), "/attachments/0"),
        (
            json!({ "text": "a", "file": { "$file": "f" } }),
            "/attachments/0",
        ),
        (
            json!({ "file": { "$file": "nowhere" } }),
            "/attachments/0/file",
        ),
    ] {
        let mut input = simple();
        input["attachments"] = json!([attachment]);
        let _host = host().install();
        let failure = fake::invoke::<Send>(&input).unwrap_err();
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some(field));
    }
    let _host = host().install();
    let failure =
        fake::invoke::<Send>(&json!({ "to": "a@example.com", "subject": "x" })).unwrap_err();
    assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/text"));
}
