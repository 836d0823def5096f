//! `new-tickets`: asks for what came after the last ticket that was seen.

use mortise_sdk::http::Request;
use mortise_sdk::polling::Start;
use mortise_sdk::{Event, Failure, News, Polling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desk::{self, Ticket};

pub struct NewTickets;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Where the first poll begins.
    #[serde(default)]
    start: Start,
}

/// Where the next poll goes on.
#[derive(Serialize, Deserialize)]
pub struct Cursor {
    after: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    tickets: Vec<Ticket>,
    more: bool,
}

impl Polling for NewTickets {
    const NAME: &'static str = "new-tickets";
    const SUMMARY: &'static str = "a ticket was created";
    type Input = Input;
    type Cursor = Cursor;
    type Payload = Ticket;

    fn poll(input: Input, cursor: Option<Cursor>) -> Result<News<Cursor, Ticket>, Failure> {
        let is_first = cursor.is_none();
        let after = cursor.and_then(|cursor| cursor.after);
        let mut request = Request::get(desk::url("/tickets/new")?);
        if let Some(after) = &after {
            request = request.query("after", after);
        }
        let page: Page = desk::ask(request)?.json()?;
        let last = page.tickets.last().map(|ticket| ticket.id.clone());
        // A trigger that begins now only looks where it is.
        let is_old = is_first && input.start == Start::Now;
        let events = page.tickets.into_iter().filter(|_| !is_old).map(|ticket| {
            let at = ticket.created_at.clone();
            Event::new(ticket.id.clone(), ticket).at(at)
        });
        Ok(News {
            events: events.collect(),
            cursor: Cursor { after: last.or(after) },
            more: page.more,
        })
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_trigger_begins_now_or_at_the_beginning() {
        let page = r#"{"tickets":[{"id":"t-1","subject":"A","status":"open","created_at":"2026-01-02T03:04:05.000Z"}],"more":false}"#;
        for (start, events) in [("now", 0), ("beginning", 1)] {
            let _host = Host::new().answer(Answer::json(200, page)).install();
            let news = fake::poll::<NewTickets>(&json!({ "start": start }), None).unwrap();
            assert_eq!(news.events.len(), events);
            assert_eq!(news.cursor, json!({ "after": "t-1" }));
        }
    }
}
