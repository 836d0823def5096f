//! Does one thing in an application: creates, reads, sends, searches.
//!
//! Most actions are done in one turn. A long list comes page by page, and a workflow walks the
//! pages without ever holding all of them:
//!
//! ```
//! # use mortise_sdk::{Action, Failure, Outcome, Repeat, Turn};
//! struct Countdown;
//!
//! impl Action for Countdown {
//!     const NAME: &'static str = "countdown";
//!     const SUMMARY: &'static str = "counts down in pages of ten";
//!     const REPEAT: Repeat = Repeat::Safe;
//!     const PAGED: bool = true;
//!     type Input = u32;
//!     /// One record.
//!     type Output = u32;
//!
//!     fn invoke(from: u32, turn: Turn) -> Result<Outcome<u32>, Failure> {
//!         let from = turn.page()?.unwrap_or(from);
//!         let to = from.saturating_sub(10);
//!         Outcome::page((to..from).rev().collect(), (to > 0).then_some(to))
//!     }
//! }
//!
//! # use mortise_sdk::fake;
//! let Outcome::Page { records, next } = fake::turn::<Countdown>(&12.into(), Turn::Start).unwrap() else {
//!     panic!("not a page");
//! };
//! assert_eq!((records.len(), next.as_ref().map(|token| token.text())), (10, Some("2")));
//! # let end = fake::turn::<Countdown>(&12.into(), Turn::Next(next.unwrap())).unwrap();
//! # assert_eq!(end, Outcome::Page { records: vec![1.into(), 0.into()], next: None });
//! ```
//!
//! An application that works for minutes is not waited for. The action is suspended, which holds no
//! memory and survives restarts, and goes on when the time has come or the application calls back:
//!
//! ```
//! # use mortise_sdk::{Action, Failure, Outcome, Repeat, Turn, context, http::Request};
//! # use serde_json::{Value, json};
//! struct Render;
//!
//! impl Action for Render {
//!     const NAME: &'static str = "render";
//!     const SUMMARY: &'static str = "renders a video";
//!     const REPEAT: Repeat = Repeat::Keyed;
//!     type Input = Value;
//!     type Output = Value;
//!
//!     fn invoke(input: Value, turn: Turn) -> Result<Outcome<Value>, Failure> {
//!         match turn {
//!             Turn::Resumed { callback: Some(video), .. } => Ok(Outcome::Done(video.read("callback")?)),
//!             _ => {
//!                 let order = json!({ "scene": input, "call": context::callback_url()? });
//!                 let jobs = Request::post("https://video.example/jobs").idempotent();
//!                 let job: Value = jobs.json(&order)?.send()?.ok()?.json()?;
//!                 Outcome::until_called(&job["id"])
//!             }
//!         }
//!     }
//! }
//!
//! # use mortise_sdk::fake::{self, Answer, Host};
//! # use mortise_sdk::Json;
//! let job = Answer::json(202, r#"{"id":"j1"}"#);
//! let host = Host::new().answer(job).callback_url("https://hooks.example/c").install();
//! let Outcome::Suspended { token, callback: true, .. } =
//!     fake::turn::<Render>(&json!("sea"), Turn::Start).unwrap()
//! else {
//!     panic!("not suspended");
//! };
//! let callback = Some(Json::of(&json!({ "video": "v1" })).unwrap());
//! let done = fake::turn::<Render>(&json!("sea"), Turn::Resumed { token, callback }).unwrap();
//! assert_eq!(done, Outcome::Done(json!({ "video": "v1" })));
//! ```

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
    /// Answers with [`Outcome::Page`]; `Output` is then one record. Where this is not set, the host
    /// refuses a page; where it is, a list that is [`Outcome::Done`] counts as the only page.
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

impl Turn {
    /// The token of the page that is asked for; none at the first one.
    pub fn page<T: DeserializeOwned>(&self) -> Result<Option<T>, Failure> {
        match self {
            Self::Next(token) => token.read("page token").map(Some),
            Self::Start | Self::Resumed { .. } => Ok(None),
        }
    }
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

impl<T> Outcome<T> {
    /// Some of the records, and what asks for the next ones; none at the end.
    pub fn page<N: Serialize>(records: Vec<T>, next: Option<N>) -> Result<Self, Failure> {
        let next = next.as_ref().map(json::keep).transpose()?;
        Ok(Self::Page { records, next })
    }

    /// The application works on: the next turn comes after so many milliseconds, with this token.
    pub fn later<K: Serialize + ?Sized>(token: &K, after_ms: u64) -> Result<Self, Failure> {
        Ok(Self::Suspended {
            token: json::keep(token)?,
            poll_after_ms: Some(after_ms),
            callback: false,
        })
    }

    /// The application works on and will call [`crate::context::callback_url`]: the next turn comes
    /// with this token and what it sent.
    pub fn until_called<K: Serialize + ?Sized>(token: &K) -> Result<Self, Failure> {
        Ok(Self::Suspended {
            token: json::keep(token)?,
            poll_after_ms: None,
            callback: true,
        })
    }
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
