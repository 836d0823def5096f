//! The transform `sort`.

use std::cmp::Ordering;

use mortise_sdk::{Example, Failure, Json};
use plugin_fields::Pointer;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::all::{List, Operation};
use crate::scalar::{Key, Scalar, compare, number_of, wrong};

/// Puts records into an order; equal ones stay as they are.
pub struct Sort;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// The fields to sort by, the most important one first.
    #[schemars(length(min = 1))]
    by: Vec<By>,
}

/// A field to sort by.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a JSON Pointer such as `/id`, or an object with `field`, `order` and `as`"
)]
enum By {
    /// From the smallest to the largest, as it is.
    Plain(Pointer),
    /// In detail.
    Detailed(Detailed),
}

/// A field with its order.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Detailed {
    /// A JSON Pointer: `/total`.
    field: Pointer,
    /// Null and what is not there comes last in both.
    #[serde(default)]
    order: Order,
    /// Texts that are numbers, as they come from a CSV, are compared as such.
    #[serde(default, rename = "as")]
    kind: Kind,
}

/// Upward or downward.
#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Order {
    /// From the smallest to the largest.
    #[default]
    Ascending,
    /// From the largest to the smallest.
    Descending,
}

/// How values are compared.
#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// Numbers by their size, texts by their characters.
    #[default]
    Value,
    /// Also texts by the numbers that they are.
    Number,
}

impl By {
    fn field(&self) -> &Pointer {
        match self {
            Self::Plain(field) | Self::Detailed(Detailed { field, .. }) => field,
        }
    }

    fn is_descending(&self) -> bool {
        matches!(self, Self::Detailed(by) if by.order == Order::Descending)
    }

    fn value(&self, record: &Json, index: usize) -> Result<Scalar, Failure> {
        match self {
            Self::Detailed(by) if by.kind == Kind::Number => {
                let number = number_of(record, &by.field, index)?;
                Ok(number.map_or(Scalar::Null, Scalar::Number))
            }
            _ => Scalar::of(record, self.field(), index),
        }
    }
}

impl Operation for Sort {
    const NAME: &'static str = "sort";
    const SUMMARY: &'static str = "sorts records by their fields";
    type Config = Config;

    fn make(config: &Config, records: &[Json], list: &mut List) -> Result<(), Failure> {
        if config.by.is_empty() {
            return Err(Failure::misconfigured("`by` names at least one field").with_field("/by"));
        }
        let mut sorted: Vec<(Key, &Json)> = Vec::with_capacity(records.len());
        let mut first: Vec<Option<Scalar>> = vec![None; config.by.len()];
        for (index, record) in records.iter().enumerate() {
            let mut key = Key::with_capacity(config.by.len());
            for (by, first) in config.by.iter().zip(&mut first) {
                let value = by.value(record, index)?;
                if value != Scalar::Null {
                    let first = first.get_or_insert_with(|| value.clone());
                    if !first.is_like(&value) {
                        let what = "cannot be compared with what came before it";
                        return Err(wrong(record, by.field(), index, what));
                    }
                }
                key.push(value);
            }
            sorted.push((key, record));
        }
        sorted.sort_by(|(a, _), (b, _)| {
            let orders = config.by.iter().zip(a.iter().zip(b));
            let mut orders = orders.map(|(by, (a, b))| compare(a, b, by.is_descending()));
            orders
                .find(|order| *order != Ordering::Equal)
                .unwrap_or(Ordering::Equal)
        });
        sorted
            .iter()
            .try_for_each(|(_, record)| list.push(record.text()))
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "the largest first",
                json!({ "by": [{ "field": "/total", "order": "descending", "as": "number" }, "/id"] }),
            )
            .records(vec![
                json!({ "id": 2, "total": "9.90" }),
                json!({ "id": 1, "total": 9.9 }),
                json!({ "id": 3, "total": null }),
                json!({ "id": 4, "total": "10" }),
            ])
            .output(json!([
                { "id": 4, "total": "10" },
                { "id": 1, "total": 9.9 },
                { "id": 2, "total": "9.90" },
                { "id": 3, "total": null },
            ])),
        ]
    }
}
