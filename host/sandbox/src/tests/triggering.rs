//! Polls and webhooks that keep to the contract, against a plain HTTP application.

use mortise_model::plan::OperationKind;
use mortise_ports::plugins::{Invocation, News, Outcome, Report};

use super::feeding::{granted, stage, with_application};
use super::{Stage, code, failure, json, outcome, poll, receive, request};

#[tokio::test]
async fn news_begin_where_the_trigger_says_and_go_on_from_the_cursor() {
    let (stage, application) = with_application(|request| {
        let events = r#"{"id":"a","key":"k","payload":{"n":1}},{"id":"b","payload":2}"#;
        let events = if request.ends_with("now") { "" } else { events };
        (
            200,
            format!(r#"{{"events":[{events}],"cursor":"c 1","more":true}}"#),
        )
    })
    .await;
    let operation = granted(
        stage.operation("news", OperationKind::Polling),
        &application,
    );
    let url = application.url("/news");
    let news = async |start: &str, cursor: Option<&str>| {
        let input = format!(r#"{{"url":"{url}","start":"{start}"}}"#);
        stage.invoke(operation.clone(), poll(&input, cursor)).await
    };
    assert!(matches!(
        outcome(&news("now", None).await),
        Outcome::News { events, .. } if events.is_empty()
    ));
    let report = news("beginning", None).await;
    let Outcome::News {
        events,
        cursor,
        more,
    } = outcome(&report)
    else {
        panic!("{report:?}");
    };
    let event = |id: &str, key: Option<&str>, payload| News {
        id: id.to_owned(),
        ordering_key: key.map(str::to_owned),
        payload: json(payload),
    };
    assert_eq!(
        events,
        &[event("a", Some("k"), r#"{"n":1}"#), event("b", None, "2")]
    );
    assert!(more);
    news("now", Some(cursor.as_str())).await;
    news("now", Some("17")).await;
    assert_eq!(
        application.seen(),
        [
            "GET /news?start=now",
            "GET /news?start=beginning",
            "GET /news?after=c%201",
            "GET /news?after=17"
        ]
    );
}

async fn received(stage: &Stage, name: &str, method: &str, path: &str, body: &str) -> Report {
    let invocation = receive("{}", request(method, path, body));
    stage.invoke(stage.webhook(name), invocation).await
}

fn ids(report: &Report) -> Vec<&str> {
    match outcome(report) {
        Outcome::Reception { events, .. } => events.iter().map(|event| event.id.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn orders_come_alone_or_in_a_list() {
    let stage = stage().await;
    for (body, expected) in [
        (r#"{"id":"a","total":1}"#, ["a"].as_slice()),
        (r#"{"orders":[{"id":"a"},{"id":2}]}"#, &["a", "2"]),
        (r#"{"orders":[]}"#, &[]),
    ] {
        let report = received(&stage, "order", "POST", "/orders", body).await;
        assert_eq!(ids(&report), expected, "{body}");
    }
    for (body, record, field) in [
        (r#"{"total":1}"#, Some(0), Some("/id")),
        (
            r#"{"orders":[{"id":"a"},{"id":""}]}"#,
            Some(1),
            Some("/orders/1/id"),
        ),
        (r#"{"orders":[1]}"#, Some(0), Some("/orders/0")),
        (r#"{"orders":{}}"#, Some(0), Some("/orders")),
        ("[]", None, None),
        ("no JSON", None, None),
    ] {
        let report = received(&stage, "order", "POST", "/orders", body).await;
        assert_eq!(code(&report).0, "reject", "{body}");
        let cause = failure(&report).cause.clone().unwrap_or_default();
        let field = field.map(str::to_owned);
        assert_eq!(cause.record, record, "{body}");
        assert!(
            field.is_none() || cause.field == field,
            "{body}: {:?}",
            cause.field
        );
    }
}

#[tokio::test]
async fn an_order_webhook_registers_itself_and_goes_again() {
    let (stage, application) = with_application(|request| match request {
        "DELETE /hooks/h1" => (404, String::new()),
        "DELETE /hooks/h2" => (500, String::new()),
        _ => (201, r#"{"id":"h1","renew-after-ms":60000}"#.to_owned()),
    })
    .await;
    let order = granted(stage.webhook("order"), &application);
    let input = json(&format!(r#"{{"url":"{}"}}"#, application.url("/hooks")));
    let subscribe = async |memory: Option<&str>| {
        let invocation = Invocation::Subscribe {
            input: input.clone(),
            url: "https://hooks.example/o".to_owned(),
            memory: memory.map(json),
        };
        stage.invoke(order.clone(), invocation).await
    };
    let first = subscribe(None).await;
    let Outcome::Subscription {
        memory,
        secrets,
        renew_after_ms: Some(60_000),
    } = outcome(&first)
    else {
        panic!("{first:?}");
    };
    assert_eq!((memory.as_str(), secrets.len()), (r#"{"id":"h1"}"#, 0));
    subscribe(Some(memory.as_str())).await;
    let unsubscribe = async |memory: &str| {
        let (input, memory) = (input.clone(), json(memory));
        stage
            .invoke(order.clone(), Invocation::Unsubscribe { input, memory })
            .await
    };
    let gone = unsubscribe(memory.as_str()).await;
    assert!(matches!(outcome(&gone), Outcome::Unsubscribed));
    assert_eq!(
        code(&unsubscribe(r#"{"id":"h2"}"#).await),
        ("retry", "http-500")
    );
    assert_eq!(
        application.seen(),
        [
            r#"POST /hooks {"url":"https://hooks.example/o"}"#,
            r#"POST /hooks {"url":"https://hooks.example/o","id":"h1"}"#,
            "DELETE /hooks/h1",
            "DELETE /hooks/h2"
        ]
    );
}

#[tokio::test]
async fn a_challenge_is_given_back_and_makes_no_event() {
    let stage = stage().await;
    for (method, path, body) in [
        ("GET", "/c?challenge=a%20b", ""),
        ("POST", "/c", r#"{"challenge":"a b"}"#),
    ] {
        let report = received(&stage, "challenge", method, path, body).await;
        let Outcome::Reception {
            events,
            answer: Some(answer),
            ..
        } = outcome(&report)
        else {
            panic!("{report:?}");
        };
        assert_eq!((events.len(), answer.status), (0, 200));
        assert_eq!(answer.body, b"a b");
        assert_eq!(answer.headers[0].1, "text/plain; charset=utf-8");
    }
    let orders = received(
        &stage,
        "challenge",
        "POST",
        "/c",
        r#"{"orders":[{"id":1}]}"#,
    )
    .await;
    assert_eq!(ids(&orders), ["1"]);
}
