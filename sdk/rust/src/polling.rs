//! Asks an application for what is new.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::imports::mortise::plugin::events::Event as RawEvent;
use crate::bindings::polling::exports::mortise::plugin::polling as raw;
use crate::descriptor::{Example, Operation, Role, schema_in, schema_out};
use crate::{Failure, json};

/// One trigger that polls.
pub trait Polling {
    /// Kebab-case, unique in the plugin: `new-deals`.
    const NAME: &'static str;
    /// One sentence: lower case, no full stop.
    const SUMMARY: &'static str;
    /// Uses [`crate::state`].
    const STATEFUL: bool = false;
    /// What the trigger's `with` holds, and `start`, where to begin without a cursor.
    type Input: DeserializeOwned + JsonSchema;
    /// Where the next poll goes on.
    type Cursor: Serialize + DeserializeOwned;
    /// What an event holds.
    type Payload: Serialize + JsonSchema;

    /// Called every so often; without a cursor the first time.
    fn poll(
        input: Self::Input,
        cursor: Option<Self::Cursor>,
    ) -> Result<News<Self::Cursor, Self::Payload>, Failure>;

    /// Inputs that work, for people and for tests.
    fn examples() -> Vec<Example> {
        Vec::new()
    }
}

/// What is new.
#[derive(Clone, Debug, PartialEq)]
pub struct News<C, P> {
    /// In the order in which they happened.
    pub events: Vec<Event<P>>,
    /// Kept together with the events or not at all.
    pub cursor: C,
    /// There is more now: poll again at once.
    pub more: bool,
}

/// Something that happened in an application.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<P> {
    /// The application's id: one run for one id of one trigger.
    pub id: String,
    /// RFC 3339.
    pub occurred_at: Option<String>,
    /// Events of one key keep their order.
    pub ordering_key: Option<String>,
    /// What the workflow sees as `.event`.
    pub payload: P,
}

impl<P> Event<P> {
    /// An event with nothing but what every event has.
    pub fn new(id: impl Into<String>, payload: P) -> Self {
        Self {
            id: id.into(),
            occurred_at: None,
            ordering_key: None,
            payload,
        }
    }
}

/// Writes the events' payloads.
pub(crate) fn write_events<P: Serialize>(events: Vec<Event<P>>) -> Result<Vec<RawEvent>, Failure> {
    let write_event = |event: Event<P>| {
        Ok(RawEvent {
            id: event.id,
            occurred_at: event.occurred_at,
            ordering_key: event.ordering_key,
            payload: json::write(&event.payload)?,
        })
    };
    events.into_iter().map(write_event).collect()
}

/// The descriptor's entry.
pub fn operation<P: Polling>() -> Operation {
    let mut operation = Operation::new(
        P::NAME,
        Role::Polling,
        P::SUMMARY,
        schema_in::<P::Input>(),
        schema_out::<P::Payload>(),
    );
    operation.repeat = crate::Repeat::Safe;
    operation.stateful = P::STATEFUL;
    operation.examples = P::examples();
    operation
}

/// From the component's export to the trait.
pub fn poll<P: Polling>(input: &str, cursor: Option<String>) -> Result<raw::News, Failure> {
    let input = json::read::<P::Input>(input, "input")?;
    let cursor = cursor
        .map(|text| json::read::<P::Cursor>(&text, "cursor"))
        .transpose()?;
    let news = P::poll(input, cursor)?;
    Ok(raw::News {
        events: write_events(news.events)?,
        cursor: json::write(&news.cursor)?,
        more: news.more,
    })
}
