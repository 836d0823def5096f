//! What servers refuse, and what the host refuses before it asks one.

use mortise_tests::mail::{PASSWORD, Smtp};
use serde_json::{Value, json};

use super::{Post, SENDS, to};

fn failure(run: &Value) -> &Value {
    assert_eq!(run["status"], "parked", "{run}");
    &run["failure"]
}

fn attempts(run: &Value) -> usize {
    run["steps"][0]["attempts"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_cannot_be_smuggled_in() {
    let post = Post::with(&[SENDS], Smtp::Starttls).await;
    let daemon = post.start().await;
    for (event, field) in [
        (
            json!({ "to": "bob@example.com", "subject": "hi\r\nBcc: eve@example.com" }),
            "/subject",
        ),
        (json!({ "to": "bob@example.com\r\nDATA" }), "/to"),
        (
            json!({ "to": ["ok@example.com", "Eve\nBcc: eve@example.com <bob@example.com>"] }),
            "/to/1",
        ),
    ] {
        let run = post.sent(&daemon, &event).await;
        let failure = failure(&run);
        assert_eq!(
            (&failure["disposition"], &failure["cause"]["field"]),
            (&json!("reject"), &json!(field))
        );
        assert!(
            failure["message"].as_str().unwrap().contains("line break"),
            "{failure}"
        );
    }
    assert_eq!(post.servers.envelopes().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_recipient_is_named_and_nobody_else_gets_it() {
    let post = Post::with(&[SENDS], Smtp::Starttls).await;
    let daemon = post.start().await;
    let both = ["bob@example.com", "refused@example.com"];
    let run = post.sent(&daemon, &json!({ "to": both })).await;
    let failure = failure(&run);
    assert_eq!(failure["disposition"], "reject");
    assert_eq!(
        (&failure["cause"]["code"], &failure["cause"]["field"]),
        (&json!("5.1.1"), &json!("/to/1"))
    );
    let shown = post.shown(&run).await;
    for part in ["refused@example.com", "550", "no such user here"] {
        assert!(shown.contains(part), "{shown}");
    }
    assert_eq!(run["steps"][0]["attempts"][0]["requests"][0]["status"], 550);
    assert_eq!(post.servers.envelopes().unwrap().len(), 0);

    let run = post
        .sent(&daemon, &json!({ "to": both, "partial": true }))
        .await;
    assert_eq!(
        run["output"]["refused"][0]["address"], "refused@example.com",
        "{run}"
    );
    assert_eq!(
        post.servers.envelopes().unwrap()[0]["recipients"],
        json!(["bob@example.com"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_now_is_sent_later() {
    let post = Post::with(&[SENDS], Smtp::Starttls).await;
    let daemon = post.start().await;
    let run = post.sent(&daemon, &to("busy@example.com")).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let first = &run["steps"][0]["attempts"][0]["failure"];
    assert_eq!(first["disposition"], "retry");
    assert!(
        first["message"]
            .as_str()
            .unwrap()
            .contains("`busy@example.com` with 451"),
        "{first}"
    );
    assert_eq!(
        (attempts(&run), post.servers.envelopes().unwrap().len()),
        (2, 1)
    );
    // A message that is refused as a whole is no recipient's fault.
    let run = post.sent(&daemon, &to("spam@example.com")).await;
    let failure = failure(&run);
    assert_eq!(
        (&failure["disposition"], &failure["cause"]["field"]),
        (&json!("reject"), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_leaves_it_unclear() {
    let post = Post::with(&[SENDS], Smtp::Starttls).await;
    let daemon = post.start().await;
    let run = post.sent(&daemon, &to("lost@example.com")).await;
    let failure = failure(&run);
    assert_eq!(failure["disposition"], "unclear", "{failure}");
    assert_eq!(
        (attempts(&run), post.servers.envelopes().unwrap().len()),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_wants_another_one_and_is_told_nobody() {
    const WRONG: &str = "canary-wr0ng-Pa55";
    let post = Post::without_connection(&[SENDS]).await;
    let settings = post.servers.settings(Smtp::Starttls, true);
    post.connect(&settings, WRONG, &[]).await.ok().unwrap();
    let daemon = post.start().await;
    let run = post.sent(&daemon, &to("bob@example.com")).await;
    let failure = failure(&run);
    assert_eq!(failure["disposition"], "reauthorize", "{failure}");
    // The server repeated it.
    let message = failure["message"].as_str().unwrap();
    assert!(
        message.contains("535") && message.contains("[secret]"),
        "{message}"
    );
    let shown = post.shown(&run).await;
    let tested = post
        .kept
        .command(&["connections", "test", "post"], "")
        .await
        .unwrap();
    assert_eq!(tested.code, Some(1), "{}", tested.stderr);
    for said in [
        &run.to_string(),
        &shown,
        &tested.stdout,
        &tested.stderr,
        &daemon.stderr(),
    ] {
        assert!(!said.contains(WRONG), "{said}");
    }
    let found = super::files_with(std::path::Path::new(post.kept.place.data()), &[WRONG]);
    assert_eq!(found.len(), 0, "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_starttls_is_told_nothing() {
    let post = Post::with(&[SENDS], Smtp::Plain).await;
    let daemon = post.start().await;
    let run = post.sent(&daemon, &to("bob@example.com")).await;
    let refused = failure(&run);
    assert_eq!(refused["disposition"], "misconfigured", "{refused}");
    assert!(
        refused["message"].as_str().unwrap().contains("no STARTTLS"),
        "{refused}"
    );
    assert_eq!(post.servers.envelopes().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_encryption_only_an_address_that_is_named_is_reached() {
    let post = Post::without_connection(&[SENDS]).await;
    let mut settings = post.servers.settings(Smtp::Plain, true);
    settings["smtp-tls"] = json!("none");
    settings.as_object_mut().unwrap().remove("user");
    // A server without a login: the connection has no secret, and stands in a file.
    let origin = format!("smtp://127.0.0.1:{}", post.servers.port(Smtp::Plain));
    let of_file =
        json!({ "post": { "plugin": "mortise/email", "settings": settings, "origins": [origin] } });
    let path = post.kept.place.workflows.join("connections.yaml");
    std::fs::write(path, of_file.to_string()).unwrap();
    let daemon = post.start().await;
    let run = post.sent(&daemon, &to("bob@example.com")).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(post.servers.envelopes().unwrap()[0]["tls"], false);
    daemon.stop().await.unwrap();

    let daemon = post
        .launch()
        .without_setting("egress.allow-private")
        .start()
        .await
        .unwrap();
    let run = post.sent(&daemon, &to("bob@example.com")).await;
    let failure = failure(&run);
    assert_eq!(failure["disposition"], "misconfigured");
    let message = failure["message"].as_str().unwrap();
    assert!(
        message.contains("`egress.allow-private: [127.0.0.1/32]`"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_no_origin_of_the_connection_is_not_reached() {
    let post = Post::without_connection(&[SENDS]).await;
    let settings = post.servers.settings(Smtp::Starttls, true);
    let origin = ["--origin", "smtps://mail.example.com:465"];
    post.connect(&settings, PASSWORD, &origin)
        .await
        .ok()
        .unwrap();
    let daemon = post.start().await;
    let run = post.sent(&daemon, &to("bob@example.com")).await;
    let failure = failure(&run);
    assert_eq!(failure["disposition"], "misconfigured");
    let wanted = format!(
        "origins: [\"smtp://127.0.0.1:{}\"]",
        post.servers.port(Smtp::Starttls)
    );
    assert!(
        failure["message"].as_str().unwrap().contains(&wanted),
        "{failure}"
    );
}

/// A certificate that nobody vouches for.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_nobody_is_not_trusted() {
    let post = Post::without_connection(&[SENDS]).await;
    let mut settings = post.servers.settings(Smtp::Tls, true);
    settings.as_object_mut().unwrap().remove("tls-ca");
    post.connect(&settings, PASSWORD, &[]).await.ok().unwrap();
    let daemon = post.start().await;
    let run = post.sent(&daemon, &to("bob@example.com")).await;
    let failure = failure(&run);
    assert!(
        failure["message"].as_str().unwrap().contains("certificate"),
        "{failure}"
    );
    assert_eq!(post.servers.envelopes().unwrap().len(), 0);
}
