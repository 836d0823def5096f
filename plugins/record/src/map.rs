//! The operation `map`.

use mortise_sdk::descriptor::schema_in;
use mortise_sdk::json::sentence;
use mortise_sdk::{Example, Failure, Outcomes, RawTransform};
use schemars::Schema;
use serde_json::json;

use crate::apply::apply;
use crate::plan::Plan;
use crate::rule::Config;

/// Maps each record to none, one or more.
pub struct Map;

impl RawTransform for Map {
    const NAME: &'static str = "map";
    const SUMMARY: &'static str = "maps each record field by field, with exact decimals";

    fn config_schema() -> Schema {
        schema_in::<Config<'_>>()
    }

    fn output_schema() -> Schema {
        schemars::json_schema!({ "type": "object" })
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "an order becomes an invoice",
                json!({ "fields": {
                    "number": { "text": "INV-{.id}" },
                    "issued": { "value": ".created", "to": "date" },
                    "note": { "value": ".note", "default": "" },
                    "lines": {
                        "each": ".items", "keep": ".qty > 0",
                        "fields": {
                            "no": { "number": true },
                            "sku": ".sku",
                            "price": { "value": ".price", "to": "number" },
                            "amount": ".price * .qty"
                        }
                    },
                    "total": { "sum": ".items", "of": ".price * .qty", "keep": ".qty > 0" },
                    "tags": { "flatten": ".tags" }
                } }),
            )
            .records(vec![json!({
                "id": 7, "created": "2025-03-14T09:26:53Z", "note": null, "tags": ["a", ["b"]],
                "items": [{ "sku": "A", "price": "0.10", "qty": 3 }, { "sku": "B", "price": "9.95", "qty": null }]
            })])
            .output(json!([{
                "number": "INV-7", "issued": "2025-03-14T09:26:53Z", "note": "",
                "lines": [{ "no": 1, "sku": "A", "price": 0.1, "amount": 0.3 }],
                "total": 0.3, "tags": ["a", "b"]
            }])),
        ]
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let config: Config<'_> = serde_json::from_str(config).map_err(|error| {
            Failure::misconfigured(format!("the mapping does not fit: {}", sentence(&error)))
        })?;
        let plan = Plan::new(&config)?;
        let apply = |(index, record): (usize, &String)| {
            apply(&plan, record).map_err(|failure| failure.with_record(index))
        };
        Ok(records.iter().enumerate().map(apply).collect())
    }
}

#[cfg(test)]
mod tests;
