//! Rows as BigQuery sends them, `{"f": [{"v": …}]}`, as objects by the columns of the schema.
//!
//! Nothing is lost: what JSON has no type for is text, and what would not fit into its numbers, too.

use serde_json::{Map, Number, Value};

use crate::schema::Field;

const MICROS: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// A row as an object.
pub fn object(fields: &[Field], row: &Value) -> Map<String, Value> {
    let empty = Vec::new();
    let cells = row.get("f").and_then(Value::as_array).unwrap_or(&empty);
    let mut cells = cells
        .iter()
        .map(|cell| cell.get("v").unwrap_or(&Value::Null));
    let named = fields.iter().map(|field| {
        let cell = cells.next().unwrap_or(&Value::Null);
        (field.name.clone(), value(field, cell))
    });
    named.collect()
}

fn value(field: &Field, cell: &Value) -> Value {
    match cell {
        Value::Array(items) if field.is_repeated() => items
            .iter()
            .map(|item| single(field, item.get("v").unwrap_or(&Value::Null)))
            .collect(),
        _ => single(field, cell),
    }
}

fn single(field: &Field, cell: &Value) -> Value {
    let Value::String(text) = cell else {
        return match cell {
            Value::Object(_) => object(&field.fields, cell).into(),
            other => other.clone(),
        };
    };
    let read = match field.kind().as_str() {
        "INT64" => text.parse::<i64>().ok().map(Value::from),
        // NaN and the infinities stay text.
        "FLOAT64" => text
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number),
        "BOOL" => text
            .to_ascii_lowercase()
            .parse::<bool>()
            .ok()
            .map(Value::from),
        "TIMESTAMP" => text
            .parse::<i64>()
            .ok()
            .map(|micros| rfc3339(micros).into()),
        "JSON" => serde_json::from_str(text).ok(),
        _ => None,
    };
    read.unwrap_or_else(|| cell.clone())
}

/// Microseconds since 1970, in UTC, with as many digits of a second as there are.
fn rfc3339(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(MICROS), micros.rem_euclid(MICROS));
    let (day, second) = (
        seconds.div_euclid(DAY_SECONDS),
        seconds.rem_euclid(DAY_SECONDS),
    );
    let (year, month, date) = civil(day);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    let fraction = match fraction {
        0 => String::new(),
        _ => format!(".{}", format!("{fraction:06}").trim_end_matches('0')),
    };
    format!(
        "{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{:02}{fraction}Z",
        second % 60
    )
}

/// Year, month and day of a day since 1970. Years are taken to begin in March, so that the leap day
/// is their last.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let date = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, date)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(text: &Value) -> Field {
        serde_json::from_value(text.clone()).unwrap()
    }

    #[test]
    fn types_lose_nothing() {
        for (kind, text, expected) in [
            ("INTEGER", "9223372036854775807", json!(i64::MAX)),
            ("NUMERIC", "0.10", json!("0.10")),
            (
                "BIGNUMERIC",
                "1.00000000000000000001",
                json!("1.00000000000000000001"),
            ),
            ("FLOAT", "1.5E-7", json!(1.5e-7)),
            ("FLOAT", "NaN", json!("NaN")),
            ("BOOLEAN", "true", json!(true)),
            ("STRING", "1", json!("1")),
            ("BYTES", "/wA=", json!("/wA=")),
            ("DATE", "2026-01-02", json!("2026-01-02")),
            ("JSON", r#"{"a":[1]}"#, json!({ "a": [1] })),
            (
                "TIMESTAMP",
                "1767323045123450",
                json!("2026-01-02T03:04:05.12345Z"),
            ),
            ("TIMESTAMP", "-1", json!("1969-12-31T23:59:59.999999Z")),
            (
                "TIMESTAMP",
                "951782400000000",
                json!("2000-02-29T00:00:00Z"),
            ),
            (
                "TIMESTAMP",
                "-62135596800000000",
                json!("0001-01-01T00:00:00Z"),
            ),
        ] {
            let field = field(&json!({ "name": "a", "type": kind }));
            assert_eq!(value(&field, &json!(text)), expected, "{kind} {text}");
            assert_eq!(value(&field, &json!(null)), Value::Null);
        }
    }

    #[test]
    fn records_and_lists_are_read_by_the_schema() {
        let fields = [
            field(&json!({ "name": "id", "type": "INTEGER" })),
            field(&json!({ "name": "tags", "type": "STRING", "mode": "REPEATED" })),
            field(
                &json!({ "name": "lines", "type": "RECORD", "mode": "REPEATED", "fields": [{ "name": "n", "type": "INTEGER" }] }),
            ),
        ];
        let row = json!({ "f": [{ "v": "1" }, { "v": [{ "v": "a" }, { "v": "b" }] }, { "v": [{ "v": { "f": [{ "v": "2" }] } }] }] });
        let expected = json!({ "id": 1, "tags": ["a", "b"], "lines": [{ "n": 2 }] });
        assert_eq!(Value::from(object(&fields, &row)), expected);
    }
}
