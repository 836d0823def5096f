//! What went wrong, and what the engine should do about it.

use serde::{Deserialize, Serialize};

/// The code of a run that took longer than its manifest allows.
pub const RUN_TIMEOUT: &str = "run-timeout";

/// The code of an attempt that ended with the host and not with a result.
pub const INTERRUPTED: &str = "interrupted";

/// Codes of findings that only the host makes, and goes by: neither a plugin nor the application behind
/// it can say them.
pub const OF_THE_HOST: [&str; 8] = [
    RUN_TIMEOUT,
    INTERRUPTED,
    "event-conflict",
    "workflow-missing",
    "worker-crashed",
    "worker-unavailable",
    "workers-max",
    "quarantined",
];

/// What the engine should do about a failure: a decision, not a description.
///
/// The first five come from plugins (`wit/types.wit`); the others are the host's own findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// The application may answer differently later.
    Retry {
        /// The least number of milliseconds to wait, where the application named one.
        after_ms: Option<u64>,
    },
    /// It may have been carried out.
    Unclear,
    /// This input will never be accepted.
    Reject,
    /// The application refused the credential.
    Reauthorize,
    /// The workflow's author has to change the step or the connection.
    Misconfigured,
    /// A limit of the host was hit; the code names it.
    Limit,
    /// The plugin broke down.
    Trap,
    /// The step ran into its deadline.
    Timeout,
}

impl Disposition {
    /// The word that users see.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Retry { .. } => "retry",
            Self::Unclear => "unclear",
            Self::Reject => "reject",
            Self::Reauthorize => "reauthorize",
            Self::Misconfigured => "misconfigured",
            Self::Limit => "limit",
            Self::Trap => "trap",
            Self::Timeout => "timeout",
        }
    }
}

/// A failure of a step, an expression or a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What to do.
    pub disposition: Disposition,
    /// Stable and in `kebab-case`, or the application's own code.
    pub code: String,
    /// One sentence: lower case, no full stop.
    pub message: String,
    /// Where it comes from, as exactly as the application told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

impl Failure {
    /// A failure that the host found itself.
    #[must_use]
    pub fn new(
        disposition: Disposition,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            disposition,
            code: code.into(),
            message: message.into(),
            cause: None,
        }
    }
}

/// What the application said about a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The application's own code, such as `card_declined`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Index of the record in the batch, from zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<u32>,
    /// JSON Pointer (RFC 6901) to the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The start of what the application answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// A record that a transform left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFailure {
    /// Index of the record, from zero.
    pub record: u32,
    /// JSON Pointer to the field, where one is to blame.
    pub field: Option<String>,
    /// What is wrong with it.
    pub message: String,
}
