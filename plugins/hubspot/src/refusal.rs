//! What HubSpot says of a request that it does not carry out. Every field of its answer may be missing.

use mortise_sdk::http::Response;
use mortise_sdk::json::push_token;
use mortise_sdk::{Disposition, Failure};
use serde_json::Value;

/// The account has no more calls until its midnight, of which nobody knows here when it is.
const DAILY_WAIT_MS: u64 = 3_600_000;
/// The window of a burst, where no header says otherwise.
const BURST_WAIT_MS: u64 = 10_000;
/// Searches have a window of their own, without headers.
const SEARCH_WAIT_MS: u64 = 1_000;
/// What HubSpot recommends between calls to records that it has locked.
const LOCKED_WAIT_MS: u64 = 2_000;

/// Passes a 2xx on. `at` is where the input holds properties by name; empty where it holds none.
pub fn passed(response: Response, at: &str) -> Result<Response, Failure> {
    if (200..300).contains(&response.status) {
        return Ok(response);
    }
    let told = serde_json::from_slice(response.bytes()).unwrap_or_default();
    let status = response.status;
    let window_ms = number(&response, "x-hubspot-ratelimit-interval-milliseconds");
    let after_s = number(&response, "retry-after");
    let Err(failure) = response.ok() else {
        return Err(Failure::unclear("the answer makes no sense").with_status(status));
    };
    let failure = explained(failure, &told, at);
    Err(match status {
        403 => missing_scopes(failure, &told),
        409 => conflict(failure),
        423 => waiting(
            failure,
            after_s.map_or(LOCKED_WAIT_MS, |s| s.saturating_mul(1_000)),
        ),
        429 => limited(failure, &told, (after_s, window_ms)),
        // The account is being moved to another region.
        477 => waiting(
            failure,
            after_s.map_or(DAILY_WAIT_MS, |s| s.saturating_mul(1_000)),
        ),
        _ => failure,
    })
}

fn number(response: &Response, header: &str) -> Option<u64> {
    response.header(header)?.trim().parse().ok()
}

fn waiting(failure: Failure, wait_ms: u64) -> Failure {
    Failure {
        disposition: Disposition::Retry(Some(wait_ms)),
        ..failure
    }
}

/// Adds HubSpot's words, its code and the property that it means.
pub fn explained(mut failure: Failure, told: &Value, at: &str) -> Failure {
    let words = Words::of(told);
    if let Some(message) = words.message {
        failure.message = message;
    }
    if let Some(id) = told["correlationId"].as_str() {
        failure.message += &format!(" (correlation id {id})");
    }
    if let Some(code) = words.code {
        failure = failure.with_code(code);
    }
    let mut pointer = at.to_owned();
    match (words.property, words.within) {
        (Some(property), _) if !at.is_empty() => push_token(&mut pointer, &property),
        (_, Some(field)) if at.is_empty() => push_token(&mut pointer, &field),
        _ => return failure,
    }
    failure.with_field(pointer)
}

/// The parts of an answer that people need.
#[derive(Default)]
struct Words {
    message: Option<String>,
    code: Option<String>,
    property: Option<String>,
    within: Option<String>,
}

impl Words {
    fn of(told: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let message = text(&told["message"]);
        let by_itself = Self {
            code: ["category", "errorType"]
                .iter()
                .find_map(|name| text(&told[name])),
            property: first(&told["context"]["propertyName"]),
            ..Self::default()
        };
        // Values that are not valid are listed in the message itself, as JSON.
        let list = message.as_deref().and_then(embedded);
        let details = list.as_ref().or_else(|| told["errors"].as_array());
        let Some(details) = details.filter(|details| !details.is_empty()) else {
            return Self {
                message,
                ..by_itself
            };
        };
        let sentences: Vec<&str> = details
            .iter()
            .filter_map(|one| one["message"].as_str())
            .collect();
        let one = &details[0];
        Self {
            message: match sentences.is_empty() {
                true => message,
                false => Some(sentences.join("; ")),
            },
            code: text(&one["code"])
                .or_else(|| text(&one["error"]))
                .or(by_itself.code),
            property: text(&one["name"])
                .or_else(|| first(&one["context"]["propertyName"]))
                .or(by_itself.property),
            within: text(&one["in"]),
        }
    }
}

fn embedded(message: &str) -> Option<Vec<Value>> {
    let (_, list) = message.split_once(": [")?;
    serde_json::from_str(&format!("[{list}")).ok()
}

/// A value of a context is a list of texts, or one.
fn first(value: &Value) -> Option<String> {
    let one = value.get(0).unwrap_or(value);
    one.as_str().map(str::to_owned)
}

/// A new token does not help: somebody has to grant what is missing.
fn missing_scopes(failure: Failure, told: &Value) -> Failure {
    let contexts = told["errors"].as_array().into_iter().flatten();
    let scopes: Vec<&str> = contexts
        .flat_map(|one| {
            ["requiredGranularScopes", "requiredScopes"].map(|name| &one["context"][name])
        })
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if scopes.is_empty() {
        return failure;
    }
    Failure {
        disposition: Disposition::Misconfigured,
        message: format!(
            "the app of this connection lacks one of the scopes `{}`: add it to the app, and install it again where it is no private app",
            scopes.join("`, `")
        ),
        ..failure
    }
}

fn conflict(mut failure: Failure) -> Failure {
    let has_email = failure.message.starts_with("Contact already exists");
    if has_email {
        failure.message += "; `upsert-contact` creates or changes a contact by its e-mail address";
        return failure.with_field("/properties/email");
    }
    failure
}

/// Too many calls: in a second, in ten, or in a day.
fn limited(
    failure: Failure,
    told: &Value,
    (after_s, window_ms): (Option<u64>, Option<u64>),
) -> Failure {
    let policy = told["policyName"].as_str().unwrap_or_default();
    let after_ms = after_s.map(|seconds| seconds.saturating_mul(1_000));
    let failure = match policy {
        "" => failure,
        policy => failure.with_code(policy),
    };
    if policy.contains("DAILY") {
        let failure = Failure {
            message: "the calls of HubSpot's account for today are used up: they come back at midnight in the account's time zone; a larger daily limit can be bought, or fewer calls be made"
                .to_owned(),
            ..failure
        };
        return waiting(failure, after_ms.unwrap_or_default().max(DAILY_WAIT_MS));
    }
    let by_policy = match policy {
        "SECONDLY" => SEARCH_WAIT_MS,
        _ => window_ms.unwrap_or(BURST_WAIT_MS),
    };
    waiting(failure, after_ms.unwrap_or(by_policy))
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};
    use mortise_sdk::http::Request;

    use super::*;

    fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        let answer = Answer::new(status, headers, body.as_bytes());
        let _host = Host::new().answer(answer).install();
        let response = Request::get("https://api.hubapi.com/").send().unwrap();
        passed(response, "/properties").unwrap_err()
    }

    #[test]
    fn a_value_that_is_not_valid_names_its_property() {
        let listed = r#"{"status":"error","message":"Property values were not valid: [{\"isValid\":false,\"message\":\"x was not one of the allowed options\",\"error\":\"INVALID_OPTION\",\"name\":\"life~stage\"}]","correlationId":"c-1","category":"VALIDATION_ERROR"}"#;
        let spelled = r#"{"status":"error","message":"Invalid","correlationId":"c-1","category":"VALIDATION_ERROR","errors":[{"message":"x was not one of the allowed options","code":"INVALID_OPTION","context":{"propertyName":["life~stage"]}}]}"#;
        for body in [listed, spelled] {
            let failure = refused(400, &[], body);
            assert_eq!(failure.disposition, Disposition::Reject);
            let message = "x was not one of the allowed options (correlation id c-1)";
            assert_eq!(failure.message, message);
            let cause = failure.cause.unwrap();
            assert_eq!(cause.code.as_deref(), Some("INVALID_OPTION"));
            assert_eq!(cause.field.as_deref(), Some("/properties/life~0stage"));
        }
    }

    #[test]
    fn each_limit_has_its_own_wait() {
        let window = ("x-hubspot-ratelimit-interval-milliseconds", "9000");
        let after = ("retry-after", "3");
        for (headers, policy, wait_ms) in [
            (&[window][..], "TEN_SECONDLY_ROLLING", 9_000),
            (&[], "TEN_SECONDLY_ROLLING", 10_000),
            (&[window, after], "TEN_SECONDLY_ROLLING", 3_000),
            (&[], "SECONDLY", 1_000),
            (&[after], "DAILY", 3_600_000),
        ] {
            let body =
                format!(r#"{{"message":"m","errorType":"RATE_LIMIT","policyName":"{policy}"}}"#);
            let failure = refused(429, headers, &body);
            assert_eq!(
                failure.disposition,
                Disposition::Retry(Some(wait_ms)),
                "{policy}"
            );
            assert_eq!(failure.cause.unwrap().code.as_deref(), Some(policy));
        }
    }

    #[test]
    fn locked_and_moving_records_are_tried_again() {
        assert_eq!(
            refused(423, &[], "{}").disposition,
            Disposition::Retry(Some(2_000))
        );
        let after = [("retry-after", "60")];
        assert_eq!(
            refused(477, &after, "").disposition,
            Disposition::Retry(Some(60_000))
        );
    }

    #[test]
    fn a_scope_that_is_missing_is_named() {
        let body = r#"{"status":"error","message":"no","category":"MISSING_SCOPES","errors":[{"message":"no","context":{"requiredGranularScopes":["crm.objects.deals.read"]}}]}"#;
        let failure = refused(403, &[], body);
        assert_eq!(failure.disposition, Disposition::Misconfigured);
        assert!(failure.message.contains("`crm.objects.deals.read`"));
        assert_eq!(
            failure.cause.unwrap().code.as_deref(),
            Some("MISSING_SCOPES")
        );
        assert_eq!(refused(403, &[], "").disposition, Disposition::Reauthorize);
    }
}
