//! `create-ticket`: passes the idempotency key on, so that a second attempt makes no second ticket.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::desk::{self, Ticket};

pub struct CreateTicket;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// One line: what is wrong.
    #[schemars(length(min = 1))]
    subject: String,
    /// All that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// How soon somebody has to look.
    #[serde(default)]
    priority: Priority,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

impl Action for CreateTicket {
    const NAME: &'static str = "create-ticket";
    const SUMMARY: &'static str = "creates a ticket";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Input;
    type Output = Ticket;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Ticket>, Failure> {
        let request = Request::post(desk::url("/tickets")?).idempotent().json(&input)?;
        Ok(Outcome::Done(desk::ask(request)?.json()?))
    }

    fn examples() -> Vec<Example> {
        let ticket = json!({
            "id": "t-1", "subject": "The door is stuck", "status": "open", "created-at": "2026-01-02T03:04:05.000Z",
        });
        let input = json!({ "subject": "The door is stuck", "priority": "high" });
        vec![Example::new("A ticket", input).output(ticket)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};

    use super::*;

    #[test]
    fn the_key_is_passed_on() {
        let ticket = r#"{"id":"t-1","subject":"A","status":"open","created_at":"2026-01-02T03:04:05.000Z"}"#;
        let host = Host::new().answer(Answer::json(201, ticket)).install();
        let output = fake::invoke::<CreateTicket>(&json!({ "subject": "A" })).unwrap();
        assert_eq!(output["created-at"], "2026-01-02T03:04:05.000Z");
        let request = &host.requests()[0];
        assert!(request.headers.contains(&("idempotency-key".into(), "test-key".into())));
    }
}
