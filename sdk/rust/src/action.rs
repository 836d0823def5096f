//! Does one thing in an application: creates, reads, sends, searches.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::actions::exports::mortise::plugin::actions as raw;
use crate::descriptor::{Example, Operation, Repeat, Role, schema_in, schema_out};
use crate::{Failure, Json, json};

/// One action. The schemas in the descriptor come from `Input` and `Output`.
pub trait Action {
    /// Kebab-case, unique in the plugin: `post-message`.
    const NAME: &'static str;
    /// One sentence: lower case, no full stop.
    const SUMMARY: &'static str;
    /// What a second call with the same idempotency key does.
    const REPEAT: Repeat;
    /// Answers with [`Outcome::Page`]; `Output` is then one record.
    const PAGED: bool = false;
    /// Uses [`crate::state`]: the engine then runs it one call at a time.
    const STATEFUL: bool = false;
    /// What the step's `with` holds.
    type Input: DeserializeOwned + JsonSchema;
    /// What the step's output holds.
    type Output: Serialize + JsonSchema;

    /// Called once for each turn of each attempt.
    fn invoke(input: Self::Input, turn: Turn) -> Result<Outcome<Self::Output>, Failure>;

    /// Inputs that work, for people and for tests.
    fn examples() -> Vec<Example> {
        Vec::new()
    }
}

/// Which turn of a longer operation this is. Each is journaled and retried on its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// The first.
    Start,
    /// The page after the one that gave this token.
    Next(Json),
    /// A suspension goes on.
    Resumed {
        /// What the suspension kept.
        token: Json,
        /// What came to the callback, if anything did.
        callback: Option<Json>,
    },
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<T> {
    /// The whole result.
    Done(T),
    /// Some of the records.
    Page {
        /// In the application's order.
        records: Vec<T>,
        /// Asks for the next page; none at the end.
        next: Option<Json>,
    },
    /// The application works on: ask again later, or wait for its call.
    Suspended {
        /// Comes back with [`Turn::Resumed`].
        token: Json,
        /// Ask again after so many milliseconds.
        poll_after_ms: Option<u64>,
        /// The application will call [`crate::context::callback_url`].
        callback: bool,
    },
}

/// The descriptor's entry.
pub fn operation<A: Action>() -> Operation {
    let mut operation = Operation::new(
        A::NAME,
        Role::Action,
        A::SUMMARY,
        schema_in::<A::Input>(),
        schema_out::<A::Output>(),
    );
    operation.repeat = A::REPEAT;
    operation.stateful = A::STATEFUL;
    operation.paging = A::PAGED;
    operation.examples = A::examples();
    operation
}

/// From the component's export to the trait: reads, calls, writes.
pub fn invoke<A: Action>(input: &str, turn: raw::Turn) -> Result<raw::Outcome, Failure> {
    let input = json::read::<A::Input>(input, "input")?;
    Ok(match A::invoke(input, read_turn(turn)?)? {
        Outcome::Done(output) => raw::Outcome::Done(json::write(&output)?),
        Outcome::Page { records, next } => raw::Outcome::Page(raw::Page {
            records: records.iter().map(json::write).collect::<Result<_, _>>()?,
            next: next.map(Json::into_text),
        }),
        Outcome::Suspended {
            token,
            poll_after_ms,
            callback,
        } => raw::Outcome::Suspended(raw::Suspension {
            token: token.into_text(),
            poll_after_ms,
            callback,
        }),
    })
}

fn read_turn(turn: raw::Turn) -> Result<Turn, Failure> {
    Ok(match turn {
        raw::Turn::Start => Turn::Start,
        raw::Turn::Next(token) => Turn::Next(json::read(&token, "page token")?),
        raw::Turn::Resumed((token, callback)) => Turn::Resumed {
            token: json::read(&token, "suspension token")?,
            callback: callback
                .map(|text| json::read(&text, "callback"))
                .transpose()?,
        },
    })
}
