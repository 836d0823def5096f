use mortise_sdk::fake::{self, Host, Installed, Mailbox, Message};
use serde_json::{Value, json};

use super::NewMessages;

fn message(uid: u32, second: u32) -> Message {
    let message = Message::new(uid, &format!("subject {second}")).from("ann@example.com");
    message
        .received(&format!("2026-01-01T00:00:{second:02}Z"))
        .with(|one| one.message_id = Some(format!("{second}@example.com")))
}

fn mailbox(validity: u32, messages: impl IntoIterator<Item = (u32, u32)>) -> Mailbox {
    let messages = messages
        .into_iter()
        .map(|(uid, second)| message(uid, second));
    messages.fold(Mailbox::new(validity), Mailbox::message)
}

fn with(mailbox: Mailbox) -> Installed {
    Host::new()
        .settings(&json!({ "imap-host": "imap.example.com" }))
        .mailbox("INBOX", mailbox)
        .install()
}

fn poll(input: &Value, cursor: Option<&Value>) -> (Vec<String>, Value, bool) {
    let news = fake::poll::<NewMessages>(input, cursor).unwrap();
    let ids = news.events.into_iter().map(|event| event.id).collect();
    (ids, news.cursor, news.more)
}

#[test]
fn each_message_comes_once() {
    let host = with(mailbox(7, [(3, 1), (4, 2)]));
    let beginning = json!({ "start": "beginning" });
    let (ids, cursor, more) = poll(&beginning, None);
    assert_eq!(
        (ids, more),
        (vec!["7-3".to_owned(), "7-4".to_owned()], false)
    );
    let (ids, same, _) = poll(&beginning, Some(&cursor));
    assert_eq!((ids.len(), &same), (0, &cursor));
    host.set_mailbox("INBOX", mailbox(7, [(3, 1), (4, 2), (9, 3)]));
    let (ids, cursor, _) = poll(&beginning, Some(&cursor));
    assert_eq!(ids, ["7-9"]);
    assert_eq!(poll(&beginning, Some(&cursor)).0.len(), 0);
}

#[test]
fn from_now_on_only_what_comes_later_is_new() {
    let host = with(mailbox(7, [(3, 1)]));
    let (ids, cursor, _) = poll(&json!({}), None);
    assert_eq!(ids.len(), 0);
    host.set_mailbox("INBOX", mailbox(7, [(3, 1), (4, 2)]));
    assert_eq!(poll(&json!({}), Some(&cursor)).0, ["7-4"]);
    let host = with(Mailbox::new(7));
    let (_, cursor, _) = poll(&json!({}), None);
    host.set_mailbox("INBOX", mailbox(7, [(1, 1)]));
    assert_eq!(poll(&json!({}), Some(&cursor)).0, ["7-1"]);
}

#[test]
fn many_messages_come_in_several_polls() {
    let _host = with(mailbox(7, (1..=59).map(|n| (n, n))));
    let input = json!({ "start": "beginning" });
    let (first, cursor, more) = poll(&input, None);
    assert_eq!((first.len(), more), (50, true));
    let (rest, _, more) = poll(&input, Some(&cursor));
    assert_eq!((rest.len(), more), (9, false));
    assert_eq!(rest[0], "7-51");
}

#[test]
fn new_numbers_replay_nothing_and_lose_nothing() {
    let host = with(mailbox(7, (1..=5).map(|n| (n, n))));
    for start in ["now", "beginning"] {
        let input = json!({ "start": start });
        host.set_mailbox("INBOX", mailbox(7, (1..=5).map(|n| (n, n))));
        let (_, cursor, _) = poll(&input, None);
        // The sixth came while nobody looked, in the same second as the fifth.
        let late = message(6, 5).with(|one| one.message_id = Some("late@example.com".to_owned()));
        host.set_mailbox(
            "INBOX",
            mailbox(8, (1..=5).map(|n| (n, n))).message(late.clone()),
        );
        let (ids, cursor, _) = poll(&input, Some(&cursor));
        assert_eq!(ids, ["8-6"], "{start}");
        let (ids, cursor, _) = poll(&input, Some(&cursor));
        assert_eq!(ids.len(), 0);
        let more = mailbox(8, (1..=5).map(|n| (n, n)))
            .message(late)
            .message(message(7, 9));
        host.set_mailbox("INBOX", more);
        assert_eq!(poll(&input, Some(&cursor)).0, ["8-7"]);
    }
}

#[test]
fn new_numbers_of_a_large_folder_are_gone_through_in_pages() {
    let all = |validity| mailbox(validity, (1..=59).map(|n| (n, n)));
    let host = with(mailbox(7, [(1, 1)]));
    let input = json!({ "start": "now" });
    let (_, mut cursor, _) = poll(&input, None);
    host.set_mailbox("INBOX", all(8));
    let mut got = Vec::new();
    loop {
        let (ids, next, more) = poll(&input, Some(&cursor));
        got.extend(ids);
        cursor = next;
        if !more {
            break;
        }
    }
    assert_eq!(got.len(), 58, "{got:?}");
    assert_eq!(cursor.get("before"), None);
}

#[test]
fn filters_pass_over_what_does_not_fit() {
    let _host = with(mailbox(7, [(1, 1), (2, 2)]));
    for (filter, count) in [
        (json!({ "from-contains": "ANN@" }), 2),
        (json!({ "from-contains": "bob@" }), 0),
        (json!({ "subject-contains": "Subject 2" }), 1),
    ] {
        let mut input = filter.clone();
        input["start"] = json!("beginning");
        let (ids, cursor, _) = poll(&input, None);
        assert_eq!(ids.len(), count, "{filter}");
        assert_eq!(cursor["uid"], 2);
    }
}

#[test]
fn the_payload_is_the_message() {
    let part = mortise_sdk::mailbox::Attachment {
        name: Some("a.pdf".to_owned()),
        content_type: "application/pdf".to_owned(),
        content_id: None,
        size: 3,
        file: "file-1".to_owned(),
    };
    let with_part = message(1, 1).with(|one| {
        one.attachments.push(part);
        one.text = Some("hello".to_owned());
    });
    let _host = with(Mailbox::new(7).message(with_part));
    let news = fake::poll::<NewMessages>(&json!({ "start": "beginning" }), None).unwrap();
    let event = &news.events[0];
    assert_eq!(event.occurred_at.as_deref(), Some("2026-01-01T00:00:01Z"));
    assert_eq!(
        event.payload["from"],
        json!([{ "name": null, "email": "ann@example.com" }])
    );
    assert_eq!(
        event.payload["attachments"][0]["file"],
        json!({ "$file": "file-1" })
    );
    assert_eq!(event.payload["text"], "hello");
}
