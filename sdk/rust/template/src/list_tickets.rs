//! `list-tickets`: page by page, each of which can be asked for again.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::desk::{self, Status, Ticket};

pub struct ListTickets;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Only those that are so.
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Page {
    tickets: Vec<Ticket>,
    next_cursor: Option<String>,
}

impl Action for ListTickets {
    const NAME: &'static str = "list-tickets";
    const SUMMARY: &'static str = "lists tickets";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Ticket;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Ticket>, Failure> {
        let cursor: Option<String> = turn.page()?;
        let mut request = Request::get(desk::url("/tickets")?);
        if let Some(status) = input.status {
            request = request.query("status", word(status));
        }
        if let Some(cursor) = &cursor {
            request = request.query("cursor", cursor);
        }
        let page: Page = desk::ask(request)?.json()?;
        if page.next_cursor.is_some() && page.next_cursor == cursor {
            return Err(Failure::retry("the application named a page as its own next page"));
        }
        Outcome::page(page.tickets, page.next_cursor.as_ref())
    }

    fn examples() -> Vec<Example> {
        vec![Example::new("What is open", json!({ "status": "open" }))]
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Closed => "closed",
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};

    use super::*;

    #[test]
    fn a_page_that_names_itself_is_not_followed() {
        let page = Answer::json(200, r#"{"tickets":[],"next_cursor":"c2"}"#);
        let _host = Host::new().answer(page.clone()).answer(page).install();
        let Ok(Outcome::Page { next, .. }) = fake::turn::<ListTickets>(&json!({}), Turn::Start) else {
            panic!("a page was expected");
        };
        let again = fake::turn::<ListTickets>(&json!({}), Turn::Next(next.unwrap()));
        assert!(again.is_err());
    }
}
