//! Rows, as the server sends them: in its binary format, which loses nothing.

use std::error::Error as StdError;

use postgres_protocol::types as wire;
use serde_json::Value as Json;
use tokio_postgres::fallible_iterator::FallibleIterator as _;
use tokio_postgres::types::{FromSql, Kind, Type};
use tokio_postgres::{Column, Row};

use super::{bind, time};
use crate::error::{Error, Place};
use crate::statement::Value;

/// What rows of one statement are read with.
pub(super) struct Reader<'a> {
    pub columns: &'a [Column],
    /// How many digits of money stand behind the point.
    pub money_digits: usize,
    pub place: Place,
}

impl Reader<'_> {
    /// The values of a row.
    ///
    /// # Errors
    /// A column of a type that has no place among the values.
    pub fn row(&self, row: &Row) -> Result<Vec<Value>, Error> {
        let columns = self.columns.iter().enumerate();
        let values = columns.map(|(index, column)| {
            let unreadable = || Error::Type {
                place: self.place,
                column: column.name().to_owned(),
                kind: column.type_().name().to_owned(),
            };
            let raw: Raw<'_> = row.try_get(index).map_err(|_| unreadable())?;
            match raw.0 {
                None => Ok(Value::Null),
                Some(bytes) => {
                    value(column.type_(), bytes, self.money_digits).map_err(|_| unreadable())
                }
            }
        });
        values.collect()
    }
}

/// A value's bytes, of any type.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Whether amounts of money are among them.
pub(super) fn has_money(kinds: &[Type]) -> bool {
    kinds.iter().any(|kind| match kind.kind() {
        Kind::Array(of) | Kind::Domain(of) => has_money(std::slice::from_ref(of)),
        Kind::Composite(fields) => fields
            .iter()
            .any(|field| has_money(std::slice::from_ref(field.type_()))),
        _ => *kind == Type::MONEY,
    })
}

type Read<T> = Result<T, Box<dyn StdError + Sync + Send>>;

#[allow(clippy::too_many_lines, reason = "a table of types")]
fn value(kind: &Type, raw: &[u8], money_digits: usize) -> Read<Value> {
    match kind.kind() {
        Kind::Domain(of) => return value(of, raw, money_digits),
        Kind::Enum(_) => return text(raw),
        Kind::Array(element) => {
            let list = array(element, raw, money_digits)?;
            return Ok(Value::Json(list.to_string()));
        }
        Kind::Composite(fields) => {
            let kinds: Vec<&Type> = fields.iter().map(|field| field.type_()).collect();
            let values = composite(&kinds, raw, money_digits)?;
            let names = fields.iter().map(|field| field.name().to_owned());
            let object: serde_json::Map<String, Json> = names.zip(values).collect();
            return Ok(Value::Json(Json::Object(object).to_string()));
        }
        Kind::Range(of) => return range(of, raw, money_digits).map(Value::Text),
        Kind::Multirange(of) => return multirange(of, raw, money_digits).map(Value::Text),
        _ => {}
    }
    Ok(match *kind {
        Type::BOOL => Value::Boolean(wire::bool_from_sql(raw)?),
        Type::INT2 => Value::Integer(wire::int2_from_sql(raw)?.into()),
        Type::INT4 => Value::Integer(wire::int4_from_sql(raw)?.into()),
        Type::INT8 => Value::Integer(wire::int8_from_sql(raw)?),
        Type::OID | Type::XID | Type::CID | Type::REGCLASS | Type::REGTYPE | Type::REGPROC => {
            Value::Integer(wire::oid_from_sql(raw)?.into())
        }
        // Through its text: 0.1 of four bytes is to be 0.1 of eight as well.
        Type::FLOAT4 => Value::Float(wire::float4_from_sql(raw)?.to_string().parse()?),
        Type::FLOAT8 => Value::Float(wire::float8_from_sql(raw)?),
        Type::NUMERIC => Value::Numeric(numeric(raw)?),
        Type::MONEY => Value::Text(money(wire::int8_from_sql(raw)?, money_digits)),
        Type::BYTEA => Value::Bytes(raw.to_vec()),
        Type::JSON => Value::Json(std::str::from_utf8(raw)?.to_owned()),
        Type::JSONB => Value::Json(versioned(raw)?.to_owned()),
        Type::JSONPATH => Value::Text(versioned(raw)?.to_owned()),
        Type::TIMESTAMPTZ => {
            let us = wire::timestamp_from_sql(raw)?;
            let moment = time::rfc3339(us).map(Value::Timestamp);
            moment.unwrap_or_else(|| match us {
                i64::MAX | i64::MIN => Value::Text(time::timestamp(us)),
                _ => Value::Text(time::timestamptz(us)),
            })
        }
        Type::TIMESTAMP => Value::Text(time::timestamp(wire::timestamp_from_sql(raw)?)),
        Type::DATE => Value::Text(time::date(wire::date_from_sql(raw)?)),
        Type::TIME => Value::Text(time::time(wire::time_from_sql(raw)?)),
        Type::TIMETZ => {
            let (us, west) = raw.split_first_chunk::<8>().ok_or("it is too short")?;
            Value::Text(time::timetz(
                i64::from_be_bytes(*us),
                wire::int4_from_sql(west)?,
            ))
        }
        Type::INTERVAL => {
            let (us, rest) = raw.split_first_chunk::<8>().ok_or("it is too short")?;
            let (days, months) = rest.split_first_chunk::<4>().ok_or("it is too short")?;
            let (days, months) = (i32::from_be_bytes(*days), wire::int4_from_sql(months)?);
            Value::Text(time::interval(months, days, i64::from_be_bytes(*us)))
        }
        Type::UUID => Value::Text(uuid(&wire::uuid_from_sql(raw)?)),
        Type::INET | Type::CIDR => Value::Text(address(raw, *kind == Type::CIDR)?),
        Type::MACADDR | Type::MACADDR8 => Value::Text(hex(raw, ":")),
        Type::BIT | Type::VARBIT => Value::Text(bits(raw)?),
        Type::PG_LSN => {
            let lsn = wire::lsn_from_sql(raw)?;
            Value::Text(format!("{:X}/{:X}", lsn >> 32, lsn & 0xffff_ffff))
        }
        Type::POINT => {
            let point = wire::point_from_sql(raw)?;
            Value::Text(format!(
                "({},{})",
                bind::float(point.x()),
                bind::float(point.y())
            ))
        }
        Type::VOID => Value::Null,
        Type::RECORD => {
            let values = composite(&[], raw, money_digits)?;
            Value::Json(Json::Array(values).to_string())
        }
        Type::TEXT
        | Type::VARCHAR
        | Type::BPCHAR
        | Type::NAME
        | Type::UNKNOWN
        | Type::XML
        | Type::CHAR
        | Type::CSTRING => return text(raw),
        _ if kind.name() == "citext" => return text(raw),
        _ if matches!(kind.name(), "ltree" | "lquery" | "ltxtquery") => {
            Value::Text(versioned(raw)?.to_owned())
        }
        _ => return Err("it has no place among the values".into()),
    })
}

fn text(raw: &[u8]) -> Read<Value> {
    Ok(Value::Text(std::str::from_utf8(raw)?.to_owned()))
}

/// Text behind the number of its format.
fn versioned(raw: &[u8]) -> Read<&str> {
    match raw.split_first() {
        Some((1, text)) => Ok(std::str::from_utf8(text)?),
        _ => Err("its format is not known".into()),
    }
}

/// Digits to the base 10,000, where the point is, and how many decimals are shown.
fn numeric(raw: &[u8]) -> Read<String> {
    let word = |index: usize| {
        let bytes = raw.get(index * 2..index * 2 + 2).ok_or("it is too short")?;
        Read::Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    };
    let (count, sign, scale) = (word(0)?, word(2)?, usize::from(word(3)?));
    let weight = i32::from(word(1)?.cast_signed());
    let sign = match sign {
        0 => "",
        0x4000 => "-",
        0xC000 => return Ok("NaN".to_owned()),
        0xD000 => return Ok("Infinity".to_owned()),
        0xF000 => return Ok("-Infinity".to_owned()),
        _ => return Err("its sign is not known".into()),
    };
    let digits: Vec<u16> = (0..usize::from(count))
        .map(|index| word(index + 4))
        .collect::<Read<_>>()?;
    let group = |position: i32| {
        let index = usize::try_from(weight - position).ok();
        index
            .and_then(|index| digits.get(index))
            .copied()
            .unwrap_or(0)
    };
    let mut whole: String = (0..=weight)
        .rev()
        .map(|at| format!("{:04}", group(at)))
        .collect();
    whole = whole.trim_start_matches('0').to_owned();
    if whole.is_empty() {
        whole.push('0');
    }
    let groups = i32::try_from(scale.div_ceil(4))?;
    let mut decimals: String = (1..=groups)
        .map(|at| format!("{:04}", group(-at)))
        .collect();
    decimals.truncate(scale);
    let point = if scale == 0 { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{decimals}"))
}

fn money(amount: i64, digits: usize) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let text = format!("{:0width$}", amount.unsigned_abs(), width = digits + 1);
    let (whole, decimals) = text.split_at(text.len() - digits);
    let point = if digits == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{decimals}")
}

fn uuid(bytes: &[u8; 16]) -> String {
    let parts = [
        &bytes[..4],
        &bytes[4..6],
        &bytes[6..8],
        &bytes[8..10],
        &bytes[10..],
    ];
    parts.map(|part| hex(part, "")).join("-")
}

fn hex(bytes: &[u8], between: &str) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(between)
}

/// A network is always shown with its size, an address where it is not alone.
fn address(raw: &[u8], is_network: bool) -> Read<String> {
    let inet = wire::inet_from_sql(raw)?;
    let whole = if inet.addr().is_ipv4() { 32 } else { 128 };
    Ok(match is_network || inet.netmask() != whole {
        true => format!("{}/{}", inet.addr(), inet.netmask()),
        false => inet.addr().to_string(),
    })
}

fn bits(raw: &[u8]) -> Read<String> {
    let bits = wire::varbit_from_sql(raw)?;
    let is_set = |index: usize| {
        let byte = bits.bytes().get(index / 8).copied().unwrap_or(0);
        byte & (0x80 >> (index % 8)) != 0
    };
    Ok((0..bits.len())
        .map(|index| if is_set(index) { '1' } else { '0' })
        .collect())
}

/// A list; further dimensions are lists within it. Where it begins to count is not kept.
fn array(element: &Type, raw: &[u8], money_digits: usize) -> Read<Json> {
    let array = wire::array_from_sql(raw)?;
    let dimensions = array
        .dimensions()
        .map(|one| Ok(one.len))
        .collect::<Vec<i32>>()?;
    let mut items: Vec<Json> = array
        .values()
        .map(|item| element_of(element, item, money_digits))
        .collect()?;
    // From the innermost dimension outwards.
    for &length in dimensions.iter().skip(1).rev() {
        let length = usize::try_from(length)?.max(1);
        items = items
            .chunks(length)
            .map(|chunk| Json::Array(chunk.to_vec()))
            .collect();
    }
    Ok(Json::Array(items))
}

/// Fields of a row, which say their types themselves.
fn composite(kinds: &[&Type], raw: &[u8], money_digits: usize) -> Read<Vec<Json>> {
    let (count, mut rest) = raw.split_first_chunk::<4>().ok_or("it is too short")?;
    let count = usize::try_from(i32::from_be_bytes(*count))?;
    let mut values = Vec::new();
    for index in 0..count {
        let (head, tail) = rest.split_first_chunk::<8>().ok_or("it is too short")?;
        let oid = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let length = i32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let known = Type::from_oid(oid);
        let kind = kinds.get(index).copied().or(known.as_ref());
        let kind = kind.ok_or("it has a field of a type that is not known")?;
        rest = tail;
        let field = match usize::try_from(length) {
            Err(_) => None,
            Ok(length) => {
                let (field, tail) = rest.split_at_checked(length).ok_or("it is too short")?;
                rest = tail;
                Some(field)
            }
        };
        values.push(element_of(kind, field, money_digits)?);
    }
    Ok(values)
}

/// A value inside of another, as JSON: numbers that JSON may not keep are text.
fn element_of(kind: &Type, raw: Option<&[u8]>, money_digits: usize) -> Read<Json> {
    let Some(raw) = raw else {
        return Ok(Json::Null);
    };
    Ok(match value(kind, raw, money_digits)? {
        Value::Null => Json::Null,
        Value::Boolean(is_true) => Json::Bool(is_true),
        Value::Integer(number) => Json::from(number),
        Value::Float(number) => match number.is_finite() {
            true => Json::from(number),
            false => Json::String(bind::float(number)),
        },
        Value::Text(text) | Value::Timestamp(text) | Value::Numeric(text) => Json::String(text),
        Value::Json(text) => serde_json::from_str(&text)?,
        Value::Bytes(bytes) => Json::String(format!("\\x{}", hex(&bytes, ""))),
    })
}

/// `[1,10)`, `empty`, `(,5]`.
fn range(of: &Type, raw: &[u8], money_digits: usize) -> Read<String> {
    let bound = |bound: wire::RangeBound<Option<&[u8]>>, marks: (&'static str, &'static str)| {
        let (mark, raw) = match bound {
            wire::RangeBound::Inclusive(raw) => (marks.0, raw),
            wire::RangeBound::Exclusive(raw) => (marks.1, raw),
            wire::RangeBound::Unbounded => (marks.1, None),
        };
        let text = raw.map(|raw| end(of, raw, money_digits)).transpose()?;
        Read::Ok((mark, text.unwrap_or_default()))
    };
    Ok(match wire::range_from_sql(raw)? {
        wire::Range::Empty => "empty".to_owned(),
        wire::Range::Nonempty(lower, upper) => {
            let (opening, from) = bound(lower, ("[", "("))?;
            let (closing, to) = bound(upper, ("]", ")"))?;
            format!("{opening}{from},{to}{closing}")
        }
    })
}

fn end(of: &Type, raw: &[u8], money_digits: usize) -> Read<String> {
    let text = match element_of(of, Some(raw), money_digits)? {
        Json::String(text) => text,
        other => other.to_string(),
    };
    let is_plain = !text.is_empty() && !text.contains(['"', '\\', ',', '(', ')', '[', ']', ' ']);
    Ok(match is_plain {
        true => text,
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    })
}

/// `{[1,3),[5,7)}`
fn multirange(of: &Type, raw: &[u8], money_digits: usize) -> Read<String> {
    let (count, mut rest) = raw.split_first_chunk::<4>().ok_or("it is too short")?;
    let mut ranges = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let (length, tail) = rest.split_first_chunk::<4>().ok_or("it is too short")?;
        let length = usize::try_from(u32::from_be_bytes(*length))?;
        let (one, tail) = tail.split_at_checked(length).ok_or("it is too short")?;
        // The range's own type has no place in it; what it is made of does.
        ranges.push(range(of, one, money_digits)?);
        rest = tail;
    }
    Ok(format!("{{{}}}", ranges.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric_of(words: &[u16]) -> Result<String, String> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        numeric(&bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn no_digit_of_a_number_is_lost() {
        for (words, text) in [
            (&[0, 0, 0, 0][..], "0"),
            (&[0, 0, 0, 2], "0.00"),
            (&[1, 0, 0x4000, 0, 7], "-7"),
            (&[3, 1, 0, 2, 1, 2345, 6700], "12345.67"),
            (&[1, 0xFFFF, 0, 4, 12], "0.0012"),
            (&[1, 0xFFFE, 0, 8, 12], "0.00000012"),
            (&[1, 2, 0, 0, 1], "100000000"),
            (&[0, 0, 0xC000, 0], "NaN"),
            (&[0, 0, 0xF000, 0], "-Infinity"),
        ] {
            assert_eq!(numeric_of(words).as_deref(), Ok(text));
        }
        assert!(numeric_of(&[2, 0, 0, 0, 1]).is_err());
    }

    #[test]
    fn money_has_the_digits_of_its_place() {
        assert_eq!(money(-5, 2), "-0.05");
        assert_eq!(money(123_456, 2), "1234.56");
        assert_eq!(money(123, 0), "123");
        assert_eq!(money(i64::MIN, 2), "-92233720368547758.08");
    }
}
