#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::fake::{self, Answer, Error, Host};
use mortise_sdk::http::{Auth, Body};
use mortise_sdk::{Action, Disposition, Failure};
use serde_json::{Value, json};

use super::Request;

/// Sends one input and gives the request that left, with the answer's output.
fn send(input: Value, answer: Answer) -> (fake::Request, Result<Value, Failure>) {
    let host = Host::new().answer(answer).install();
    let output = fake::invoke::<Request>(&input);
    (host.requests().remove(0), output)
}

fn header<'a>(request: &'a fake::Request, name: &str) -> Option<&'a str> {
    request
        .headers
        .iter()
        .find(|(header, _)| header == name)
        .map(|(_, value)| value.as_str())
}

#[test]
fn a_get_is_the_default_and_carries_no_key() {
    let (request, output) = send(
        json!({ "url": "https://x/a" }),
        Answer::json(200, "{\"n\": 1.10}"),
    );
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("GET", "https://x/a")
    );
    assert_eq!(
        (request.body, request.timeout_ms, request.headers.len()),
        (Body::Empty, None, 0)
    );
    let output = output.unwrap();
    assert_eq!(output["status"], 200);
    assert_eq!(output["json"], json!({ "n": 1.1 }));
    assert_eq!(output["text"], Value::Null);
    assert_eq!(output["headers"]["content-type"], "application/json");
}

#[test]
fn every_method_but_get_and_head_carries_the_key() {
    for (method, carries) in [
        ("GET", false),
        ("HEAD", false),
        ("POST", true),
        ("PUT", true),
        ("PATCH", true),
        ("DELETE", true),
        ("OPTIONS", true),
    ] {
        let (request, _) = send(
            json!({ "url": "https://x", "method": method }),
            Answer::json(200, "1"),
        );
        assert_eq!(request.method, method);
        assert_eq!(
            header(&request, "idempotency-key"),
            carries.then_some("test-key"),
            "{method}"
        );
    }
}

#[test]
fn a_body_leaves_as_it_is_written() {
    let host = Host::new().answer(Answer::json(200, "1")).install();
    // Spaces, needless zeros and the order of keys survive.
    let input =
        r#"{"url":"https://x","method":"POST","json":{"b": 1.50, "a":12345678901234567890123}}"#;
    let turn = mortise_sdk::bindings::actions::exports::mortise::plugin::actions::Turn::Start;
    mortise_sdk::action::invoke::<Request>(input, turn).unwrap();
    let request = host.requests().remove(0);
    let Body::Bytes(body) = &request.body else {
        panic!("no bytes")
    };
    assert_eq!(
        std::str::from_utf8(body).unwrap(),
        r#"{"b": 1.50, "a":12345678901234567890123}"#
    );
    assert_eq!(header(&request, "content-type"), Some("application/json"));
}

#[test]
fn null_is_a_body_and_text_has_a_type_of_its_own() {
    let (request, _) = send(
        json!({ "url": "https://x", "method": "PUT", "json": null }),
        Answer::json(200, "1"),
    );
    assert_eq!(request.body, Body::Bytes(b"null".to_vec()));
    let (request, _) = send(
        json!({ "url": "https://x", "method": "PUT", "text": "hi" }),
        Answer::json(200, "1"),
    );
    assert_eq!(request.body, Body::Bytes(b"hi".to_vec()));
    assert_eq!(
        header(&request, "content-type"),
        Some("text/plain; charset=utf-8")
    );
}

#[test]
fn what_the_step_says_wins_over_what_is_usual() {
    let headers =
        json!({ "Content-Type": "application/vnd.x+json", "Idempotency-Key": "mine", "x-n": 5 });
    let input = json!({ "url": "https://x", "method": "POST", "json": {}, "headers": headers });
    let (request, _) = send(input, Answer::json(200, "1"));
    assert_eq!(
        header(&request, "Content-Type"),
        Some("application/vnd.x+json")
    );
    assert_eq!(header(&request, "Idempotency-Key"), Some("mine"));
    assert_eq!(header(&request, "x-n"), Some("5"));
    assert_eq!(request.headers.len(), 3);
}

#[test]
fn a_query_takes_values_lists_and_leaves_null_out() {
    let query = json!({ "a": "x y", "b": [1, true], "c": null });
    let (request, _) = send(
        json!({ "url": "https://x/?z=0", "query": query }),
        Answer::json(200, "1"),
    );
    assert_eq!(request.url, "https://x/?z=0&a=x%20y&b=1&b=true");
}

#[test]
fn a_timeout_is_a_duration() {
    for (timeout, expected_ms) in [
        ("20s", 20_000),
        ("500ms", 500),
        ("2m", 120_000),
        ("1h", 3_600_000),
    ] {
        let (request, _) = send(
            json!({ "url": "https://x", "timeout": timeout }),
            Answer::json(200, "1"),
        );
        assert_eq!(request.timeout_ms, Some(expected_ms));
    }
    for timeout in ["20", "s", "0s", "-1s", "1 s", "9999999h"] {
        let failure = fake::invoke::<Request>(&json!({ "url": "https://x", "timeout": timeout }))
            .unwrap_err();
        assert_eq!(
            failure.cause.unwrap().field.as_deref(),
            Some("/timeout"),
            "{timeout}"
        );
    }
}

#[test]
fn the_credential_goes_along_only_where_the_step_names_a_connection() {
    let (request, _) = send(json!({ "url": "https://x" }), Answer::json(200, "1"));
    assert_eq!(request.auth, Auth::None);
    let host = Host::new()
        .settings(&json!({}))
        .answer(Answer::json(200, "1"))
        .install();
    fake::invoke::<Request>(&json!({ "url": "https://x" })).unwrap();
    assert_eq!(host.requests()[0].auth, Auth::Connection);
}

#[test]
fn answers_are_json_by_their_type_and_text_otherwise() {
    for (content_type, body, json, text) in [
        (
            "application/json; charset=utf-8",
            "[1]",
            json!([1]),
            Value::Null,
        ),
        ("application/problem+json", "{}", json!({}), Value::Null),
        ("text/html", "[1]", Value::Null, json!("[1]")),
        (
            "application/json",
            "not json",
            Value::Null,
            json!("not json"),
        ),
        ("application/json", "", Value::Null, json!("")),
    ] {
        let answer = Answer::new(200, &[("Content-Type", content_type)], body.as_bytes());
        let output = send(json!({ "url": "https://x" }), answer).1.unwrap();
        assert_eq!(
            (&output["json"], &output["text"]),
            (&json, &text),
            "{content_type} {body}"
        );
    }
}

#[test]
fn a_file_is_sent_with_its_type_and_an_answer_is_kept_as_one() {
    let answer = Answer::new(200, &[("content-type", "application/pdf")], b"%PDF");
    let host = Host::new()
        .file("scan", "image/png", b"png")
        .answer(answer)
        .install();
    let input = json!({
        "url": "https://x", "method": "PUT", "file": { "$file": "scan", "name": "scan.png" },
        "save-as-file": true
    });
    let output = fake::invoke::<Request>(&input).unwrap();
    let request = host.requests().remove(0);
    assert_eq!(request.body, Body::File("scan".to_owned()));
    assert_eq!(header(&request, "content-type"), Some("image/png"));
    assert_eq!(
        (&output["json"], &output["text"]),
        (&Value::Null, &Value::Null)
    );
    let id = output["file"]["$file"].as_str().unwrap();
    assert_eq!(host.file(id).as_deref(), Some(&b"%PDF"[..]));
}

#[test]
fn a_refusal_keeps_its_words_where_a_file_was_asked_for() {
    let input = json!({ "url": "https://x", "save-as-file": true });
    let failure = send(input, Answer::json(422, "{\"message\":\"no such report\"}")).1;
    let failure = failure.unwrap_err();
    assert!(
        failure.message.contains("no such report"),
        "{}",
        failure.message
    );
}

#[test]
fn an_accepted_refusal_is_an_answer() {
    let nothing = || Answer::json(404, r#"{"error":"nobody"}"#);
    let url = "https://a.example/x";
    let (_, given) = send(json!({ "url": url, "accept": [404] }), nothing());
    let given = given.unwrap();
    assert_eq!(
        (&given["status"], &given["json"]["error"]),
        (&json!(404), &json!("nobody"))
    );
    let (_, given) = send(json!({ "url": url, "accept": [409] }), nothing());
    assert_eq!(given.unwrap_err().disposition, Disposition::Reject);
}

#[test]
fn a_path_goes_behind_the_base_of_the_connection() {
    let input = json!({ "url": "/v2/orders", "query": { "page": 1 } });
    let settings = json!({ "base-url": "https://a.example/api/" });
    let host = Host::new()
        .settings(&settings)
        .answer(Answer::json(200, "{}"))
        .install();
    fake::invoke::<Request>(&input).unwrap();
    assert_eq!(
        host.requests()[0].url,
        "https://a.example/api/v2/orders?page=1"
    );
    drop(host);
    let _host = Host::new().settings(&json!({})).install();
    let failure = fake::invoke::<Request>(&input).unwrap_err();
    assert_eq!(failure.disposition, Disposition::Misconfigured);
}

#[test]
fn headers_of_one_name_are_joined() {
    let answer = Answer::new(204, &[("X-A", "1"), ("x-a", "2")], b"");
    let output = send(json!({ "url": "https://x" }), answer).1.unwrap();
    assert_eq!(output["headers"]["x-a"], "1, 2");
}

#[test]
fn each_answer_but_a_2xx_is_a_failure_with_its_decision() {
    for (status, expected) in [
        (301, Disposition::Reject),
        (400, Disposition::Reject),
        (401, Disposition::Reauthorize),
        (403, Disposition::Reauthorize),
        (404, Disposition::Reject),
        (408, Disposition::Retry(None)),
        (422, Disposition::Reject),
        (429, Disposition::Retry(None)),
        (500, Disposition::Retry(None)),
        (503, Disposition::Retry(None)),
    ] {
        let failure = send(
            json!({ "url": "https://x" }),
            Answer::json(status, "{\"why\":1}"),
        )
        .1
        .unwrap_err();
        assert_eq!(failure.disposition, expected, "{status}");
        let cause = failure.cause.unwrap();
        assert_eq!(
            (cause.status, cause.body.as_deref()),
            (Some(status), Some("{\"why\":1}"))
        );
    }
    let later = Answer::new(429, &[("retry-after", "3")], b"");
    let failure = send(json!({ "url": "https://x" }), later).1.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Retry(Some(3_000)));
}

#[test]
fn what_did_not_leave_is_retried_and_what_left_without_an_answer_is_unclear() {
    let decided = |error| {
        send(json!({ "url": "https://x" }), Answer::error(error))
            .1
            .unwrap_err()
            .disposition
    };
    assert_eq!(
        decided(Error::NotSent("dns".to_owned())),
        Disposition::Retry(None)
    );
    assert_eq!(
        decided(Error::Unanswered("reset".to_owned())),
        Disposition::Unclear
    );
    assert_eq!(
        decided(Error::Denied("add it to `grants`".to_owned())),
        Disposition::Misconfigured
    );
}

#[test]
fn input_that_does_not_fit_is_refused_before_anything_leaves() {
    for (input, field) in [
        (json!({}), ""),
        (json!({ "url": "https://x", "method": "FETCH" }), "/method"),
        (
            json!({ "url": "https://x", "headers": { "a": {} } }),
            "/headers/a",
        ),
        (json!({ "url": "https://x", "jsn": 1 }), "/jsn"),
    ] {
        let host = Host::new().install();
        let failure = fake::invoke::<Request>(&input).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Reject, "{input}");
        assert_eq!(
            failure.cause.unwrap().field.as_deref(),
            Some(field),
            "{input}"
        );
        assert_eq!(host.requests().len(), 0);
    }
    for both in [
        json!({ "url": "https://x", "json": 1, "text": "a" }),
        json!({ "url": "https://x", "file": { "$file": "scan" }, "text": "a" }),
    ] {
        let failure = fake::invoke::<Request>(&both).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Misconfigured);
    }
    let host = Host::new().install();
    let unknown = json!({ "url": "https://x", "file": { "$file": "gone" } });
    let failure = fake::invoke::<Request>(&unknown).unwrap_err();
    assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/file"));
    assert_eq!(host.requests().len(), 0);
}

#[test]
fn the_descriptor_and_its_examples_fit_their_schemas() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../wit/descriptor.schema.json"
    );
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let descriptor = serde_json::to_value(crate::descriptor()).unwrap();
    assert_eq!(
        jsonschema::validate(&schema, &descriptor).map_err(|error| error.to_string()),
        Ok(())
    );
    let input = &descriptor["operations"][0]["input"];
    for example in Request::examples() {
        assert_eq!(
            jsonschema::validate(input, &example.input).map_err(|error| error.to_string()),
            Ok(())
        );
    }
    assert!(
        descriptor.get("hosts").is_none(),
        "it wants no hosts of its own"
    );
    assert_eq!(descriptor["operations"][0]["repeat"], "keyed");
}
