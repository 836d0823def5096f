//! The webhook `challenge`.

use mortise_sdk::webhook::{Request, Response};
use mortise_sdk::{Example, Failure, Reception, Webhook};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::order;

/// Proves that the address is ours, by giving back what it is asked; otherwise as `order`.
pub struct Challenge;

#[derive(Deserialize)]
struct Asked {
    challenge: String,
}

impl Webhook for Challenge {
    const NAME: &'static str = "challenge";
    const SUMMARY: &'static str = "an order came, from an application that asks for proof first";
    const ANSWERS: bool = true;
    type Input = Map<String, Value>;
    type Memory = ();
    type Payload = Map<String, Value>;

    fn receive(
        _: Map<String, Value>,
        _: Option<()>,
        request: Request,
    ) -> Result<Reception<Map<String, Value>>, Failure> {
        let asked = || request.json::<Asked>().ok().map(|asked| asked.challenge);
        if let Some(challenge) = request.query("challenge").or_else(asked) {
            return Ok(Reception::answer(Response::text(200, &challenge)));
        }
        let events = order::events(&request)?;
        let answer = Response::json(200, &json!({ "taken": events.len() }))?;
        Ok(Reception {
            events,
            ..Reception::answer(answer)
        })
    }

    fn examples() -> Vec<Example> {
        vec![Example::new("takes no settings", json!({}))]
    }
}
