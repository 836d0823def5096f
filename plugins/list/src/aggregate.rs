//! The transform `aggregate`.

mod tally;

use std::collections::HashMap;

use mortise_sdk::{Example, Failure, Json};
use plugin_fields::{Pointer, push_text};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use crate::all::{List, Operation};
use crate::scalar::{Key, key, push};
use tally::{Tally, Value};

/// Makes one record of each group.
pub struct Aggregate;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// The fields whose values make a group, by the names that they get; without it all records are one group.
    #[serde(default)]
    by: Named<Pointer>,
    /// What is told of each group, by the names that it gets.
    values: Named<Value>,
}

/// Members in the order in which they are written, which is the order of the output.
#[derive(Clone)]
struct Named<T>(Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Named(members))
            }
        }
        deserializer.deserialize_map(Members(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Named".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        std::collections::BTreeMap::<String, T>::json_schema(generator)
    }
}

impl Operation for Aggregate {
    const NAME: &'static str = "aggregate";
    const SUMMARY: &'static str = "makes one record of each group, with sums, counts and the like";
    type Config = Config;

    fn make(config: &Config, records: &[Json], list: &mut List) -> Result<(), Failure> {
        check(config)?;
        let (fields, values) = (&config.by.0, &config.values.0);
        let by: Vec<Pointer> = fields.iter().map(|(_, field)| field.clone()).collect();
        let mut groups: Vec<(Key, Vec<Tally>)> = Vec::new();
        let mut places = HashMap::new();
        let tallies = || values.iter().map(|(_, value)| Tally::new(value)).collect();
        if by.is_empty() {
            // One group is there also where nothing is in it.
            groups.push((Vec::new(), tallies()));
            places.insert(Vec::new(), 0);
        }
        for (index, record) in records.iter().enumerate() {
            let key = key(record, &by, index)?;
            let place = match places.get(&key) {
                Some(place) => *place,
                None => {
                    groups.push((key.clone(), tallies()));
                    places.insert(key, groups.len() - 1);
                    groups.len() - 1
                }
            };
            for ((_, value), tally) in values.iter().zip(&mut groups[place].1) {
                tally.take(value, record, index)?;
            }
        }
        groups
            .into_iter()
            .try_for_each(|(key, tallies)| list.push(&written(config, &key, tallies)?))
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "revenue by country",
                json!({
                    "by": { "country": "/customer/country" },
                    "values": {
                        "orders": { "count": true },
                        "revenue": { "sum": "/total" },
                        "mean": { "avg": "/total", "scale": 2 },
                        "largest": { "max": "/total" },
                    },
                }),
            )
            .records(vec![
                json!({ "customer": { "country": "DE" }, "total": 0.1 }),
                json!({ "customer": { "country": "AT" }, "total": "9.90" }),
                json!({ "customer": { "country": "DE" }, "total": 0.2 }),
            ])
            .output(json!([
                { "country": "DE", "orders": 2, "revenue": 0.3, "mean": 0.15, "largest": 0.2 },
                { "country": "AT", "orders": 1, "revenue": 9.9, "mean": 9.9, "largest": "9.90" },
            ])),
        ]
    }
}

/// A group as a record.
fn written(config: &Config, key: &Key, tallies: Vec<Tally>) -> Result<String, Failure> {
    let mut out = String::from("{");
    let name = |name: &str, out: &mut String| {
        if out.len() > 1 {
            out.push(',');
        }
        push_text(name, out);
        out.push(':');
    };
    for ((named, _), value) in config.by.0.iter().zip(key) {
        name(named, &mut out);
        push(value, &mut out);
    }
    for ((named, value), tally) in config.values.0.iter().zip(tallies) {
        name(named, &mut out);
        tally.push(value, &mut out)?;
    }
    out.push('}');
    Ok(out)
}

fn check(config: &Config) -> Result<(), Failure> {
    let names = config.by.0.iter().map(|(name, _)| name);
    let names: Vec<&String> = names
        .chain(config.values.0.iter().map(|(name, _)| name))
        .collect();
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            let why = format!("`{name}` is there twice: a group has one field of a name");
            return Err(Failure::misconfigured(why).with_field("/values"));
        }
    }
    match config.values.0.iter().find_map(|(_, value)| value.wrong()) {
        Some(why) => Err(Failure::misconfigured(why).with_field("/values")),
        None => Ok(()),
    }
}
