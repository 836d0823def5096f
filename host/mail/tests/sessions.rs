//! Conversations with servers that say what a test wants them to say.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use mortise_egress::{Client, Reach, Settings as Egress};
use mortise_mail::message::{Outgoing, Query, Receipt};
use mortise_mail::{Error, Mailer, Proof, Settings, Way};
use mortise_model::Timestamp;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// What the server does, in order.
enum Step {
    /// It says this.
    Say(&'static str),
    /// It reads a line, which begins so.
    Hear(&'static str),
    /// It reads a message up to its end.
    Message,
    /// It says nothing more and waits for the other side to go.
    Wait,
}

use Step::{Hear, Message, Say, Wait};

/// Plays the steps to the first who connects; gives the port and, in the end, what was heard.
async fn server(steps: Vec<Step>) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let playing = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut heard = Vec::new();
        for step in steps {
            match step {
                Say(text) => stream.get_mut().write_all(text.as_bytes()).await.unwrap(),
                Hear(wanted) => {
                    let mut line = String::new();
                    stream.read_line(&mut line).await.unwrap();
                    assert!(
                        line.starts_with(wanted),
                        "{line:?} where {wanted:?} was expected"
                    );
                    heard.push(line);
                }
                Message => {
                    let mut all = String::new();
                    while !all.ends_with("\r\n.\r\n") {
                        assert!(stream.read_line(&mut all).await.unwrap() > 0, "{all}");
                    }
                    heard.push(all);
                }
                Wait => {
                    let mut rest = Vec::new();
                    let _ = stream.read_to_end(&mut rest).await;
                }
            }
        }
        heard
    });
    (port, playing)
}

fn mailer(settings: Settings) -> Mailer {
    let egress = Egress {
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
        ..Egress::default()
    };
    Mailer::new(Arc::new(Client::new(egress).unwrap()), settings)
}

fn quick() -> Settings {
    Settings {
        command_timeout_ms: 5_000,
        message_timeout_ms: 300,
        ..Settings::default()
    }
}

fn password() -> Proof {
    Proof::Password(Zeroizing::new("pw".to_owned()))
}

fn settings(kind: &str, port: u16, tls: &str) -> (String, Reach) {
    let settings = format!(
        r#"{{"{kind}-host":"127.0.0.1","{kind}-port":{port},"{kind}-tls":"{tls}","user":"ann"}}"#
    );
    let origin = format!("{kind}://127.0.0.1:{port}");
    (settings, Reach::connection("n", "c", [origin]).unwrap())
}

async fn deliver(port: u16, proof: Option<Proof>, tls: &str) -> Result<Receipt, Error> {
    let (mut settings, reach) = settings("smtp", port, tls);
    if proof.is_none() {
        settings = settings.replace(r#","user":"ann""#, "");
    }
    let way = Way {
        settings: &settings,
        reach: &reach,
        proof: proof.as_ref(),
        deadline: Instant::now() + Duration::from_secs(20),
    };
    let message = Outgoing {
        sender: "ann@example.com".to_owned(),
        to: vec!["bob@example.com".to_owned()],
        subject: "hi".to_owned(),
        text: "..".to_owned(),
        ..Outgoing::default()
    };
    mailer(quick())
        .deliver(way, &message, ("key", Timestamp(0)), false)
        .await
}

/// From the greeting to the end of the message.
fn until_message() -> Vec<Step> {
    vec![
        Say("220 hi\r\n"),
        Hear("EHLO ["),
        Say("250-me\r\n250 8BITMIME\r\n"),
        Hear("MAIL FROM:<ann@example.com>\r\n"),
        Say("250 ok\r\n"),
        Hear("RCPT TO:<bob@example.com>"),
        Say("250 ok\r\n"),
        Hear("DATA"),
        Say("354 go\r\n"),
        Message,
    ]
}

#[tokio::test]
async fn a_token_is_shown_and_its_refusal_is_one() {
    let (port, heard) = server(vec![
        Say("220 hi\r\n"),
        Hear("EHLO"),
        Say("250-me\r\n250 AUTH PLAIN XOAUTH2\r\n"),
        Hear("AUTH XOAUTH2 "),
        Say("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"),
        Hear("\r\n"),
        Say("535 5.7.8 no\r\n"),
    ])
    .await;
    let token = Proof::Token(Zeroizing::new("tok".to_owned()));
    let error = deliver(port, Some(token), "none").await.unwrap_err();
    assert!(
        matches!(&error, Error::Unauthorized(why) if why.contains("535")),
        "{error:?}"
    );
    heard.await.unwrap();
}

#[tokio::test]
async fn servers_that_know_only_login_are_served() {
    let (port, heard) = server(vec![
        Say("220 hi\r\n"),
        Hear("EHLO"),
        Say("250-me\r\n250 AUTH LOGIN\r\n"),
        Hear("AUTH LOGIN"),
        Say("334 VXNlcm5hbWU6\r\n"),
        Hear("YW5u\r\n"),
        Say("334 UGFzc3dvcmQ6\r\n"),
        Hear("cHc=\r\n"),
        Say("454 4.7.0 later\r\n"),
    ])
    .await;
    let error = deliver(port, Some(password()), "none").await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused(replies) if replies[0].code == 454),
        "{error:?}"
    );
    heard.await.unwrap();
}

#[tokio::test]
async fn a_login_that_is_not_offered_is_not_tried() {
    let (port, heard) = server(vec![
        Say("220 hi\r\n"),
        Hear("EHLO"),
        Say("250 me\r\n"),
        Wait,
    ])
    .await;
    let error = deliver(port, Some(password()), "none").await.unwrap_err();
    assert!(
        matches!(&error, Error::Settings(why) if why.contains("PLAIN")),
        "{error:?}"
    );
    heard.await.unwrap();
}

#[tokio::test]
async fn dots_are_doubled_and_the_reply_is_kept() {
    let mut steps = until_message();
    steps.extend([Say("250 queued as 7\r\n"), Hear("QUIT"), Say("221 bye\r\n")]);
    let (port, heard) = server(steps).await;
    let receipt = deliver(port, None, "none").await.unwrap();
    assert_eq!(
        (receipt.reply.as_str(), receipt.refused.len()),
        ("queued as 7", 0)
    );
    let heard = heard.await.unwrap();
    let message = heard
        .iter()
        .find(|text| text.contains("Subject: hi"))
        .unwrap();
    assert!(message.contains("\r\n\r\n...\r\n"), "{message}");
    assert!(
        message.contains(&format!("Message-ID: {}\r\n", receipt.message_id)),
        "{message}"
    );
}

#[tokio::test]
async fn without_an_answer_to_the_message_nobody_knows() {
    let mut silent = until_message();
    silent.push(Wait);
    // The first is closed, the second says nothing until the time is over.
    for steps in [until_message(), silent] {
        let (port, _heard) = server(steps).await;
        let error = deliver(port, None, "none").await.unwrap_err();
        assert!(matches!(&error, Error::Unanswered(_)), "{error:?}");
    }
}

#[tokio::test]
async fn before_the_message_is_over_nothing_was_sent() {
    for (steps, code) in [
        (vec![], None),
        (vec![Say("421 busy\r\n")], Some(421)),
        (vec![Say("554 go away\r\n")], Some(554)),
        (vec![Say("HTTP/1.1 400 Bad Request\r\n\r\n")], None),
        (
            vec![Say("220 hi\r\n"), Hear("EHLO"), Say("500 what\r\n")],
            Some(500),
        ),
    ] {
        let (port, _heard) = server(steps).await;
        match (deliver(port, None, "none").await.unwrap_err(), code) {
            (Error::NotSent(_), None) => {}
            (Error::Refused(replies), Some(code)) => assert_eq!(replies[0].code, code),
            other => panic!("{other:?}"),
        }
    }
}

/// Whoever stands between writes something behind the server's answer, so that it counts as said in secret.
#[tokio::test]
async fn what_was_said_before_the_encryption_does_not_count() {
    let (port, _heard) = server(vec![
        Say("220 hi\r\n"),
        Hear("EHLO"),
        Say("250-me\r\n250 STARTTLS\r\n"),
        Hear("STARTTLS"),
        Say("220 go\r\n250-me\r\n250 AUTH PLAIN\r\n"),
        Wait,
    ])
    .await;
    let error = deliver(port, Some(password()), "starttls")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::NotSent(why) if why.contains("more than it was asked")),
        "{error:?}"
    );
}

async fn fetch(
    port: u16,
    limits: Settings,
    query: &Query,
) -> Result<mortise_mail::message::Found, Error> {
    let (settings, reach) = settings("imap", port, "none");
    let proof = password();
    let way = Way {
        settings: &settings,
        reach: &reach,
        proof: Some(&proof),
        deadline: Instant::now() + Duration::from_secs(20),
    };
    mailer(limits).fetch(way, query).await
}

fn query() -> Query {
    Query {
        mailbox: "Entwürfe".to_owned(),
        max: 10,
        room_bytes: 1 << 20,
        room_files: 10,
        ..Query::default()
    }
}

fn until_listed(search: &'static str) -> Vec<Step> {
    vec![
        Say("* OK hi\r\n"),
        Hear("m1 CAPABILITY"),
        Say("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nm1 OK done\r\n"),
        Hear("m2 AUTHENTICATE PLAIN\r\n"),
        Say("+ \r\n"),
        Hear("AGFubgBwdw==\r\n"),
        Say("m2 OK in\r\n"),
        Hear("m3 EXAMINE \"Entw&APw-rfe\""),
        Say("* 2 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\nm3 OK [READ-ONLY] open\r\n"),
        Hear("m4 UID SEARCH UID 1:*"),
        Say(search),
    ]
}

#[tokio::test]
async fn a_message_that_goes_away_meanwhile_is_passed_over() {
    let mut steps = until_listed("* SEARCH 4 3\r\nm4 OK done\r\n");
    steps.extend([
        Hear("m5 UID FETCH 3,4 (UID RFC822.SIZE INTERNALDATE FLAGS)"),
        Say("* 1 FETCH (UID 3 RFC822.SIZE 20 INTERNALDATE \"01-Jan-2026 00:00:00 +0000\" FLAGS (\\Seen))\r\n"),
        Say("* 2 FETCH (UID 4 RFC822.SIZE 20 INTERNALDATE \"01-Jan-2026 00:00:01 +0000\" FLAGS ())\r\nm5 OK done\r\n"),
        Hear("m6 UID FETCH 3 (BODY.PEEK[])"),
        Say("m6 OK done\r\n"),
        Hear("m7 UID FETCH 4 (BODY.PEEK[])"),
        Say("* 2 FETCH (UID 4 BODY[] {17}\r\nSubject: a\r\n\r\nhi\n)\r\nm7 OK done\r\n"),
        Hear("m0 LOGOUT"),
    ]);
    let (port, heard) = server(steps).await;
    let found = fetch(port, quick(), &query()).await.unwrap();
    assert_eq!(
        (found.uid_validity, found.messages.len(), found.more),
        (7, 1, false)
    );
    let message = &found.messages[0];
    assert_eq!(
        (message.uid, message.subject.as_str(), message.seen),
        (4, "a", false)
    );
    assert_eq!(message.received.as_deref(), Some("2026-01-01T00:00:01Z"));
    heard.await.unwrap();
}

#[tokio::test]
async fn a_literal_that_never_ends_is_not_waited_for() {
    let mut steps = until_listed("* SEARCH 3\r\nm4 OK done\r\n");
    steps.extend([
        Hear("m5"),
        Say("* 1 FETCH (UID 3 RFC822.SIZE 20 FLAGS ())\r\nm5 OK done\r\n"),
        Hear("m6"),
        Say("* 1 FETCH (UID 3 BODY[] {4000000000}\r\nSubject"),
        Wait,
    ]);
    let (port, _heard) = server(steps).await;
    let error = fetch(port, quick(), &query()).await.unwrap_err();
    assert!(
        matches!(&error, Error::NotSent(why) if why.contains("more than")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_message_that_is_too_large_comes_with_its_header() {
    let mut steps = until_listed("* SEARCH 3\r\nm4 OK done\r\n");
    steps.extend([
        Hear("m5"),
        Say("* 1 FETCH (UID 3 RFC822.SIZE 5000 FLAGS ())\r\nm5 OK done\r\n"),
        Hear("m6 UID FETCH 3 (BODY.PEEK[HEADER]<0."),
        Say("* 1 FETCH (UID 3 BODY[HEADER]<0> {18}\r\nSubject: large\r\n\r\n)\r\nm6 OK done\r\n"),
        Hear("m0 LOGOUT"),
    ]);
    let (port, _heard) = server(steps).await;
    let limits = Settings {
        message_max_bytes: 1_000,
        ..quick()
    };
    let found = fetch(port, limits, &query()).await.unwrap();
    let message = &found.messages[0];
    assert_eq!(
        (message.subject.as_str(), message.truncated, message.size),
        ("large", true, 5_000)
    );
}

#[tokio::test]
async fn other_numbers_give_no_message() {
    let mut steps = until_listed("");
    steps.truncate(9);
    let (port, _heard) = server(steps).await;
    let query = Query {
        after: Some((6, 40)),
        ..query()
    };
    let found = fetch(port, quick(), &query).await.unwrap();
    assert_eq!((found.uid_validity, found.messages.len()), (7, 0));
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_refused_and_a_busy_server_is_asked_again() {
    for (answer, is_refused) in [
        ("m3 NO [NONEXISTENT] no such mailbox\r\n", true),
        ("m3 NO [UNAVAILABLE] later\r\n", false),
        ("* BYE going down\r\n", false),
    ] {
        let mut steps = until_listed("");
        steps.truncate(8);
        steps.push(Say(answer));
        let (port, _heard) = server(steps).await;
        let error = fetch(port, quick(), &query()).await.unwrap_err();
        assert_eq!(matches!(error, Error::No(_)), is_refused, "{error:?}");
    }
}

#[tokio::test]
async fn a_name_of_a_mailbox_cannot_hold_a_command() {
    for mailbox in ["", "INBOX\r\nm9 DELETE INBOX"] {
        let query = Query {
            mailbox: mailbox.to_owned(),
            ..query()
        };
        // Nobody is asked.
        let error = fetch(9, quick(), &query).await.unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "{error:?}");
    }
}
