//! Why a registry did not do what was asked.

use std::fmt;

use mortise_model::Digest;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::artifact::ArtifactError;
use crate::signature::SignatureError;

/// One of the errors that a registry answers with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Said {
    /// Such as `MANIFEST_INVALID`.
    #[serde(default)]
    pub code: String,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// Whatever it adds.
    #[serde(default)]
    pub detail: Value,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.message.as_str()) {
            ("", message) => f.write_str(message)?,
            (code, "") => f.write_str(code)?,
            (code, message) => write!(f, "{code}: {message}")?,
        }
        match &self.detail {
            Value::Null => Ok(()),
            Value::String(text) if text.is_empty() => Ok(()),
            Value::String(text) => write!(f, " ({text})"),
            Value::Object(detail) if detail.contains_key("findings") => {
                told(detail.get("findings"))
                    .iter()
                    .try_for_each(|line| write!(f, "\n  {line}"))
            }
            other => write!(f, " ({other})"),
        }
    }
}

/// Why there is no good answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No answer.
    #[error("the registry `{registry}` cannot be reached: {source}")]
    Unreachable {
        /// Its host.
        registry: String,
        /// Why.
        source: Box<mortise_egress::Error>,
    },
    /// It wants to know who asks.
    #[error(
        "the registry `{registry}` wants a login{why}: give a token with `--token env:VAR`, set `MORTISE_REGISTRY_TOKEN`, or log in with `docker login {registry}`"
    )]
    Unauthorized {
        /// Its host.
        registry: String,
        /// What is wrong with the one that it got; empty, or a clause.
        why: String,
    },
    /// Whoever asked may not.
    #[error("the registry `{registry}` does not allow it{}: use a token that may do it", listed(.said))]
    Denied {
        /// Its host.
        registry: String,
        /// Its words.
        said: Vec<Said>,
    },
    /// There is none.
    #[error("the registry `{registry}` has no {what}")]
    NotFound {
        /// Its host.
        registry: String,
        /// What was asked for, with its name.
        what: String,
    },
    /// It refuses what it was given.
    #[error("the registry `{registry}` refused it with {status}{}", listed(.said))]
    Refused {
        /// Its host.
        registry: String,
        /// The status of its answer.
        status: u16,
        /// Its words.
        said: Vec<Said>,
    },
    /// It broke down, or is too busy.
    #[error("the registry `{registry}` answered {status}{}: try again later", listed(.said))]
    Unwell {
        /// Its host.
        registry: String,
        /// The status of its answer.
        status: u16,
        /// Its words.
        said: Vec<Said>,
    },
    /// It does not speak the protocol.
    #[error("the registry `{registry}` does not answer as registries do: {why}")]
    Strange {
        /// Its host.
        registry: String,
        /// What is strange.
        why: String,
    },
    /// Bytes that are others than their name says.
    #[error("the registry `{registry}` gave other bytes than `{wanted}`: they are `{found}`")]
    Damaged {
        /// Its host.
        registry: String,
        /// What was asked for.
        wanted: Digest,
        /// What came.
        found: Digest,
    },
    /// Past a limit.
    #[error("the {what} has {size} bytes, and {limit} are the most (`{setting}`)")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Bytes.
        size: u64,
        /// Bytes.
        limit: u64,
        /// The setting's name.
        setting: &'static str,
    },
    /// What it has is no plugin.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// What vouches for it is of no use.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// What a registry of ours found in a plugin, a line each: `error[CODE]: TEXT`.
#[must_use]
pub fn told(findings: Option<&Value>) -> Vec<String> {
    let findings = findings.and_then(Value::as_array).into_iter().flatten();
    let line = |finding: &Value| {
        let text = |name: &str| finding.get(name).and_then(Value::as_str);
        let is_error = finding.get("is_error").and_then(Value::as_bool);
        let level = match is_error {
            Some(true) => "error",
            _ => "advice",
        };
        Some(format!("{level}[{}]: {}", text("code")?, text("text")?))
    };
    findings.filter_map(line).collect()
}

/// Registries may say much.
const SAID_MAX: usize = 64;

fn listed(said: &[Said]) -> String {
    match said {
        [] => String::new(),
        [one] => format!(": {one}"),
        several => several
            .iter()
            .fold(":".to_owned(), |text, one| format!("{text}\n  {one}")),
    }
}

/// The words in the body of an answer, where it has the form that registries use.
pub(super) fn said(body: &[u8]) -> Vec<Said> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        errors: Vec<Said>,
    }
    let body = serde_json::from_slice::<Body>(body);
    let mut said = body.map(|body| body.errors).unwrap_or_default();
    said.truncate(SAID_MAX);
    said
}
