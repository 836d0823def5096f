//! Each role from JSON to the trait and back, as the host calls it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use mortise_sdk::bindings::batch::exports::mortise::plugin::batch::Item as RawItem;
use mortise_sdk::fake::{self, Answer, Error, Host};
use mortise_sdk::http::{Body, Request, push_encoded};
use mortise_sdk::webhook::Subscription;
use mortise_sdk::{
    Action, Batch, Disposition, Event, Failure, Json, News, Outcome, Plugin, Polling, Reception,
    Repeat, Turn, Webhook, batch, connection, context, files, log, polling, state, webhook,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize, Serialize, JsonSchema, Debug, PartialEq)]
struct Thing {
    id: u32,
}

struct Double;

impl Batch for Double {
    const NAME: &'static str = "double";
    const SUMMARY: &'static str = "doubles";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Thing;
    type Output = Thing;

    fn invoke(items: Vec<batch::Item<Thing>>) -> Result<Vec<Result<Thing, Failure>>, Failure> {
        let double = |item: batch::Item<Thing>| match item.input.id {
            0 => Err(Failure::reject("zero stays zero").with_code(item.idempotency_key)),
            id => Ok(Thing { id: id * 2 }),
        };
        Ok(items.into_iter().map(double).collect())
    }
}

#[test]
fn a_batch_keeps_its_order_and_fails_item_by_item() {
    let items = ["{\"id\":1}", "{\"id\":\"x\"}", "{\"id\":0}", "{\"id\":3}"];
    let items = items.iter().enumerate().map(|(index, input)| RawItem {
        idempotency_key: format!("k{index}"),
        input: (*input).to_owned(),
    });
    let results = batch::invoke::<Double>(items.collect()).unwrap();
    assert_eq!(results[0], Ok("{\"id\":2}".to_owned()));
    assert_eq!(results[3], Ok("{\"id\":6}".to_owned()));
    let unreadable = results[1].as_ref().unwrap_err().cause.clone().unwrap();
    assert_eq!(
        (unreadable.record, unreadable.field.as_deref()),
        (Some(1), Some("/id"))
    );
    let refused = results[2].as_ref().unwrap_err().cause.clone().unwrap();
    assert_eq!(
        (refused.record, refused.code.as_deref()),
        (Some(2), Some("k2"))
    );
}

struct NewThings;

impl Polling for NewThings {
    const NAME: &'static str = "new-things";
    const SUMMARY: &'static str = "tells what is new";
    type Input = Value;
    type Cursor = u32;
    type Payload = Thing;

    fn poll(_: Value, cursor: Option<u32>) -> Result<News<u32, Thing>, Failure> {
        let id = cursor.unwrap_or(10) + 1;
        Ok(News {
            events: vec![Event::new(format!("thing-{id}"), Thing { id })],
            cursor: id,
            more: id < 12,
        })
    }
}

#[test]
fn polling_goes_on_from_its_cursor() {
    let first = polling::poll::<NewThings>("{\"start\":\"now\"}", None).unwrap();
    assert_eq!((first.cursor.as_str(), first.more), ("11", true));
    let second = polling::poll::<NewThings>("{}", Some(first.cursor)).unwrap();
    assert_eq!(
        (
            second.events[0].id.as_str(),
            second.events[0].payload.as_str()
        ),
        ("thing-12", "{\"id\":12}")
    );
    assert!(!second.more);
    let broken = polling::poll::<NewThings>("{}", Some("\"x\"".to_owned())).unwrap_err();
    assert!(broken.message.contains("cursor"), "{}", broken.message);
}

struct Paid;

impl Webhook for Paid {
    const NAME: &'static str = "paid";
    const SUMMARY: &'static str = "an order was paid";
    const SUBSCRIBES: bool = true;
    type Input = Value;
    type Memory = u32;
    type Payload = Value;

    fn receive(
        _: Value,
        memory: Option<u32>,
        request: webhook::Request,
    ) -> Result<Reception<Value, u32>, Failure> {
        let id = request.header("X-Event").unwrap_or_default().to_owned();
        let mut reception = Reception::of(vec![Event::new(id, request.json()?)]);
        reception.memory = memory.map(|count| count + 1);
        Ok(reception)
    }

    fn subscribe(_: Value, url: String, _: Option<u32>) -> Result<Subscription<u32>, Failure> {
        Ok(Subscription {
            memory: 1,
            secrets: vec![("signing-secret".to_owned(), url)],
            renew_after_ms: Some(5),
        })
    }
}

#[test]
fn a_webhook_makes_events_of_a_request() {
    let request = |body: &str| webhook::Request {
        method: "POST".to_owned(),
        path_and_query: "/hooks/x".to_owned(),
        headers: vec![("x-event".to_owned(), "e1".to_owned())],
        body: body.as_bytes().to_vec(),
    };
    let reception =
        webhook::receive::<Paid>("{}", Some("4".to_owned()), request("{\"a\":1}")).unwrap();
    assert_eq!(
        (reception.events[0].id.as_str(), reception.memory.as_deref()),
        ("e1", Some("5"))
    );
    let broken = webhook::receive::<Paid>("{}", None, request("{")).unwrap_err();
    assert_eq!(broken.disposition, Disposition::Reject);
    let subscription = webhook::subscribe::<Paid>("{}", "https://h".to_owned(), None).unwrap();
    assert_eq!(
        (subscription.memory.as_str(), subscription.renew_after_ms),
        ("1", Some(5))
    );
    let refused = webhook::unsubscribe::<Paid>("{}", "1").unwrap_err();
    assert_eq!(refused.disposition, Disposition::Misconfigured);
}

struct Pages;

impl Action for Pages {
    const NAME: &'static str = "pages";
    const SUMMARY: &'static str = "lists";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Thing;
    type Output = Thing;

    fn invoke(input: Thing, turn: Turn) -> Result<Outcome<Thing>, Failure> {
        let at = match turn {
            Turn::Next(token) => token.parse::<u32>().unwrap(),
            Turn::Start | Turn::Resumed { .. } => input.id,
        };
        Ok(Outcome::Page {
            records: vec![Thing { id: at }],
            next: Some(Json::of(&(at + 1)).unwrap()),
        })
    }
}

#[test]
fn pages_follow_their_token() {
    use mortise_sdk::bindings::actions::exports::mortise::plugin::actions::{Outcome, Turn};
    let Outcome::Page(page) =
        mortise_sdk::action::invoke::<Pages>("{\"id\":5}", Turn::Start).unwrap()
    else {
        panic!("not a page");
    };
    assert_eq!(
        (page.records[0].as_str(), page.next.as_deref()),
        ("{\"id\":5}", Some("6"))
    );
    let next = Turn::Next(page.next.unwrap());
    let Outcome::Page(page) = mortise_sdk::action::invoke::<Pages>("{\"id\":5}", next).unwrap()
    else {
        panic!("not a page");
    };
    assert_eq!(page.records[0], "{\"id\":6}");
}

#[test]
fn input_that_does_not_fit_names_its_field() {
    let failure = fake::invoke::<Pages>(&json!({ "id": "five" })).unwrap_err();
    assert_eq!(failure.disposition, Disposition::Reject);
    assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/id"));
}

fn plugin() -> Plugin {
    Plugin::new("acme/roles", "0.1.0", "Roles")
}

mortise_sdk::export! {
    plugin: plugin,
    actions: [Pages],
    batch: [Double],
    polling: [NewThings],
    webhooks: [Paid],
}

#[test]
fn the_descriptor_lists_the_operations_with_the_schemas_of_their_types() {
    let descriptor = serde_json::to_value(descriptor()).unwrap();
    let names: Vec<&Value> = descriptor["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| &o["name"])
        .collect();
    assert_eq!(names, ["pages", "double", "new-things", "paid"]);
    assert_eq!(
        descriptor["operations"][0]["input"]["required"],
        json!(["id"])
    );
    assert_eq!(descriptor["operations"][0]["paging"], true);
    assert_eq!(descriptor["operations"][3]["subscribes"], true);
}

/// What [`mortise_sdk::http::Response::ok`] decides.
fn decided(status: u16, headers: &[(&str, &str)]) -> Disposition {
    let _host = Host::new()
        .answer(Answer::new(status, headers, b"no"))
        .install();
    let failure = Request::get("https://x").send().unwrap().ok().unwrap_err();
    let cause = failure.cause.unwrap();
    assert_eq!(
        (cause.status, cause.body.as_deref()),
        (Some(status), Some("no"))
    );
    failure.disposition
}

#[test]
fn a_status_decides_what_happens_next() {
    for status in [408, 429, 500, 503, 599] {
        assert_eq!(decided(status, &[]), Disposition::Retry(None), "{status}");
    }
    for status in [401, 403] {
        assert_eq!(decided(status, &[]), Disposition::Reauthorize, "{status}");
    }
    for status in [301, 304, 400, 404, 409, 422] {
        assert_eq!(decided(status, &[]), Disposition::Reject, "{status}");
    }
}

#[test]
fn retry_after_is_respected_as_seconds_and_as_a_date() {
    assert_eq!(
        decided(429, &[("retry-after", "7")]),
        Disposition::Retry(Some(7_000))
    );
    let date = ("date", "Wed, 28 Feb 2024 23:59:30 GMT");
    let after = |then| decided(503, &[date, ("Retry-After", then)]);
    assert_eq!(
        after("Thu, 29 Feb 2024 00:00:00 GMT"),
        Disposition::Retry(Some(30_000))
    );
    assert_eq!(
        after("Wed, 28 Feb 2024 23:00:00 GMT"),
        Disposition::Retry(Some(0))
    );
    assert_eq!(after("soon"), Disposition::Retry(None));
}

#[test]
fn an_error_of_the_host_decides_too() {
    for (error, expected) in [
        (Error::Denied("d".to_owned()), Disposition::Misconfigured),
        (Error::NotSent("n".to_owned()), Disposition::Retry(None)),
        (Error::Unanswered("u".to_owned()), Disposition::Unclear),
        (Error::Limited(9), Disposition::Retry(Some(9))),
        (Error::TooLarge(9), Disposition::Reject),
        (
            Error::Unauthorized("u".to_owned()),
            Disposition::Reauthorize,
        ),
    ] {
        let _host = Host::new().answer(Answer::error(error)).install();
        assert_eq!(
            Request::get("https://x").send().unwrap_err().disposition,
            expected
        );
    }
}

#[test]
fn the_start_of_a_body_is_cut_between_characters() {
    let long = "é".repeat(2000);
    let failure = Failure::reject("no").with_body(format!("x{long}").as_bytes());
    let body = failure.cause.unwrap().body.unwrap();
    assert!(body.len() <= 2048 && body.ends_with('é'), "{}", body.len());
}

#[test]
fn queries_are_encoded_and_stay_before_the_fragment() {
    let host = Host::new().install();
    for url in [
        "https://x/a",
        "https://x/a?b=1",
        "https://x/a?",
        "https://x/a#f",
    ] {
        let _ = Request::get(url).query("q", "a b&c=ü").send();
    }
    let urls: Vec<String> = host
        .requests()
        .into_iter()
        .map(|request| request.url)
        .collect();
    assert_eq!(
        urls,
        [
            "https://x/a?q=a%20b%26c%3D%C3%BC",
            "https://x/a?b=1&q=a%20b%26c%3D%C3%BC",
            "https://x/a?q=a%20b%26c%3D%C3%BC",
            "https://x/a?q=a%20b%26c%3D%C3%BC#f",
        ]
    );
    let mut segment = String::new();
    push_encoded(&mut segment, "a/b~c");
    assert_eq!(segment, "a%2Fb~c");
}

#[test]
fn a_webhooks_query_is_decoded() {
    let request = webhook::Request::new("GET", "/hooks/x?a=1+2%C3%BC&b&c=%4&d=%ff%");
    let query = |name| request.query(name);
    assert_eq!(query("a").as_deref(), Some("1 2ü"));
    assert_eq!(query("b").as_deref(), Some(""));
    assert_eq!(query("c").as_deref(), Some("%4"));
    assert_eq!(query("d").as_deref(), Some("\u{fffd}%"));
    assert_eq!(query("e"), None);
    assert_eq!(webhook::Request::new("GET", "/").query("a"), None);
}

#[test]
fn a_token_that_does_not_fit_says_what_it_is() {
    let next = Turn::Next(Json::of("x").unwrap());
    let failure = next.page::<u32>().unwrap_err();
    assert!(
        failure.message.contains("page token"),
        "{}",
        failure.message
    );
    assert_eq!(Turn::Start.page::<u32>(), Ok(None));
}

#[test]
fn a_fake_host_knows_the_call_and_the_connection() {
    let host = Host::new()
        .attempt(3)
        .idempotency_key("k")
        .remaining_ms(9)
        .callback_url("https://cb")
        .settings(&json!({ "base": "b" }))
        .install();
    assert_eq!(
        (
            context::attempt(),
            context::remaining_ms(),
            context::cancelled()
        ),
        (3, 9, false)
    );
    assert_eq!(context::callback_url(), Ok("https://cb".to_owned()));
    assert!(connection::present());
    assert_eq!(connection::settings::<Value>().unwrap()["base"], "b");
    let algorithm = connection::Algorithm::HmacSha256;
    let signed = connection::sign("secret", algorithm, b"data").unwrap();
    assert!(connection::verify("secret", algorithm, b"data", &signed).unwrap());
    assert!(!connection::verify("secret", algorithm, b"date", &signed).unwrap());
    let request = Request::post("https://x").json(&json!({ "a": 1 })).unwrap();
    let _ = request.idempotent().timeout_ms(5).send();
    let request = &host.requests()[0];
    assert_eq!(request.body, Body::Bytes(b"{\"a\":1}".to_vec()));
    assert_eq!(
        (request.headers[1].1.as_str(), request.timeout_ms),
        ("k", Some(5))
    );
    drop(host);
    assert!(
        !connection::present(),
        "an empty host is in place afterwards"
    );
}

#[test]
fn a_fake_host_keeps_files_state_and_log() {
    let host = Host::new().file("f", "text/plain", b"hello").install();
    assert_eq!(files::read("f", 1, 3).unwrap(), b"ell");
    assert_eq!(files::read("f", 9, 3).unwrap(), b"");
    let id = files::create(Some("n"), "text/csv").unwrap();
    files::append(&id, b"a;b").unwrap();
    assert_eq!(host.file(&id).unwrap(), b"a;b");
    assert_eq!(files::stat(&id).unwrap().size, 3);
    assert!(files::stat("nowhere").is_err());
    state::set("s", b"1");
    assert_eq!(host.state("s"), Some(b"1".to_vec()));
    state::delete("s");
    assert_eq!(state::get("s"), None);
    log::write(log::Level::Warn, "careful", &[("a", "b")]);
    assert_eq!(host.log()[0].message, "careful");
}
