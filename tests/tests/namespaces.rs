//! Teams on one daemon: nothing of one is seen or reached by another.

use mortise_tests::cli::{Output, mortise};
use mortise_tests::client::Client;
use mortise_tests::daemon::Daemon;
use mortise_tests::scenario::SINK;
use mortise_tests::sink::Sink;
use serde_json::{Value, json};

use crate::common::Place;

/// Asks its application through a connection; every namespace has one of this name.
const ASKS: &str = r#"
version: 1
name: asks
triggers:
  - id: events
    webhook: { path: /events }
steps:
  - id: asked
    uses: http/request
    connection: crm
    with: { method: POST, url: "http://SINK/me", json: "${{ .event }}" }
"#;

/// Waits for a person.
const WAITS: &str = r#"
version: 1
name: waits
triggers: [ { id: events, webhook: { path: /waits } } ]
steps:
  - id: ok
    wait: { for: approval, within: 1d }
"#;

/// Reaches for what its connection does not give, and is parked.
const FAILS: &str = r#"
version: 1
name: fails
triggers: [ { id: events, webhook: { path: /fails } } ]
steps:
  - id: outside
    uses: http/request
    connection: crm
    with: { url: "http://127.0.0.2:9000/in" }
"#;

/// Hears of every failure of its namespace.
const HEARS: &str = r#"
version: 1
name: hears
triggers: [ { id: broken, failure: { of: "*" } } ]
steps:
  - { id: paused, wait: { duration: 1ms } }
"#;

/// Two teams beside the default namespace.
struct Teams {
    place: Place,
    /// The application of team `b`.
    other: Sink,
}

impl Teams {
    async fn new() -> Self {
        let place = Place::with(&[]).await;
        let other = Sink::start().await.unwrap();
        let teams = Self { place, other };
        for (folder, sink) in [("a", &teams.place.sink), ("b", &teams.other)] {
            let address = sink.address();
            teams.write(
                &format!("{folder}/asks.yaml"),
                &ASKS.replace("SINK", &address),
            );
            let connection =
                format!("crm: {{ plugin: mortise/http, origins: [\"http://{address}\"] }}\n");
            teams.write(&format!("{folder}/connections.yaml"), &connection);
            teams.write(&format!("{folder}/waits.yaml"), WAITS);
            teams.write(&format!("{folder}/hears.yaml"), HEARS);
        }
        teams.write("a/fails.yaml", FAILS);
        teams
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.place.workflows.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace(SINK, &self.place.sink.address())).unwrap();
    }

    async fn command(&self, arguments: &[&str]) -> Output {
        let data = ["--data", self.place.data()];
        mortise(arguments.iter().chain(&data)).await.unwrap()
    }

    /// A client with a token of a namespace that may do everything there.
    async fn client(&self, namespace: &str) -> Client {
        let create = [
            "tokens",
            "create",
            "--scope",
            "admin",
            "--namespace",
            namespace,
            "--json",
        ];
        let made = self.command(&create).await.ok().unwrap().json().unwrap();
        assert_eq!(made["namespace"], namespace, "{made}");
        Client::default()
            .with_token(made["token"].as_str().unwrap())
            .unwrap()
    }
}

async fn read(client: &Client, daemon: &Daemon, path: &str) -> Value {
    let answer = client.get(&daemon.route(path)).await.unwrap();
    assert_eq!(answer.status, 200, "{path} {}", answer.text());
    answer.json().unwrap()
}

async fn start(client: &Client, daemon: &Daemon, workflow: &str) -> String {
    let path = daemon.route(&format!("/workflows/{workflow}/runs"));
    let answer = client.post(&path, "{}").await.unwrap();
    mortise_tests::api::accepted(&answer).unwrap()
}

fn names(list: &Value, member: &str) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    let mut names: Vec<_> = items
        .map(|item| item[member].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Waits until a list has so many items.
async fn until_items(client: &Client, daemon: &Daemon, path: &str, count: usize) -> Value {
    for _ in 0..400 {
        let list = read(client, daemon, path).await;
        if list["items"].as_array().unwrap().len() == count {
            return list;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!(
        "{path} never has {count} items: {}",
        read(client, daemon, path).await
    );
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story, told in its order")]
async fn runs_and_what_is_decided_about_them_stay_in_their_namespace() {
    let teams = Teams::new().await;
    let daemon = teams.place.start().await;
    let (a, b) = (teams.client("a").await, teams.client("b").await);
    let workflows = ["asks", "fails", "hears", "waits"];
    assert_eq!(
        names(&read(&a, &daemon, "/workflows").await, "name"),
        workflows
    );
    let of_b = names(&read(&b, &daemon, "/workflows").await, "name");
    assert_eq!(of_b, ["asks", "hears", "waits"]);

    let parked = start(&a, &daemon, "fails").await;
    let waiting = start(&a, &daemon, "waits").await;
    until_items(&a, &daemon, "/parked", 1).await;
    let asked = until_items(&a, &daemon, "/approvals", 1).await;
    // Only a's own workflow heard of the failure.
    until_items(&a, &daemon, "/runs?workflow=hears", 1).await;
    for list in ["/runs", "/parked", "/approvals", "/runs?workflow=hears"] {
        assert_eq!(read(&b, &daemon, list).await["items"], json!([]), "{list}");
    }
    // Not found, and not forbidden: b does not learn that there is such a run.
    for (method, path) in [
        ("GET", format!("/runs/{waiting}")),
        ("GET", format!("/parked/{parked}")),
        ("POST", format!("/runs/{waiting}/cancel")),
        ("POST", format!("/runs/{waiting}/move")),
        ("POST", format!("/parked/{parked}/replay")),
        ("POST", format!("/parked/{parked}/discard")),
        ("POST", format!("/approvals/{waiting}/ok")),
        ("POST", "/workflows/fails/runs".to_owned()),
        ("POST", "/workflows/fails/pause".to_owned()),
    ] {
        let body = match path.as_str() {
            path if path.ends_with("/move") => r#"{"to":1}"#,
            path if path.ends_with("/ok") => r#"{"decision":"approve"}"#,
            _ => "{}",
        };
        let answer = b
            .send(method, &daemon.route(&path), &[], body)
            .await
            .unwrap();
        assert_eq!(answer.status, 404, "{method} {path} {}", answer.text());
        // Nor does it where it names the other namespace, whether there is one or not.
        for namespace in ["a", "default", "nobodys"] {
            let path = daemon.route(&format!("{path}?namespace={namespace}"));
            let answer = b.send(method, &path, &[], body).await.unwrap();
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (403, "forbidden"),
                "{path}"
            );
        }
    }
    let all = b
        .post(&daemon.route("/parked/discard"), r#"{"all":true}"#)
        .await
        .unwrap();
    assert_eq!(all.json().unwrap()["matched"], 0);
    let run = read(&a, &daemon, &format!("/runs/{waiting}")).await;
    assert_eq!(
        (&run["status"], &run["namespace"]),
        (&json!("waiting"), &json!("a"))
    );

    // The address of the step is good for whoever has it, and names its namespace itself.
    let url = asked["items"][0]["url"].as_str().unwrap();
    let approved = Client::default()
        .post(url, r#"{"decision":"approve"}"#)
        .await
        .unwrap();
    assert_eq!(approved.status, 202, "{}", approved.text());
    // Commands name a namespace; nobody in `default` sees the run.
    let show = ["runs", "show", &waiting];
    assert_eq!(teams.command(&show).await.code, Some(3));
    teams
        .command(&[&show[..], &["--namespace", "a"]].concat())
        .await
        .ok()
        .unwrap();
    // Each sees its own deeds; the owner of the daemon all of them.
    let deeds = names(&read(&a, &daemon, "/audit").await, "what");
    assert!(deeds.contains(&"approvals.decide".to_owned()), "{deeds:?}");
    // Making its token, and discarding what there was of its own.
    assert_eq!(
        names(&read(&b, &daemon, "/audit").await, "what"),
        ["parked.discard", "tokens.create"]
    );
    let whole = teams.command(&["audit", "verify"]).await.ok().unwrap();
    assert!(whole.stdout.starts_with("ok: "), "{whole:?}");
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_one_name_lead_to_different_applications() {
    let teams = Teams::new().await;
    teams.write(
        "asks.yaml",
        &ASKS.replace("SINK", &teams.place.sink.address()),
    );
    // A connection of another namespace is none.
    let refused = teams.place.launch().refused().await.unwrap();
    assert!(refused.stderr.contains("unknown-connection"), "{refused}");
    std::fs::remove_file(teams.place.workflows.join("asks.yaml")).unwrap();
    let daemon = teams.place.start().await;
    let (a, b) = (teams.client("a").await, teams.client("b").await);
    for (client, path, sink, others) in [
        (&a, "/a/events", &teams.place.sink, &teams.other),
        (&b, "/b/events", &teams.other, &teams.place.sink),
    ] {
        let before = (sink.ledger().received.len(), others.ledger().received.len());
        let run = daemon.accept(path, "{}").await.unwrap();
        let run = read(client, &daemon, &format!("/runs/{run}?wait=20s")).await;
        assert_eq!(run["status"], "succeeded", "{run:#}");
        let after = (sink.ledger().received.len(), others.ledger().received.len());
        assert_eq!(after, (before.0 + 1, before.1), "{path}");
    }
    let nobodys = daemon.post("/events", "{}").await.unwrap();
    assert_eq!(
        (nobodys.status, nobodys.code().as_str()),
        (404, "unknown-hook")
    );
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn workflows_of_other_namespaces_are_not_called_and_hooks_do_not_clash() {
    let teams = Teams::new().await;
    let calls = "version: 1\nname: calls\ntriggers: [{ id: e, webhook: { path: /calls } }]\nsteps:\n  - { id: called, call: { workflow: fails } }\n";
    teams.write("b/calls.yaml", calls);
    let crowded = "version: 1\nname: crowded\ntriggers: [{ id: hook, webhook: { path: /a/events } }]\nsteps:\n  - { id: paused, wait: { duration: 1ms } }\n";
    teams.write("crowded.yaml", crowded);
    let refused = teams.place.launch().refused().await.unwrap();
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.stderr.contains("unknown-workflow"), "{refused}");
    assert!(
        refused.stderr.contains("hooks of the namespace `a`"),
        "{refused}"
    );
    std::fs::remove_file(teams.place.workflows.join("b/calls.yaml")).unwrap();
    std::fs::remove_file(teams.place.workflows.join("crowded.yaml")).unwrap();

    let daemon = teams.place.start().await;
    let (a, b) = (teams.client("a").await, teams.client("b").await);
    // One team's mistake keeps the other from nothing, and a reload of one changes nothing else.
    teams.write("b/broken.yaml", "version: 1\nname: [");
    teams.write("a/more.yaml", &WAITS.replace("waits", "more"));
    let reloaded = a
        .post(&daemon.route("/workflows/reload"), "")
        .await
        .unwrap();
    assert_eq!(reloaded.status, 200, "{}", reloaded.text());
    assert_eq!(reloaded.json().unwrap()["added"], json!(["more"]));
    let refused = b
        .post(&daemon.route("/workflows/reload"), "")
        .await
        .unwrap();
    assert_eq!(refused.status, 422, "{}", refused.text());
    let all = teams.command(&["workflows", "reload"]).await;
    assert_eq!(all.code, Some(1), "{all:?}");
    std::fs::remove_file(teams.place.workflows.join("b/broken.yaml")).unwrap();
    // A folder that is gone takes its workflows and hooks with it.
    std::fs::remove_dir_all(teams.place.workflows.join("b")).unwrap();
    let all = teams.command(&["workflows", "reload"]).await.ok().unwrap();
    assert!(all.stdout.contains("removed b/asks"), "{all:?}");
    assert_eq!(read(&b, &daemon, "/workflows").await["items"], json!([]));
    assert_eq!(daemon.post("/b/events", "{}").await.unwrap().status, 404);
    assert!(daemon.stop().await.unwrap().success());
}
