//! What a table's columns are, as BigQuery writes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A column, or a field of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Such as `STRING`, `INT64`, `FLOAT64`, `NUMERIC`, `BOOL`, `TIMESTAMP`, `DATE`, `BYTES`, `JSON` or `RECORD`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `NULLABLE`, `REQUIRED` or `REPEATED`; the first without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The fields of a record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Column>,
}

/// As BigQuery answers, with more than is used here.
#[derive(Debug, Default, Deserialize)]
pub struct Schema {
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// As [`Column`], of an answer.
#[derive(Debug, Deserialize)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// A type in the words of SQL: BigQuery answers in those of its older dialect.
fn standard(kind: &str) -> String {
    let kind = kind.to_ascii_uppercase();
    match kind.as_str() {
        "INTEGER" => "INT64".to_owned(),
        "FLOAT" => "FLOAT64".to_owned(),
        "BOOLEAN" => "BOOL".to_owned(),
        "STRUCT" => "RECORD".to_owned(),
        "DECIMAL" => "NUMERIC".to_owned(),
        "BIGDECIMAL" => "BIGNUMERIC".to_owned(),
        _ => kind,
    }
}

impl Field {
    /// In the words of SQL.
    pub fn kind(&self) -> String {
        standard(&self.kind)
    }

    pub fn is_repeated(&self) -> bool {
        self.mode
            .as_deref()
            .is_some_and(|mode| mode.eq_ignore_ascii_case("REPEATED"))
    }
}

/// What is another in a table than it was wanted, as a sentence.
pub fn difference(wanted: &[Column], found: &[Field]) -> Option<String> {
    for column in wanted {
        let name = &column.name;
        let Some(field) = found
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
        else {
            return Some(format!("it has no column `{name}`"));
        };
        let mode =
            |mode: &Option<String>| mode.as_deref().unwrap_or("NULLABLE").to_ascii_uppercase();
        let (theirs, ours) = (field.kind(), standard(&column.kind));
        if theirs != ours {
            return Some(format!("its column `{name}` is {theirs} and not {ours}"));
        }
        if mode(&field.mode) != mode(&column.mode) {
            return Some(format!(
                "its column `{name}` is {} and not {}",
                mode(&field.mode),
                mode(&column.mode)
            ));
        }
        if let Some(inner) = difference(&column.fields, &field.fields) {
            return Some(format!("in `{name}`, {inner}"));
        }
    }
    let is_wanted = |field: &&Field| {
        wanted
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(&field.name))
    };
    let more = found.iter().find(|field| !is_wanted(field));
    more.map(|field| format!("it also has a column `{}`", field.name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn tables_are_compared() {
        let found = json!([
            { "name": "id", "type": "INTEGER", "mode": "REQUIRED" },
            { "name": "lines", "type": "RECORD", "mode": "REPEATED", "fields": [{ "name": "price", "type": "NUMERIC", "mode": "NULLABLE" }] },
        ]);
        let with = |pointer: &str, value: Value| {
            let mut wanted = json!([
                { "name": "ID", "type": "INT64", "mode": "REQUIRED" },
                { "name": "lines", "type": "STRUCT", "mode": "REPEATED", "fields": [{ "name": "price", "type": "NUMERIC" }] },
            ]);
            if let Some(place) = wanted.pointer_mut(pointer) {
                *place = value;
            }
            let wanted: Vec<Column> = serde_json::from_value(wanted).unwrap();
            let found: Vec<Field> = serde_json::from_value(found.clone()).unwrap();
            difference(&wanted, &found)
        };
        assert_eq!(with("/nothing", json!(null)), None);
        for (pointer, value, expected) in [
            (
                "/0/type",
                json!("STRING"),
                "its column `ID` is INT64 and not STRING",
            ),
            (
                "/0/mode",
                json!("NULLABLE"),
                "its column `ID` is REQUIRED and not NULLABLE",
            ),
            ("/0/name", json!("key"), "it has no column `key`"),
            (
                "/1/fields",
                json!([]),
                "in `lines`, it also has a column `price`",
            ),
        ] {
            assert_eq!(with(pointer, value).unwrap(), expected);
        }
    }
}
