//! The three operations.

use std::borrow::Cow;

use jaq_json::{Val, read};
use mortise_sdk::descriptor::schema_in;
use mortise_sdk::json::sentence;
use mortise_sdk::{Example, Failure, Outcomes, RawTransform, Records};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::json;

use crate::program::Program;
use crate::write::to_json;

/// What a step of `jq` says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config<'a> {
    /// The program in jq. `.` is the record.
    #[serde(borrow)]
    program: Cow<'a, str>,
}

fn program(config: &str) -> Result<std::rc::Rc<Program>, Failure> {
    let config: Config<'_> = serde_json::from_str(config).map_err(|error| {
        Failure::misconfigured(format!(
            "the configuration does not fit: {}",
            sentence(&error)
        ))
    })?;
    Program::get(&config.program)
}

fn parse(record: &str) -> Result<Val, Failure> {
    read::parse_single(record.as_bytes())
        .map_err(|error| Failure::reject(format!("the record is not JSON: {error}")))
}

/// Each record becomes what the program gives for it: nothing, one or more.
pub struct Map;

impl RawTransform for Map {
    const NAME: &'static str = "map";
    const SUMMARY: &'static str = "gives for each record what a jq program makes of it";

    fn config_schema() -> Schema {
        schema_in::<Config<'_>>()
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "one line for each item",
                json!({ "program": ".id as $id | .items[] | {order: $id, sku}" }),
            )
            .records(vec![
                json!({ "id": 7, "items": [{ "sku": "A" }, { "sku": "B" }] }),
            ])
            .output(json!([{ "order": 7, "sku": "A" }, { "order": 7, "sku": "B" }])),
        ]
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let program = program(config)?;
        Ok(each(records, |record| {
            let mut outputs = Vec::new();
            program.run(parse(&record)?, |output| {
                outputs.push(to_json(&output)?);
                Ok(())
            })?;
            Ok(outputs)
        }))
    }
}

/// Keeps the records for which the program gives true.
pub struct Filter;

impl RawTransform for Filter {
    const NAME: &'static str = "filter";
    const SUMMARY: &'static str = "keeps the records for which a jq program gives true";

    fn config_schema() -> Schema {
        schema_in::<Config<'_>>()
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new("paid orders", json!({ "program": ".status == \"paid\"" }))
                .records(vec![
                    json!({ "status": "paid" }),
                    json!({ "status": "open" }),
                ])
                .output(json!([{ "status": "paid" }])),
        ]
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let program = program(config)?;
        Ok(each(records, |record| {
            let mut keep = None;
            program.run(parse(&record)?, |output| match (&keep, output) {
                (None, Val::Bool(value)) => {
                    keep = Some(value);
                    Ok(())
                }
                (None, other) => Err(Failure::reject(format!(
                    "the program gives true or false for each record, not `{}`",
                    crate::write::shorten(other.to_string())
                ))),
                (Some(_), _) => Err(Failure::reject("the program gives more than one value")),
            })?;
            match keep {
                Some(true) => Ok(vec![record]),
                Some(false) => Ok(Vec::new()),
                None => Err(Failure::reject(
                    "the program gives true or false for each record, not nothing",
                )),
            }
        }))
    }
}

/// Makes one value of all records.
pub struct Fold;

impl RawTransform for Fold {
    const NAME: &'static str = "fold";
    const SUMMARY: &'static str = "makes one value of the list of all records with a jq program";
    const RECORDS: Records = Records::All;

    fn config_schema() -> Schema {
        schema_in::<Config<'_>>()
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "count and names",
                json!({ "program": "{count: length, names: map(.name)}" }),
            )
            .records(vec![json!({ "name": "Ann" }), json!({ "name": "Bo" })])
            .output(json!({ "count": 2, "names": ["Ann", "Bo"] })),
        ]
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let program = program(config)?;
        let count = records.len();
        let values = records
            .iter()
            .enumerate()
            .map(|(index, record)| parse(record).map_err(|failure| failure.with_record(index)));
        let values: Val = values.collect::<Result<_, _>>()?;
        let mut result = None;
        program.run(values, |output| match result {
            None => {
                result = Some(to_json(&output)?);
                Ok(())
            }
            Some(_) => Err(Failure::reject("the program gives more than one value")),
        })?;
        let result = result.ok_or_else(|| Failure::reject("the program gives no value"))?;
        let mut outcomes: Outcomes = (0..count.max(1)).map(|_| Ok(Vec::new())).collect();
        outcomes[0] = Ok(vec![result]);
        Ok(outcomes)
    }
}

fn each(
    records: Vec<String>,
    mut apply: impl FnMut(String) -> Result<Vec<String>, Failure>,
) -> Outcomes {
    let apply =
        |(index, record)| apply(record).map_err(|failure: Failure| failure.with_record(index));
    records.into_iter().enumerate().map(apply).collect()
}

#[cfg(test)]
mod tests;
