//! The sample connector of every language, killed between two pages and in the middle of one.

use std::collections::BTreeMap;

use mortise_tests::paths;
use mortise_tests::sink::{Behaviour, Rule, Target};
use serde_json::{Value, json};

use crate::common::Place;

/// Copies tickets, page by page.
const COPY: &str = r#"
version: 1
name: copy
triggers:
  - id: events
    webhook: { path: /events }
steps:
  - id: listed
    uses: sample-plugin/list-tickets
    connection: desk
    with: { status: open }
  - id: tickets
    foreach: { in: "${{ .steps.listed.output }}", as: ticket }
    steps:
      - id: copy
        uses: sample-plugin/create-ticket
        connection: desk
        with: { subject: "${{ .ticket.subject }}" }
output: "${{ .steps.tickets.output }}"
"#;
const PAGES: usize = 3;
const PER_PAGE: usize = 3;

fn answer(json: Value) -> Behaviour {
    Behaviour::Answer {
        status: 200,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        json: Some(json),
        after_ms: 0,
    }
}

fn ticket(number: usize) -> Value {
    json!({ "id": format!("t-{number}"), "subject": format!("Number {number}"), "status": "open", "created_at": "2026-01-02T03:04:05.000Z" })
}

/// What Desk gives, and where it kills the daemon: at the second page, and at a ticket of the third.
fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    for page in 0..PAGES {
        let path = match page {
            0 => "/tickets?status=open".to_owned(),
            page => format!("/tickets?status=open&cursor=c{page}"),
        };
        let tickets = (0..PER_PAGE)
            .map(|n| ticket(page * PER_PAGE + n))
            .collect::<Vec<_>>();
        let next = (page + 1 < PAGES).then(|| format!("c{}", page + 1));
        let page = answer(json!({ "tickets": tickets, "next_cursor": next }));
        let is_second = path.ends_with("c1");
        let give = if is_second {
            vec![Behaviour::Kill, page]
        } else {
            vec![page]
        };
        let to = Target {
            method: Some("GET".to_owned()),
            path: Some(path),
            ..Target::default()
        };
        rules.push(Rule {
            to,
            give: give.into(),
        });
    }
    let seventh = Target {
        method: Some("POST".to_owned()),
        body: Some(json!({ "subject": "Number 7" })),
        ..Target::default()
    };
    rules.push(Rule {
        to: seventh,
        give: vec![Behaviour::Kill, answer(ticket(7))].into(),
    });
    let others = Target {
        method: Some("POST".to_owned()),
        ..Target::default()
    };
    rules.push(Rule {
        to: others,
        give: vec![answer(ticket(0))].into(),
    });
    rules
}

async fn copies_once(language: &str) {
    let place = Place::with(&[COPY]).await;
    let connections = json!({ "desk": {
        "plugin": "example/sample-plugin",
        "settings": { "base-url": format!("http://{}", place.sink.address()) },
        "origins": [format!("http://{}", place.sink.address())],
    } });
    std::fs::write(
        place.workflows.join("connections.yaml"),
        connections.to_string(),
    )
    .unwrap();
    let plugins = place.folder.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::copy(paths::sample(language).unwrap(), plugins.join("desk.wasm")).unwrap();
    place.sink.rules(rules());
    let launch = || place.launch().cold_plugins(&plugins);
    let mut daemon = launch().start().await.unwrap();
    place.sink.aim_at(Some(daemon.pid()));
    let run = daemon.accept("/events", "{}".to_owned()).await.unwrap();
    daemon.ended().await.unwrap();
    let mut daemon = launch().start().await.unwrap();
    place.sink.aim_at(Some(daemon.pid()));
    daemon.ended().await.unwrap();
    let daemon = launch().start().await.unwrap();
    place.sink.aim_at(None);
    let done = daemon.succeeded(&run).await.unwrap();
    assert_eq!(
        done["output"],
        json!({ "count": PAGES * PER_PAGE, "failed": 0 }),
        "{language}"
    );
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for request in place
        .sink
        .ledger()
        .received
        .iter()
        .filter(|request| request.method == "POST")
    {
        let subject = request.json()["subject"].as_str().unwrap().to_owned();
        keys.entry(subject)
            .or_default()
            .push(request.header("idempotency-key").to_owned());
    }
    assert_eq!(keys.len(), PAGES * PER_PAGE, "{language}: {keys:?}");
    for (subject, mut keys) in keys {
        keys.dedup();
        assert_eq!(keys.len(), 1, "{language}: {subject} was created twice");
    }
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn rust() {
    copies_once("rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python() {
    copies_once("python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript() {
    copies_once("javascript").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript() {
    copies_once("typescript").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn go() {
    copies_once("go").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c() {
    copies_once("c").await;
}
