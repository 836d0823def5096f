//! `upsert-…s`: the same for many records with one request. Those that HubSpot refuses are named one by
//! one; only if it refuses all of them does the step fail.

use std::marker::PhantomData;

use mortise_sdk::http::Response;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::upsert::{Entry, Upserted, request, unique};
use super::{Id, Properties, Record};
use crate::kind::Kind;
use crate::{hubspot, refusal};

pub struct UpsertMany<K>(PhantomData<K>);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The property with unique values by which records are found: `email` for contacts, and for others
    /// one that was created with `has-unique-value`.
    id_property: Option<String>,
    /// Up to 100 of them, each with another id.
    #[schemars(length(min = 1, max = 100))]
    records: Vec<One>,
}

/// One record.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct One {
    /// The value of the unique property.
    id: Id,
    /// Values by the properties' internal names.
    properties: Properties,
}

/// What came of all of them.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The records that were created or changed.
    results: Vec<Record>,
    /// The records that were refused, in the order of the input.
    failures: Vec<Refused>,
}

/// A record that was refused.
#[derive(Serialize, JsonSchema)]
struct Refused {
    /// Which one of the input, from 0; null where HubSpot does not say.
    record: Option<u32>,
    /// HubSpot's code: `INVALID_EMAIL`.
    code: Option<String>,
    /// JSON Pointer of the property in the input.
    field: Option<String>,
    /// What is wrong with it.
    message: String,
}

impl<K: Kind> Action for UpsertMany<K> {
    const NAME: &'static str = K::UPSERT_MANY.0;
    const SUMMARY: &'static str = K::UPSERT_MANY.1;
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let id_property = unique::<K>(input.id_property.as_deref())?;
        let records = input.records.into_iter().enumerate();
        let entries = records.map(|(index, one)| Entry {
            id_property,
            id: one.id.into_text(),
            properties: one.properties,
            object_write_trace_id: Some(index.to_string()),
        });
        let entries: Vec<Entry<'_>> = entries.collect();
        let response = hubspot::ask(request::<K>(&entries)?)?;
        let upserted: Upserted = response.json()?;
        let failures = upserted
            .errors
            .iter()
            .flat_map(|error| refused(error, &response));
        let mut failures: Vec<Failure> = failures.collect();
        failures.sort_by_key(|failure| record(failure).unwrap_or(u32::MAX));
        match failures.first() {
            Some(failure) if upserted.results.is_empty() => Err(failure.clone()),
            _ => Ok(Outcome::Done(Output {
                results: upserted.results,
                failures: failures.into_iter().map(Refused::from).collect(),
            })),
        }
    }

    fn examples() -> Vec<Example> {
        let (properties, _) = K::example();
        let input = json!({
            "id-property": K::UNIQUE.unwrap_or("external_id"),
            "records": [{ "id": "ada@example.com", "properties": properties }],
        });
        vec![Example::new("records that may be there", input)]
    }
}

fn record(failure: &Failure) -> Option<u32> {
    failure.cause.as_ref().and_then(|cause| cause.record)
}

/// One failure for each record that an error is about.
fn refused(error: &Value, response: &Response) -> Vec<Failure> {
    let traces = error["context"]["objectWriteTraceId"].as_array();
    let traces = traces.into_iter().flatten();
    let indices = traces.filter_map(|trace| trace.as_str()?.parse::<usize>().ok());
    let plain = || {
        Failure::reject("HubSpot refused the record")
            .with_status(response.status)
            .with_body(error.to_string().as_bytes())
    };
    let of_record = |index: usize| {
        let at = format!("/records/{index}/properties");
        refusal::explained(plain(), error, &at).with_record(index)
    };
    let failures: Vec<Failure> = indices.map(of_record).collect();
    match failures.is_empty() {
        true => vec![refusal::explained(plain(), error, "")],
        false => failures,
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        let record = record(&failure);
        let (code, field) = match failure.cause {
            Some(cause) => (cause.code, cause.field),
            None => (None, None),
        };
        Self {
            record,
            code,
            field,
            message: failure.message,
        }
    }
}
