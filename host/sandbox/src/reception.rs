//! Events and answers of polls and webhooks, held against the limits.

use http::{HeaderName, HeaderValue};
use mortise_model::{Failure, Json};
use mortise_ports::plugins::{News, Outcome, RawResponse};

use crate::border::Border;
use crate::contract::exports::mortise::plugin::webhooks;
use crate::contract::mortise::plugin::events::Event;
use crate::failure;

/// An event's id and its key stand in keys of the store.
const EVENT_ID_MAX_BYTES: usize = 512;

/// The host's own: they say where the answer ends.
const FRAMING: [&str; 6] = [
    "connection",
    "content-length",
    "keep-alive",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Border {
    pub fn events(&self, events: Vec<Event>) -> Result<Vec<News>, Failure> {
        let (count, max) = (events.len(), self.settings.events_max);
        if count > max {
            return Err(self.over(&format!("{count} events"), "events-max", max));
        }
        let size = |event: &Event| {
            event.payload.len()
                + event.id.len()
                + event.ordering_key.as_ref().map_or(0, String::len)
        };
        if events.iter().map(size).sum::<usize>() > self.settings.payload_max_bytes {
            let plugin = &self.operation.plugin;
            return Err(failure::payload_max(plugin, &self.settings));
        }
        let events = events.into_iter().enumerate();
        events
            .map(|(index, event)| self.event(index, event))
            .collect()
    }

    fn event(&self, index: usize, event: Event) -> Result<News, Failure> {
        let refuse =
            |what: &str| failure::output(&self.operation.plugin, &format!("event {index} {what}"));
        let names = [Some(&event.id), event.ordering_key.as_ref()];
        for name in names.into_iter().flatten() {
            if name.is_empty() || name.len() > EVENT_ID_MAX_BYTES {
                let size = name.len();
                return Err(refuse(&format!(
                    "has an id or a key of {size} bytes, where 1 to {EVENT_ID_MAX_BYTES} are allowed"
                )));
            }
        }
        let payload = Json::parse(event.payload);
        Ok(News {
            id: event.id,
            ordering_key: event.ordering_key,
            payload: payload
                .map_err(|error| refuse(&format!("has a payload that is no JSON: {error}")))?,
        })
    }

    pub fn reception(&self, given: webhooks::Reception) -> Result<Outcome, Failure> {
        if given.answer.is_some() && !self.answers {
            return Err(self.undeclared("an answer for the sender", "answers", "ANSWERS"));
        }
        let answer = given.answer.map(|answer| self.answer(answer));
        let memory = given.memory.map(|memory| self.token("memory", memory));
        Ok(Outcome::Reception {
            events: self.events(given.events)?,
            answer: answer.transpose()?,
            memory: memory.transpose()?,
        })
    }

    fn answer(&self, answer: webhooks::Response) -> Result<RawResponse, Failure> {
        let plugin = &self.operation.plugin;
        if !(200..600).contains(&answer.status) {
            let what = format!("`{}` is no status of an answer", answer.status);
            return Err(failure::output(plugin, &what));
        }
        if answer.body.len() > self.settings.payload_max_bytes {
            return Err(failure::payload_max(plugin, &self.settings));
        }
        let headers = answer.headers.iter();
        let size: usize = headers
            .map(|(k, v)| k.len() + v.len() + ": \r\n".len())
            .sum();
        let max_bytes = self.settings.header_block_max_bytes;
        if size > max_bytes {
            let what = format!("headers of {size} bytes");
            return Err(self.over(&what, "header-block-max-bytes", max_bytes));
        }
        let unfit = answer
            .headers
            .iter()
            .find(|(name, value)| !is_fit(name, value));
        if let Some((name, _)) = unfit {
            let name = failure::cut(name.clone(), 64);
            let what = format!("the header `{name}` of its answer is malformed or the host's own");
            return Err(failure::output(plugin, &what));
        }
        Ok(RawResponse {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        })
    }
}

fn is_fit(name: &str, value: &str) -> bool {
    let name = HeaderName::from_bytes(name.as_bytes());
    name.is_ok_and(|name| !FRAMING.contains(&name.as_str())) && HeaderValue::from_str(value).is_ok()
}
