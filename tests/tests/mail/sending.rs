//! Messages that arrive.

use mortise_tests::daemon::Launch;
use mortise_tests::mail::{PASSWORD, Smtp};
use serde_json::{Value, json};

use super::{Post, SENDS, to};

/// Fetches a file, and sends it with everything else that a message can have.
const EVERYTHING: &str = r#"
version: 1
name: everything
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: events
    webhook: { path: /send }
steps:
  - id: report
    uses: http/request
    with: { url: "http://127.0.0.1:9000/report", save-as-file: true }
  - id: sent
    uses: email/send
    connection: post
    with:
      to: "Bjørn Å <bjorn@example.com>"
      cc: [copy@example.com]
      bcc: hidden@example.com
      reply-to: Pult <pult@example.com>
      subject: "Grüße aus Köln — 1017"
      text: "Zeile eins\n.\nÄpfel"
      html: "<p>Äpfel</p>"
      headers: { X-Order: "1017" }
      attachments:
        - { file: "${{ .steps.report.output.file }}", name: "Bericht ü.json", content-type: application/json }
        - { text: "a;ü\n.\n", name: zeilen.csv, content-type: text/csv }
output: "${{ .steps.sent.output }}"
"#;

/// Passes each message on to the sink.
const COMES: &str = r#"
version: 1
name: comes
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: mail
    poll: { uses: email/new-messages, connection: post, every: 1s, start: beginning }
steps:
  - id: told
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/mail", json: "${{ .event }}" }
"#;

#[allow(
    clippy::too_many_lines,
    reason = "one message, looked at from all sides"
)]
async fn arrives(smtp: Smtp, change: impl Fn(Launch) -> Launch) {
    let post = Post::with(&[EVERYTHING, COMES], smtp).await;
    let daemon = change(post.launch()).start().await.unwrap();
    let run = post.sent(&daemon, &json!({})).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let sink = &post.kept.place.sink;
    let came = |ledger: &mortise_tests::sink::Ledger| {
        ledger.received.iter().any(|one| one.route() == "/mail")
    };
    sink.until("the message read", came).await.unwrap();
    let told: Vec<Value> = {
        let ledger = sink.ledger();
        let mails = ledger.received.iter().filter(|one| one.route() == "/mail");
        mails.map(|one| one.json()).collect()
    };
    let message = &told[0];
    let id = run["output"]["message-id"].as_str().unwrap();
    assert_eq!(message["message-id"], id.trim_matches(['<', '>']));
    assert_eq!(message["subject"], "Grüße aus Köln — 1017");
    assert_eq!(
        message["from"],
        json!([{ "name": "Änn Lee", "email": "ann@example.com" }])
    );
    assert_eq!(
        message["to"],
        json!([{ "name": "Bjørn Å", "email": "bjorn@example.com" }])
    );
    assert_eq!(message["cc"][0]["email"], "copy@example.com");
    assert_eq!(message["reply-to"][0]["name"], "Pult");
    assert_eq!(
        message["text"]
            .as_str()
            .unwrap()
            .trim_end()
            .replace("\r\n", "\n"),
        "Zeile eins\n.\nÄpfel"
    );
    assert_eq!(message["html"].as_str().unwrap().trim_end(), "<p>Äpfel</p>");
    assert_eq!(message["truncated"], false);
    let attached = message["attachments"].as_array().unwrap();
    assert_eq!(attached[0]["name"], "Bericht ü.json");
    assert_eq!(attached[1]["file"]["size_bytes"], "a;ü\n.\n".len());

    // The files are those of the run that the message started, byte for byte.
    let started = daemon.read("/runs?workflow=comes").await.unwrap();
    let run_id = started["items"][0]["id"].as_str().unwrap();
    assert_eq!(daemon.rest(run_id).await.unwrap()["status"], "succeeded");
    for (part, content) in attached.iter().zip([r#"{"ok":true}"#, "a;ü\n.\n"]) {
        let file = part["file"]["$file"].as_str().unwrap();
        let out = post.kept.place.folder.path().join("attached");
        let arguments = ["runs", "file", run_id, file, "--out", out.to_str().unwrap()];
        let fetched = post.kept.command(&arguments, "").await.unwrap();
        fetched.ok().unwrap();
        assert_eq!(std::fs::read_to_string(&out).unwrap(), content);
        std::fs::remove_file(out).unwrap();
    }
    let envelope = &post.servers.envelopes().unwrap()[0];
    let recipients = json!([
        "bjorn@example.com",
        "copy@example.com",
        "hidden@example.com"
    ]);
    assert_eq!(envelope["recipients"], recipients);
    assert!(
        !post.servers.raw().unwrap()[0].contains("hidden@"),
        "a hidden recipient shows"
    );
    let sent = &run["steps"][1]["attempts"][0]["requests"][0];
    let scheme = if let Smtp::Tls = smtp {
        "smtps"
    } else {
        "smtp"
    };
    assert_eq!(sent["method"], "SMTP");
    assert_eq!(
        sent["url"],
        format!("{scheme}://127.0.0.1:{}", post.servers.port(smtp))
    );
    assert_eq!(sent["status"], 250);
    post.assert_secret(&daemon, &run.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_arrives_as_it_was_meant() {
    arrives(Smtp::Starttls, |launch| launch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_arrives_out_of_a_worker_process() {
    arrives(Smtp::Tls, |launch| launch.setting("isolate", "true")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_is_encrypted_before_anybody_logs_in() {
    for smtp in [Smtp::Starttls, Smtp::Tls] {
        let post = Post::with(&[SENDS], smtp).await;
        let daemon = post.start().await;
        let run = post.sent(&daemon, &to("bob@example.com")).await;
        assert_eq!(run["status"], "succeeded", "{run}");
        let envelope = &post.servers.envelopes().unwrap()[0];
        assert_eq!(
            (&envelope["tls"], &envelope["sender"]),
            (&json!(true), &json!("ann@example.com"))
        );
    }
}

/// Another server's STARTTLS and login, which hands the message on.
#[tokio::test(flavor = "multi_thread")]
async fn dovecot_takes_a_message() {
    let post = Post::with(&[SENDS], Smtp::Submission).await;
    let daemon = post.start().await;
    let run = post.sent(&daemon, &to("bob@example.com")).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(
        post.servers.envelopes().unwrap()[0]["recipients"],
        json!(["bob@example.com"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_beyond_ascii_need_a_server_that_takes_them() {
    let post = Post::with(&[SENDS], Smtp::Starttls).await;
    let daemon = post.start().await;
    // The host is written in ASCII; the local part travels as it is, where the server says that it may.
    let run = post.sent(&daemon, &to("jörg@bücher.example")).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let envelope = &post.servers.envelopes().unwrap()[0];
    assert_eq!(
        envelope["recipients"],
        json!(["jörg@xn--bcher-kva.example"])
    );
    assert!(
        envelope["options"].to_string().contains("SMTPUTF8"),
        "{envelope}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_tried_with_both_servers() {
    let post = Post::with(&[SENDS], Smtp::Starttls).await;
    let daemon = post.start().await;
    let output = post
        .kept
        .command(&["connections", "test", "post"], "")
        .await
        .unwrap();
    let said = output.ok().unwrap().stdout;
    assert!(said.contains("ann at 127.0.0.1"), "{said}");
    post.assert_secret(&daemon, &said);
    assert!(said.find(PASSWORD).is_none());
}
