//! What BigQuery does in its own time.
//!
//! A job's id is made of the call's idempotency key, so that a second attempt finds the first one's
//! job. A job that failed stays failed under its id: where that was BigQuery's own trouble, the next
//! try has another one.

use mortise_sdk::http::Request;
use mortise_sdk::{Disposition, Failure, Outcome, context};
use plugin_google::{Refusal, ask};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bigquery::{Settings, is_duplicate, settings};

/// How often a job is begun where BigQuery fails.
const TRIES_MAX: u32 = 3;
const POLL_FIRST_MS: u64 = 1_000;
const POLL_MAX_MS: u64 = 30_000;

/// A job that was begun: what a suspension keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Job {
    key: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    tries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    polls: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// How a job is, as far as it matters.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    #[serde(default)]
    job_reference: Reference,
    #[serde(default)]
    status: Status,
    /// What it did.
    #[serde(default)]
    pub statistics: Value,
}

#[derive(Debug, Default, Deserialize)]
struct Reference {
    location: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    state: String,
    error_result: Option<Trouble>,
    #[serde(default)]
    errors: Vec<Trouble>,
}

/// What was wrong with a job.
#[derive(Debug, Deserialize)]
struct Trouble {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
}

impl Job {
    /// Of this call, not yet begun.
    pub fn new(location: Option<String>, settings: &Settings) -> Self {
        Self {
            key: context::idempotency_key(),
            tries: 0,
            location: location.or_else(|| settings.location.clone()),
            polls: 0,
        }
    }

    /// Its id: letters, digits, `_` and `-`.
    pub fn id(&self) -> String {
        let mut id = "mortise-".to_owned();
        for c in self.key.chars() {
            match c {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => id.push(c),
                other => id.push_str(&format!("_{:x}_", u32::from(other))),
            }
        }
        match self.tries {
            0 => id,
            tries => format!("{id}-try-{}", tries + 1),
        }
    }

    /// As `jobReference` has it.
    pub fn reference(&self, settings: &Settings) -> Value {
        let mut reference = json!({ "projectId": settings.project_id, "jobId": self.id() });
        if let Some(location) = &self.location {
            reference["location"] = location.as_str().into();
        }
        reference
    }

    /// Where it is below `jobs` or `queries`.
    pub fn request(&self, settings: &Settings, below: &str) -> Request {
        let request = Request::get(settings.in_project(None, &[below, &self.id()]));
        match &self.location {
            Some(location) => request.query("location", location),
            None => request,
        }
    }

    /// Begins it by `send`, whose answer is the job; one that is there already is this one.
    pub fn begin(
        &mut self,
        send: impl FnOnce(&Self) -> Result<State, Failure>,
    ) -> Result<State, Failure> {
        let state = match send(self) {
            Err(failure) if is_duplicate(&failure) => self.state()?,
            begun => begun?,
        };
        // Without it, a job elsewhere than in US or EU would not be found again.
        if let Some(location) = &state.job_reference.location {
            self.location = Some(location.clone());
        }
        Ok(state)
    }

    /// How it is now.
    pub fn state(&self) -> Result<State, Failure> {
        ask(self.request(&settings()?, "jobs"))?.json()
    }

    /// The same work again under another id, where it may be begun once more.
    pub fn again(&self) -> Option<Self> {
        let tries = self.tries + 1;
        (tries < TRIES_MAX).then(|| Self {
            tries,
            polls: 0,
            ..self.clone()
        })
    }

    /// Asks again later, less and less often.
    pub fn later<T>(mut self) -> Result<Outcome<T>, Failure> {
        let wait_ms = POLL_FIRST_MS << self.polls.min(16);
        self.polls = self.polls.saturating_add(1);
        Outcome::later(&self, wait_ms.min(POLL_MAX_MS))
    }
}

impl State {
    /// Whether it came to an end; the failure is how it failed.
    pub fn is_done(&self) -> Result<bool, Failure> {
        match &self.status.error_result {
            Some(trouble) => Err(self.failure(trouble)),
            None => Ok(self.status.state == "DONE"),
        }
    }

    /// Whether it failed by BigQuery's own trouble, and left nothing: a script may have done a part.
    pub fn may_be_repeated(&self) -> bool {
        let is_passing = |trouble: &Trouble| Refusal::is_passing(&trouble.reason);
        let is_script = self.statistics["query"]["statementType"] == "SCRIPT";
        self.status.error_result.as_ref().is_some_and(is_passing) && !is_script
    }

    /// What was wrong in detail: the last of the errors that says more than the result. Those before it
    /// count errors, as the result does.
    pub fn detail(&self) -> Option<&str> {
        let result = self.status.error_result.as_ref();
        let result = result.map(|trouble| trouble.message.as_str());
        let messages = self
            .status
            .errors
            .iter()
            .map(|trouble| trouble.message.as_str());
        let mut messages = messages.rev();
        messages.find(|message| !message.is_empty() && Some(*message) != result)
    }

    fn failure(&self, trouble: &Trouble) -> Failure {
        let disposition = match trouble.reason.as_str() {
            reason if Refusal::is_passing(reason) => Disposition::Retry(None),
            "accessDenied" | "billingNotEnabled" => Disposition::Misconfigured,
            _ => Disposition::Reject,
        };
        let message = self.detail().unwrap_or(&trouble.message);
        Failure::new(disposition, message).with_code(trouble.reason.as_str())
    }
}

/// Sends a job without an upload.
pub fn insert(settings: &Settings, job: &Job, configuration: &Value) -> Result<State, Failure> {
    let body = json!({ "jobReference": job.reference(settings), "configuration": configuration });
    ask(Request::post(settings.in_project(None, &["jobs"])).json(&body)?)?.json()
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};

    use super::*;

    fn job(key: &str) -> Job {
        Job {
            key: key.to_owned(),
            tries: 0,
            location: None,
            polls: 0,
        }
    }

    #[test]
    fn ids_hold_the_key_in_letters_that_bigquery_takes() {
        assert_eq!(
            job("01AB.lines[3].load_all.0").id(),
            "mortise-01AB_2e_lines_5b_3_5d__2e_load_5f_all_2e_0"
        );
        assert_eq!(job("k").again().unwrap().id(), "mortise-k-try-2");
    }

    #[test]
    fn a_job_is_begun_three_times_at_most() {
        let third = job("k").again().unwrap().again().unwrap();
        assert_eq!(third.again(), None);
    }

    #[test]
    fn a_job_that_is_there_is_the_one_of_the_attempt_before() {
        let duplicate = r#"{"error":{"code":409,"message":"Already Exists: Job","errors":[{"reason":"duplicate"}]}}"#;
        let found = r#"{"jobReference":{"location":"EU"},"status":{"state":"RUNNING"}}"#;
        let host = Host::new().settings(&json!({ "project-id": "acme" }));
        let host = host
            .answer(Answer::json(409, duplicate))
            .answer(Answer::json(200, found))
            .install();
        let mut begun = job("k");
        let state = begun
            .begin(|job| insert(&settings()?, job, &json!({})))
            .unwrap();
        assert!(!state.is_done().unwrap());
        assert_eq!(begun.location.as_deref(), Some("EU"));
        assert!(
            host.requests()[1]
                .url
                .ends_with("/projects/acme/jobs/mortise-k")
        );
    }

    #[test]
    fn a_job_that_failed_says_why() {
        let failed = |reason: &str, kind: &str| -> State {
            let state = json!({ "status": { "state": "DONE", "errorResult": { "reason": reason, "message": "no." }, "errors": [{ "message": "no." }, { "message": "errors: 1" }, { "message": "row 3" }] }, "statistics": { "query": { "statementType": kind } } });
            serde_json::from_value(state).unwrap()
        };
        let failure = failed("invalid", "SELECT").is_done().unwrap_err();
        assert_eq!(
            (failure.disposition, failure.message.as_str()),
            (Disposition::Reject, "row 3")
        );
        assert!(!failed("invalid", "SELECT").may_be_repeated());
        assert!(failed("backendError", "INSERT").may_be_repeated());
        assert!(!failed("backendError", "SCRIPT").may_be_repeated());
    }
}
