#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::fake::{self, Answer, Host};
use mortise_sdk::{Disposition, Failure};
use serde_json::{Value, json};

use super::*;

const URL: &str = "https://api.example/orders";

fn answer(items: &Value) -> Answer {
    Answer::json(200, &items.to_string())
}

/// Polls once; gives the ids, the cursor, whether there is more, and the request that left.
fn poll(
    input: &Value,
    cursor: Option<&Value>,
    answer: Answer,
) -> (Vec<String>, Value, bool, fake::Request) {
    let host = Host::new().answer(answer).install();
    let news = fake::poll::<Poll>(input, cursor).unwrap();
    let ids = news.events.into_iter().map(|event| event.id).collect();
    (ids, news.cursor, news.more, host.requests().remove(0))
}

fn failed(input: &Value, answer: Answer) -> Failure {
    let _host = Host::new().answer(answer).install();
    fake::poll::<Poll>(input, None).unwrap_err()
}

#[test]
fn ids_that_were_seen_are_not_given_again() {
    let input = json!({ "url": URL });
    let (ids, cursor, more, _) = poll(&input, None, answer(&json!([{ "id": 1 }, { "id": 2 }])));
    assert_eq!((ids.len(), more), (0, false));
    let list = json!([{ "id": 2 }, { "id": 3 }, { "id": 3 }]);
    let (ids, cursor, ..) = poll(&input, Some(&cursor), answer(&list));
    assert_eq!(ids, ["3"]);
    let (ids, after, ..) = poll(&input, Some(&cursor), answer(&list));
    assert_eq!((ids.len(), after), (0, cursor));
}

#[test]
fn a_value_that_several_have_loses_and_doubles_nothing() {
    let input = json!({ "url": URL, "order-by": "/at", "start": "beginning" });
    let at =
        |id: &str, second: u8| json!({ "id": id, "at": format!("2026-01-01T00:00:0{second}Z") });
    let (ids, cursor, ..) = poll(&input, None, answer(&json!([at("b", 2), at("a", 1)])));
    assert_eq!(ids, ["a@2026-01-01T00:00:01Z", "b@2026-01-01T00:00:02Z"]);
    let (ids, cursor, ..) = poll(
        &input,
        Some(&cursor),
        answer(&json!([at("a", 1), at("b", 2), at("c", 2)])),
    );
    assert_eq!(ids, ["c@2026-01-01T00:00:02Z"]);
    let (ids, after, ..) = poll(
        &input,
        Some(&cursor),
        answer(&json!([at("c", 2), at("b", 2)])),
    );
    assert_eq!((ids.len(), after), (0, cursor.clone()));
    // One that is changed is given again.
    let (ids, ..) = poll(&input, Some(&cursor), answer(&json!([at("a", 3)])));
    assert_eq!(ids, ["a@2026-01-01T00:00:03Z"]);
}

#[test]
fn the_highest_value_is_passed_on() {
    let input = json!({ "url": format!("{URL}?a=1#top"), "query": { "b": "x y" }, "order-by": "/n", "since": "after" });
    let (_, cursor, _, request) = poll(&input, None, answer(&json!([{ "id": 1, "n": 7 }])));
    assert_eq!(request.url, "https://api.example/orders?a=1&b=x%20y#top");
    let (.., request) = poll(&input, Some(&cursor), answer(&json!([])));
    assert_eq!(
        request.url,
        "https://api.example/orders?a=1&b=x%20y&after=7#top"
    );
}

#[test]
fn pages_are_read_one_by_one() {
    let input = json!({ "url": URL, "items": "/data", "next": "/links/next", "order-by": "/n", "start": "beginning" });
    let first = json!({ "data": [{ "id": "a", "n": 9 }], "links": { "next": "?page=2" } });
    let (ids, cursor, more, _) = poll(&input, None, answer(&first));
    assert_eq!((ids, more), (vec!["a@9".to_owned()], true));
    // The highest value counts when all pages are read: until then, lower ones are new.
    let last = json!({ "data": [{ "id": "b", "n": 8 }], "links": { "next": null } });
    let (ids, cursor, more, request) = poll(&input, Some(&cursor), answer(&last));
    assert_eq!(request.url, "https://api.example/orders?page=2");
    assert_eq!((ids, more), (vec!["b@8".to_owned()], false));
    assert_eq!(cursor, json!({ "highest": 9, "at_highest": ["a"] }));
}

#[test]
fn a_link_header_names_the_next_page() {
    let headers = [("link", r#"</orders?page=2>; rel="next""#)];
    let page = || Answer::new(200, &headers, br#"[{"id":"a"}]"#);
    let (_, _, more, _) = poll(&json!({ "url": URL }), None, page());
    assert!(!more, "nobody asked for it");
    let input = json!({ "url": URL, "link-header": true });
    let (_, cursor, more, _) = poll(&input, None, page());
    assert!(more);
    let (ids, cursor, more, request) = poll(&input, Some(&cursor), answer(&json!([{ "id": "b" }])));
    assert_eq!(request.url, "https://api.example/orders?page=2");
    // The second page is as old as the first one.
    assert_eq!(
        (ids.len(), more, cursor),
        (0, false, json!({ "seen": ["a", "b"] }))
    );
}

#[test]
fn a_page_that_is_gone_is_read_from_the_beginning() {
    let input = json!({ "url": URL, "next": "/next", "items": "/data" });
    let cursor = json!({ "seen": ["a"], "walk": { "next": "https://api.example/old", "pages": 1, "items": 1, "quiet": true } });
    let (ids, cursor, more, _) = poll(&input, Some(&cursor), Answer::json(410, "{}"));
    assert_eq!((ids.len(), more), (0, false));
    let (ids, cursor, _, request) = poll(
        &input,
        Some(&cursor),
        answer(&json!({ "data": [{ "id": "b" }] })),
    );
    assert_eq!(request.url, URL);
    assert_eq!((ids.len(), cursor), (0, json!({ "seen": ["a", "b"] })));
    let first = failed(&input, Answer::json(410, "{}"));
    assert_eq!(first.disposition, Disposition::Reject);
}

#[test]
fn newest_first_ends_where_nothing_is_new() {
    let input = json!({ "url": URL, "items": "/data", "next": "/next", "newest-first": true });
    let page = |ids: [u8; 2]| {
        let next = format!("?after={}", ids[1]);
        answer(&json!({ "data": [{ "id": ids[0] }, { "id": ids[1] }], "next": next }))
    };
    let (_, cursor, more, _) = poll(&input, None, page([2, 1]));
    assert!(!more, "what is old needs no pages");
    let (ids, cursor, more, _) = poll(&input, Some(&cursor), page([4, 3]));
    assert_eq!((ids, more), (vec!["3".to_owned(), "4".to_owned()], true));
    let (ids, _, more, _) = poll(&input, Some(&cursor), page([2, 1]));
    assert_eq!((ids.len(), more), (0, false));
    let mut input = input;
    input["order-by"] = "/id".into();
    let (_, cursor, more, _) = poll(&input, None, page([2, 2]));
    assert!(more, "others may have the highest value");
    let (_, cursor, more, _) = poll(&input, Some(&cursor), page([2, 1]));
    assert_eq!((more, &cursor["highest"]), (false, &json!(2)));
}

#[test]
fn a_list_that_has_not_changed_is_not_sent_again() {
    let input = json!({ "url": URL });
    let tagged = Answer::new(200, &[("etag", "\"v1\"")], br#"[{"id":1}]"#);
    let (_, cursor, ..) = poll(&input, None, tagged);
    let (ids, after, more, request) = poll(&input, Some(&cursor), Answer::new(304, &[], b""));
    assert_eq!((ids.len(), more, &after), (0, false, &cursor));
    assert!(
        request
            .headers
            .contains(&("if-none-match".to_owned(), "\"v1\"".to_owned()))
    );
    // Of a list with pages the tag is that of the first one alone.
    let input = json!({ "url": URL, "link-header": true });
    let headers = [("etag", "\"v1\""), ("link", "<?page=2>; rel=next")];
    let (_, cursor, ..) = poll(&input, None, Answer::new(200, &headers, b"[]"));
    assert_eq!(cursor.get("etag"), None);
    assert_eq!(
        failed(&input, Answer::new(304, &[], b"")).disposition,
        Disposition::Reject
    );
}

#[test]
fn an_item_is_given_as_it_is() {
    let input = json!({ "url": URL, "items": "/a~1b/0", "id": "/meta/key", "time": "/at", "start": "beginning" });
    let body = r#"{"a/b":[[{"at":"2026-01-01T00:00:00Z","meta":{"key":"k"},"price":1.10}]]}"#;
    let _host = Host::new().answer(Answer::json(200, body)).install();
    let text = mortise_sdk::polling::poll::<Poll>(&input.to_string(), None).unwrap();
    let event = &text.events[0];
    assert_eq!(
        event.payload,
        r#"{"at":"2026-01-01T00:00:00Z","meta":{"key":"k"},"price":1.10}"#
    );
    assert_eq!(
        (event.id.as_str(), event.occurred_at.as_deref()),
        ("k", Some("2026-01-01T00:00:00Z"))
    );
}

#[test]
fn a_list_that_is_none_is_told() {
    let small = json!({ "url": URL, "remember": 1 });
    let mixed = json!([{ "id": 1, "n": 1 }, { "id": 2, "n": "x" }]);
    let ordered = json!({ "url": URL, "order-by": "/n" });
    for (input, list, field) in [
        (
            json!({ "url": URL, "items": "/orders" }),
            json!({}),
            "/items",
        ),
        (json!({ "url": URL }), json!({ "orders": [] }), "/items"),
        (
            json!({ "url": URL }),
            json!([{ "id": 1 }, { "key": 2 }]),
            "/id",
        ),
        (ordered.clone(), json!([{ "id": 1 }]), "/order-by"),
        (ordered, mixed, "/order-by"),
        (small, json!([{ "id": 1 }, { "id": 2 }]), "/remember"),
        (json!({ "url": URL, "id": "key" }), json!([]), "/id"),
        (json!({ "url": URL, "since": "after" }), json!([]), "/since"),
        (json!({ "url": URL, "remember": 0 }), json!([]), "/remember"),
    ] {
        let failure = failed(&input, answer(&list));
        assert_eq!(failure.disposition, Disposition::Misconfigured, "{input}");
        assert_eq!(
            failure.cause.unwrap().field.as_deref(),
            Some(field),
            "{input}"
        );
    }
    let own = json!({ "url": URL, "next": "/next", "items": "/data" });
    let list = json!({ "data": [], "next": URL });
    assert!(failed(&own, answer(&list)).message.contains("itself"));
}

#[test]
fn a_refusal_keeps_its_words() {
    let failure = failed(
        &json!({ "url": URL }),
        Answer::json(422, r#"{"message":"no such filter"}"#),
    );
    assert!(
        failure.message.contains("no such filter"),
        "{}",
        failure.message
    );
}
