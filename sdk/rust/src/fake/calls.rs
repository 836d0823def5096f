//! Calls of operations as the host makes them: everything passes through JSON.

use serde_json::Value;

use crate::bindings::actions::exports::mortise::plugin::actions as raw;
use crate::bindings::imports::mortise::plugin::events::Event as RawEvent;
use crate::transform::Outcomes;
use crate::webhook::{Request, Subscription};
use crate::{
    Action, Event, Failure, Json, News, Outcome, Polling, RawTransform, Reception, Records, Turn,
    Webhook,
};
use crate::{action, json, polling, webhook};

/// Calls an action that takes one turn; a page gives its records, a suspension its token.
pub fn invoke<A: Action>(input: &Value) -> Result<Value, Failure> {
    match turn::<A>(input, Turn::Start)? {
        Outcome::Done(output) => Ok(output),
        Outcome::Page { records, .. } => Ok(Value::Array(records)),
        Outcome::Suspended { token, .. } => token.read("token"),
    }
}

/// Makes one turn of an action.
pub fn turn<A: Action>(input: &Value, turn: Turn) -> Result<Outcome<Value>, Failure> {
    let turn = match turn {
        Turn::Start => raw::Turn::Start,
        Turn::Next(token) => raw::Turn::Next(token.into_text()),
        Turn::Resumed { token, callback } => {
            raw::Turn::Resumed((token.into_text(), callback.map(Json::into_text)))
        }
    };
    Ok(match action::invoke::<A>(&input.to_string(), turn)? {
        raw::Outcome::Done(output) => Outcome::Done(json::read(&output, "output")?),
        raw::Outcome::Page(page) => Outcome::Page {
            records: values(&page.records, "record")?,
            next: page
                .next
                .map(|token| json::read(&token, "page token"))
                .transpose()?,
        },
        raw::Outcome::Suspended(suspension) => Outcome::Suspended {
            token: json::read(&suspension.token, "token")?,
            poll_after_ms: suspension.poll_after_ms,
            callback: suspension.callback,
        },
    })
}

/// Polls once.
pub fn poll<P: Polling>(
    input: &Value,
    cursor: Option<&Value>,
) -> Result<News<Value, Value>, Failure> {
    let news = polling::poll::<P>(&input.to_string(), cursor.map(Value::to_string))?;
    Ok(News {
        events: read_events(news.events)?,
        cursor: json::read(&news.cursor, "cursor")?,
        more: news.more,
    })
}

/// Hands a request to a webhook.
pub fn receive<W: Webhook>(
    input: &Value,
    memory: Option<&Value>,
    request: Request,
) -> Result<Reception<Value, Value>, Failure> {
    let memory = memory.map(Value::to_string);
    let reception = webhook::receive::<W>(&input.to_string(), memory, request)?;
    let memory = reception.memory;
    Ok(Reception {
        events: read_events(reception.events)?,
        answer: reception.answer,
        memory: memory.map(|text| json::read(&text, "memory")).transpose()?,
    })
}

/// Registers a webhook, or renews it where it has a memory.
pub fn subscribe<W: Webhook>(
    input: &Value,
    url: &str,
    memory: Option<&Value>,
) -> Result<Subscription<Value>, Failure> {
    let (input, memory) = (input.to_string(), memory.map(Value::to_string));
    let subscription = webhook::subscribe::<W>(&input, url.to_owned(), memory)?;
    Ok(Subscription {
        memory: json::read(&subscription.memory, "memory")?,
        secrets: subscription.secrets,
        renew_after_ms: subscription.renew_after_ms,
    })
}

/// Takes a webhook's registration back.
pub fn unsubscribe<W: Webhook>(input: &Value, memory: &Value) -> Result<(), Failure> {
    webhook::unsubscribe::<W>(&input.to_string(), &memory.to_string())
}

fn read_events(events: Vec<RawEvent>) -> Result<Vec<Event<Value>>, Failure> {
    let read_event = |event: RawEvent| {
        Ok(Event {
            id: event.id,
            occurred_at: event.occurred_at,
            ordering_key: event.ordering_key,
            payload: json::read(&event.payload, "payload")?,
        })
    };
    events.into_iter().map(read_event).collect()
}

fn values(texts: &[String], what: &str) -> Result<Vec<Value>, Failure> {
    texts.iter().map(|text| json::read(text, what)).collect()
}

/// Calls a transform as the host does, through JSON.
pub fn apply<T: RawTransform>(
    config: &Value,
    records: &[Value],
) -> Result<Vec<Result<Vec<Value>, Failure>>, Failure> {
    let records: Vec<String> = records.iter().map(Value::to_string).collect();
    let outcomes: Outcomes = T::apply_all(&config.to_string(), records)?;
    let read = |texts: Vec<String>| values(&texts, "output");
    Ok(outcomes
        .into_iter()
        .map(|outcome| outcome.and_then(read))
        .collect())
}

/// Runs the examples of a transform; the error says which one gives something else.
pub fn run_examples<T: RawTransform>() -> Result<(), String> {
    for example in T::examples() {
        let outcomes = apply::<T>(&example.input, &example.records.unwrap_or_default());
        let outputs =
            outcomes.and_then(|outcomes| outcomes.into_iter().collect::<Result<Vec<_>, _>>());
        let outputs =
            outputs.map_err(|failure| format!("`{}` fails: {}", example.title, failure.message))?;
        let mut outputs = outputs.into_iter().flatten();
        let outputs = match T::RECORDS {
            Records::Each => Value::Array(outputs.collect()),
            // As everywhere, the result is the one value.
            Records::All => outputs.next().unwrap_or_default(),
        };
        if example
            .output
            .as_ref()
            .is_some_and(|expected| *expected != outputs)
        {
            return Err(format!("`{}` gives {outputs}", example.title));
        }
    }
    Ok(())
}
