//! Asks an application for what is new.
//!
//! ```
//! use mortise_sdk::http::Request;
//! use mortise_sdk::polling::Start;
//! use mortise_sdk::{Event, Failure, News, Polling};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! /// Deals that were opened.
//! struct NewDeals;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Input {
//!     /// The pipeline to watch.
//!     pipeline: String,
//!     #[serde(default)]
//!     start: Start,
//! }
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Deal {
//!     id: u64,
//!     amount: f64,
//! }
//!
//! impl Polling for NewDeals {
//!     const NAME: &'static str = "new-deals";
//!     const SUMMARY: &'static str = "a deal was opened";
//!     type Input = Input;
//!     /// The id of the last deal that was seen.
//!     type Cursor = u64;
//!     type Payload = Deal;
//!
//!     fn poll(input: Input, cursor: Option<u64>) -> Result<News<u64, Deal>, Failure> {
//!         let after = cursor.unwrap_or(0).to_string();
//!         let request = Request::get("https://crm.example/deals").query("after", &after);
//!         let deals: Vec<Deal> = request.query("pipeline", &input.pipeline).send()?.ok()?.json()?;
//!         let last = deals.last().map(|deal| deal.id);
//!         let news = News {
//!             cursor: last.or(cursor).unwrap_or(0),
//!             more: deals.len() == 100,
//!             events: deals.into_iter().map(|deal| Event::new(deal.id.to_string(), deal)).collect(),
//!         };
//!         // A trigger that begins now only looks where it is.
//!         let is_old = cursor.is_none() && input.start == Start::Now;
//!         Ok(if is_old { News { events: Vec::new(), ..news } } else { news })
//!     }
//! }
//!
//! use mortise_sdk::fake::{self, Answer, Host};
//! let deals = Answer::json(200, r#"[{"id":7,"amount":1.5}]"#);
//! let _host = Host::new().answer(deals.clone()).answer(deals).install();
//! let input = serde_json::json!({ "pipeline": "default" });
//! let first = fake::poll::<NewDeals>(&input, None).unwrap();
//! assert_eq!((first.events.len(), first.cursor), (0, 7.into()));
//! let next = fake::poll::<NewDeals>(&input, Some(&6.into())).unwrap();
//! assert_eq!(next.events[0].id, "7");
//! ```

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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
    /// What the trigger's `with` holds, and `start`, where to begin without a cursor: see [`Start`].
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

/// Where the first poll of a trigger begins, as the trigger says; the host puts it into the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// With what happens from now on: the first poll gives a cursor and as a rule no events.
    #[default]
    Now,
    /// With the oldest that the application has.
    Beginning,
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

    /// When it happened: RFC 3339.
    #[must_use]
    pub fn at(mut self, occurred_at: impl Into<String>) -> Self {
        self.occurred_at = Some(occurred_at.into());
        self
    }

    /// Events of one key keep their order.
    #[must_use]
    pub fn in_order_of(mut self, key: impl Into<String>) -> Self {
        self.ordering_key = Some(key.into());
        self
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
