//! What starts a run.

use serde::{Deserialize, Serialize};

use crate::json::{Json, Payload};

/// What a trigger gives; `.event` and `.request` of expressions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The sender's id of it, or a new ULID: one run for one id of one trigger.
    pub id: String,
    /// `.event`.
    pub payload: Payload,
    /// `.request`, for webhooks: `{method, path, query, headers}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Json>,
}

/// Which trigger gave an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The trigger's id in the manifest.
    pub trigger: String,
    /// What kind of trigger it is.
    pub kind: TriggerKind,
}

/// The kinds of triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerKind {
    /// A request to `/hooks/PATH`.
    Webhook,
    /// A point in time.
    Schedule,
    /// News that a plugin fetched.
    Poll,
    /// A person or a script.
    Manual,
    /// A parked run of another workflow.
    Failure,
    /// A step of another workflow.
    Call,
}
