//! Types of calculations and comparisons.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;
use jaq_core::load::span;
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::Part;

use crate::schema::Kinds;

/// The types that a calculation gives.
pub(super) fn math(op: Math, left: Kinds, right: Kinds) -> Kinds {
    let numbers = left == Kinds::NUMBER && right == Kinds::NUMBER;
    match op {
        Math::Rem => Kinds::NUMBER,
        _ if numbers => Kinds::NUMBER,
        Math::Add
            if left == right && [Kinds::STRING, Kinds::ARRAY, Kinds::OBJECT].contains(&left) =>
        {
            left
        }
        Math::Sub => Kinds::NUMBER | Kinds::ARRAY,
        _ => Kinds::ANY,
    }
}

/// Message and help where two types never compare: jq orders values of different types, so the
/// result would be the same for every run.
pub(super) fn incomparable(op: Cmp, left: Kinds, right: Kinds) -> Option<(String, String)> {
    let is_equality = matches!(op, Cmp::Eq | Cmp::Ne);
    // Asking whether something is null makes sense whatever its schema says.
    if is_equality && (left == Kinds::NULL || right == Kinds::NULL) {
        return None;
    }
    let (left, right) = (left.without(Kinds::NULL), right.without(Kinds::NULL));
    if left == Kinds::NONE || right == Kinds::NONE || left.meets(right) {
        return None;
    }
    let convert = if [left, right].contains(&Kinds::NUMBER)
        && [left, right].contains(&Kinds::STRING)
    {
        "compare two numbers or two texts: convert one with `tonumber` or `tostring`, or change the quotes"
    } else {
        "compare values of one type"
    };
    Some((
        format!("this compares {left} with {right}, which gives the same answer for every run"),
        convert.to_owned(),
    ))
}

/// Where a term begins, as far as its parts tell.
pub(super) fn first_byte(text: &str, term: &Term<&str>) -> Option<usize> {
    let of = |part: &str| Some(span(text, part).start);
    match term {
        Term::Num(number) => of(number),
        Term::Call(name, _) | Term::Var(name) => of(name),
        Term::Str(_, parts) => match parts.first()? {
            StrPart::Str(part) => of(part).map(|at| at.saturating_sub(1)),
            StrPart::Term(term) => first_byte(text, term),
            StrPart::Char(_) => None,
        },
        Term::BinOp(left, _, right) => first_byte(text, left).or_else(|| first_byte(text, right)),
        Term::Neg(inner) | Term::TryCatch(inner, _) => first_byte(text, inner),
        Term::Arr(Some(inner)) => first_byte(text, inner),
        Term::Path(head, path) => first_byte(text, head).or_else(|| match path.0.first()? {
            (Part::Index(Term::Str(None, key)), _) => match key.first()? {
                // The dot stands before the name.
                StrPart::Str(name) => of(name).map(|at| at.saturating_sub(1)),
                _ => None,
            },
            _ => None,
        }),
        _ => None,
    }
}
