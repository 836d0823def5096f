#![allow(clippy::unwrap_used)]
use bytes::Bytes;
use mail_parser::{MessageParser, MimeHeaders as _};

use super::*;
use crate::message::Attached;

fn outgoing() -> Outgoing {
    Outgoing {
        sender: "Jörg Müller <joerg@example.com>".to_owned(),
        to: vec!["ann@example.com".to_owned()],
        subject: "Grüße".to_owned(),
        text: "hello".to_owned(),
        ..Outgoing::default()
    }
}

fn composed(message: &Outgoing) -> Result<Composed, Error> {
    compose(
        message,
        &Settings::default(),
        ("key", Timestamp(1_700_000_000_000)),
    )
}

fn text_of(message: &Outgoing) -> String {
    String::from_utf8(composed(message).unwrap().content).unwrap()
}

#[test]
fn what_is_not_ascii_is_encoded_and_comes_out_again() {
    let message = Outgoing {
        cc: vec!["\"Lee, Ann\" <lee@bücher.example>".to_owned()],
        bcc: vec!["secret@example.com".to_owned()],
        reply_to: Some("desk@example.com".to_owned()),
        html: Some("<p>grüße</p>".to_owned()),
        text: "Zeile 1\nZeile ü\r\n.\r.".to_owned(),
        headers: vec![("X-Ort".to_owned(), "Köln am Rhein".to_owned())],
        attachments: vec![Attached {
            name: "Überblick „2026“.csv".to_owned(),
            content_type: "text/csv; charset=utf-8".to_owned(),
            data: Bytes::from_static(b"a;b\n.\r\nc\xff"),
        }],
        ..outgoing()
    };
    let made = composed(&message).unwrap();
    assert!(made.content.is_ascii());
    assert!(
        !String::from_utf8_lossy(&made.content).contains("secret@"),
        "a hidden recipient shows"
    );
    let addresses: Vec<_> = made
        .recipients
        .iter()
        .map(|one| (one.address.as_str(), one.field.as_str()))
        .collect();
    assert_eq!(
        addresses,
        [
            ("ann@example.com", "/to/0"),
            ("lee@xn--bcher-kva.example", "/cc/0"),
            ("secret@example.com", "/bcc/0")
        ]
    );
    let read = MessageParser::default().parse(&made.content).unwrap();
    assert_eq!(read.subject(), Some("Grüße"));
    assert_eq!(
        read.from().unwrap().first().unwrap().name(),
        Some("Jörg Müller")
    );
    let cc = read.cc().unwrap().first().unwrap();
    assert_eq!(
        (cc.name(), cc.address()),
        (Some("Lee, Ann"), Some("lee@xn--bcher-kva.example"))
    );
    assert_eq!(
        read.header_raw("X-Ort").map(|raw| raw.contains("=?utf-8?")),
        Some(true)
    );
    assert_eq!(
        read.body_text(0).unwrap().replace("\r\n", "\n").trim_end(),
        "Zeile 1\nZeile ü\n.\n."
    );
    assert_eq!(read.body_html(0).unwrap().trim_end(), "<p>grüße</p>");
    let attached = read.attachments().next().unwrap();
    assert_eq!(attached.attachment_name(), Some("Überblick „2026“.csv"));
    assert!(String::from_utf8_lossy(&made.content).contains("YTtiCi4NCmP/"));
    assert_eq!(read.message_id(), Some(made.id.trim_matches(['<', '>'])));
}

#[test]
fn the_id_follows_from_the_key() {
    let ids = ["a", "a", "b"].map(|key| {
        compose(&outgoing(), &Settings::default(), (key, Timestamp(0)))
            .unwrap()
            .id
    });
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert!(ids[0].ends_with("@example.com>"), "{}", ids[0]);
}

#[test]
fn nothing_can_begin_another_header() {
    type Change = fn(&mut Outgoing, &str);
    let changes: [(&str, Change); 9] = [
        ("/sender", |m, evil| {
            m.sender = format!("Ann{evil} <a@example.com>")
        }),
        ("/to/0", |m, evil| {
            m.to = vec![format!("a{evil}@example.com")]
        }),
        ("/cc/0", |m, evil| {
            m.cc = vec![format!("A <a@example.com{evil}>")]
        }),
        ("/bcc/0", |m, evil| {
            m.bcc = vec![format!("a@example.com{evil}")]
        }),
        ("/reply-to", |m, evil| {
            m.reply_to = Some(format!("a@example.com{evil}x"))
        }),
        ("/subject", |m, evil| m.subject = format!("hi{evil}")),
        ("/headers/0", |m, evil| {
            m.headers = vec![("X-A".to_owned(), format!("v{evil}"))]
        }),
        ("/headers/0", |m, evil| {
            m.headers = vec![(format!("X-A{evil}"), "v".to_owned())]
        }),
        ("/attachments/0/name", |m, evil| {
            m.attachments = vec![Attached {
                name: format!("a{evil}.txt"),
                content_type: String::new(),
                data: Bytes::new(),
            }];
        }),
    ];
    for evil in ["\r\nBcc: x@example.com", "\nX: y", "\r", "\0", "\u{1b}"] {
        for (wanted, change) in &changes {
            let mut message = outgoing();
            change(&mut message, evil);
            match composed(&message) {
                Err(Error::Invalid { field, .. }) => assert_eq!(field, *wanted),
                other => panic!("{wanted} with {evil:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_is_no_address_is_named() {
    for bad in [
        "",
        "ann",
        "@example.com",
        "a b@example.com",
        "a@",
        "a@-x-",
        "\"a b\"@example.com",
        "a@1.2.3.4",
        "<>",
    ] {
        let message = Outgoing {
            to: vec!["ok@example.com".to_owned(), bad.to_owned()],
            ..outgoing()
        };
        match composed(&message) {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, "/to/1"),
            other => panic!("{bad}: {other:?}"),
        }
    }
    let nobody = Outgoing {
        to: Vec::new(),
        ..outgoing()
    };
    assert!(matches!(composed(&nobody), Err(Error::Invalid { .. })));
}

#[test]
fn headers_of_the_host_stay_its_own() {
    for name in [
        "Bcc",
        "from",
        "Content-Type",
        "DATE",
        "Message-ID",
        "Received",
        "a b",
        "ü",
        "",
        "x:",
    ] {
        let message = Outgoing {
            headers: vec![(name.to_owned(), "v".to_owned())],
            ..outgoing()
        };
        assert!(
            matches!(composed(&message), Err(Error::Invalid { .. })),
            "{name}"
        );
    }
    let twice = ["X-A", "x-a"].map(|name| (name.to_owned(), "v".to_owned()));
    let message = Outgoing {
        headers: twice.to_vec(),
        ..outgoing()
    };
    assert!(matches!(composed(&message), Err(Error::Invalid { .. })));
    let message = Outgoing {
        headers: vec![("In-Reply-To".to_owned(), "<1@example.com>".to_owned())],
        ..outgoing()
    };
    assert!(text_of(&message).contains("In-Reply-To: <1@example.com>\r\n"));
}

#[test]
fn limits_are_named() {
    let limits = Settings {
        message_max_bytes: 2_000,
        recipients_max: 2,
        ..Settings::default()
    };
    let many = Outgoing {
        to: vec!["a@example.com".to_owned(); 3],
        ..outgoing()
    };
    let large = Outgoing {
        text: "x".repeat(2_001),
        ..outgoing()
    };
    for (message, setting) in [
        (many, "mail.recipients-max"),
        (large, "mail.message-max-bytes"),
    ] {
        let error = compose(&message, &limits, ("k", Timestamp(0))).unwrap_err();
        assert!(error.to_string().contains(setting), "{error}");
    }
}

#[test]
fn lines_are_never_longer_than_a_server_takes() {
    let message = Outgoing {
        subject: "ü".repeat(1_000),
        text: "y".repeat(5_000),
        html: Some("z".repeat(5_000)),
        ..outgoing()
    };
    let longest = text_of(&message).lines().map(str::len).max().unwrap();
    assert!(longest <= 998, "{longest}");
    let message = Outgoing {
        subject: "x".repeat(1_000),
        ..outgoing()
    };
    assert!(matches!(composed(&message), Err(Error::Invalid { .. })));
}
