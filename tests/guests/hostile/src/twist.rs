//! The transform `twist`.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use mortise_sdk::files::{self, File};
use mortise_sdk::http::Request;
use mortise_sdk::transform::{Outcomes, RawTransform};
use mortise_sdk::{Failure, context};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Deserialize;

use crate::act::{grow, seconds, spin};

/// Does one thing with every record.
pub struct Twist;

#[derive(Deserialize, JsonSchema)]
struct Config {
    what: String,
}

impl RawTransform for Twist {
    const NAME: &'static str = "twist";
    const SUMMARY: &'static str = "does one thing with every record";

    fn config_schema() -> Schema {
        schema_for!(Config)
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let config: Config = serde_json::from_str(config)
            .map_err(|error| Failure::misconfigured(error.to_string()))?;
        if config.what == "lose" {
            return Ok(Vec::new());
        }
        Ok(records
            .into_iter()
            .map(|record| twist(&config.what, record))
            .collect())
    }
}

/// Makes a file in capitals of the one that a record names.
fn copy(record: &str) -> Result<String, String> {
    let file: File = serde_json::from_str(record).map_err(|error| error.to_string())?;
    let content = files::read(&file.id, 0, u32::MAX)?;
    let id = files::create(Some("copy"), "text/plain")?;
    files::append(&id, &content.to_ascii_uppercase())?;
    serde_json::to_string(&File { id }).map_err(|error| error.to_string())
}

fn twist(what: &str, record: String) -> Result<Vec<String>, Failure> {
    Ok(vec![match what {
        "keep" => record,
        "twice" => return Ok(vec![record.clone(), record]),
        "drop" => return Ok(Vec::new()),
        "break" => "{".to_owned(),
        "halve" => return Ok(vec!["[1".to_owned(), "2]".to_owned()]),
        "odd" if record.len().is_multiple_of(2) => record,
        "odd" | "fail" => return Err(Failure::misconfigured("it is odd").with_field("/odd")),
        "time" => format!("[{},{}]", seconds(), Instant::now().elapsed().as_nanos()),
        "chance" => format!("\"{:x}\"", RandomState::new().hash_one(1)),
        "wait" => {
            std::thread::sleep(Duration::from_secs(1));
            record
        }
        "request" => match Request::get("https://example.com/").anonymous().send() {
            Ok(_) => "\"reached\"".to_owned(),
            Err(failure) => return Err(failure),
        },
        "context" => format!("\"{}\"", context::run()),
        "copy" => copy(&record).map_err(Failure::reject)?,
        "loop" => spin(),
        "grow" => grow(1 << 30),
        _ => return Err(Failure::reject("it does not know this twist")),
    }])
}
