//! Operations that change fields of records, each alone.

use std::marker::PhantomData;

use mortise_sdk::descriptor::schema_in;
use mortise_sdk::json::sentence;
use mortise_sdk::{Example, Failure, Json, Outcomes, RawTransform};
use plugin_fields::Pointer;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Where the values are and where they go.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a JSON Pointer such as `/created`, or a list of them"
)]
pub enum Fields {
    /// One field.
    One(Pointer),
    /// Several, each changed in its place.
    Several(Vec<Pointer>),
}

/// What one operation does with the value of a field.
pub trait Change {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    type Config: DeserializeOwned + JsonSchema;
    /// What the configuration comes to, made once for all records.
    type Plan;

    fn fields(config: &Self::Config) -> (&Fields, Option<&Pointer>);
    /// The failure names what is wrong with the configuration.
    fn plan(config: &Self::Config) -> Result<Self::Plan, Failure>;
    /// Gives the new value as JSON, of a text or a number as text; the error ends a sentence that begins with
    /// the value.
    fn change(plan: &Self::Plan, text: &str) -> Result<Json, String>;
    fn examples() -> Vec<Example>;
}

/// The transform of an operation.
pub struct Each<T>(PhantomData<T>);

impl<T: Change> RawTransform for Each<T> {
    const NAME: &'static str = T::NAME;
    const SUMMARY: &'static str = T::SUMMARY;

    fn config_schema() -> Schema {
        schema_in::<T::Config>()
    }

    fn record_schema() -> Schema {
        object()
    }

    fn output_schema() -> Schema {
        object()
    }

    fn examples() -> Vec<Example> {
        T::examples()
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let config: T::Config = configuration(config)?;
        let plan = T::plan(&config)?;
        let (fields, into) = T::fields(&config);
        let targets = targets(fields, into)?;
        let apply = |record: Json| {
            targets.iter().try_fold(record, |record, (field, into)| {
                let new = match value(&record, field)? {
                    Some(text) => {
                        T::change(&plan, &text).map_err(|what| refuse(field, &text, &what))?
                    }
                    // What is null stays so, and what is not there is not made.
                    None if field == into => return Ok(record),
                    None => null()?,
                };
                put(&record, into, new)
            })
        };
        Ok(each(records, apply))
    }
}

fn object() -> Schema {
    schemars::json_schema!({ "type": "object" })
}

/// Reads what a step says.
pub fn configuration<C: DeserializeOwned>(text: &str) -> Result<C, Failure> {
    serde_json::from_str(text).map_err(|error| {
        let why = sentence(&error);
        Failure::misconfigured(format!("the configuration does not fit: {why}"))
    })
}

/// One outcome for each record.
pub fn each(records: Vec<String>, apply: impl Fn(Json) -> Result<Json, Failure>) -> Outcomes {
    let apply = |(index, text): (usize, String)| {
        let record = Json::from_text(text).map_err(|error| Failure::reject(sentence(&error)));
        let changed = record.and_then(&apply);
        changed
            .map(|record| vec![record.into_text()])
            .map_err(|failure| failure.with_record(index))
    };
    records.into_iter().enumerate().map(apply).collect()
}

/// The text of a text or a number; none where there is nothing or null.
pub fn value(record: &Json, field: &Pointer) -> Result<Option<String>, Failure> {
    let Some(value) = field.get(record) else {
        return Ok(None);
    };
    match value.text().as_bytes().first() {
        Some(b'"') => value.read("field").map(Some),
        Some(b'-' | b'0'..=b'9') => Ok(Some(value.into_text())),
        Some(b'n') => Ok(None),
        _ => Err(refuse(
            field,
            value.text(),
            "is neither a text nor a number",
        )),
    }
}

/// The record with a value.
pub fn put(record: &Json, into: &Pointer, value: Json) -> Result<Json, Failure> {
    let put = into.set(record, value);
    put.map_err(|why| Failure::reject(why).with_field(into.text()))
}

pub fn null() -> Result<Json, Failure> {
    json(&())
}

/// A value that JSON has for certain.
pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<Json, Failure> {
    Json::of(value).map_err(|error| Failure::reject(error.to_string()))
}

/// Names the field and what is in it.
pub fn refuse(field: &Pointer, text: &str, what: &str) -> Failure {
    let shown: String = text.chars().take(100).collect();
    Failure::reject(format!("`{shown}` at `{field}` {what}")).with_field(field.text())
}

fn targets<'a>(
    fields: &'a Fields,
    into: Option<&'a Pointer>,
) -> Result<Vec<(&'a Pointer, &'a Pointer)>, Failure> {
    match (fields, into) {
        (Fields::One(field), into) => Ok(vec![(field, into.unwrap_or(field))]),
        (Fields::Several(fields), None) => Ok(fields.iter().map(|field| (field, field)).collect()),
        (Fields::Several(_), Some(_)) => {
            let why = "several fields are changed in their places: `into` goes with one";
            Err(Failure::misconfigured(why).with_field("/into"))
        }
    }
}
