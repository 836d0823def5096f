//! `new-events`: asks for the events after the last one that was seen.
//!
//! Stripe lists events newest first. From an event that is known, `ending_before` pages forward, by the event's place
//! in the list and not by its time, so that events of one second are neither lost nor doubled. Where none is known,
//! the list is walked down to its oldest event first.

use mortise_sdk::http::Response;
use mortise_sdk::polling::Start;
use mortise_sdk::{Example, Failure, News, Polling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::happened;
use super::types::Types;
use crate::calls::{self, List, PAGE_MAX};
use crate::errors::Asked;
use crate::form::Parameters;
use crate::moment;
use crate::objects::{Event, Passed};
use crate::stripe;

const PATH: &str = "/v1/events";

/// The list becomes consistent only after some seconds: an event may appear behind one that is newer. What is
/// younger than this is left for the next poll. Others who follow this list saw delays of a few seconds.
const SETTLED_AFTER_S: i64 = 30;

/// Stripe keeps events for 30 days; a day less, so that the last hours do not matter.
const KEPT_S: i64 = 29 * 24 * 3600;

pub struct NewEvents;

/// Which events.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Types of events, with `*` for anything: `[payment_intent.*, invoice.paid]`. Every type without it.
    #[serde(default)]
    types: Types,
    /// Where the first poll begins: with what happens from now on, or with the oldest event, up to 30 days ago.
    #[serde(default)]
    start: Start,
}

/// Where the next poll goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cursor {
    /// Nothing was given yet: whatever is there is new.
    All,
    /// The same, on the way down to the oldest event: everything above this one is newer.
    Seeking(String),
    /// Everything up to this event was given.
    After(Seen),
}

/// The last event that was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    id: String,
    created: i64,
}

type Given = News<Cursor, Passed<Event>>;

impl Polling for NewEvents {
    const NAME: &'static str = "new-events";
    const SUMMARY: &'static str = "something happened: asks for new events";
    type Input = Input;
    type Cursor = Cursor;
    type Payload = Passed<Event>;

    fn poll(input: Input, cursor: Option<Cursor>) -> Result<Given, Failure> {
        match cursor {
            None if input.start == Start::Now => begin_now(),
            None | Some(Cursor::All) => walk_down(&input.types, None),
            Some(Cursor::Seeking(before)) => walk_down(&input.types, Some(before)),
            Some(Cursor::After(seen)) => go_on(&input.types, seen),
        }
    }

    fn examples() -> Vec<Example> {
        let input =
            json!({ "types": ["invoice.paid", "invoice.payment_failed"], "start": "beginning" });
        vec![Example::new("Invoices, paid or not", input)]
    }
}

/// A page, newest first, and when it was given.
struct Page {
    events: Vec<Passed<Event>>,
    has_more: bool,
    at: Option<i64>,
}

fn page(mut query: Parameters, limit: usize, place: Option<(&str, &str)>) -> Result<Page, Failure> {
    query.push(("limit".to_owned(), limit.to_string()));
    if let Some((name, id)) = place {
        query.push((name.to_owned(), id.to_owned()));
    }
    read(&stripe::get(PATH, &query, &Asked::default())?)
}

fn read(response: &Response) -> Result<Page, Failure> {
    let list: List<Passed<Event>> = response.json()?;
    Ok(Page {
        events: list.data,
        has_more: list.has_more,
        at: moment::answered_at(response),
    })
}

/// Only looks where the list is.
fn begin_now() -> Result<Given, Failure> {
    let newest = page(Parameters::new(), 1, None)?;
    Ok(News {
        events: Vec::new(),
        cursor: newest.events.first().map_or(Cursor::All, after),
        more: false,
    })
}

/// Looks for the oldest event, which is on the last page.
fn walk_down(types: &Types, above: Option<String>) -> Result<Given, Failure> {
    let place = above.as_deref().map(|id| ("starting_after", id));
    let found = match page(types.query(), PAGE_MAX, place) {
        Err(failure) if above.is_some() && is_unknown(&failure) => return Ok(all_over()),
        found => found?,
    };
    let oldest = found.events.last().and_then(Passed::id);
    match calls::next(found.has_more, oldest, above.as_deref())? {
        Some(oldest) => Ok(News {
            events: Vec::new(),
            cursor: Cursor::Seeking(oldest),
            more: true,
        }),
        // Those above went by while it was walked down, and what was the oldest is gone.
        None if above.is_some() && found.events.is_empty() => Ok(all_over()),
        None => Ok(give(types, found, Cursor::All, above.is_some())),
    }
}

/// The events after the last one.
fn go_on(types: &Types, seen: Seen) -> Result<Given, Failure> {
    match page(types.query(), PAGE_MAX, Some(("ending_before", &seen.id))) {
        Ok(found) if found.events.first().and_then(Passed::id) == Some(&seen.id) => Err(
            Failure::retry("Stripe gave a page that does not get any further"),
        ),
        Ok(found) => {
            let more = found.has_more;
            Ok(give(types, found, Cursor::After(seen), more))
        }
        Err(failure) if is_unknown(&failure) => forgotten(&seen, failure),
        Err(failure) => Err(failure),
    }
}

/// Stripe no longer keeps the last event, so everything that it keeps is newer; unless it is somebody else's list.
fn forgotten(seen: &Seen, failure: Failure) -> Result<Given, Failure> {
    let newest = page(Parameters::new(), 1, None)?;
    match newest.at {
        Some(now) if now - seen.created < KEPT_S => Err(Failure {
            message: format!(
                "Stripe does not know the event `{}` that was seen last, and it is too young to be forgotten: the connection's key is of another account or mode than before. Make a new trigger for it",
                seen.id
            ),
            disposition: mortise_sdk::Disposition::Misconfigured,
            ..failure
        }),
        _ => Ok(all_over()),
    }
}

fn all_over() -> Given {
    News {
        events: Vec::new(),
        cursor: Cursor::All,
        more: true,
    }
}

/// Stripe does not know the event that a page should begin at, or no longer keeps it.
fn is_unknown(failure: &Failure) -> bool {
    let code = failure
        .cause
        .as_ref()
        .and_then(|cause| cause.code.as_deref());
    code == Some("resource_missing") || failure.message.contains("aged out of our retention policy")
}

/// Gives a page's events, oldest first, as far as the list is settled.
fn give(types: &Types, found: Page, stays: Cursor, more: bool) -> Given {
    let all = found.events.len();
    let is_settled = |event: &Passed<Event>| match found.at {
        Some(now) => created(event) <= now - SETTLED_AFTER_S,
        None => true,
    };
    let oldest_first = found.events.into_iter().rev();
    let settled: Vec<Passed<Event>> = oldest_first.take_while(is_settled).collect();
    News {
        cursor: settled.last().map_or(stays, after),
        more: more && settled.len() == all,
        events: settled
            .into_iter()
            .filter(|event| {
                event.0["type"]
                    .as_str()
                    .is_some_and(|kind| types.want(kind))
            })
            .map(happened)
            .collect(),
    }
}

fn after(event: &Passed<Event>) -> Cursor {
    Cursor::After(Seen {
        id: event.id().unwrap_or_default().to_owned(),
        created: created(event),
    })
}

fn created(event: &Passed<Event>) -> i64 {
    event.0["created"].as_i64().unwrap_or_default()
}
