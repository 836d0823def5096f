//! The transform `join`.

use std::collections::{BTreeSet, HashMap};

use mortise_sdk::{Example, Failure, Json};
use plugin_fields::{Fields, Pointer};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::all::{List, Operation, check_count};
use crate::scalar::{Key, Scalar, key};

/// Puts the records of two lists together by their keys.
pub struct Join;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// The other list.
    other: Vec<Json>,
    /// The fields that have to be equal: a JSON Pointer where it is the same on both sides, or one for each side.
    #[schemars(length(min = 1))]
    on: Vec<On>,
    /// What becomes of records without a partner.
    #[serde(default)]
    kind: Kind,
    /// Goes before the names of the other list's fields.
    #[serde(default)]
    prefix: String,
}

/// Fields that have to be equal.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a JSON Pointer such as `/id`, or an object with `records` and `other`"
)]
enum On {
    /// The same on both sides.
    Same(Pointer),
    /// One for each side.
    Sides {
        /// In a record.
        records: Pointer,
        /// In the other list.
        other: Pointer,
    },
}

/// What becomes of records without a partner.
#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// They stay, and the fields of the other list are null.
    #[default]
    Left,
    /// They are left out.
    Inner,
    /// They stay on both sides.
    Full,
}

impl Operation for Join {
    const NAME: &'static str = "join";
    const SUMMARY: &'static str = "puts the records of two lists together by their keys";
    type Config = Config;

    fn make(config: &Config, records: &[Json], list: &mut List) -> Result<(), Failure> {
        check_count(config.other.len(), "records in `other`")?;
        if config.on.is_empty() {
            return Err(Failure::misconfigured("`on` names at least one field").with_field("/on"));
        }
        let left = Side::read(records, config.on.iter().map(On::records), None)?;
        let right = Side::read(
            &config.other,
            config.on.iter().map(On::other),
            Some("/other"),
        )?;
        let mut partners: HashMap<&Key, Vec<usize>> = HashMap::new();
        for (index, key) in right.keys.iter().enumerate() {
            // As in SQL, nothing is not equal to nothing.
            if !key.contains(&Scalar::Null) {
                partners.entry(key).or_default().push(index);
            }
        }
        let columns = columns(config, &left, &right)?;
        let mut has_partner = vec![false; right.records.len()];
        for (record, key) in left.records.iter().zip(&left.keys) {
            match partners.get(key) {
                Some(partners) => {
                    for partner in partners {
                        has_partner[*partner] = true;
                        list.push(&joined(record, Some(&right.records[*partner]), &columns)?)?;
                    }
                }
                None if config.kind != Kind::Inner => {
                    list.push(&joined(record, None, &columns)?)?
                }
                None => {}
            }
        }
        if config.kind == Kind::Full {
            let alone = right
                .records
                .iter()
                .zip(&has_partner)
                .filter(|(_, has_partner)| !**has_partner);
            for (other, _) in alone {
                list.push(&unmatched(other, &left.names, &columns)?)?;
            }
        }
        Ok(())
    }

    fn examples() -> Vec<Example> {
        let orders = vec![
            json!({ "id": 7, "customer": 1 }),
            json!({ "id": 8, "customer": 9 }),
        ];
        let customers = json!([{ "id": 1, "name": "Ann" }, { "id": 2, "name": "Bo" }]);
        let on = json!([{ "records": "/customer", "other": "/id" }]);
        vec![
            Example::new(
                "orders with their customers",
                json!({ "other": customers, "on": on, "prefix": "customer_" }),
            )
            .records(orders.clone())
            .output(json!([
                { "id": 7, "customer": 1, "customer_id": 1, "customer_name": "Ann" },
                { "id": 8, "customer": 9, "customer_id": null, "customer_name": null },
            ])),
            Example::new(
                "both sides",
                json!({ "other": customers, "on": ["/id"], "kind": "full" }),
            )
            .records(vec![
                json!({ "id": 1, "paid": true }),
                json!({ "id": 3, "paid": false }),
            ])
            .output(json!([
                { "id": 1, "paid": true, "name": "Ann" },
                { "id": 3, "paid": false, "name": null },
                { "id": 2, "paid": null, "name": "Bo" },
            ])),
        ]
    }
}

impl On {
    fn records(&self) -> &Pointer {
        match self {
            Self::Same(field) | Self::Sides { records: field, .. } => field,
        }
    }

    fn other(&self) -> &Pointer {
        match self {
            Self::Same(field) | Self::Sides { other: field, .. } => field,
        }
    }
}

/// The records of one side, with their keys and all names of their fields in the order in which they came.
struct Side {
    records: Vec<Fields>,
    keys: Vec<Key>,
    names: Vec<String>,
}

impl Side {
    fn read<'a>(
        records: &[Json],
        on: impl Iterator<Item = &'a Pointer>,
        list: Option<&str>,
    ) -> Result<Self, Failure> {
        let on: Vec<Pointer> = on.cloned().collect();
        // A record of the other list is a field of the configuration.
        let place = |failure: Failure, index: usize| match list {
            Some(list) => {
                let field = failure
                    .cause
                    .as_ref()
                    .and_then(|cause| cause.field.clone())
                    .unwrap_or_default();
                Failure::misconfigured(format!("`other`: {}", failure.message))
                    .with_field(format!("{list}/{index}{field}"))
            }
            None => failure.with_record(index),
        };
        let mut side = Self {
            records: Vec::with_capacity(records.len()),
            keys: Vec::with_capacity(records.len()),
            names: Vec::new(),
        };
        let mut known = BTreeSet::new();
        for (index, record) in records.iter().enumerate() {
            let fields: Fields = record
                .read("record")
                .map_err(|failure| place(failure, index))?;
            let key = key(record, &on, index).map_err(|failure| place(failure, index))?;
            for (name, _) in fields.iter() {
                if known.insert(name.to_owned()) {
                    side.names.push(name.to_owned());
                }
            }
            side.records.push(fields);
            side.keys.push(key);
        }
        Ok(side)
    }
}

/// Names of the other list's fields: there, and in what comes of them. A key that has the same name
/// on both sides is there once.
struct Columns {
    other: Vec<(String, String)>,
    shared: Vec<String>,
}

fn columns(config: &Config, left: &Side, right: &Side) -> Result<Columns, Failure> {
    let is_shared = |name: &str| {
        let is_key = |on: &On| {
            on.records() == on.other()
                && on.other().is_flat()
                && on.other().name().as_deref() == Some(name)
        };
        config.prefix.is_empty() && config.on.iter().any(is_key)
    };
    let mut columns = Columns {
        other: Vec::new(),
        shared: Vec::new(),
    };
    for name in &right.names {
        if is_shared(name) {
            columns.shared.push(name.clone());
            continue;
        }
        let renamed = format!("{}{name}", config.prefix);
        if left.names.contains(&renamed) {
            let why = format!(
                "both lists have the field `{renamed}`: give those of `other` another `prefix`"
            );
            return Err(Failure::misconfigured(why).with_field("/prefix"));
        }
        columns.other.push((name.clone(), renamed));
    }
    Ok(columns)
}

fn joined(record: &Fields, other: Option<&Fields>, columns: &Columns) -> Result<String, Failure> {
    let mut joined = record.clone();
    for (name, renamed) in &columns.other {
        joined.set(renamed, or_null(other.and_then(|other| other.get(name)))?);
    }
    Ok(joined.to_text())
}

/// A record of the other list that has no partner.
fn unmatched(other: &Fields, names: &[String], columns: &Columns) -> Result<String, Failure> {
    let mut joined = Fields::default();
    for name in names {
        let shared = columns
            .shared
            .contains(name)
            .then(|| other.get(name))
            .flatten();
        joined.set(name, or_null(shared)?);
    }
    for (name, renamed) in &columns.other {
        joined.set(renamed, or_null(other.get(name))?);
    }
    for name in columns.shared.iter().filter(|name| !names.contains(name)) {
        joined.set(name, or_null(other.get(name))?);
    }
    Ok(joined.to_text())
}

fn or_null(value: Option<&Json>) -> Result<Json, Failure> {
    match value {
        Some(value) => Ok(value.clone()),
        None => Json::of(&()).map_err(|error| Failure::reject(error.to_string())),
    }
}
