//! What is due while the clock is set: a bit of everything that has a time.

use std::collections::HashMap;

use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::plugins;
use mortise_tests::sink::{Behaviour, Rule, Target};
use serde_json::{Value, json};

use super::account::count;
use super::dial::Dial;
use crate::common::Place;

/// Each minute.
const MINUTES: &str = r#"
version: 1
name: minutes
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: minutes
    schedule: { cron: "* * * * *", timezone: UTC, missed: run-once }
steps:
  - id: told
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/minutes", json: { at: "${{ .event.scheduled_at }}" } }
"#;

/// What is new, asked for each second.
const NEWS: &str = r#"
version: 1
name: news
grants: { feed: { hosts: ["127.0.0.1:9000"] }, http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: news
    poll: { uses: feed/news, every: 1s, with: { url: "http://127.0.0.1:9000/polls" } }
steps:
  - id: told
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/news" }
"#;

/// A wait of NAME.
const WAITS: &str = r#"
version: 1
name: waits-NAME
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: events
    webhook: { path: /waits-NAME }
steps:
  - id: pause
    wait: { duration: NAME }
  - id: told
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/${{ .event.id }}" }
"#;

/// A request, which is answered as the test wants it.
const ASKS: &str = r#"
version: 1
name: asks
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: events
    webhook: { path: /asks }
steps:
  - id: asked
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/${{ .event.id }}" }
    timeout: 10m
"#;

/// So many polls find something.
pub const NEWS_MAX: usize = 10;

/// What comes after a wait of half an hour.
pub const LONG: &str = "/long";

/// A request that is not answered before [`Work::let_go`].
pub const HELD: &str = "/held";

/// A request that is first answered with a `Retry-After` of half an hour.
pub const AGAIN: &str = "/again";

/// A place with the workflows, and a daemon that goes by a dial.
pub struct Work {
    pub place: Place,
    pub dial: Dial,
    launch: Launch,
}

/// The runs that are under way.
pub struct Runs {
    pub held: String,
    pub again: String,
    pub half_hour: String,
}

impl Work {
    /// At this many seconds.
    pub async fn at(seconds: i64) -> Self {
        let waits = |duration| WAITS.replace("NAME", duration);
        let workflows = [MINUTES, NEWS, ASKS, &waits("30m"), &waits("5s")];
        let place = Place::with(&workflows).await;
        let plugins = place.folder.path().join("plugins");
        let plugins = plugins::with(&[], &["feed"], &plugins).unwrap();
        let dial = Dial::at(place.folder.path(), seconds);
        // Leases run out quickly, and are to be renewed although it is an hour later.
        let launch = place.launch().setting("runner.lease-ms", "3000");
        let launch = dial.under(launch.plugins(&plugins));
        place.sink.rules([
            rule(
                AGAIN,
                [answer(503, Some("1800"), json!({})), Behaviour::ok()],
            ),
            rule(HELD, [Behaviour::Hold]),
            rule("/polls", (1..=NEWS_MAX).map(news).chain([nothing()])),
        ]);
        Self {
            place,
            dial,
            launch,
        }
    }

    /// Starts the daemon.
    pub async fn start(&self) -> Daemon {
        self.launch.start().await.unwrap()
    }

    /// Brings everything under way, up to where only time is missing.
    pub async fn begin(&self, daemon: &Daemon) -> Runs {
        let held = daemon.accept("/asks", body("held")).await.unwrap();
        let again = daemon.accept("/asks", body("again")).await.unwrap();
        let half_hour = daemon.accept("/waits-30m", body("long")).await.unwrap();
        for run in [&again, &half_hour] {
            until_waiting(daemon, run).await;
        }
        let sink = &self.place.sink;
        sink.until_held(1).await.unwrap();
        let told = sink.until("the first news are told", |ledger| {
            count(ledger, "/news") > 0
        });
        told.await.unwrap();
        Runs {
            held,
            again,
            half_hour,
        }
    }

    /// Answers what is held.
    pub fn let_go(&self) {
        self.place.sink.release();
    }
}

/// The body of an event.
pub fn body(id: &str) -> String {
    json!({ "id": id }).to_string()
}

/// Waits until a run has nothing to do but wait.
pub async fn until_waiting(daemon: &Daemon, run: &str) {
    while daemon.run(run).await.unwrap()["status"] != "waiting" {}
}

fn rule(path: &str, give: impl IntoIterator<Item = Behaviour>) -> Rule {
    let path = Some(path.to_owned());
    let to = Target {
        path,
        ..Target::default()
    };
    Rule {
        to,
        give: give.into_iter().collect(),
    }
}

fn answer(status: u16, retry_after: Option<&str>, json: Value) -> Behaviour {
    let name = "retry-after".to_owned();
    let headers = retry_after.map(|value| (name, value.to_owned()));
    Behaviour::Answer {
        status,
        headers: headers.into_iter().collect::<HashMap<_, _>>(),
        json: Some(json),
        after_ms: 0,
    }
}

fn news(number: usize) -> Behaviour {
    let id = format!("news-{number}");
    let event = json!({ "id": id, "payload": {} });
    answer(200, None, json!({ "events": [event], "cursor": number }))
}

fn nothing() -> Behaviour {
    answer(200, None, json!({ "events": [], "cursor": NEWS_MAX }))
}
