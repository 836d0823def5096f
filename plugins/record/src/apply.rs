//! Runs a plan over one record and writes the new one.

use mortise_sdk::Failure;
use rust_decimal::Decimal;

use crate::convert;
use crate::evaluate::{Problem, Scope, Value, Why, decimal, evaluate, is_true};
use crate::expression::Expression;
use crate::number;
use crate::path::{Found, Path};
use crate::plan::{FieldPlan, Item, Piece, Plan, Rows, Source};
use crate::tape::{At, Kind, ROOT, Tape};

/// What becomes of one record: none, one or more.
pub fn apply(plan: &Plan<'_>, record: &str) -> Result<Vec<String>, Failure> {
    let tape = Tape::read(record).map_err(Failure::reject)?;
    records(plan, &tape)
        .map_err(|problem| Failure::reject(problem.message).with_field(problem.pointer))
}

fn records(plan: &Plan<'_>, tape: &Tape<'_>) -> Result<Vec<String>, Problem> {
    let Some(list) = plan.each else {
        let scope = Scope {
            tape,
            item: ROOT,
            number: 1,
        };
        if !stays(&plan.rows, scope)? {
            return Ok(Vec::new());
        }
        // What leaves is about as long as what came.
        let mut out = String::with_capacity(tape.raw(ROOT).len() + 256);
        object(&plan.fields, scope, &mut out)?;
        return Ok(vec![out]);
    };
    let scope = Scope {
        tape,
        item: ROOT,
        number: 0,
    };
    let Some(list) = find_list(list, scope)? else {
        return Ok(Vec::new());
    };
    let mut records = Vec::new();
    each_row(list, &plan.rows, scope, |scope| {
        let mut out = String::with_capacity(tape.raw(scope.item).len() + 256);
        object(&plan.fields, scope, &mut out)?;
        records.push(out);
        Ok(())
    })?;
    Ok(records)
}

fn stays(rows: &Rows<'_>, scope: Scope<'_, '_>) -> Result<bool, Problem> {
    if let Some(keep) = &rows.keep
        && !is_true(keep, scope)?
    {
        return Ok(false);
    }
    match &rows.drop {
        Some(drop) => Ok(!is_true(drop, scope)?),
        None => Ok(true),
    }
}

/// Calls `row` with every item that stays, numbered from 1.
fn each_row<'a, 't>(
    list: At,
    rows: &Rows<'_>,
    scope: Scope<'a, 't>,
    mut row: impl FnMut(Scope<'a, 't>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut number = 1;
    for item in scope.tape.items(list) {
        let scope = Scope {
            tape: scope.tape,
            item,
            number,
        };
        if stays(rows, scope)? {
            row(scope)?;
            number += 1;
        }
    }
    Ok(())
}

/// The array that a path leads to; none where it is null.
fn find_list(path: Path<'_>, scope: Scope<'_, '_>) -> Result<Option<At>, Problem> {
    let at = match path.find(scope.tape, scope.item) {
        Found::Node(at) => at,
        Found::Null => return Ok(None),
        Found::Missing(at, walked) => return Err(Why::missing(path, scope.tape, at, walked)),
    };
    match scope.tape.kind(at) {
        Kind::Array => Ok(Some(at)),
        Kind::Null => Ok(None),
        _ => Err(Why::at(scope.tape, at, "is not a list")),
    }
}

fn object(fields: &[FieldPlan<'_>], scope: Scope<'_, '_>, out: &mut String) -> Result<(), Problem> {
    out.push('{');
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&field.key);
        self::field(field, scope, out)?;
    }
    out.push('}');
    Ok(())
}

fn field(field: &FieldPlan<'_>, scope: Scope<'_, '_>, out: &mut String) -> Result<(), Problem> {
    let start = out.len();
    let Some(default) = field.default else {
        return match source(field, scope, out)? {
            Written::Value => Ok(()),
            Written::Null => {
                out.push_str("null");
                Ok(())
            }
        };
    };
    match source(field, scope, out) {
        Ok(Written::Value) => return Ok(()),
        Err(problem) if !problem.absent => return Err(problem),
        Ok(Written::Null) | Err(_) => {}
    }
    out.truncate(start);
    out.push_str(default);
    Ok(())
}

enum Written {
    Value,
    /// Nothing was written: the value is null.
    Null,
}

fn source(
    field: &FieldPlan<'_>,
    scope: Scope<'_, '_>,
    out: &mut String,
) -> Result<Written, Problem> {
    let tape = scope.tape;
    let value = match &field.source {
        Source::Value(expression) => evaluate(expression, scope)?,
        Source::Template(pieces) => Value::Text(template(pieces, scope)?.into()),
        Source::Constant(json) => {
            out.push_str(json);
            return Ok(Written::Value);
        }
        Source::Object(fields) => {
            object(fields, scope, out)?;
            return Ok(Written::Value);
        }
        Source::Each(list, item) => {
            let Some(at) = find_list(list.path, scope)? else {
                return Ok(Written::Null);
            };
            each(at, &list.rows, item, scope, out)?;
            return Ok(Written::Value);
        }
        Source::Flatten(list) => {
            let Some(list) = find_list(*list, scope)? else {
                return Ok(Written::Null);
            };
            out.push('[');
            let mut is_first = true;
            flatten(tape, list, &mut is_first, out);
            out.push(']');
            return Ok(Written::Value);
        }
        Source::Count(list) => match find_list(list.path, scope)? {
            Some(at) => Value::Number(count(at, &list.rows, scope)?),
            None => Value::Null,
        },
        Source::Sum(list, of) => match find_list(list.path, scope)? {
            Some(at) => Value::Number(sum(at, &list.rows, of, scope)?),
            None => Value::Null,
        },
        Source::Number => Value::Number(scope.number.into()),
    };
    if value.is_null(tape) {
        return Ok(Written::Null);
    }
    convert::write(&value, field.to, scope, out)?;
    Ok(Written::Value)
}

fn count(list: At, rows: &Rows<'_>, scope: Scope<'_, '_>) -> Result<Decimal, Problem> {
    let mut count = 0_u64;
    each_row(list, rows, scope, |_| {
        count += 1;
        Ok(())
    })?;
    Ok(count.into())
}

fn sum(
    list: At,
    rows: &Rows<'_>,
    of: &Expression<'_>,
    scope: Scope<'_, '_>,
) -> Result<Decimal, Problem> {
    let mut sum = Decimal::ZERO;
    each_row(list, rows, scope, |scope| {
        let amount = decimal(of, scope)?;
        sum = number::add(sum, amount).ok_or_else(|| {
            Why::at(
                scope.tape,
                scope.item,
                "brings the sum to more than 28 digits",
            )
        })?;
        Ok(())
    })?;
    Ok(sum)
}

fn each(
    list: At,
    rows: &Rows<'_>,
    item: &Item<'_>,
    scope: Scope<'_, '_>,
    out: &mut String,
) -> Result<(), Problem> {
    out.push('[');
    let start = out.len();
    each_row(list, rows, scope, |scope| {
        if out.len() > start {
            out.push(',');
        }
        match item {
            Item::Object(fields) => object(fields, scope, out)?,
            Item::Value(expression, to) => {
                let value = evaluate(expression, scope)?;
                convert::write(&value, *to, scope, out)?;
            }
            Item::Same => out.push_str(scope.tape.raw(scope.item)),
        }
        Ok(())
    })?;
    out.push(']');
    Ok(())
}

fn flatten(tape: &Tape<'_>, list: At, is_first: &mut bool, out: &mut String) {
    for item in tape.items(list) {
        if tape.kind(item) == Kind::Array {
            flatten(tape, item, is_first, out);
            continue;
        }
        if !std::mem::take(is_first) {
            out.push(',');
        }
        out.push_str(tape.raw(item));
    }
}

fn template(pieces: &[Piece<'_>], scope: Scope<'_, '_>) -> Result<String, Problem> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Expression(expression) => {
                let value = evaluate(expression, scope)?;
                convert::push_text(&value, scope, &mut text)?;
            }
        }
    }
    Ok(text)
}
