//! Events of three sizes, and the place that they go through.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use mortise_tests::daemon::Daemon;
use mortise_tests::flood::{Events, Flood};
use mortise_tests::sink::Behaviour;

use crate::common::Place;

/// Passes an event on to the sink, whole. The step may be tried often and fast: a sink that does
/// not answer for a while must not park it.
const DELIVER: &str = r#"
version: 1
name: deliver
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: events
    webhook: { path: /events }
steps:
  - id: mapped
    uses: record/map
    with: { fields: { id: .id, total: { sum: .lines, of: .price * .qty } } }
    records: "${{ .event }}"
  - id: delivered
    uses: http/request
    with:
      method: POST
      url: "http://127.0.0.1:9000/orders"
      json: { id: "${{ .event.id }}", order: "${{ .steps.mapped.output }}", event: "${{ .event }}" }
    retry: { attempts: 100, initial: 50ms, factor: 2, max: 1s }
output: "${{ .steps.mapped.output }}"
"#;

/// Senders at the same moment.
const AT_ONCE: usize = 16;

/// Every so many events one does not fit beside the journal and becomes a file of its own.
const LARGE_EVERY: u64 = 25;

/// The size of such an event.
const LARGE_BYTES: usize = 200 * 1024;

/// Events from this number on are mostly of the middle size.
pub const BULKY_FROM: u64 = 1_000_000_000;

/// Of so many bulky events all but one are cut into many values of the store, so that a group of them is
/// larger than a segment of its file, and segments are used again before it is durable.
const SMALL_EVERY: u64 = 3;

/// The size of such an event.
const MIDDLE_BYTES: usize = 48 * 1024;

/// The size of all others.
const SMALL_BYTES: usize = 600;

/// The body of the event of a number.
pub fn body(number: u64) -> String {
    let bytes = if number % LARGE_EVERY == 7 {
        LARGE_BYTES
    } else if number >= BULKY_FROM && !number.is_multiple_of(SMALL_EVERY) {
        MIDDLE_BYTES
    } else {
        SMALL_BYTES
    };
    let letter = char::from(b'a' + u8::try_from(number % 26).unwrap_or(0));
    let note = String::from(letter).repeat(bytes);
    format!(
        r#"{{"id":"e-{number}","note":"{note}","lines":[{{"price":"12.50","qty":4}},{{"price":"0.35","qty":120}}]}}"#
    )
}

/// A place with the workflow, and a sink that takes its time, so that much is under way.
pub async fn place(sink_ms: u64) -> Place {
    let place = Place::with(&[DELIVER]).await;
    place.sink.behave(Behaviour::Answer {
        status: 200,
        headers: HashMap::new(),
        json: None,
        after_ms: sink_ms,
    });
    place
}

/// What is sent: numbers from `next` on.
pub fn events(daemon: &Daemon, next: &Arc<AtomicU64>) -> Events {
    Events {
        url: daemon.hook("/events"),
        body,
        next: Arc::clone(next),
        end: u64::MAX,
        at_once: AT_ONCE,
    }
}

/// Sends without an end.
pub fn flood(daemon: &Daemon, next: &Arc<AtomicU64>) -> Flood {
    Flood::start(&daemon.client, &events(daemon, next))
}
