//! The commands: exit codes, and that `runs` works with a daemon and without one.

use mortise_tests::cli::{mortise, mortise_in};
use serde_json::Value;

use crate::common::{DELIVER, Place, event};

const NO_RUN: &str = "01JZ0000000000000000000000";

async fn code(arguments: &[&str]) -> Option<i32> {
    mortise(arguments).await.unwrap().code
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_the_same_with_a_daemon_and_without_one() {
    let place = Place::with(&[DELIVER]).await;
    let daemon = place.start().await;
    let run = daemon.accept("/events", event(1)).await.unwrap();
    daemon.succeeded(&run).await.unwrap();
    let data = place.data();
    let show = ["runs", "show", &run, "--data", data, "--json"];
    let list = [
        "runs",
        "list",
        "--data",
        data,
        "--json",
        "--workflow",
        "deliver",
        "--status",
        "succeeded",
    ];
    let none = [
        "runs", "list", "--data", data, "--json", "--status", "parked",
    ];
    let missing = ["runs", "show", NO_RUN, "--data", data];
    let wait = ["runs", "wait", &run, "--data", data, "--timeout", "30s"];
    let mut seen: Vec<(Value, Value)> = Vec::new();
    let mut daemon = Some(daemon);
    for _ in ["with a daemon", "without one"] {
        let listed = mortise(list).await.unwrap().ok().unwrap().json().unwrap();
        assert_eq!(listed["items"][0]["id"], run.as_str());
        let parked = mortise(none).await.unwrap().ok().unwrap().json().unwrap();
        assert_eq!(parked["items"], serde_json::json!([]));
        assert_eq!(code(&missing).await, Some(3));
        assert_eq!(code(&wait).await, Some(0));
        seen.push((
            mortise(show).await.unwrap().ok().unwrap().json().unwrap(),
            listed,
        ));
        if let Some(daemon) = daemon.take() {
            assert_eq!(seen[0].0, daemon.run(&run).await.unwrap());
            assert!(daemon.stop().await.unwrap().success());
        }
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_was_killed_is_not_asked() {
    let place = Place::with(&[DELIVER]).await;
    let mut daemon = place.start().await;
    let run = daemon.accept("/events", event(1)).await.unwrap();
    daemon.succeeded(&run).await.unwrap();
    daemon.kill().await.unwrap();
    assert!(
        place.data.join("daemon.json").exists(),
        "a killed process removes nothing"
    );
    assert_eq!(
        code(&["runs", "show", &run, "--data", place.data()]).await,
        Some(0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exit_code_has_its_case() {
    let place = Place::with(&[DELIVER]).await;
    let data = place.data();
    assert_eq!(code(&["--version"]).await, Some(0));
    assert_eq!(code(&["no-such-command"]).await, Some(2));
    assert_eq!(code(&["runs", "show"]).await, Some(2));
    assert_eq!(
        code(&["runs", "show", "not-an-id", "--data", data]).await,
        Some(2)
    );
    assert_eq!(code(&["check", "/no/such/file.yaml"]).await, Some(3));
    let daemon = place.start().await;
    assert_eq!(
        code(&["runs", "show", NO_RUN, "--data", data]).await,
        Some(3)
    );
    assert_eq!(
        code(&[
            "workflows",
            "start",
            "no-such-workflow",
            "--input",
            "/dev/null",
            "--data",
            data
        ])
        .await,
        Some(3)
    );
    drop(daemon);
    assert_eq!(
        code(&["runs", "list", "--data", "/proc/mortise"]).await,
        Some(5)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_say_where_each_value_comes_from() {
    let listed = mortise(["settings", "--json"])
        .await
        .unwrap()
        .ok()
        .unwrap()
        .json()
        .unwrap();
    let settings = listed
        .as_array()
        .or_else(|| listed["items"].as_array())
        .unwrap();
    let private = settings
        .iter()
        .find(|setting| setting["name"] == "egress.allow-private")
        .unwrap();
    assert!(
        private["source"].as_str().unwrap().contains("env"),
        "{private}"
    );
    for setting in settings {
        for field in ["name", "value", "default", "unit", "source", "help"] {
            assert!(setting.get(field).is_some(), "`{field}` of {setting}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn input_comes_from_stdin_and_output_goes_to_stdout() {
    let place = Place::with(&[DELIVER]).await;
    let plugins = mortise_tests::paths::plugins().unwrap();
    let arguments = [
        "run",
        "workflow-0.yaml",
        "--input",
        "-",
        "--plugins",
        plugins.to_str().unwrap(),
    ];
    let output = mortise_in(&place.workflows, arguments, &event(7))
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert_eq!(
        output.json().unwrap(),
        serde_json::json!({ "id": "e-7", "total": 92 })
    );
    assert_eq!(place.sink.ledger().delivered.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_listener_asks_for_the_token() {
    let place = Place::with(&[DELIVER]).await;
    let daemon = place.start().await;
    let admin = &daemon.ready.admin;
    for (path, with_token) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/version", 200),
        ("/api/v1/healthz", 200),
        ("/api/v1/readyz", 200),
        ("/api/v1/version", 200),
        ("/api/v1/runs", 200),
    ] {
        let url = format!("{admin}{path}");
        assert_eq!(
            daemon.admin.get(&url).await.unwrap().status,
            with_token,
            "{path}"
        );
        let open = path.ends_with("/healthz") || path.ends_with("/readyz");
        let answer = daemon.client.get(&url).await.unwrap();
        assert_eq!(answer.status, if open { 200 } else { 401 }, "{path}");
    }
    let wrong = daemon.client.clone().with_token("wrong").unwrap();
    assert_eq!(
        wrong
            .get(&format!("{admin}/api/v1/runs"))
            .await
            .unwrap()
            .status,
        401
    );
    let health = daemon
        .client
        .get(&format!("{admin}/healthz"))
        .await
        .unwrap();
    assert_eq!(
        health.json().unwrap(),
        serde_json::json!({ "status": "ok" })
    );
    let missing = daemon
        .admin
        .get(&format!("{admin}/api/v1/runs/{NO_RUN}"))
        .await
        .unwrap();
    assert_eq!(missing.status, 404);
    assert_eq!(missing.header("content-type"), "application/problem+json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_with_a_manifest_that_is_wrong_does_not_start() {
    let wrong = DELIVER
        .replace("name: deliver", "name: wrong")
        .replace("http/request", "http/reqest");
    let place = Place::with(&[DELIVER, &wrong]).await;
    let refused = place.launch().refused().await.unwrap();
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    let said = &refused.stderr;
    assert!(
        said.contains("workflow-1.yaml:14:") && said.contains("reqest"),
        "{said}"
    );
}

/// An event too large to be printed, or to be kept in one piece: it arrives whole, and is shown
/// whole to who asks for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_event_arrives_whole_and_is_shown_as_its_digest() {
    const BYTES: usize = 300_000;
    let pass = DELIVER.replace(".steps.mapped.output", ".event");
    let place = Place::with(&[&pass]).await;
    let daemon = place.start().await;
    let body = format!(
        r#"{{"id":"large","lines":[],"text":"{}"}}"#,
        "é\\u0000".repeat(BYTES / 8)
    );
    let run = daemon.accept("/events", body.clone()).await.unwrap();
    let shown = daemon.succeeded(&run).await.unwrap();
    let sent: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(place.sink.ledger().received[0].json(), sent);
    assert_eq!(shown["input"]["size_bytes"], body.len());
    assert!(
        shown["input"]["digest"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );

    let data = place.data();
    let full = ["runs", "show", &run, "--data", data, "--json", "--full"];
    let mut daemon = Some(daemon);
    for _ in ["with a daemon", "without one"] {
        let whole = mortise(full).await.unwrap().ok().unwrap().json().unwrap();
        assert_eq!(whole["input"], sent);
        assert_eq!(whole["output"], sent);
        if let Some(daemon) = daemon.take() {
            assert!(daemon.stop().await.unwrap().success());
        }
    }
}

/// Waits for a year, for an approval, for an application that asks for a pause, and for the circuit
/// breaker, which eight failures open again and again.
const PATIENT: &str = r#"
version: 1
name: patient
triggers: [ { id: yearly, schedule: { cron: "0 0 1 1 *", timezone: UTC } } ]
steps:
  - { id: rest, wait: { duration: 365d } }
  - { id: ok, wait: { for: approval, within: 20d } }
  - id: book
    uses: http/request
    connection: books
    with: { method: POST, url: "http://127.0.0.1:9000/books" }
    retry: { attempts: 12, initial: 10ms, max: 20ms }
output: "${{ .steps.book.output }}"
tests:
  - name: it is booked a year later
    trigger: yearly
    event: {}
    mock:
      book: [ FAILS, FAILS, FAILS, FAILS, FAILS, FAILS, FAILS, FAILS, ASKS, { output: { status: 200 } } ]
    answers: { ok: { decision: approve } }
    expect: { output: { status: 200 }, steps: { book: { ran: 1, status: succeeded } } }
  - name: nobody approves
    trigger: yearly
    event: {}
    expect: { status: failed, failure: { step: ok, code: approval-expired } }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn tests_of_workflows_that_wait_for_a_year_take_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("patient.yaml");
    let manifest = PATIENT
        .replace("FAILS", "{ failure: { disposition: retry } }")
        .replace("ASKS", "{ failure: { disposition: retry, after: 30m } }");
    std::fs::write(&file, manifest).unwrap();
    let connections = "books: { plugin: mortise/http, origins: [\"http://127.0.0.1:9000\"] }";
    std::fs::write(folder.path().join("connections.yaml"), connections).unwrap();
    let plugins = mortise_tests::paths::plugins().unwrap();
    let (file, plugins) = (file.to_str().unwrap(), plugins.to_str().unwrap());
    let output = mortise(["test", file, "--plugins", plugins, "--json"]).await;
    let found = output.unwrap().json().unwrap();
    assert_eq!(
        (&found["passed"], &found["failed"]),
        (&2.into(), &0.into()),
        "{found:#}"
    );
    for case in found["cases"].as_array().unwrap() {
        // A clock that stops each second takes ten minutes.
        let took_ms = case["duration_ms"].as_u64().unwrap();
        println!("{}: {took_ms} ms", case["name"]);
        assert!(took_ms < 1_000, "{case:#}");
    }
}
