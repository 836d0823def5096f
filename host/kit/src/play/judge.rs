//! What came against what had to come.

use jsonschema::{Draft, Validator};
use mortise_model::{Disposition, Failure, Json};
use mortise_ports::plugins::{News, Outcome};
use serde_json::Value;

use crate::lab::Played;
use crate::script::{Case, Event, Exchange, Failure as Expected};

/// The validator of a schema that the static gate has looked at.
pub fn validator(schema: &Json) -> Option<Validator> {
    let schema: Value = schema.read().ok()?;
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(&schema)
        .ok()
}

/// A value against the schema that promises it.
pub fn fits(validator: Option<&Validator>, value: &Value) -> Result<(), String> {
    let Some(validator) = validator else {
        return Err("the schema is none".to_owned());
    };
    match validator.iter_errors(value).next() {
        None => Ok(()),
        Some(error) => Err(format!(
            "the output does not fit its schema at `{}`: {error}; it is `{value}`",
            error.instance_path().as_str()
        )),
    }
}

/// Two values.
pub fn same(what: &str, found: &Value, expected: &Value) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!(
            "the {what} is `{found}` and should be `{expected}`"
        )),
    }
}

/// What the application had to see and did not, and the other way round.
fn asked(played: &Played, exchanges: &[Exchange]) -> Result<(), String> {
    if let Some(strange) = played.observed.strange.first() {
        return Err(strange.clone());
    }
    match played.observed.unused.first() {
        None => Ok(()),
        Some(n) => {
            let named = exchanges[*n].named();
            Err(format!("`{named}` was never asked for"))
        }
    }
}

/// What a call gave, after the requests that the script knows; none where it failed as it has to.
pub fn gave<'a>(played: &'a Played, case: &Case) -> Result<Option<&'a Outcome>, String> {
    asked(played, &case.exchanges)?;
    match (&played.report.result, &case.expect.failure) {
        (Err(found), Some(expected)) => failure(found, expected).map(|()| None),
        (Err(found), None) => Err(told(found)),
        (Ok(_), Some(expected)) => Err(format!("it should fail with `{}`", expected.disposition)),
        (Ok(outcome), None) => Ok(Some(outcome)),
    }
}

/// A failure in one sentence.
pub fn told(failure: &Failure) -> String {
    format!(
        "it failed with `{}`: {}",
        failure.disposition.word(),
        failure.message
    )
}

/// A failure against the one that a script expects.
pub fn failure(found: &Failure, expected: &Expected) -> Result<(), String> {
    let cause = found.cause.as_ref();
    let text = |what: &str, found: Option<&str>, expected: Option<&String>| match expected {
        Some(expected) if found != Some(expected) => {
            let found = found.unwrap_or("missing");
            Err(format!(
                "the failure's {what} is `{found}` and should be `{expected}`"
            ))
        }
        _ => Ok(()),
    };
    text(
        "disposition",
        Some(found.disposition.word()),
        Some(&expected.disposition),
    )
    .map_err(|why| format!("{why}; {}", told(found)))?;
    text(
        "code",
        cause.and_then(|cause| cause.code.as_deref()),
        expected.code.as_ref(),
    )?;
    text(
        "field",
        cause.and_then(|cause| cause.field.as_deref()),
        expected.field.as_ref(),
    )?;
    text("message", Some(&found.message), expected.message.as_ref())?;
    let status = cause.and_then(|cause| cause.status);
    match expected.status {
        Some(expected) if status != Some(expected) => Err(format!(
            "the failure's status is `{}` and should be `{expected}`",
            status.map_or("missing".to_owned(), |status| status.to_string())
        )),
        _ => Ok(()),
    }
}

/// Events against those that a script expects.
pub fn events(found: &[News], expected: &[Event]) -> Result<(), String> {
    let ids = |list: &mut dyn Iterator<Item = &str>| list.collect::<Vec<_>>().join(", ");
    let found_ids = ids(&mut found.iter().map(|event| event.id.as_str()));
    let expected_ids = ids(&mut expected.iter().map(|event| event.id.as_str()));
    if found_ids != expected_ids {
        return Err(format!(
            "the events are `{found_ids}` and should be `{expected_ids}`"
        ));
    }
    for (event, expected) in found.iter().zip(expected) {
        if let Some(payload) = &expected.payload {
            same(
                &format!("payload of event `{}`", event.id),
                &value(&event.payload),
                payload,
            )?;
        }
    }
    Ok(())
}

/// As a value.
pub fn value(json: &Json) -> Value {
    json.read().unwrap_or_default()
}

/// A plugin that broke down did not fail: it says nothing that an engine could decide by.
pub fn is_own(failure: &Failure) -> bool {
    !matches!(
        failure.disposition,
        Disposition::Trap | Disposition::Timeout | Disposition::Limit
    )
}
