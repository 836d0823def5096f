//! The polling operation `nag`.

use mortise_sdk::{Event, Failure, News, Polling};

use crate::act::{Input, grow, spin};
use crate::raw::Raw;

/// Gives news that nobody can use.
pub struct Nag;

impl Polling for Nag {
    const NAME: &'static str = "nag";
    const SUMMARY: &'static str = "gives news that nobody can use";
    type Input = Input;
    type Cursor = Raw;
    type Payload = Raw;

    fn poll(input: Input, cursor: Option<Raw>) -> Result<News<Raw, Raw>, Failure> {
        let events = events(&input)?;
        let cursor = match input.what.as_str() {
            "cursor" => Raw::of(input.bytes),
            "broken cursor" => Raw::broken(),
            _ => cursor.unwrap_or_else(|| Raw("null".to_owned())),
        };
        Ok(News {
            events,
            cursor,
            more: true,
        })
    }
}

/// Events of many kinds; `bytes` says how many or how large.
pub fn events(input: &Input) -> Result<Vec<Event<Raw>>, Failure> {
    let size = input.bytes;
    let event = |id: String| Event::new(id, Raw("1".to_owned()));
    Ok(match input.what.as_str() {
        "loop" => spin(),
        "grow" => grow(size),
        "panic" => panic!("as it was told"),
        "fail" => return Err(Failure::retry_after(7, "not now").with_code("later")),
        "endless" => {
            let mut events = Vec::new();
            loop {
                events.push(event(events.len().to_string()));
            }
        }
        "events" => (0..size).map(|n| event(n.to_string())).collect(),
        "id" => vec![event("x".repeat(size))],
        "key" => vec![event("1".to_owned()).in_order_of("x".repeat(size))],
        "large" => ["a", "b"]
            .map(|id| Event::new(id, Raw::of(size)))
            .into_iter()
            .collect(),
        "broken" => vec![
            Event::new("1", Raw("1".into())),
            Event::new("2", Raw::broken()),
        ],
        _ => Vec::new(),
    })
}
