//! Parameters, as the server takes them.
//!
//! Most go as text, which the server reads as it reads a literal of the type that it inferred: nothing is
//! lost on the way, and every type can be written. Bytes go as they are.

use std::error::Error as StdError;

use bytes::BytesMut;
use jiff::{Timestamp, fmt::temporal::DateTimePrinter, tz::TimeZone};
use serde_json::Value as Json;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type};

use crate::error::{Error, Place};
use crate::statement::Value;

/// A parameter on its way.
#[derive(Debug, PartialEq)]
pub(super) enum Bound {
    Null,
    Text(String),
    Binary(Vec<u8>),
}

/// SQLSTATE of a parameter that makes no sense for its type.
const INVALID: &str = "22023";
/// Of a number that its type does not hold.
const OUT_OF_RANGE: &str = "22003";
/// Of another number of parameters than the statement has.
const COUNT: &str = "42P02";

/// The parameters of a statement, each as the type that the server inferred for it.
///
/// # Errors
/// The first that does not fit, by its number.
pub(super) fn bound(values: &[Value], kinds: &[Type], place: Place) -> Result<Vec<Bound>, Error> {
    let wrong = |sqlstate, what| Error::Parameter {
        place,
        sqlstate,
        what,
    };
    if values.len() != kinds.len() {
        let (wanted, given) = (kinds.len(), values.len());
        let what = format!("the statement has {wanted} parameters, and {given} values were given");
        return Err(wrong(COUNT, what));
    }
    let pairs = values.iter().zip(kinds).enumerate();
    pairs
        .map(|(index, (value, kind))| {
            one(value, inner(kind)).map_err(|(sqlstate, why)| {
                wrong(sqlstate, format!("the parameter `${}` {why}", index + 1))
            })
        })
        .collect()
}

/// A domain is bound as what it is made of.
fn inner(kind: &Type) -> &Type {
    match kind.kind() {
        Kind::Domain(of) => inner(of),
        _ => kind,
    }
}

fn one(value: &Value, kind: &Type) -> Result<Bound, (&'static str, String)> {
    Ok(match value {
        Value::Null => Bound::Null,
        Value::Boolean(is_true) => Bound::Text(is_true.to_string()),
        Value::Integer(number) => {
            in_range(*number, kind)?;
            Bound::Text(number.to_string())
        }
        Value::Float(number) => Bound::Text(float(*number)),
        Value::Timestamp(text) => Bound::Text(moment(text, kind)),
        Value::Text(text) | Value::Numeric(text) => Bound::Text(text.clone()),
        Value::Json(text) => Bound::Text(match kind.kind() {
            Kind::Array(element) => array(text, element)?,
            _ => text.clone(),
        }),
        Value::Bytes(bytes) if *kind == Type::BYTEA => Bound::Binary(bytes.clone()),
        Value::Bytes(_) => {
            let why = format!("is bytes, and `{kind}` holds none");
            return Err((INVALID, why));
        }
    })
}

fn in_range(number: i64, kind: &Type) -> Result<(), (&'static str, String)> {
    let (least, most) = match *kind {
        Type::INT2 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Type::INT4 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Type::OID => (0, i64::from(u32::MAX)),
        _ => return Ok(()),
    };
    if (least..=most).contains(&number) {
        return Ok(());
    }
    let why = format!("is {number}, and `{kind}` holds {least} to {most}");
    Err((OUT_OF_RANGE, why))
}

/// The shortest text that is read back as the same number.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    match number.is_infinite() {
        true if number > 0.0 => "Infinity".to_owned(),
        true => "-Infinity".to_owned(),
        false => number.to_string(),
    }
}

/// A type without a time zone would drop the offset and keep the digits: it gets UTC.
fn moment(text: &str, kind: &Type) -> String {
    let is_local = matches!(*kind, Type::TIMESTAMP | Type::DATE | Type::TIME);
    match text.parse::<Timestamp>() {
        Ok(moment) if is_local => {
            let local = TimeZone::UTC.to_datetime(moment);
            DateTimePrinter::new().datetime_to_string(&local)
        }
        _ => text.to_owned(),
    }
}

/// A list of JSON as the text of an array; lists within it are further dimensions.
fn array(text: &str, element: &Type) -> Result<String, (&'static str, String)> {
    let list: Json =
        serde_json::from_str(text).map_err(|error| (INVALID, format!("is no JSON: {error}")))?;
    let Json::Array(items) = list else {
        return Err((INVALID, format!("is no list, and `{element}[]` holds one")));
    };
    let holds_json = matches!(*element, Type::JSON | Type::JSONB);
    let mut out = String::new();
    push_array(&mut out, &items, (element == &Type::BOX, holds_json));
    Ok(out)
}

fn push_array(out: &mut String, items: &[Json], (is_of_boxes, holds_json): (bool, bool)) {
    out.push('{');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(if is_of_boxes { ';' } else { ',' });
        }
        match item {
            Json::Null => out.push_str("NULL"),
            Json::Array(items) if !holds_json => push_array(out, items, (is_of_boxes, false)),
            Json::String(text) if !holds_json => push_quoted(out, text),
            item => push_quoted(out, &item.to_string()),
        }
    }
    out.push('}');
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

impl ToSql for Bound {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Binary(bytes) => out.extend_from_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(kind, out)
    }

    fn encode_format(&self, _: &Type) -> Format {
        match self {
            Self::Text(_) => Format::Text,
            Self::Null | Self::Binary(_) => Format::Binary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Value, kind: &Type) -> Result<String, String> {
        match one(&value, kind) {
            Ok(Bound::Text(text)) => Ok(text),
            Ok(other) => Err(format!("{other:?}")),
            Err((sqlstate, why)) => Err(format!("{sqlstate} {why}")),
        }
    }

    #[test]
    fn values_become_text_of_their_type() {
        let json = |text: &str| Value::Json(text.to_owned());
        let moment = || Value::Timestamp("2026-01-02T01:30:00.5+02:00".to_owned());
        for (value, kind, expected) in [
            (Value::Integer(-32_768), Type::INT2, "-32768"),
            (Value::Integer(7), Type::TEXT, "7"),
            (Value::Float(f64::NEG_INFINITY), Type::FLOAT8, "-Infinity"),
            (Value::Float(0.1), Type::NUMERIC, "0.1"),
            (Value::Boolean(true), Type::BOOL, "true"),
            (moment(), Type::TIMESTAMPTZ, "2026-01-02T01:30:00.5+02:00"),
            (moment(), Type::TIMESTAMP, "2026-01-01T23:30:00.5"),
            (moment(), Type::DATE, "2026-01-01T23:30:00.5"),
            (json(r#"{"a":[1]}"#), Type::JSONB, r#"{"a":[1]}"#),
            (
                json(r#"[1,null,"a\"b,{"]"#),
                Type::TEXT_ARRAY,
                r#"{"1",NULL,"a\"b,{"}"#,
            ),
            (
                json("[[1,2],[3,4]]"),
                Type::INT4_ARRAY,
                r#"{{"1","2"},{"3","4"}}"#,
            ),
            (
                json(r#"[[1],"x"]"#),
                Type::JSONB_ARRAY,
                r#"{"[1]","\"x\""}"#,
            ),
        ] {
            assert_eq!(text(value, &kind), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (value, kind, expected) in [
            (
                Value::Integer(40_000),
                Type::INT2,
                "22003 is 40000, and `int2` holds -32768 to 32767",
            ),
            (
                Value::Bytes(vec![1]),
                Type::TEXT,
                "22023 is bytes, and `text` holds none",
            ),
            (
                Value::Json("{}".to_owned()),
                Type::INT4_ARRAY,
                "22023 is no list, and `int4[]` holds one",
            ),
        ] {
            assert_eq!(text(value, &kind), Err(expected.to_owned()));
        }
        let error = bound(
            &[Value::Null, Value::Integer(1 << 40)],
            &[Type::INT4, Type::INT4],
            Place(None),
        );
        let error = error.map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.starts_with("the parameter `$2` is 1099511627776")));
        assert!(bound(&[], &[Type::INT4], Place(None)).is_err());
    }
}
