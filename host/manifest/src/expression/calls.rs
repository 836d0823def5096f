//! What a call of a function reads.

use crate::schema::Kinds;

/// How a function uses its input and its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// Not its input; every argument sees the same input as the call.
    Arguments,
    /// Not its input; the first argument sees the same input as the call, the others see what the first gives.
    First,
    /// Its input; what its arguments see lies within that.
    Input,
}

/// What a function reads; the careful answer is its input.
pub(super) fn reads(name: &str, arguments: usize) -> Reads {
    match (name, arguments) {
        ("true" | "false" | "null" | "empty" | "nan" | "infinite", 0)
        | ("range", 1..=3)
        | ("first" | "last" | "isempty" | "add" | "error", 1)
        | ("limit" | "skip" | "nth", 2) => Reads::Arguments,
        ("any" | "all", 2) => Reads::First,
        _ => Reads::Input,
    }
}

/// The types that a function gives, as far as its name tells.
pub(super) fn gives(name: &str, arguments: usize) -> Kinds {
    match (name, arguments) {
        ("true" | "false" | "not" | "any" | "all" | "isnan" | "isinfinite" | "isnormal", 0)
        | (
            "has" | "in" | "inside" | "contains" | "startswith" | "endswith" | "any" | "all"
            | "isempty",
            1,
        )
        | ("test", 1 | 2)
        | ("any" | "all", 2) => Kinds::BOOLEAN,
        ("null", 0) => Kinds::NULL,
        ("length" | "utf8bytelength" | "tonumber" | "floor" | "ceil" | "round" | "sqrt", 0)
        | ("range", 1..=3) => Kinds::NUMBER,
        (
            "tostring" | "tojson" | "ascii_downcase" | "ascii_upcase" | "type" | "trim" | "ltrim"
            | "rtrim",
            0,
        )
        | ("join" | "ltrimstr" | "rtrimstr", 1) => Kinds::STRING,
        ("keys" | "keys_unsorted" | "to_entries" | "sort" | "unique" | "explode", 0)
        | ("map" | "split" | "sort_by" | "group_by" | "unique_by", 1) => Kinds::ARRAY,
        ("from_entries", 0) | ("with_entries", 1) => Kinds::OBJECT,
        _ => Kinds::ANY,
    }
}
