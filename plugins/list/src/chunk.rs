//! The transform `chunk`.

use mortise_sdk::{Example, Failure, Json};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::all::{List, Operation};

/// Makes lists of so many records each.
pub struct Chunk;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Records in each list; the last one has what remains.
    #[schemars(range(min = 1))]
    size: usize,
}

impl Operation for Chunk {
    const NAME: &'static str = "chunk";
    const SUMMARY: &'static str = "makes lists of so many records each";
    type Config = Config;

    fn make(config: &Config, records: &[Json], list: &mut List) -> Result<(), Failure> {
        if config.size == 0 {
            return Err(Failure::misconfigured("`size` is at least 1").with_field("/size"));
        }
        records.chunks(config.size).try_for_each(|chunk| {
            let texts: Vec<&str> = chunk.iter().map(Json::text).collect();
            list.push(&format!("[{}]", texts.join(",")))
        })
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new("pairs", json!({ "size": 2 }))
                .records(vec![json!(1), json!(2), json!(3)])
                .output(json!([[1, 2], [3]])),
        ]
    }
}
