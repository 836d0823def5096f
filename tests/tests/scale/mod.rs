//! What there is much of costs no memory and, where it is done, no disk.

mod pages;
mod retention;
mod waiting;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use mortise_tests::daemon::Daemon;
use mortise_tests::flood::{Events, Flood, Sent};

/// Senders at the same moment.
const AT_ONCE: usize = 32;

/// Has a hook accept the events of these numbers, and gives their runs in the order of their answers.
async fn load(daemon: &Daemon, path: &str, numbers: Range<u64>) -> Vec<String> {
    let events = Events {
        url: daemon.hook(path),
        body: |number| format!(r#"{{"id":"e-{number}","total":92.25}}"#),
        next: Arc::new(AtomicU64::new(numbers.start)),
        end: numbers.end,
        at_once: AT_ONCE,
    };
    let mut flood = Flood::start(&daemon.client, &events);
    let (mut runs, mut refused) = (Vec::new(), Vec::new());
    while let Some(sent) = flood.next().await {
        match sent {
            Sent::Accepted(_, run) => runs.push(run),
            Sent::Refused(number, 429, _) => refused.push(number),
            other => panic!("{other:?}: {}", daemon.stderr()),
        }
    }
    for number in refused {
        runs.push(insist(daemon, &events, number).await);
    }
    assert_eq!(runs.len() as u64, numbers.end - numbers.start);
    runs
}

/// Sends an event until there is room for it.
async fn insist(daemon: &Daemon, events: &Events, number: u64) -> String {
    loop {
        match events.send(&daemon.client, number).await.unwrap() {
            Sent::Accepted(_, run) => return run,
            Sent::Refused(_, 429, _) => {}
            other => panic!("{other:?}: {}", daemon.stderr()),
        }
    }
}
