//! A failure as it is shown.

use mortise_model::{Failure, StepPath};
use serde::Serialize;

use mortise_model::sentence::{Place, message, of_trigger, sentence};

/// A failure of a run, a step or an attempt.
#[derive(Clone, Debug, Serialize)]
pub struct FailureView {
    /// The step that failed.
    pub step: Option<StepPath>,
    /// What the engine does about it.
    pub disposition: &'static str,
    /// Stable code.
    pub code: String,
    /// What the plugin or the host said.
    pub message: String,
    /// The whole of it, for people.
    pub sentence: String,
    /// What the application said.
    pub cause: Option<CauseView>,
}

/// What the application said about a failure.
#[derive(Clone, Debug, Serialize)]
pub struct CauseView {
    /// HTTP status.
    pub status: Option<u16>,
    /// The application's own code.
    pub code: Option<String>,
    /// Index of the record, from zero.
    pub record: Option<u32>,
    /// JSON Pointer to the field.
    pub field: Option<String>,
    /// The start of what the application answered.
    pub body: Option<String>,
}

impl FailureView {
    /// A failure of a trigger that works by itself, and goes on trying.
    #[must_use]
    pub fn of_trigger(failure: &Failure) -> Self {
        Self {
            sentence: of_trigger(failure),
            ..Self::new(failure, Place::default())
        }
    }

    /// A failure at a place.
    #[must_use]
    pub fn new(failure: &Failure, place: Place<'_>) -> Self {
        Self {
            step: place.step.cloned(),
            disposition: failure.disposition.word(),
            code: failure.code.clone(),
            message: message(failure).into_owned(),
            sentence: sentence(failure, place),
            cause: failure.cause.as_ref().map(|cause| CauseView {
                status: cause.status,
                code: cause.code.clone(),
                record: cause.record,
                field: cause.field.clone(),
                body: cause.body.clone(),
            }),
        }
    }
}
