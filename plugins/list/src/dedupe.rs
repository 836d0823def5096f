//! The transform `dedupe`.

use std::collections::HashMap;

use mortise_sdk::{Example, Failure, Json};
use plugin_fields::Pointer;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::all::{List, Operation};
use crate::scalar::{Scalar, key};

/// Leaves one record of each key.
pub struct Dedupe;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// The fields that are the key, as JSON Pointers: `/id`.
    #[schemars(length(min = 1))]
    by: Vec<Pointer>,
    /// Which record stays.
    #[serde(default)]
    keep: Keep,
}

/// Which record stays.
#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Keep {
    /// The first one.
    #[default]
    First,
    /// The last one, in the place of the first.
    Last,
}

impl Operation for Dedupe {
    const NAME: &'static str = "dedupe";
    const SUMMARY: &'static str = "leaves one record of each key";
    type Config = Config;

    fn make(config: &Config, records: &[Json], list: &mut List) -> Result<(), Failure> {
        if config.by.is_empty() {
            return Err(Failure::misconfigured("`by` names at least one field").with_field("/by"));
        }
        let mut kept: Vec<&Json> = Vec::new();
        let mut places = HashMap::new();
        for (index, record) in records.iter().enumerate() {
            let key = key(record, &config.by, index)?;
            // Nobody can say that it is the same as another one.
            if key.contains(&Scalar::Null) {
                kept.push(record);
                continue;
            }
            let place = *places.entry(key).or_insert(kept.len());
            match kept.get_mut(place) {
                None => kept.push(record),
                Some(known) if config.keep == Keep::Last => *known = record,
                Some(_) => {}
            }
        }
        kept.iter().try_for_each(|record| list.push(record.text()))
    }

    fn examples() -> Vec<Example> {
        let records = vec![
            json!({ "id": 1, "name": "Ann" }),
            json!({ "id": 2, "name": "Bo" }),
            json!({ "id": 1, "name": "Anne" }),
        ];
        vec![
            Example::new(
                "the last of each id",
                json!({ "by": ["/id"], "keep": "last" }),
            )
            .records(records)
            .output(json!([{ "id": 1, "name": "Anne" }, { "id": 2, "name": "Bo" }])),
        ]
    }
}
