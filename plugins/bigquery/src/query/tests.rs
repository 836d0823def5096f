use mortise_sdk::Disposition;
use mortise_sdk::fake::{self, Answer, Host};

use super::*;

fn host(answers: &[(u16, Value)]) -> fake::Installed {
    let settings = json!({ "project-id": "acme", "location": "EU" });
    let host = Host::new().settings(&settings).idempotency_key("k");
    let answers = answers
        .iter()
        .map(|(status, body)| Answer::json(*status, &body.to_string()));
    answers.fold(host, Host::answer).install()
}

fn input() -> Value {
    json!({ "query": "SELECT 1" })
}

fn running() -> (u16, Value) {
    (200, json!({ "status": { "state": "RUNNING" } }))
}

fn failed(reason: &str) -> Value {
    json!({ "error": { "code": 400, "message": "no", "errors": [{ "reason": reason }] } })
}

#[test]
fn a_query_is_waited_for_and_then_read_to_its_end() {
    let schema = json!({ "fields": [{ "name": "n", "type": "INTEGER" }] });
    let page = |n: &str, next: Value| {
        (
            200,
            json!({ "jobComplete": true, "schema": schema, "rows": [{ "f": [{ "v": n }] }], "pageToken": next }),
        )
    };
    let incomplete = (200, json!({ "jobComplete": false }));
    let host = host(&[
        running(),
        incomplete.clone(),
        incomplete,
        page("1", json!("p2")),
        page("2", json!(null)),
    ]);
    let mut waits = Vec::new();
    let mut turn = Turn::Start;
    let next = loop {
        match fake::turn::<Query>(&input(), turn).unwrap() {
            Outcome::Suspended {
                token,
                poll_after_ms,
                ..
            } => {
                waits.push(poll_after_ms.unwrap());
                turn = Turn::Resumed {
                    token,
                    callback: None,
                };
            }
            Outcome::Page { records, next } => {
                assert_eq!(records, [json!({ "n": 1 })]);
                break next.unwrap();
            }
            Outcome::Done(_) => panic!("a page was expected"),
        }
    };
    assert_eq!(waits, [1_000, 2_000]);
    let last = fake::turn::<Query>(&input(), Turn::Next(next)).unwrap();
    assert_eq!(
        last,
        Outcome::Page {
            records: vec![json!({ "n": 2 })],
            next: None
        }
    );
    let last = &host.requests()[4].url;
    assert!(
        last.contains("/queries/mortise-k?location=EU&") && last.contains("pageToken=p2"),
        "{last}"
    );
}

#[test]
fn what_bigquery_failed_is_run_again_under_another_id() {
    let state = (
        200,
        json!({ "status": { "state": "DONE", "errorResult": { "reason": "backendError" } } }),
    );
    let host = host(&[running(), (503, failed("backendError")), state, running()]);
    let outcome = fake::turn::<Query>(&input(), Turn::Start).unwrap();
    assert!(matches!(outcome, Outcome::Suspended { .. }));
    let mortise_sdk::http::Body::Bytes(body) = &host.requests()[3].body else {
        panic!("a body was expected");
    };
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["jobReference"]["jobId"], "mortise-k-try-2");
}

#[test]
fn a_wrong_query_names_its_text() {
    let _host = host(&[running(), (400, failed("invalidQuery"))]);
    let failure = fake::turn::<Query>(&input(), Turn::Start).unwrap_err();
    assert_eq!(failure.disposition, Disposition::Reject);
    assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/query"));
}
