//! The webhook `order`.

use mortise_sdk::http;
use mortise_sdk::webhook::{Request, Subscription};
use mortise_sdk::{Event, Example, Failure, Reception, Webhook};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::attachment::attach;

/// Takes orders: one, or `{"orders": […]}`.
pub struct Order;

/// Where the webhook is registered.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// `POST URL` registers an address, `DELETE URL/ID` takes it back.
    url: Option<String>,
}

/// What a subscription remembers.
#[derive(Serialize, Deserialize)]
pub struct Memory {
    /// The application's id of the registration, where it gave one.
    id: Option<String>,
}

/// What the application answers to a registration.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Registered {
    id: Option<Id>,
    renew_after_ms: Option<u64>,
}

/// An id as applications write it.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Id {
    Text(String),
    Number(u64),
}

impl Id {
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Webhook for Order {
    const NAME: &'static str = "order";
    const SUMMARY: &'static str = "an order came";
    const SUBSCRIBES: bool = true;
    type Input = Input;
    type Memory = Memory;
    type Payload = Map<String, Value>;

    fn receive(
        _: Input,
        _: Option<Memory>,
        request: Request,
    ) -> Result<Reception<Map<String, Value>, Memory>, Failure> {
        events(&request).map(Reception::of)
    }

    fn subscribe(
        input: Input,
        url: String,
        memory: Option<Memory>,
    ) -> Result<Subscription<Memory>, Failure> {
        let known = memory.and_then(|memory| memory.id);
        let registration = match &known {
            Some(id) => json!({ "url": url, "id": id }),
            None => json!({ "url": url }),
        };
        let request = http::Request::post(input.url()?).anonymous().idempotent();
        let answer: Registered = request.json(&registration)?.send()?.ok()?.json()?;
        let id = answer.id.map(Id::into_text).or(known);
        Ok(Subscription {
            renew_after_ms: answer.renew_after_ms,
            ..Subscription::new(Memory { id })
        })
    }

    fn unsubscribe(input: Input, memory: Memory) -> Result<(), Failure> {
        let url = input.url()?;
        let url = memory.id.map_or(url.to_owned(), |id| at(url, &id));
        let answer = http::Request::delete(url).anonymous().send()?;
        // What is gone already need not go again.
        match answer.status {
            404 | 410 => Ok(()),
            _ => answer.ok().map(drop),
        }
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "url": "http://127.0.0.1:9000/hooks" });
        vec![Example::new("registers itself", input)]
    }
}

impl Input {
    fn url(&self) -> Result<&str, Failure> {
        self.url.as_deref().ok_or_else(|| {
            let what = "to register the webhook, `with` needs the `url` where that is done";
            Failure::misconfigured(what).with_field("/url")
        })
    }
}

/// `URL/ID`
pub fn at(url: &str, id: &str) -> String {
    let mut url = format!("{}/", url.trim_end_matches('/'));
    http::push_encoded(&mut url, id);
    url
}

/// The orders of a body.
pub fn events(request: &Request) -> Result<Vec<Event<Map<String, Value>>>, Failure> {
    let mut body: Map<String, Value> = request.json()?;
    match body.remove("orders") {
        None => Ok(vec![event(0, "", body)?]),
        Some(Value::Array(orders)) => {
            let orders = orders.into_iter().enumerate();
            let orders = orders.map(|(index, order)| {
                let place = format!("/orders/{index}");
                match order {
                    Value::Object(order) => event(index, &place, order),
                    _ => Err(refused(index, &place, "is no object")),
                }
            });
            orders.collect()
        }
        Some(_) => Err(refused(0, "/orders", "is no list")),
    }
}

fn event(
    index: usize,
    place: &str,
    mut order: Map<String, Value>,
) -> Result<Event<Map<String, Value>>, Failure> {
    let text = |name: &str| match order.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let id = text("id").ok_or_else(|| refused(index, &format!("{place}/id"), "has no id"))?;
    let key = text("key");
    attach(&mut order)?;
    let event = Event::new(id, order);
    Ok(match key {
        Some(key) => event.in_order_of(key),
        None => event,
    })
}

fn refused(index: usize, field: &str, what: &str) -> Failure {
    let message = format!("order {index} of the webhook's body {what}");
    Failure::reject(message)
        .with_record(index)
        .with_field(field)
}
