//! The action `generate`.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes records out of nothing, as many as it takes.
pub struct Generate;

/// How many.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// Records in all.
    count: u64,
    /// Records of a page.
    #[schemars(range(min = 1))]
    size: u64,
}

/// One record.
#[derive(Serialize, JsonSchema)]
pub struct Record {
    /// From 1.
    n: u64,
    text: String,
}

impl Action for Generate {
    const NAME: &'static str = "generate";
    const SUMMARY: &'static str = "makes records in pages";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Record;

    fn invoke(Input { count, size }: Input, turn: Turn) -> Result<Outcome<Record>, Failure> {
        if size == 0 {
            return Err(
                Failure::misconfigured("a page has at least one record").with_field("/size")
            );
        }
        let first = turn.page()?.unwrap_or(1_u64);
        let end = first.saturating_add(size).min(count.saturating_add(1));
        let record = |n| Record {
            n,
            text: format!("record {n}"),
        };
        let records = (first..end).map(record).collect();
        Outcome::page(records, (end <= count).then_some(end))
    }

    fn examples() -> Vec<Example> {
        let input = serde_json::json!({ "count": 1_000_000, "size": 1_000 });
        vec![Example::new("a million in a thousand pages", input)]
    }
}
