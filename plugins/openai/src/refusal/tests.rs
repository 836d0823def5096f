use mortise_sdk::fake::{Answer, Host};
use mortise_sdk::http::Request;
use serde_json::{Value, json};

use super::*;

const CHAT: Places = Places {
    before: Some("/instructions"),
    messages: "/messages",
    format: "/schema",
};

fn refused(status: u16, headers: &[(&str, &str)], error: &Value) -> Failure {
    let body = json!({ "error": error }).to_string();
    let answer = Answer::new(status, headers, body.as_bytes());
    let _host = Host::new().answer(answer).install();
    let response = Request::get("https://api.openai.com/").send().unwrap();
    passed(response, &CHAT).unwrap_err()
}

#[test]
fn openais_own_words_become_the_failure() {
    let error = json!({
        "message": "Unsupported value: 'temperature' does not support 0.1 with this model.",
        "type": "invalid_request_error", "param": "temperature", "code": "unsupported_value",
    });
    let failure = refused(400, &[("x-request-id", "req_1")], &error);
    assert_eq!(failure.disposition, Disposition::Reject);
    assert_eq!(
        failure.message,
        "Unsupported value: 'temperature' does not support 0.1 with this model (request id req_1)"
    );
    let cause = failure.cause.unwrap();
    assert_eq!(cause.status, Some(400));
    assert_eq!(cause.code.as_deref(), Some("unsupported_value"));
    assert_eq!(cause.field.as_deref(), Some("/temperature"));
}

#[test]
fn a_parameter_is_found_in_the_input() {
    for (parameter, pointer) in [
        ("max_completion_tokens", "/max-tokens"),
        ("top_p", "/top-p"),
        ("response_format", "/schema"),
        ("messages", "/messages"),
        ("messages[0].content", "/instructions"),
        ("messages.[2].content", "/messages/1/content"),
    ] {
        assert_eq!(
            CHAT.pointer(parameter).as_deref(),
            Some(pointer),
            "{parameter}"
        );
    }
    let prompt = Places {
        messages: "/prompt",
        ..CHAT
    };
    assert_eq!(
        prompt.pointer("messages[1].content").as_deref(),
        Some("/prompt")
    );
    assert_eq!(
        prompt.pointer("messages[0]").as_deref(),
        Some("/instructions")
    );
    assert_eq!(prompt.pointer("messages").as_deref(), Some("/prompt"));
}

#[test]
fn what_nobody_paid_for_is_not_tried_again() {
    for (status, error) in [
        (
            429,
            json!({ "message": "m", "type": "insufficient_quota", "code": "insufficient_quota" }),
        ),
        (
            429,
            json!({ "message": "m", "type": "insufficient_quota", "code": null }),
        ),
        (
            400,
            json!({ "message": "m", "code": "billing_hard_limit_reached" }),
        ),
    ] {
        let failure = refused(status, &[], &error);
        assert_eq!(failure.disposition, Disposition::Misconfigured, "{error}");
    }
    let large = json!({ "message": "Request too large for gpt-x", "code": "rate_limit_exceeded" });
    assert_eq!(refused(429, &[], &large).disposition, Disposition::Reject);
}

#[test]
fn a_limit_is_waited_for_as_long_as_it_says() {
    let error = json!({ "message": "m", "type": "requests", "code": "rate_limit_exceeded" });
    let tokens = [
        ("x-ratelimit-remaining-requests", "3"),
        ("x-ratelimit-reset-requests", "1h0m0s"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-tokens", "1m1.5s"),
    ];
    for (headers, wait_ms) in [
        (&[("retry-after", "3")][..], Some(3_000)),
        (
            &[("retry-after-ms", "250"), ("retry-after", "1")],
            Some(250),
        ),
        (&tokens, Some(61_500)),
        (&[("x-ratelimit-remaining-tokens", "0")], None),
        (&[], None),
    ] {
        let failure = refused(429, headers, &error);
        assert_eq!(
            failure.disposition,
            Disposition::Retry(wait_ms),
            "{headers:?}"
        );
    }
    assert_eq!(duration_ms("12ms"), Some(12));
    for odd in ["", "soon", "5", "5x"] {
        assert_eq!(duration_ms(odd), None, "{odd}");
    }
}

#[test]
fn a_model_that_is_not_there_is_the_authors_affair() {
    let error = json!({ "message": "The model `x` does not exist", "code": "model_not_found" });
    let failure = refused(404, &[], &error);
    assert_eq!(failure.disposition, Disposition::Misconfigured);
    assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/model"));
}

#[test]
fn an_answer_without_words_is_judged_by_its_status() {
    for (status, disposition) in [
        (401, Disposition::Reauthorize),
        (403, Disposition::Reauthorize),
        (404, Disposition::Reject),
        (409, Disposition::Retry(None)),
        (503, Disposition::Retry(None)),
    ] {
        assert_eq!(
            refused(status, &[], &Value::Null).disposition,
            disposition,
            "{status}"
        );
    }
}
