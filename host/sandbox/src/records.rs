//! Records on their way into a transform and out of it, as text.

use mortise_model::descriptor::Records;
use mortise_model::failure::RecordFailure;
use mortise_model::{Cause, Disposition, Failure, Json};
use mortise_ports::plugins::Outcome;
use serde_json::value::RawValue;

use crate::contract::mortise::plugin::types;
use crate::failure;
use crate::settings::Settings;

/// What a transform is given.
pub(crate) struct Batch {
    pub records: Vec<String>,
    /// Whether they came as a list, and so leave as one.
    pub is_list: bool,
}

/// What a transform gave, one for each record.
pub(crate) type Outcomes = Vec<Result<Vec<String>, types::Failure>>;

impl Batch {
    /// One record, or each of a list.
    pub fn of(records: &Json) -> Self {
        let text = records.as_str().trim_start();
        if !text.starts_with('[') {
            return Self {
                records: vec![records.as_str().to_owned()],
                is_list: false,
            };
        }
        // It is well-formed, so this cannot fail; an empty list would be noticed by its reader.
        let list: Vec<&RawValue> = records.read().unwrap_or_default();
        Self {
            records: list.into_iter().map(|raw| raw.get().to_owned()).collect(),
            is_list: true,
        }
    }
}

/// Puts together what became of the records.
pub(crate) fn assemble(
    plugin: &str,
    settings: &Settings,
    takes: Records,
    batch: (usize, bool),
    outcomes: Outcomes,
) -> Result<Outcome, Failure> {
    match takes {
        Records::Each => each(plugin, settings, batch, outcomes),
        Records::All => all(plugin, settings, outcomes),
    }
}

fn each(
    plugin: &str,
    settings: &Settings,
    (count, is_list): (usize, bool),
    outcomes: Outcomes,
) -> Result<Outcome, Failure> {
    if outcomes.len() != count {
        let what = format!("{} outcomes for {count} records", outcomes.len());
        return Err(failure::contract(plugin, &what));
    }
    let (mut values, mut failures) = (Vec::with_capacity(count), Vec::new());
    let mut first = None;
    for (index, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(outputs) => values.extend(outputs),
            Err(failure) => {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                let failure = failure::of_guest(failure);
                failures.push(RecordFailure {
                    record: index,
                    field: failure.cause.as_ref().and_then(|cause| cause.field.clone()),
                    message: failure.message.clone(),
                });
                first.get_or_insert((index, failure));
            }
        }
    }
    if failures.len() == count
        && let Some((index, failure)) = first
    {
        return Err(rejected(index, failure));
    }
    let output = match (is_list, values.len()) {
        (false, 0) => Json::null(),
        (false, 1) => checked(plugin, settings, values.swap_remove(0))?,
        _ => list(plugin, settings, values)?,
    };
    Ok(outcome(output, failures))
}

fn all(plugin: &str, settings: &Settings, outcomes: Outcomes) -> Result<Outcome, Failure> {
    let first = outcomes.into_iter().next();
    let first = first.ok_or_else(|| failure::contract(plugin, "no outcome"))?;
    let mut values = first.map_err(|failure| rejected(0, failure::of_guest(failure)))?;
    if values.len() != 1 {
        let what = format!("{} values where there has to be one", values.len());
        return Err(failure::contract(plugin, &what));
    }
    let output = checked(plugin, settings, values.swap_remove(0))?;
    Ok(outcome(output, Vec::new()))
}

fn outcome(output: Json, failures: Vec<RecordFailure>) -> Outcome {
    Outcome::Output { output, failures }
}

/// None of the records came through: the step fails as the first of them did.
fn rejected(index: u32, failure: Failure) -> Failure {
    let mut cause: Cause = failure.cause.unwrap_or_default();
    cause.record.get_or_insert(index);
    Failure {
        disposition: Disposition::Reject,
        cause: Some(cause),
        ..failure
    }
}

/// Each value is checked alone: two halves of one would pass together.
pub(crate) fn list(
    plugin: &str,
    settings: &Settings,
    values: Vec<String>,
) -> Result<Json, Failure> {
    let size = values.iter().map(|value| value.len() + 1).sum::<usize>();
    if size > settings.payload_max_bytes {
        return Err(failure::payload_max(plugin, settings));
    }
    values
        .into_iter()
        .map(Json::parse)
        .collect::<Result<Vec<_>, _>>()
        .and_then(|values| Json::of(&values))
        .map_err(|error| failure::output(plugin, &error.to_string()))
}

/// An output that is JSON and not too large.
pub(crate) fn checked(plugin: &str, settings: &Settings, text: String) -> Result<Json, Failure> {
    if text.len() > settings.payload_max_bytes {
        return Err(failure::payload_max(plugin, settings));
    }
    Json::parse(text).map_err(|error| failure::output(plugin, &error.to_string()))
}
