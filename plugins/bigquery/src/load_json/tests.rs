use mortise_sdk::Disposition;
use mortise_sdk::fake::{self, Answer, Host};

use super::*;

const LOCATION: &str = "https://bigquery.googleapis.com/upload/bigquery/v2/projects/acme/jobs?uploadType=resumable&upload_id=u1";

fn host() -> Host {
    Host::new()
        .settings(&json!({ "project-id": "acme" }))
        .idempotency_key("k")
}

fn rows() -> Value {
    json!({ "dataset": "d", "table": "t", "rows": [{ "id": 1 }, { "id": "x" }] })
}

fn session() -> Answer {
    Answer::new(200, &[("location", LOCATION)], b"")
}

fn state(status: &Value) -> Answer {
    let statistics = json!({ "load": { "outputRows": "2", "inputFileBytes": "20" } });
    Answer::json(
        200,
        &json!({ "status": status, "statistics": statistics }).to_string(),
    )
}

#[test]
fn a_load_is_waited_for() {
    let running = state(&json!({ "state": "RUNNING" }));
    let done = state(&json!({ "state": "DONE" }));
    let host = host()
        .answer(session())
        .answer(running)
        .answer(done)
        .install();
    let Outcome::Suspended { token, .. } = fake::turn::<LoadJson>(&rows(), Turn::Start).unwrap()
    else {
        panic!("a suspension was expected");
    };
    let turn = Turn::Resumed {
        token,
        callback: None,
    };
    let done = fake::turn::<LoadJson>(&rows(), turn).unwrap();
    assert_eq!(
        done,
        Outcome::Done(json!({ "job-id": "mortise-k", "output-rows": 2, "input-bytes": 20 }))
    );
    let requests = host.requests();
    assert_eq!(requests[1].url, LOCATION);
    assert_eq!(
        requests[1].body,
        Body::Bytes(b"{\"id\":1}\n{\"id\":\"x\"}\n".to_vec())
    );
}

#[test]
fn a_file_goes_up_as_it_is() {
    let host = host()
        .file("f", "application/json", b"{}")
        .answer(session())
        .answer(state(&json!({ "state": "DONE" })));
    let host = host.install();
    let input = json!({ "dataset": "d", "table": "t", "file": { "$file": "f" } });
    fake::turn::<LoadJson>(&input, Turn::Start).unwrap();
    assert_eq!(host.requests()[1].body, Body::File("f".to_owned()));
}

#[test]
fn the_row_that_cannot_be_read_is_named() {
    let detail = "Error while reading data, error message: JSON parsing error in row starting at position 9: Could not convert value 'string_value: \"x\"' to integer. Field: id; Value: x";
    let status = json!({ "state": "DONE", "errorResult": { "reason": "invalid", "message": "too many errors" }, "errors": [{ "reason": "invalid", "message": detail }] });
    let _host = host().answer(session()).answer(state(&status)).install();
    let failure = fake::turn::<LoadJson>(&rows(), Turn::Start).unwrap_err();
    assert_eq!(failure.disposition, Disposition::Reject);
    let cause = failure.cause.unwrap();
    assert_eq!(
        (cause.record, cause.field.as_deref()),
        (Some(1), Some("/rows/1/id"))
    );
}

#[test]
fn a_load_that_bigquery_failed_is_begun_again() {
    let failed =
        json!({ "state": "DONE", "errorResult": { "reason": "backendError", "message": "no" } });
    let host = host().answer(session()).answer(state(&failed));
    let host = host
        .answer(session())
        .answer(state(&json!({ "state": "RUNNING" })))
        .install();
    let outcome = fake::turn::<LoadJson>(&rows(), Turn::Start).unwrap();
    assert!(matches!(outcome, Outcome::Suspended { .. }));
    let Body::Bytes(body) = &host.requests()[2].body else {
        panic!("a body was expected");
    };
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["jobReference"]["jobId"], "mortise-k-try-2");
}

#[test]
fn something_has_to_be_loaded() {
    let _host = host().install();
    for input in [
        json!({}),
        json!({ "rows": [] }),
        json!({ "rows": [{}], "file": { "$file": "f" } }),
        json!({ "file": { "$file": "none" } }),
    ] {
        let mut input = input;
        input["dataset"] = "d".into();
        input["table"] = "t".into();
        let failure = fake::turn::<LoadJson>(&input, Turn::Start).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Reject, "{input}");
    }
}
