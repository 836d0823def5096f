use mortise_sdk::fake::{self, Host};
use mortise_sdk::http::Request;
use serde_json::json;

use super::*;

fn answered(status: u16, headers: &[(&str, &str)], body: &Value) -> Result<Answer, Failure> {
    let answer = fake::Answer::new(status, headers, body.to_string().as_bytes());
    let _host = Host::new().answer(answer).install();
    Answer::of(Request::post("https://api.example/graphql").send().unwrap())
}

fn failed(status: u16, headers: &[(&str, &str)], body: &Value) -> Failure {
    answered(status, headers, body)
        .and_then(|answer| answer.whole(false))
        .unwrap_err()
}

fn error(code: &str) -> Value {
    json!({ "errors": [{ "message": "No.", "extensions": { "code": code } }] })
}

#[test]
fn an_error_names_its_code_and_the_field() {
    let body = json!({
        "data": { "order": null },
        "errors": [
            { "message": "is negative.", "path": ["order", "lines", 0, "a/b"], "extensions": { "code": "BAD_USER_INPUT" } },
            { "message": "is unknown" }, { "message": "three" }, { "message": "four" },
        ],
    });
    let failure = failed(200, &[], &body);
    assert_eq!(failure.disposition, Disposition::Reject);
    assert_eq!(
        failure.message,
        "is negative; is unknown; three; and 1 more errors; `allow-partial` takes the data that is there nevertheless"
    );
    let cause = failure.cause.unwrap();
    assert_eq!(cause.status, Some(200));
    assert_eq!(cause.code.as_deref(), Some("BAD_USER_INPUT"));
    assert_eq!(cause.field.as_deref(), Some("/order/lines/0/a~1b"));
}

#[test]
fn a_code_decides_where_the_status_does_not() {
    for (code, disposition) in [
        ("THROTTLED", Disposition::Retry(None)),
        ("UNAUTHENTICATED", Disposition::Reauthorize),
        ("forbidden", Disposition::Reauthorize),
        ("INTERNAL_SERVER_ERROR", Disposition::Unclear),
        ("GRAPHQL_VALIDATION_FAILED", Disposition::Misconfigured),
        ("NOT_FOUND", Disposition::Reject),
    ] {
        for status in [200, 400] {
            assert_eq!(
                failed(status, &[], &error(code)).disposition,
                disposition,
                "{status} {code}"
            );
        }
    }
    let spelled = json!({ "errors": [{ "message": "m", "type": "RATE_LIMITED" }] });
    assert_eq!(
        failed(200, &[], &spelled).disposition,
        Disposition::Retry(None)
    );
    let miswritten = failed(400, &[], &error("GRAPHQL_PARSE_FAILED"));
    assert_eq!(miswritten.cause.unwrap().field.as_deref(), Some("/query"));
}

#[test]
fn a_status_decides_where_it_says_more() {
    for (status, disposition) in [
        (401, Disposition::Reauthorize),
        (404, Disposition::Reject),
        (429, Disposition::Retry(Some(3_000))),
        (503, Disposition::Retry(Some(3_000))),
    ] {
        let failure = failed(status, &[("retry-after", "3")], &error("ANY"));
        assert_eq!(failure.disposition, disposition, "{status}");
        assert_eq!(failure.message, "No");
        let page = failed(status, &[("retry-after", "3")], &json!("a page"));
        assert_eq!(page.disposition, disposition, "{status}");
    }
}

#[test]
fn points_are_waited_for() {
    let mut body = error("THROTTLED");
    body["extensions"]["cost"] = json!({
        "requestedQueryCost": 202, "throttleStatus": { "currentlyAvailable": 118.0, "restoreRate": 50.0 },
    });
    assert_eq!(
        failed(200, &[], &body).disposition,
        Disposition::Retry(Some(1_680))
    );
}

#[test]
fn part_of_the_data_will_do_where_the_step_says_so() {
    let body =
        json!({ "data": { "a": 1, "b": null }, "errors": [{ "message": "no b", "path": ["b"] }] });
    let answer = answered(200, &[], &body).unwrap().whole(true).unwrap();
    assert_eq!(answer.data, json!({ "a": 1, "b": null }));
    assert_eq!(answer.errors[0].message, "no b");
    let nothing = json!({ "data": null, "errors": [{ "message": "no" }] });
    assert!(answered(200, &[], &nothing).unwrap().whole(true).is_err());
}

#[test]
fn what_is_no_graphql_is_told() {
    let failure = answered(200, &[], &json!({ "status": "ok" })).unwrap_err();
    assert_eq!(failure.disposition, Disposition::Misconfigured);
    let failure = answered(200, &[], &json!("text")).unwrap_err();
    assert_eq!(failure.disposition, Disposition::Unclear);
}
