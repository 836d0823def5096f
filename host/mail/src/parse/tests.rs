use super::*;

const ROOM: Room = Room {
    bytes: 1 << 20,
    files: 10,
};

fn parsed(raw: &[u8]) -> Incoming {
    parse(raw, &mut { ROOM })
}

const MIXED: &[u8] = b"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>\r\n\
To: a@example.com, \"Lee, Ann\" <lee@example.com>\r\n\
Subject: =?iso-8859-1?q?Gr=FC=DFe?=\r\n\
Date: Fri, 28 Nov 2025 09:55:06 -0600\r\n\
Message-ID: <1@example.com>\r\n\
In-Reply-To: <0@example.com>\r\n\
References: <00@example.com> <0@example.com>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=b\r\n\r\n\
--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n\
--c\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsch=F6n\r\n\
--c\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>sch\xc3\xb6n</b>\r\n--c--\r\n\
--b\r\nContent-Type: text/csv; charset=iso-8859-1\r\nContent-Disposition: attachment; filename*=utf-8''%C3%BC.csv\r\nContent-Transfer-Encoding: base64\r\n\r\n/GE7Yg0K\r\n\
--b\r\nContent-Type: image/png; name=\"../x.png\"\r\nContent-ID: <pic>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n\
--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n--b--\r\n";

#[test]
fn a_message_comes_out_decoded() {
    let message = parsed(MIXED);
    assert_eq!(message.subject, "Grüße");
    assert_eq!(message.senders[0].name.as_deref(), Some("Jörg"));
    assert_eq!(message.to[1].name.as_deref(), Some("Lee, Ann"));
    assert_eq!(message.date.as_deref(), Some("2025-11-28T09:55:06-06:00"));
    assert_eq!(message.message_id.as_deref(), Some("1@example.com"));
    assert_eq!(message.in_reply_to, ["0@example.com"]);
    assert_eq!(message.references, ["00@example.com", "0@example.com"]);
    assert_eq!(message.text.as_deref().map(str::trim_end), Some("schön"));
    assert_eq!(
        message.html.as_deref().map(str::trim_end),
        Some("<b>schön</b>")
    );
    let attached: Vec<_> = message.attachments.iter().collect();
    assert_eq!(attached.len(), 3, "{attached:?}");
    // As it was sent, not as UTF-8.
    assert_eq!(attached[0].data.as_ref(), b"\xfca;b\r\n");
    assert_eq!(attached[0].content_type, "text/csv; charset=iso-8859-1");
    assert_eq!(attached[0].name.as_deref(), Some("ü.csv"));
    assert_eq!(
        (
            attached[1].name.as_deref(),
            attached[1].content_id.as_deref()
        ),
        (Some(".._x.png"), Some("pic"))
    );
    assert_eq!(attached[1].data.as_ref(), b"\x89PNG");
    // Alone, without the message around it.
    let inner = attached[2].data.trim_ascii_end();
    assert_eq!(inner, b"Subject: inner\r\n\r\ninside");
    assert!(!message.truncated);
}

#[test]
fn attachments_without_room_are_left_out_and_that_is_told() {
    for room in [
        Room {
            bytes: 7,
            files: 10,
        },
        Room {
            bytes: 1 << 20,
            files: 1,
        },
    ] {
        let message = parse(MIXED, &mut { room });
        assert!(message.truncated);
        assert_eq!(message.attachments.len(), 1);
        assert_eq!(message.subject, "Grüße");
    }
}

#[test]
fn nonsense_is_no_message_and_does_no_harm() {
    for raw in [
        &b""[..],
        b"\r\n",
        b"\xff\xfe\x00",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n----",
    ] {
        let _ = parsed(raw);
    }
    let nested: String = (0..2_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    let _ = parsed(nested.as_bytes());
    let message = parsed(b"Subject: plain\n\nonly line feeds\n");
    assert_eq!(
        (message.subject.as_str(), message.text.as_deref()),
        ("plain", Some("only line feeds\n"))
    );
}
