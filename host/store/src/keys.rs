//! The layout of keys: one tree, one place that knows it.
//!
//! ```text
//! j NS RUN SEQ CHUNK          journal record that begins with entry SEQ
//! l NS RUN                    a run that is not at rest, and when it is due
//! r NS RUN CHUNK              row of a run that is at rest
//! d NS WORKFLOW TRIGGER ID    which run an event's id started
//! t NS WORKFLOW TRIGGER CHUNK what a trigger remembers
//! g NS RUN ORDER CHUNK        log lines of an attempt
//! a NS CHUNK                  what is active
//! n NS WORKFLOW               latest version of a workflow
//! v NS WORKFLOW DIGEST        version of a plan
//! p DIGEST CHUNK              a plan, named by its content; it says itself whose it is
//! m NAME                      about the store itself
//! ```
//!
//! `NS`, `WORKFLOW`, `TRIGGER` and `ID` are texts with their length before them, so none can run
//! into the next. Numbers are big-endian, so keys sort as numbers do. A run moves from `l` to `r`
//! when it comes to rest: what is under way is found without reading what is done. Until then
//! its first journal record says what a row would.

use mortise_model::id::{Digest, Namespace, RunId};
use mortise_ports::triggers::TriggerKey;

/// The number of a chunk, at the end of the key of whatever may be cut.
pub const CHUNK_BYTES: usize = 2;
/// A longer text stands as its sha256: keys stay short, whatever a sender calls its events.
const TEXT_MAX: usize = 200;
/// Stands where the length would, before a sha256.
const HASHED: u8 = 255;
const RUN_BYTES: usize = 16;

/// A key, or the beginning of some.
pub type Key = Vec<u8>;

fn begin(tag: u8, namespace: &Namespace) -> Key {
    let mut key = Vec::with_capacity(48);
    key.push(tag);
    text(&mut key, namespace.as_str());
    key
}

fn text(key: &mut Key, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length) if text.len() <= TEXT_MAX => {
            key.push(length);
            key.extend_from_slice(text.as_bytes());
        }
        _ => {
            key.push(HASHED);
            key.extend_from_slice(&Digest::of(text.as_bytes()).0);
        }
    }
}

fn of_run(tag: u8, namespace: &Namespace, run: RunId) -> Key {
    let mut key = begin(tag, namespace);
    key.extend_from_slice(&run.to_bytes());
    key
}

/// Before every journal record of a run.
#[must_use]
pub fn journal(namespace: &Namespace, run: RunId) -> Key {
    of_run(b'j', namespace, run)
}

/// The journal record that begins with entry `sequence`.
#[must_use]
pub fn journal_record(namespace: &Namespace, run: RunId, sequence: u32) -> Key {
    let mut key = journal(namespace, run);
    key.extend_from_slice(&sequence.to_be_bytes());
    key
}

/// Before a namespace's runs that are not at rest.
#[must_use]
pub fn live_runs(namespace: &Namespace) -> Key {
    begin(b'l', namespace)
}

/// A run that is not at rest.
#[must_use]
pub fn live_run(namespace: &Namespace, run: RunId) -> Key {
    of_run(b'l', namespace, run)
}

/// Before the rows of a namespace's runs that are at rest.
#[must_use]
pub fn rest_rows(namespace: &Namespace) -> Key {
    begin(b'r', namespace)
}

/// The row of a run that is at rest.
#[must_use]
pub fn rest_row(namespace: &Namespace, run: RunId) -> Key {
    of_run(b'r', namespace, run)
}

/// Which run an event's id started.
#[must_use]
pub fn dedupe(namespace: &Namespace, workflow: &str, trigger: &str, event_id: &str) -> Key {
    let mut key = begin(b'd', namespace);
    text(&mut key, workflow);
    text(&mut key, trigger);
    text(&mut key, event_id);
    key
}

/// What a trigger remembers.
#[must_use]
pub fn memory(trigger: &TriggerKey) -> Key {
    let mut key = begin(b't', &trigger.namespace);
    text(&mut key, trigger.workflow.as_str());
    text(&mut key, &trigger.trigger);
    key
}

/// Before all log lines of a run.
#[must_use]
pub fn logs(namespace: &Namespace, run: RunId) -> Key {
    of_run(b'g', namespace, run)
}

/// Log lines of an attempt; `order` grows with time.
#[must_use]
pub fn log_record(namespace: &Namespace, run: RunId, order: u64) -> Key {
    let mut key = logs(namespace, run);
    key.extend_from_slice(&order.to_be_bytes());
    key
}

/// What is active in a namespace.
#[must_use]
pub fn active(namespace: &Namespace) -> Key {
    begin(b'a', namespace)
}

/// The latest version of a workflow.
#[must_use]
pub fn latest(namespace: &Namespace, workflow: &str) -> Key {
    let mut key = begin(b'n', namespace);
    text(&mut key, workflow);
    key
}

/// The version of a plan.
#[must_use]
pub fn version(namespace: &Namespace, workflow: &str, plan: Digest) -> Key {
    let mut key = begin(b'v', namespace);
    text(&mut key, workflow);
    key.extend_from_slice(&plan.0);
    key
}

/// A plan.
#[must_use]
pub fn plan(plan: Digest) -> Key {
    let mut key = vec![b'p'];
    key.extend_from_slice(&plan.0);
    key
}

/// How often the store was opened: the upper half of every fence.
#[must_use]
pub fn epoch() -> Key {
    b"mepoch".to_vec()
}

/// Before the runs that are not at rest, in all namespaces.
#[must_use]
pub fn all_live_runs() -> Key {
    b"l".to_vec()
}

/// The key of one chunk of a record.
pub fn chunk(record: &[u8], chunk: u16) -> Key {
    let mut key = Vec::with_capacity(record.len() + CHUNK_BYTES);
    key.extend_from_slice(record);
    key.extend_from_slice(&chunk.to_be_bytes());
    key
}

/// The record's key and the chunk's number, of the key of a chunk.
#[must_use]
pub fn split_chunk(key: &[u8]) -> Option<(&[u8], u16)> {
    let (record, chunk) = key.split_last_chunk::<CHUNK_BYTES>()?;
    Some((record, u16::from_be_bytes(*chunk)))
}

/// The namespace and the run, of a key that has the run right behind the namespace.
#[must_use]
pub fn run_of(key: &[u8]) -> Option<(Namespace, RunId)> {
    let length = usize::from(*key.get(1)?);
    let name = std::str::from_utf8(key.get(2..2 + length)?).ok()?;
    let run = key.get(2 + length..2 + length + RUN_BYTES)?;
    Some((
        Namespace::from(name),
        RunId::from_bytes(run.try_into().ok()?),
    ))
}

/// The run, of a key below a prefix that ends with the namespace.
#[must_use]
pub fn run_after(prefix: &[u8], key: &[u8]) -> Option<RunId> {
    let run = key.get(prefix.len()..prefix.len() + RUN_BYTES)?;
    Some(RunId::from_bytes(run.try_into().ok()?))
}

/// Whether a key below a prefix that ends with the namespace is a run's first: it has no chunk,
/// or chunk zero.
#[must_use]
pub fn is_first(prefix: &[u8], key: &[u8]) -> bool {
    matches!(key.get(prefix.len() + RUN_BYTES..), Some([] | [0, 0]))
}
