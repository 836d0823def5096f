//! What is told of one group.

use std::collections::HashSet;

use mortise_sdk::{Failure, Json};
use plugin_fields::{Pointer, number};
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::scalar::{Scalar, number_of, wrong};

/// The most places of a mean.
const SCALE_MAX: u32 = 28;

/// What is told of a group. Null and what is not there counts for nothing but `count: true` and `list`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Of {
    /// `true` for the number of records, or a field for the number of those that have it.
    Count(Counted),
    /// The number of different values of a field.
    Distinct(Pointer),
    /// The sum of a field, exactly; 0 where there is nothing.
    Sum(Pointer),
    /// The mean of a field; null where there is nothing.
    Avg(Pointer),
    /// The smallest number or text.
    Min(Pointer),
    /// The largest number or text.
    Max(Pointer),
    /// The first value.
    First(Pointer),
    /// The last value.
    Last(Pointer),
    /// All values in a list.
    List(Pointer),
}

/// What is told, and of a mean with how many places.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub struct Value(Inner);

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "one of `count`, `distinct`, `sum`, `avg`, `min`, `max`, `first`, `last` and `list` with a field, such as {sum: /total}"
)]
enum Inner {
    /// A mean with so many places.
    Rounded {
        /// The mean of a field; null where there is nothing.
        avg: Pointer,
        /// Its places after the point; halves are rounded away from zero.
        #[schemars(range(max = SCALE_MAX))]
        scale: u32,
    },
    /// Anything.
    Plain(Of),
}

/// Counted records.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`true`, or a JSON Pointer such as `/id`")]
pub enum Counted {
    /// All of them.
    All(bool),
    /// Those that have a field.
    Field(Pointer),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Inner::deserialize(deserializer).map(Self)
    }
}

impl Value {
    /// The field that it is about; none where records are counted.
    fn field(&self) -> Option<&Pointer> {
        match &self.0 {
            Inner::Plain(Of::Count(Counted::All(_))) => None,
            Inner::Plain(Of::Count(Counted::Field(field))) => Some(field),
            Inner::Plain(
                Of::Distinct(field)
                | Of::Sum(field)
                | Of::Avg(field)
                | Of::Min(field)
                | Of::Max(field)
                | Of::First(field)
                | Of::Last(field)
                | Of::List(field),
            )
            | Inner::Rounded { avg: field, .. } => Some(field),
        }
    }

    /// What cannot be meant.
    pub fn wrong(&self) -> Option<String> {
        match &self.0 {
            Inner::Rounded { scale, .. } if *scale > SCALE_MAX => {
                Some(format!("`scale` is at most {SCALE_MAX}"))
            }
            Inner::Plain(Of::Count(Counted::All(false))) => {
                Some("`count` is `true` or names a field".to_owned())
            }
            _ => None,
        }
    }
}

/// What a group has come to so far.
pub enum Tally {
    Count(u64),
    Distinct(HashSet<Scalar>),
    Sum { sum: Decimal, count: u64 },
    Best(Option<(Scalar, Json)>),
    One(Option<Json>),
    List(Vec<Json>),
}

impl Tally {
    pub fn new(value: &Value) -> Self {
        match &value.0 {
            Inner::Plain(Of::Count(_)) => Self::Count(0),
            Inner::Plain(Of::Distinct(_)) => Self::Distinct(HashSet::new()),
            Inner::Rounded { .. } | Inner::Plain(Of::Sum(_) | Of::Avg(_)) => Self::Sum {
                sum: Decimal::ZERO,
                count: 0,
            },
            Inner::Plain(Of::Min(_) | Of::Max(_)) => Self::Best(None),
            Inner::Plain(Of::First(_) | Of::Last(_)) => Self::One(None),
            Inner::Plain(Of::List(_)) => Self::List(Vec::new()),
        }
    }

    /// Takes a record in.
    pub fn take(&mut self, value: &Value, record: &Json, index: usize) -> Result<(), Failure> {
        let Some(field) = value.field() else {
            if let Self::Count(count) = self {
                *count += 1;
            }
            return Ok(());
        };
        let there = || field.get(record).filter(|value| value.text() != "null");
        match self {
            Self::Count(count) => *count += u64::from(there().is_some()),
            Self::Distinct(known) => {
                known.insert(Scalar::of(record, field, index)?);
            }
            Self::Sum { sum, count } => {
                if let Some(number) = number_of(record, field, index)? {
                    let long =
                        || wrong(record, field, index, "makes the sum longer than 28 digits");
                    *sum = number::add(*sum, number).ok_or_else(long)?;
                    *count += 1;
                }
            }
            Self::Best(best) => {
                let is_max = matches!(value.0, Inner::Plain(Of::Max(_)));
                better(best, record, field, (index, is_max))?;
            }
            Self::One(one) => {
                if one.is_none() || matches!(value.0, Inner::Plain(Of::Last(_))) {
                    *one = there().or(one.take());
                }
            }
            Self::List(list) => list.extend(field.get(record)),
        }
        Ok(())
    }

    /// Appends it as JSON.
    pub fn push(self, value: &Value, out: &mut String) -> Result<(), Failure> {
        match self {
            Self::Count(count) => out.push_str(&count.to_string()),
            Self::Distinct(known) => {
                let null = usize::from(known.contains(&Scalar::Null));
                out.push_str(&(known.len() - null).to_string());
            }
            Self::Sum { sum, count } => match &value.0 {
                Inner::Plain(Of::Sum(_)) => number::push(out, sum),
                _ if count == 0 => out.push_str("null"),
                Inner::Rounded { scale, .. } => number::push(out, mean(sum, count, Some(*scale))?),
                Inner::Plain(_) => number::push(out, mean(sum, count, None)?),
            },
            Self::Best(best) => out.push_str(best.as_ref().map_or("null", |(_, json)| json.text())),
            Self::One(one) => out.push_str(one.as_ref().map_or("null", Json::text)),
            Self::List(list) => {
                out.push('[');
                let texts: Vec<&str> = list.iter().map(Json::text).collect();
                out.push_str(&texts.join(","));
                out.push(']');
            }
        }
        Ok(())
    }
}

/// Exact as far as 28 digits go, where nothing else is said.
fn mean(sum: Decimal, count: u64, scale: Option<u32>) -> Result<Decimal, Failure> {
    let mean = sum.checked_div(Decimal::from(count));
    let mean = mean.ok_or_else(|| Failure::reject("the mean is longer than 28 digits"))?;
    Ok(match scale {
        Some(scale) => mean.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero),
        None => mean,
    })
}

/// Numbers that are written as texts are compared as numbers, which both have to be.
fn better(
    best: &mut Option<(Scalar, Json)>,
    record: &Json,
    field: &Pointer,
    (index, is_max): (usize, bool),
) -> Result<(), Failure> {
    let value = match Scalar::of(record, field, index)? {
        Scalar::Null => return Ok(()),
        Scalar::Text(text) => match number::parse(text.trim()) {
            Some(number) => Scalar::Number(number),
            None => Scalar::Text(text),
        },
        other => other,
    };
    let Some(written) = field.get(record) else {
        return Ok(());
    };
    match best {
        Some((known, _)) if !known.is_like(&value) => Err(wrong(
            record,
            field,
            index,
            "cannot be compared with what came before it",
        )),
        Some((known, _)) if (is_max && value <= *known) || (!is_max && value >= *known) => Ok(()),
        _ => {
            *best = Some((value, written));
            Ok(())
        }
    }
}
