//! The action `leaf`, which declares pages.

use mortise_sdk::{Action, Failure, Outcome, Repeat, Turn};

use crate::act::{Input, spin};
use crate::raw::Raw;

/// Gives a page, or something else.
pub struct Leaf;

impl Action for Leaf {
    const NAME: &'static str = "leaf";
    const SUMMARY: &'static str = "gives a page, or something else";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Raw;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Raw>, Failure> {
        let count = input.bytes;
        let records = || (0..count).map(|n| Raw(n.to_string())).collect();
        match input.what.as_str() {
            "records" => Outcome::page(records(), None::<Raw>),
            "large" => Outcome::page(vec![Raw::of(count), Raw::of(count)], None::<Raw>),
            "token" => Outcome::page(Vec::new(), Some(Raw::of(count))),
            "broken" => Outcome::page(vec![Raw::broken()], None::<Raw>),
            // Together they would be one list of one list.
            "halves" => {
                let halves = ["[1", "2]"].map(|half| Raw(half.to_owned()));
                Outcome::page(halves.into(), None::<Raw>)
            }
            "list" => Ok(Outcome::Done(Raw("[1, 2, 3]".to_owned()))),
            "text" => Ok(Outcome::Done(Raw::of(count))),
            "loop" => spin(),
            _ => Err(Failure::reject(format!(
                "it does not know this turn: {turn:?}"
            ))),
        }
    }
}
