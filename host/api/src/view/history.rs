//! What a run was told, as it is shown: who decided what, and why.

use mortise_model::plan::Decision;
use mortise_model::{Letter, RunId, StepPath, Timestamp};
use serde::Serialize;

/// Something that a run was told.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewsView {
    /// When it was read.
    pub at: Timestamp,
    /// `cancelled`, `replayed`, `discarded`, `moved`, `approved`, `rejected`, `called-back`,
    /// `call-ended` or `resumed`.
    pub kind: &'static str,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Which step it is about; of a replay the one to go on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<StepPath>,
    /// Of a replay: whether the event was edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<bool>,
    /// Of a move: the number of the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Of a call: the run that ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Of a call: how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
}

impl NewsView {
    /// A letter that was read.
    #[must_use]
    pub fn new(at: Timestamp, letter: &Letter) -> Self {
        let said = |by: &str, why: &str| Self {
            at,
            by: (!by.is_empty()).then(|| by.to_owned()),
            why: (!why.is_empty()).then(|| why.to_owned()),
            ..Self::default()
        };
        match letter {
            Letter::Cancel { by, why } => said(by, why).of("cancelled"),
            Letter::Discard { by, why } => said(by, why).of("discarded"),
            Letter::Replay {
                from,
                event,
                by,
                why,
            } => Self {
                step: from.clone(),
                edited: Some(event.is_some()),
                ..said(by, why).of("replayed")
            },
            Letter::Move {
                version, by, why, ..
            } => Self {
                version: Some(*version),
                ..said(by, why).of("moved")
            },
            Letter::Decided {
                step,
                decision,
                by,
                why,
            } => Self {
                step: Some(step.clone()),
                ..said(by, why).of(match decision {
                    Decision::Approve => "approved",
                    Decision::Reject => "rejected",
                })
            },
            Letter::Callback { step, .. } => Self {
                step: Some(step.clone()),
                ..said("", "").of("called-back")
            },
            Letter::ChildEnded { step, child, end } => Self {
                step: Some(step.clone()),
                run: Some(*child),
                status: Some(end.status().word()),
                ..said("", "").of("call-ended")
            },
            Letter::Wake => said("", "").of("resumed"),
        }
    }

    fn of(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }
}
