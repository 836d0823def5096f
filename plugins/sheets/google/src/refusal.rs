//! What Google says of a request that it does not carry out:
//! `{"error": {"code", "message", "status", "errors", "details"}}`.

use mortise_sdk::http::{Request, Response};
use mortise_sdk::{Disposition, Failure, json};
use serde::Deserialize;

/// Quotas are given anew every minute; a client that is told nothing waits for a part of it.
const QUOTA_WAIT_MS: u64 = 20_000;

/// Reasons that may be gone later, whatever the status: BigQuery tells quotas with 403.
const PASSING: [&str; 9] = [
    "backendError",
    "internalError",
    "jobBackendError",
    "jobInternalError",
    "jobRateLimitExceeded",
    "quotaExceeded",
    "rateLimitExceeded",
    "tableUnavailable",
    "userRateLimitExceeded",
];

/// Sends a request and gives the answer, where it is a good one.
pub fn ask(request: Request) -> Result<Response, Failure> {
    let response = request.send()?;
    let told = Refusal::of(&response);
    response.ok().map_err(|failure| match told {
        Some(told) => told.explain(failure),
        None => failure,
    })
}

/// The same failure, with a field of the application under the name that the step's input has for it.
pub fn moved(mut failure: Failure, names: &[(&str, &str)]) -> Failure {
    let field = failure
        .cause
        .as_mut()
        .and_then(|cause| cause.field.as_mut());
    if let Some(field) = field {
        let found = names.iter().find_map(|(theirs, ours)| {
            let rest = field.strip_prefix(theirs)?;
            Some(format!("{ours}{rest}"))
        });
        if let Some(found) = found {
            *field = found;
        }
    }
    failure
}

#[derive(Deserialize)]
struct Envelope {
    error: Refusal,
}

/// The error of an answer.
#[derive(Debug, Deserialize)]
pub struct Refusal {
    /// For people.
    #[serde(default)]
    pub message: String,
    /// Such as `INVALID_ARGUMENT`; the older APIs leave it out at times.
    #[serde(default)]
    status: Option<String>,
    /// The older APIs' own words.
    #[serde(default)]
    errors: Vec<Single>,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
struct Single {
    #[serde(default)]
    reason: String,
}

/// Of `google.rpc.BadRequest` and `google.rpc.ErrorInfo`, as far as they are used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    field_violations: Vec<Violation>,
}

#[derive(Debug, Deserialize)]
struct Violation {
    #[serde(default)]
    field: String,
}

impl Refusal {
    /// Of an answer, if it holds one.
    pub fn of(response: &Response) -> Option<Self> {
        let envelope: Envelope = serde_json::from_slice(response.bytes()).ok()?;
        Some(envelope.error)
    }

    /// The most exact word: `notFound`, `RESOURCE_EXHAUSTED`.
    pub fn code(&self) -> Option<&str> {
        let single = self.errors.first().map(|single| single.reason.as_str());
        let status = self.status.as_deref();
        single.filter(|reason| !reason.is_empty()).or(status)
    }

    /// Whether a reason may be gone later.
    pub fn is_passing(reason: &str) -> bool {
        PASSING.contains(&reason)
    }

    fn explain(self, mut failure: Failure) -> Failure {
        let status = failure.cause.as_ref().and_then(|cause| cause.status);
        failure.disposition = self.decide(status, failure.disposition);
        if !self.message.is_empty() {
            failure.message = sentence(&self.message);
        }
        match self.remedy() {
            Some(remedy) => failure.message = format!("{}; {remedy}", failure.message),
            None if status == Some(403) && failure.disposition == Disposition::Misconfigured => {
                failure.message = format!(
                    "{}; give the connection's account access to it",
                    failure.message
                );
            }
            None => {}
        }
        if let Some(code) = self.code() {
            failure = failure.with_code(code);
        }
        let mut violations = self
            .details
            .iter()
            .flat_map(|detail| &detail.field_violations);
        match violations.find(|violation| !violation.field.is_empty()) {
            Some(violation) => failure.with_field(pointer(&violation.field)),
            None => failure,
        }
    }

    /// 403 is said of a credential that is good: it may not do this, or not so often.
    fn decide(&self, status: Option<u16>, usual: Disposition) -> Disposition {
        let is_passing = self.errors.iter().any(|one| Self::is_passing(&one.reason));
        match status {
            Some(429) if usual == Disposition::Retry(None) => {
                Disposition::Retry(Some(QUOTA_WAIT_MS))
            }
            Some(400..=499) if is_passing && !matches!(usual, Disposition::Retry(_)) => {
                Disposition::Retry(None)
            }
            Some(403) => Disposition::Misconfigured,
            _ => usual,
        }
    }

    /// What a person can do about a reason whose message does not say it.
    fn remedy(&self) -> Option<&'static str> {
        let mut reasons = self
            .details
            .iter()
            .filter_map(|detail| detail.reason.as_deref());
        reasons.find_map(|reason| match reason {
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => {
                Some("the consent lacks the scope: run `mortise connections authorize` again")
            }
            "RATE_LIMIT_EXCEEDED" => {
                Some("poll less often, or ask for a higher quota in the Google Cloud console")
            }
            _ => None,
        })
    }
}

/// Google's sentence as a part of ours.
fn sentence(text: &str) -> String {
    text.trim().trim_end_matches('.').to_owned()
}

/// `data.values[0][1]` as a JSON Pointer.
fn pointer(path: &str) -> String {
    let mut pointer = String::new();
    for token in path.split(['.', '[', ']']) {
        if !token.is_empty() {
            json::push_token(&mut pointer, token);
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};

    use super::*;

    fn refused(status: u16, body: &str) -> Failure {
        let _host = Host::new().answer(Answer::json(status, body)).install();
        ask(Request::get("https://sheets.googleapis.com/")).unwrap_err()
    }

    #[test]
    fn a_violation_names_the_field() {
        let body = r#"{"error":{"code":400,"message":"Invalid value at 'data.values[2]'.","status":"INVALID_ARGUMENT",
            "details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"data.values[2]","description":"no"}]}]}}"#;
        let failure = moved(refused(400, body), &[("/data/values", "/rows")]);
        assert_eq!(failure.disposition, Disposition::Reject);
        let cause = failure.cause.unwrap();
        assert_eq!(cause.field.as_deref(), Some("/rows/2"));
        assert_eq!(cause.code.as_deref(), Some("INVALID_ARGUMENT"));
    }

    #[test]
    fn a_quota_is_waited_for() {
        let body = r#"{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED",
            "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED"}]}}"#;
        let failure = refused(429, body);
        assert_eq!(failure.disposition, Disposition::Retry(Some(QUOTA_WAIT_MS)));
        assert!(
            failure.message.contains("higher quota"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn a_403_is_a_right_that_lacks_or_a_rate() {
        let denied = r#"{"error":{"code":403,"message":"Access Denied: Table a","errors":[{"reason":"accessDenied"}]}}"#;
        assert_eq!(refused(403, denied).disposition, Disposition::Misconfigured);
        let busy = r#"{"error":{"code":403,"message":"Exceeded rate limits","errors":[{"reason":"rateLimitExceeded"}]}}"#;
        assert_eq!(refused(403, busy).disposition, Disposition::Retry(None));
        assert_eq!(refused(403, "{}").disposition, Disposition::Reauthorize);
    }
}
