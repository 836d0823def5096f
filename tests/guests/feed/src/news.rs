//! The polling operation `news`.

use mortise_sdk::http::Request;
use mortise_sdk::polling::Start;
use mortise_sdk::{Event, Example, Failure, Json, News, Polling};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::attachment::attach;

/// Asks for what is new: `GET URL?after=CURSOR`, at first `GET URL?start=now` or `beginning`.
pub struct NewsOf;

/// Where to ask.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// Where it is.
    url: String,
    /// Where the first poll begins.
    #[serde(default)]
    start: Start,
}

/// What the application answers.
#[derive(Deserialize)]
struct Answer {
    events: Vec<Happened>,
    cursor: Json,
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
struct Happened {
    id: String,
    key: Option<String>,
    payload: Value,
}

fn event(happened: Happened) -> Result<Event<Value>, Failure> {
    let mut payload = happened.payload;
    if let Value::Object(payload) = &mut payload {
        attach(payload)?;
    }
    let event = Event::new(happened.id, payload);
    Ok(match happened.key {
        Some(key) => event.in_order_of(key),
        None => event,
    })
}

impl Polling for NewsOf {
    const NAME: &'static str = "news";
    const SUMMARY: &'static str = "something happened";
    type Input = Input;
    type Cursor = Json;
    type Payload = Value;

    fn poll(input: Input, cursor: Option<Json>) -> Result<News<Json, Value>, Failure> {
        let request = Request::get(input.url);
        let request = match (&cursor, input.start) {
            (Some(cursor), _) => request.query("after", &plain(cursor)),
            (None, Start::Now) => request.query("start", "now"),
            (None, Start::Beginning) => request.query("start", "beginning"),
        };
        let answer: Answer = request.anonymous().send()?.ok()?.json()?;
        let events = answer.events.into_iter().map(event);
        Ok(News {
            events: events.collect::<Result<_, _>>()?,
            cursor: answer.cursor,
            more: answer.more,
        })
    }

    fn examples() -> Vec<Example> {
        let input = serde_json::json!({ "url": "http://127.0.0.1:9000/news" });
        vec![Example::new("all that happens", input)]
    }
}

/// Text as it is, anything else as JSON.
fn plain(cursor: &Json) -> String {
    cursor.parse().unwrap_or_else(|_| cursor.text().to_owned())
}
