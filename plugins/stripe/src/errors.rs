//! What Stripe says of a request that it does not carry out, and what that means for the run.

use mortise_sdk::http::Response;
use mortise_sdk::{Disposition, Failure, json};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::form;

/// What was asked, as far as it matters for a refusal.
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The only field that the input has for what Stripe calls `id`, `intent` or `invoice`.
    pub only_field: Option<&'static str>,
    /// The amount came as a decimal.
    pub decimal: bool,
    /// Parameters that the step gave by Stripe's own names.
    pub other: Option<&'a Map<String, Value>>,
    /// It changes something.
    pub writes: bool,
}

/// Passes a good answer on.
pub fn read(response: Response, asked: &Asked<'_>) -> Result<Response, Failure> {
    if response.status < 300 {
        return Ok(response);
    }
    let told: Option<Told> = serde_json::from_slice(response.bytes()).ok();
    let advice = Advice::of(&response);
    let is_replayed = response.header("idempotent-replayed") == Some("true");
    response.ok().map_err(|failure| {
        let failure = match told {
            Some(told) => told.error.explain(failure, asked),
            None => failure,
        };
        let failure = decide(failure, advice, asked.writes);
        match is_replayed {
            true => also(failure, REPLAYED),
            false => failure,
        }
    })
}

const REPLAYED: &str = "Stripe repeats its first answer to this call for 24 hours; a replay with an edited event is a new call";

/// What the header `stripe-should-retry` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Advice {
    Retry,
    Leave,
    None,
}

impl Advice {
    fn of(response: &Response) -> Self {
        match response.header("stripe-should-retry") {
            Some("true") => Self::Retry,
            Some("false") => Self::Leave,
            _ => Self::None,
        }
    }
}

/// From the status and Stripe's advice to a decision.
fn decide(mut failure: Failure, advice: Advice, writes: bool) -> Failure {
    let status = failure.cause.as_ref().and_then(|cause| cause.status);
    let is_retry = matches!(failure.disposition, Disposition::Retry(_));
    match (advice, status) {
        // Stripe advises its own clients against hammering; the engine waits longer each time.
        (_, Some(429)) => {}
        (Advice::Retry, _) if !is_retry => failure.disposition = Disposition::Retry(None),
        (Advice::Retry, _) => {}
        (Advice::Leave, _) if is_retry => {
            failure.disposition = Disposition::Reject;
            let remedy = match writes {
                true => {
                    "Stripe says that trying again changes nothing: look in its dashboard whether it was carried out"
                }
                false => "Stripe says that trying again changes nothing",
            };
            failure = also(failure, remedy);
        }
        // The same key is in use, or something that Stripe depends on failed.
        (Advice::None, Some(409 | 424)) => failure.disposition = Disposition::Retry(None),
        // A key that lacks a right is good for everything else.
        (_, Some(403)) => failure.disposition = Disposition::Misconfigured,
        _ => {}
    }
    failure
}

fn also(mut failure: Failure, remedy: &str) -> Failure {
    failure.message = format!("{} ({remedy})", failure.message);
    failure
}

/// Stripe's error object.
#[derive(Deserialize)]
struct Told {
    error: Explained,
}

#[derive(Deserialize)]
struct Explained {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
    param: Option<String>,
}

impl Explained {
    fn explain(self, mut failure: Failure, asked: &Asked<'_>) -> Failure {
        if let Some(message) = self.message {
            failure.message = message;
        }
        if let Some(decline_code) = &self.decline_code {
            failure = also(failure, &format!("the card's issuer says `{decline_code}`"));
        }
        if let Some(param) = &self.param {
            failure = failure.with_field(pointer(param, asked));
        }
        match self.code.or(self.kind) {
            Some(code) => failure.with_code(code),
            None => failure,
        }
    }
}

/// Where the step's input holds a parameter, as a JSON Pointer.
fn pointer(param: &str, asked: &Asked<'_>) -> String {
    let mut segments = form::segments(param);
    let first = segments.next().unwrap_or_default();
    let mut out = String::new();
    let mut is_verbatim = first == "metadata";
    match (asked.only_field, first) {
        (Some(field), first) if first != "expand" => {
            json::push_token(&mut out, field);
            return out;
        }
        (_, "amount") if asked.decimal => json::push_token(&mut out, "amount-decimal"),
        _ if asked.other.is_some_and(|other| other.contains_key(first)) => {
            json::push_token(&mut out, "other");
            json::push_token(&mut out, first);
            is_verbatim = true;
        }
        _ => json::push_token(&mut out, &first.replace('_', "-")),
    }
    for segment in segments.filter(|segment| !segment.is_empty()) {
        match is_verbatim {
            true => json::push_token(&mut out, segment),
            false => json::push_token(&mut out, &segment.replace('_', "-")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};
    use mortise_sdk::http::Request;

    use super::*;

    fn refused(status: u16, headers: &[(&str, &str)], body: &str, asked: &Asked<'_>) -> Failure {
        let answer = Answer::new(status, headers, body.as_bytes());
        let _host = Host::new().answer(answer).install();
        let response = Request::post("https://api.stripe.com/v1/x").send().unwrap();
        read(response, asked).unwrap_err()
    }

    const WRITES: Asked<'_> = Asked {
        only_field: None,
        decimal: false,
        other: None,
        writes: true,
    };

    #[test]
    fn a_declined_card_says_why() {
        let body = r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds.","param":"payment_method"}}"#;
        let failure = refused(402, &[], body, &WRITES);
        assert_eq!(failure.disposition, Disposition::Reject);
        assert_eq!(
            failure.message,
            "Your card has insufficient funds. (the card's issuer says `insufficient_funds`)"
        );
        let cause = failure.cause.unwrap();
        assert_eq!(cause.code.as_deref(), Some("card_declined"));
        assert_eq!(cause.field.as_deref(), Some("/payment-method"));
    }

    #[test]
    fn stripes_advice_counts() {
        let body = r#"{"error":{"type":"api_error","message":"An error occurred."}}"#;
        let leave = refused(500, &[("stripe-should-retry", "false")], body, &WRITES);
        assert_eq!(leave.disposition, Disposition::Reject);
        assert!(
            leave.message.starts_with("An error occurred. (Stripe says"),
            "{}",
            leave.message
        );
        let again = refused(400, &[("stripe-should-retry", "true")], body, &WRITES);
        assert_eq!(again.disposition, Disposition::Retry(None));
        let limited = refused(429, &[("stripe-should-retry", "false")], body, &WRITES);
        assert_eq!(limited.disposition, Disposition::Retry(None));
    }

    #[test]
    fn each_status_has_its_meaning() {
        let retry = Disposition::Retry(None);
        for (status, expected) in [
            (401, Disposition::Reauthorize),
            (403, Disposition::Misconfigured),
            (409, retry),
            (424, retry),
            (429, retry),
            (503, retry),
            (404, Disposition::Reject),
        ] {
            assert_eq!(
                refused(status, &[], "{}", &WRITES).disposition,
                expected,
                "{status}"
            );
        }
    }

    #[test]
    fn what_is_repeated_is_said() {
        let headers = [("idempotent-replayed", "true")];
        let failure = refused(
            402,
            &headers,
            r#"{"error":{"message":"Declined."}}"#,
            &WRITES,
        );
        assert!(
            failure
                .message
                .starts_with("Declined. (Stripe repeats its first answer")
        );
    }

    #[test]
    fn a_parameter_is_found_in_the_input() {
        let other = serde_json::json!({ "radar_options": {} });
        let asked = Asked {
            decimal: true,
            other: other.as_object(),
            ..WRITES
        };
        for (param, expected) in [
            ("amount", "/amount-decimal"),
            (
                "shipping[address][postal_code]",
                "/shipping/address/postal-code",
            ),
            ("metadata[order_id]", "/metadata/order_id"),
            ("payment_method_types[0]", "/payment-method-types/0"),
            ("radar_options[session]", "/other/radar_options/session"),
            ("created[gte]", "/created/gte"),
        ] {
            assert_eq!(pointer(param, &asked), expected);
        }
        let get = Asked {
            only_field: Some("id"),
            ..Asked::default()
        };
        assert_eq!(pointer("intent", &get), "/id");
        assert_eq!(pointer("expand[0]", &get), "/expand/0");
    }
}
