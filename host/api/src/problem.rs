//! Refusals: RFC 9457 `application/problem+json`, each with a stable code.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use mortise_manifest::Diagnostic;
use mortise_model::{Disposition, RunId};
use mortise_ports::StoreError;
use mortise_runner::{BackfillError, ReceiveError, Refusal};
use serde::Serialize;

use crate::reload::ReloadError;

/// A refusal on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    run: Option<RunId>,
    retry_after_secs: Option<u64>,
    allow: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

/// The document itself.
#[derive(Serialize)]
struct Document<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunId>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    diagnostics: &'a [Diagnostic],
}

/// Senders come back after this many seconds where nothing better is known.
const RETRY_AFTER_SECS: u64 = 1;
/// A full disk does not empty itself in a second.
const RETRY_AFTER_FULL_SECS: u64 = 10;

impl Problem {
    /// A refusal with a code in `kebab-case` that never changes its meaning.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            run: None,
            retry_after_secs: None,
            allow: None,
            diagnostics: Vec::new(),
        }
    }

    /// Says everything that is wrong with manifests.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: Vec<Diagnostic>) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// Names the run that the refusal is about.
    #[must_use]
    pub fn with_run(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn with_retry_after(mut self, secs: u64) -> Self {
        self.retry_after_secs = Some(secs.max(1));
        self
    }

    /// Says which methods the path has.
    #[must_use]
    pub fn with_allow(mut self, methods: String) -> Self {
        self.allow = Some(methods);
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// When to come back, in seconds.
    #[must_use]
    pub fn retry_after_secs(&self) -> Option<u64> {
        self.retry_after_secs
    }

    /// The path has other methods.
    #[must_use]
    pub fn method_not_allowed(allow: String) -> Self {
        let detail = format!("this path takes {allow}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail).with_allow(allow)
    }

    /// The body is over the limit.
    #[must_use]
    pub fn body_too_large(max_bytes: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            format!("the body is over `ingress.body-max-bytes` of {max_bytes}"),
        )
    }

    /// There is no run of this id.
    #[must_use]
    pub fn no_such_run(run: RunId) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-run",
            format!("there is no run `{run}`"),
        )
    }

    /// The run has no file of this id.
    #[must_use]
    pub fn no_such_file(run: RunId, file: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-file",
            format!(
                "run `{run}` has no file `{file}`: `mortise runs show {run}` names those that it has"
            ),
        )
    }

    /// The answer that carries the refusal.
    #[must_use]
    pub fn response(&self) -> Response<Full<Bytes>> {
        let document = Document {
            // The code says more than a page could: there is none to point to.
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            run: self.run,
            diagnostics: &self.diagnostics,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(secs) = self.retry_after_secs {
            headers.insert(RETRY_AFTER, HeaderValue::from(secs));
        }
        if let Some(value) = self
            .allow
            .as_deref()
            .and_then(|allow| HeaderValue::from_str(allow).ok())
        {
            headers.insert(ALLOW, value);
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::Overloaded { retry_after_ms, .. }
            | Refusal::QueueFull { retry_after_ms, .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "overloaded", detail)
                    .with_retry_after(retry_after_ms.div_ceil(1_000))
            }
            Refusal::Draining => Self::new(StatusCode::SERVICE_UNAVAILABLE, "draining", detail)
                .with_retry_after(RETRY_AFTER_SECS),
            Refusal::DiskFull => Self::disk_full(),
            Refusal::Conflict { run, .. } => {
                Self::new(StatusCode::CONFLICT, "event-conflict", detail).with_run(run)
            }
            Refusal::Store(error) => error.into(),
        }
    }
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        let detail = error.to_string();
        match error {
            ReceiveError::Refused(refusal) => refusal.into(),
            // The plugin read the request and will never take it.
            ReceiveError::Failed(failure) if failure.disposition == Disposition::Reject => {
                Self::new(StatusCode::BAD_REQUEST, "refused-by-plugin", detail)
            }
            ReceiveError::Failed(_) | ReceiveError::NoWebhook { .. } => {
                tracing::warn!(error = %detail, "a webhook's plugin gave no answer");
                let detail = "the plugin of this webhook gave no answer: try again later";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "plugin-failed", detail)
                    .with_retry_after(RETRY_AFTER_SECS)
            }
        }
    }
}

impl From<BackfillError> for Problem {
    fn from(error: BackfillError) -> Self {
        let detail = error.to_string();
        match error {
            BackfillError::NoSchedule { .. } => {
                Self::new(StatusCode::NOT_FOUND, "no-such-trigger", detail)
            }
            BackfillError::Empty { .. }
            | BackfillError::NotPassed { .. }
            | BackfillError::TooMany { .. }
            | BackfillError::Schedule(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-range", detail)
            }
            BackfillError::Refused { refusal, .. } => Self {
                detail,
                ..refusal.into()
            },
        }
    }
}

impl From<ReloadError> for Problem {
    fn from(error: ReloadError) -> Self {
        let detail = error.to_string();
        match error {
            ReloadError::Invalid(diagnostics) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "manifests-invalid",
                detail,
            )
            .with_diagnostics(diagnostics),
            ReloadError::Failed(_) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "reload-failed", detail)
            }
            ReloadError::NoNamespace(_) => {
                Self::new(StatusCode::NOT_FOUND, "no-such-namespace", detail)
            }
            ReloadError::NoFolder => Self::new(StatusCode::CONFLICT, "no-manifests", detail),
        }
    }
}

impl Problem {
    fn disk_full() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "disk-full",
            StoreError::Full.to_string(),
        )
        .with_retry_after(RETRY_AFTER_FULL_SECS)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::disk_full(),
            StoreError::TooLarge { .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                error.to_string(),
            ),
            other => {
                tracing::error!(error = %other, "the store refused");
                // What is wrong inside is the operator's business and stands in the log.
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "store-failed",
                    "the store did not do what was asked of it",
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http_body_util::BodyExt as _;

    fn body(problem: &Problem) -> String {
        let collected = problem.response().into_body().collect();
        let bytes = futures_now(collected).unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn futures_now<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn a_refusal_is_a_problem_document() {
        let problem = Problem::body_too_large(10);
        assert_eq!(
            body(&problem),
            r#"{"type":"about:blank","title":"Payload Too Large","status":413,"detail":"the body is over `ingress.body-max-bytes` of 10","code":"body-too-large"}"#
        );
        assert_eq!(
            problem.response().headers()[CONTENT_TYPE],
            "application/problem+json"
        );
    }

    #[test]
    fn overload_says_when_to_come_back() {
        let refusal = Refusal::Overloaded {
            live: 7,
            retry_after_ms: 1_200,
        };
        let response = Problem::from(refusal).response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }

    #[test]
    fn a_conflict_names_the_first_run() {
        let run = RunId::from_parts(1, 2);
        let refusal = Refusal::Conflict {
            event_id: "e".to_owned(),
            run,
        };
        let problem = Problem::from(refusal);
        assert_eq!(problem.status(), StatusCode::CONFLICT);
        assert!(body(&problem).contains(&format!(r#""run":"{run}""#)));
    }

    #[test]
    fn a_wrong_method_says_which_are_right() {
        let response = Problem::method_not_allowed("POST, PUT".to_owned()).response();
        assert_eq!(response.headers()[ALLOW], "POST, PUT");
    }

    #[test]
    fn what_failed_inside_stays_inside() {
        let problem = Problem::from(StoreError::Failed("/secret/path".to_owned()));
        assert!(!body(&problem).contains("secret"));
    }
}
