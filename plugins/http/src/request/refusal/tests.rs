#![allow(clippy::unwrap_used)]

use mortise_sdk::Failure;
use mortise_sdk::fake::{self, Answer, Host};
use serde_json::json;

use super::super::Request;
use super::*;

/// The failure of a request that is answered so.
fn failure(status: u16, content_type: &str, body: &str) -> Failure {
    let headers = [("content-type", content_type)];
    let _host = Host::new()
        .answer(Answer::new(status, &headers, body.as_bytes()))
        .install();
    fake::invoke::<Request>(&json!({ "url": "https://x" })).unwrap_err()
}

/// Message, code and field.
fn told(status: u16, content_type: &str, body: &str) -> (String, Option<String>, Option<String>) {
    let failure = failure(status, content_type, body);
    let cause = failure.cause.unwrap();
    assert_eq!(cause.status, Some(status));
    (failure.message, cause.code, cause.field)
}

/// The same of a 422 in JSON, without what always stands before.
fn refused(body: &Value) -> (String, String, String) {
    let (message, code, field) = told(422, "application/json", &body.to_string());
    let rest = message
        .strip_prefix("the server rejected the request with 422")
        .unwrap();
    (
        rest.strip_prefix(": ").unwrap_or(rest).to_owned(),
        code.unwrap_or_default(),
        field.unwrap_or_default(),
    )
}

/// An answer, and its message, code and field.
type Case = (Value, (&'static str, &'static str, &'static str));

fn understood(table: &[Case]) {
    for (body, (message, code, field)) in table {
        let expected = (message.to_string(), code.to_string(), field.to_string());
        assert_eq!(refused(body), expected, "{body}");
    }
}

#[test]
fn message_code_and_field_are_found_wherever_they_stand() {
    understood(&[
        (
            json!({ "error": { "code": "price_missing", "message": "No price.", "field": "/lines/2/price" } }),
            ("No price", "price_missing", "/lines/2/price"),
        ),
        (
            json!({ "error": { "type": "card_error", "code": "card_declined", "param": "items[0][price]", "message": "Your card was declined." } }),
            ("Your card was declined", "card_declined", "/items/0/price"),
        ),
        (
            json!({ "error": { "code": 422, "message": "Bad value", "status": "INVALID_ARGUMENT" } }),
            ("Bad value", "INVALID_ARGUMENT", ""),
        ),
        (
            json!({ "message": "Validation Failed", "errors": [ { "resource": "Issue", "field": "title", "code": "missing_field" } ], "status": "422" }),
            ("Validation Failed", "missing_field", "/title"),
        ),
        (
            json!({ "message": "Validation failed.", "errors": [ { "message": "is negative", "path": ["lines", 2, "price"] }, { "message": "no" } ] }),
            ("Validation failed: is negative", "", "/lines/2/price"),
        ),
        (
            json!({ "errors": [ { "status": "422", "code": "E7", "title": "Invalid", "detail": "It is late", "source": { "pointer": "/data/due" } } ] }),
            ("It is late", "E7", "/data/due"),
        ),
        (
            json!({ "message": "The given data was invalid.", "errors": { "lines.0.price": [ "is negative" ] } }),
            (
                "The given data was invalid: is negative",
                "",
                "/lines/0/price",
            ),
        ),
        (
            json!({ "detail": [ { "loc": ["body", "price"], "msg": "field required", "type": "missing" } ] }),
            ("field required", "missing", "/body/price"),
        ),
        (
            json!([ { "errorCode": "DUP", "message": "there is one" } ]),
            ("there is one", "DUP", ""),
        ),
    ]);
}

#[test]
fn words_alone_are_a_code_or_a_message() {
    understood(&[
        (
            json!({ "error": "invalid_grant" }),
            ("", "invalid_grant", ""),
        ),
        (
            json!({ "error": "invalid_grant", "error_description": "expired" }),
            ("expired", "invalid_grant", ""),
        ),
        (json!({ "error": "no such book" }), ("no such book", "", "")),
        (
            json!({ "errors": [ "no such book" ] }),
            ("no such book", "", ""),
        ),
        (
            json!({ "error": "gone", "message": "gone" }),
            ("", "gone", ""),
        ),
        (json!("no such book"), ("no such book", "", "")),
    ]);
}

#[test]
fn what_is_no_word_of_the_application_is_left_out() {
    understood(&[
        // the path of the request is not a field
        (
            json!({ "status": 422, "error": "Not Processable", "path": "/orders/9" }),
            ("Not Processable", "", ""),
        ),
        (
            json!({ "code": 20003, "message": "Authenticate" }),
            ("Authenticate", "20003", ""),
        ),
        // nothing to be found
        (json!({}), ("", "", "")),
        (json!(null), ("", "", "")),
        (json!([]), ("", "", "")),
        (json!([[[]]]), ("", "", "")),
        (
            json!({ "error": null, "errors": [], "message": 7, "code": {} }),
            ("", "", ""),
        ),
        (
            json!({ "errors": [ [ "x" ] ], "code": "two words" }),
            ("", "", ""),
        ),
    ]);
}

#[test]
fn a_problem_is_its_detail_and_an_address_is_no_code() {
    let body = r#"{"type":"https://example.com/out-of-credit","title":"No credit","detail":"It costs 50","status":403}"#;
    assert_eq!(
        told(403, "application/problem+json", body),
        (
            "the server refused the credential with 403: It costs 50".to_owned(),
            None,
            None
        )
    );
    let (message, code, _) = told(
        503,
        "application/problem+json",
        r#"{"type":"about:blank","title":"Closed","code":"closed"}"#,
    );
    assert_eq!(message, "the server answered 503: Closed");
    assert_eq!(code.as_deref(), Some("closed"));
}

#[test]
fn a_short_text_is_a_message_and_a_page_is_not() {
    let long = "x".repeat(TEXT_MAX + 1);
    for (content_type, body, said) in [
        (
            "text/plain; charset=utf-8",
            "no such book\n",
            ": no such book",
        ),
        ("text/plain", "two\r\n\tlines.", ": two lines"),
        ("text/plain", "<html>no</html>", ""),
        ("text/html", "no such book", ""),
        ("text/plain", &long, ""),
        ("text/plain", " \n", ""),
        ("application/json", "{\"message\":", ""),
    ] {
        let expected = format!("the server rejected the request with 404{said}");
        assert_eq!(told(404, content_type, body).0, expected, "{body}");
    }
}

#[test]
fn words_are_bounded_and_stay_in_their_line() {
    let body = json!({
        "message": format!("a\u{202e}b\n\u{1b}[31m{}", "é".repeat(5_000)),
        "code": "x".repeat(CODE_MAX + 1),
        "field": "y".repeat(FIELD_MAX + 1),
    });
    let (message, code, field) = refused(&body);
    assert!(
        message.starts_with("ab [31mé") && message.ends_with("é…"),
        "{message}"
    );
    assert_eq!(message.chars().count(), MESSAGE_MAX + 1);
    assert_eq!((code.as_str(), field.as_str()), ("", ""));
    let (_, code, field) = refused(&json!({ "code": "a`b", "field": "a`b" }));
    assert_eq!((code.as_str(), field.as_str()), ("", ""));
    let both = json!({ "message": "m".repeat(5_000), "errors": [ "n n".repeat(5_000) ] });
    assert_eq!(refused(&both).0.chars().count(), MESSAGE_MAX + 1);
    let large = json!({ "message": "m", "more": "x".repeat(BODY_MAX_BYTES) });
    assert_eq!(refused(&large).0, "");
}

#[test]
fn a_pointer_is_escaped() {
    for (field, expected) in [
        ("a/b", "/a~1b"),
        ("a~b", "/a~0b"),
        ("$.lines[2]['price']", "/lines/2/price"),
        ("#/lines/2", "/lines/2"),
        ("Line Item", "/Line Item"),
        ("..", ""),
    ] {
        let (_, _, found) = refused(&json!({ "field": field }));
        assert_eq!(found, expected, "{field}");
    }
}
