//! Runs that a person or a script starts.

use mortise_model::Json;
use mortise_model::event::{Origin, TriggerKind};
use mortise_ports::catalog::ActivePlan;
use mortise_runner::NewEvent;
use mortise_runner::by_hand::{Unfit, fits_schema, manual};
use thiserror::Error;

/// Why an input starts no run.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StartError {
    /// The schema of the manual trigger does not allow it.
    #[error("the input does not fit the schema of trigger `{trigger}`: {why}")]
    Input {
        /// The trigger.
        trigger: String,
        /// What is wrong, and where in the input.
        why: String,
    },
    /// The schema itself is no JSON Schema.
    #[error("the schema of trigger `{trigger}` is not valid: {why}")]
    Schema {
        /// The trigger.
        trigger: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The trigger's id where the workflow has no manual trigger of its own.
const MANUAL: &str = "manual";

/// The event that starts a run of a workflow by hand. Every workflow can be started so; one that
/// has a manual trigger has its input checked against that trigger's schema.
///
/// # Errors
/// Where the input does not fit.
pub fn by_hand(plan: ActivePlan, input: Json, id: Option<String>) -> Result<NewEvent, StartError> {
    let (trigger, schema) = manual(&plan.plan).unwrap_or((MANUAL, None));
    if let Some(schema) = schema {
        check(trigger, schema, &input)?;
    }
    let trigger = trigger.to_owned();
    Ok(NewEvent {
        plan,
        origin: Origin {
            trigger,
            kind: TriggerKind::Manual,
        },
        id,
        payload: input,
        request: None,
    })
}

fn check(trigger: &str, schema: &Json, input: &Json) -> Result<(), StartError> {
    let trigger = trigger.to_owned();
    fits_schema(schema, input).map_err(|unfit| match unfit {
        Unfit::Input(why, _) => StartError::Input { trigger, why },
        Unfit::Schema(why) => StartError::Schema { trigger, why },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::view::fixture;

    fn start(input: &str) -> Result<NewEvent, StartError> {
        by_hand(fixture::active_plan(), Json::parse(input).unwrap(), None)
    }

    #[test]
    fn the_input_is_checked_against_the_trigger() {
        assert_eq!(start(r#"{"id":"1"}"#).unwrap().origin.trigger, "by_hand");
        let StartError::Input { trigger, why } = start(r#"{"id":1}"#).unwrap_err() else {
            panic!("another error");
        };
        assert_eq!(trigger, "by_hand");
        assert!(why.contains("/id"), "{why}");
    }

    #[test]
    fn a_workflow_without_a_manual_trigger_starts_as_well() {
        let mut active = fixture::active_plan();
        let mut plan = (*active.plan).clone();
        plan.triggers.retain(|trigger| trigger.id == "orders");
        active.plan = plan.into();
        let event = by_hand(active, Json::null(), None).unwrap();
        assert_eq!(event.origin.trigger, "manual");
    }
}
