//! What an expression is worth for one item.

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_decimal::Decimal;

use crate::expression::{Expression, Operator};
use crate::number;
use crate::path::{Found, Path};
use crate::tape::{At, Kind, Tape};

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub struct Scope<'a, 't> {
    /// The record.
    pub tape: &'a Tape<'t>,
    /// Where paths start.
    pub item: At,
    /// Which item of its list it is, from 1.
    pub number: u32,
}

/// A value that is not written yet.
#[derive(Debug)]
pub enum Value<'v> {
    /// What stands in the record.
    Node(At),
    /// A result.
    Number(Decimal),
    /// A constant or a result.
    Text(Cow<'v, str>),
    /// A constant or a result.
    Boolean(bool),
    /// Nothing.
    Null,
}

impl Value<'_> {
    /// Whether it is null, in the record or as a result.
    pub fn is_null(&self, tape: &Tape<'_>) -> bool {
        match self {
            Self::Null => true,
            Self::Node(at) => tape.kind(*at) == Kind::Null,
            _ => false,
        }
    }
}

/// Why a record cannot be converted. Boxed, so that results stay small where nothing is wrong.
pub type Problem = Box<Why>;

/// Why a record cannot be converted.
#[derive(Debug)]
pub struct Why {
    /// JSON Pointer of the field.
    pub pointer: String,
    /// One sentence.
    pub message: String,
    /// Because something is null or not there, so that a default helps.
    pub absent: bool,
}

impl Why {
    /// About what stands there: `is not a number`.
    #[cold]
    pub fn at(tape: &Tape<'_>, at: At, what: &str) -> Problem {
        let pointer = tape.pointer(at);
        let raw = tape.raw(at);
        let shown = match raw.char_indices().nth(40) {
            Some((end, _)) => format!("{}…", &raw[..end]),
            None => raw.to_owned(),
        };
        let absent = tape.kind(at) == Kind::Null;
        Box::new(Self {
            message: format!("`{shown}` at `{pointer}` {what}"),
            pointer,
            absent,
        })
    }

    /// About what does not stand there.
    #[cold]
    pub fn missing(path: Path<'_>, tape: &Tape<'_>, at: At, walked: usize) -> Problem {
        let pointer = path.pointer_of_missing(tape, at, walked);
        let message = format!(
            "there is nothing at `{pointer}`; add `?` to the path or a `default` if that is allowed"
        );
        Box::new(Self {
            pointer,
            message,
            absent: true,
        })
    }

    /// About a result of the item at hand.
    #[cold]
    pub fn of_item(scope: Scope<'_, '_>, message: impl Into<String>) -> Problem {
        Box::new(Self {
            pointer: scope.tape.pointer(scope.item),
            message: message.into(),
            absent: false,
        })
    }

    /// As [`Why::of_item`], because something is null.
    #[cold]
    pub fn absent(scope: Scope<'_, '_>, message: impl Into<String>) -> Problem {
        Box::new(Self {
            pointer: scope.tape.pointer(scope.item),
            message: message.into(),
            absent: true,
        })
    }
}

/// The value of an expression.
pub fn evaluate<'v>(
    expression: &'v Expression<'_>,
    scope: Scope<'_, '_>,
) -> Result<Value<'v>, Problem> {
    Ok(match expression {
        Expression::Path(path) => match path.find(scope.tape, scope.item) {
            Found::Node(at) => Value::Node(at),
            Found::Null => Value::Null,
            Found::Missing(at, walked) => return Err(Why::missing(*path, scope.tape, at, walked)),
        },
        Expression::Number(number) => Value::Number(*number),
        Expression::Text(text) => Value::Text(Cow::Borrowed(text)),
        Expression::Boolean(value) => Value::Boolean(*value),
        Expression::Null => Value::Null,
        Expression::Not(inner) => Value::Boolean(!is_true(inner, scope)?),
        Expression::Minus(inner) => Value::Number(-decimal(inner, scope)?),
        Expression::Two(operator, sides) => two(*operator, &sides.0, &sides.1, scope)?,
    })
}

fn two<'v>(
    operator: Operator,
    left: &'v Expression<'_>,
    right: &'v Expression<'_>,
    scope: Scope<'_, '_>,
) -> Result<Value<'v>, Problem> {
    let too_long = || Why::of_item(scope, "the result has more than 28 digits".to_owned());
    Ok(match operator {
        Operator::Or => Value::Boolean(is_true(left, scope)? || is_true(right, scope)?),
        Operator::And => Value::Boolean(is_true(left, scope)? && is_true(right, scope)?),
        Operator::Plus => Value::Number(
            number::add(decimal(left, scope)?, decimal(right, scope)?).ok_or_else(too_long)?,
        ),
        Operator::Minus => Value::Number(
            number::add(decimal(left, scope)?, -decimal(right, scope)?).ok_or_else(too_long)?,
        ),
        Operator::Times => Value::Number(
            number::multiply(decimal(left, scope)?, decimal(right, scope)?).ok_or_else(too_long)?,
        ),
        Operator::Equal => {
            Value::Boolean(compare(left, right, scope)? == Compared::Ordered(Ordering::Equal))
        }
        Operator::NotEqual => {
            Value::Boolean(compare(left, right, scope)? != Compared::Ordered(Ordering::Equal))
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            Value::Boolean(match compare(left, right, scope)? {
                Compared::Ordered(order) => match operator {
                    Operator::Less => order.is_lt(),
                    Operator::LessOrEqual => order.is_le(),
                    Operator::Greater => order.is_gt(),
                    _ => order.is_ge(),
                },
                Compared::Null => false,
                Compared::Unlike(message) => return Err(Why::of_item(scope, message)),
            })
        }
    })
}

/// A condition: true or false and nothing else.
pub fn is_true(expression: &Expression<'_>, scope: Scope<'_, '_>) -> Result<bool, Problem> {
    match evaluate(expression, scope)? {
        Value::Boolean(value) => Ok(value),
        Value::Node(at) => match scope.tape.kind(at) {
            Kind::True => Ok(true),
            Kind::False => Ok(false),
            _ => Err(Why::at(scope.tape, at, "is not true or false")),
        },
        Value::Null => Err(Why::absent(
            scope,
            "a condition is null, not true or false".to_owned(),
        )),
        Value::Number(_) | Value::Text(_) => Err(Why::of_item(
            scope,
            "a condition is a value, not true or false".to_owned(),
        )),
    }
}

/// The exact number that an expression is.
pub fn decimal(expression: &Expression<'_>, scope: Scope<'_, '_>) -> Result<Decimal, Problem> {
    match evaluate(expression, scope)? {
        Value::Number(number) => Ok(number),
        Value::Node(at) => node_decimal(scope.tape, at),
        Value::Text(text) => number::parse(&text)
            .ok_or_else(|| Why::of_item(scope, format!("`{text}` is not a number"))),
        Value::Null => Err(Why::absent(scope, "null is not a number".to_owned())),
        Value::Boolean(_) => Err(Why::of_item(
            scope,
            "true and false are no numbers".to_owned(),
        )),
    }
}

/// The exact number that stands there, as a number or as text.
pub fn node_decimal(tape: &Tape<'_>, at: At) -> Result<Decimal, Problem> {
    let number = match tape.kind(at) {
        Kind::Number => number::parse(tape.raw(at)),
        Kind::Text | Kind::Escaped => number::parse(&tape.text(at)),
        _ => None,
    };
    number.ok_or_else(|| Why::at(tape, at, "is not a number of at most 28 digits"))
}

#[derive(PartialEq)]
enum Compared {
    Ordered(Ordering),
    /// One side is null, and the other is not.
    Null,
    Unlike(String),
}

/// A value as far as comparing needs it.
enum Side<'v> {
    Null,
    Boolean(bool),
    Number(Decimal),
    Text(Cow<'v, str>),
    Other,
}

fn side<'v>(expression: &'v Expression<'_>, scope: Scope<'_, 'v>) -> Result<Side<'v>, Problem> {
    let tape = scope.tape;
    Ok(match evaluate(expression, scope) {
        // What is not there compares as null.
        Err(problem) if problem.absent => Side::Null,
        Err(problem) => return Err(problem),
        Ok(Value::Null) => Side::Null,
        Ok(Value::Boolean(value)) => Side::Boolean(value),
        Ok(Value::Number(number)) => Side::Number(number),
        Ok(Value::Text(text)) => Side::Text(text),
        Ok(Value::Node(at)) => match tape.kind(at) {
            Kind::Null => Side::Null,
            Kind::True => Side::Boolean(true),
            Kind::False => Side::Boolean(false),
            Kind::Number => Side::Number(node_decimal(tape, at)?),
            Kind::Text | Kind::Escaped => Side::Text(tape.text(at)),
            Kind::Array | Kind::Object => Side::Other,
        },
    })
}

fn compare<'v>(
    left: &'v Expression<'_>,
    right: &'v Expression<'_>,
    scope: Scope<'_, 'v>,
) -> Result<Compared, Problem> {
    let numbers =
        |text: &str, number: Decimal, order: fn(Decimal, Decimal) -> Ordering| match number::parse(
            text,
        ) {
            Some(parsed) => Compared::Ordered(order(parsed, number)),
            None => Compared::Unlike(format!(
                "`{text}` is not a number and cannot be compared with one"
            )),
        };
    Ok(match (side(left, scope)?, side(right, scope)?) {
        (Side::Null, Side::Null) => Compared::Ordered(Ordering::Equal),
        (Side::Null, _) | (_, Side::Null) => Compared::Null,
        (Side::Boolean(left), Side::Boolean(right)) if left == right => {
            Compared::Ordered(Ordering::Equal)
        }
        (Side::Number(left), Side::Number(right)) => Compared::Ordered(left.cmp(&right)),
        (Side::Text(left), Side::Text(right)) => Compared::Ordered(left.cmp(&right)),
        (Side::Text(text), Side::Number(number)) => {
            numbers(&text, number, |text, number| text.cmp(&number))
        }
        (Side::Number(number), Side::Text(text)) => {
            numbers(&text, number, |text, number| number.cmp(&text))
        }
        _ => Compared::Unlike("values of these types cannot be compared".to_owned()),
    })
}
