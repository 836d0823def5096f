//! The layout of keys: one tree, one place that knows it.
//!
//! ```text
//! u NS RUN j SEQ CHUNK        journal record that begins with entry SEQ
//! u NS RUN l NUMBER CHUNK     letter that the run has not read
//! u NS RUN g ORDER CHUNK      log lines of an attempt
//! u NS RUN i KEY              a key below `d` that is the run's, where its row does not tell
//! l NS RUN                    a run that is not at rest: when it is due, what it waits for
//! r NS RUN CHUNK              row of a run that is at rest
//! k NS RUN CHUNK              row of a run that is parked
//! w NS RUN STEP               approval that is asked for
//! o NS RUN WORD               a letter of which the run is told one was kept
//! d NS WORKFLOW TRIGGER ID    which run an event's id started
//! e NS WORKFLOW KEY           which run a key of the manifest started
//! x UNTIL KEY                 when a key below `e` goes
//! t NS WORKFLOW TRIGGER CHUNK what a trigger remembers
//! c NS CONNECTION CHUNK       the gate before a connection
//! b NS CONNECTION CHUNK       a connection with its secrets, sealed
//! a NS CHUNK                  what is active
//! s NS CHUNK                  what is paused
//! n NS WORKFLOW CHUNK         latest version of a workflow
//! v NS WORKFLOW DIGEST CHUNK  version of a plan
//! y TOKEN CHUNK               a token, as its sha256
//! h NUMBER CHUNK              entry of the audit log
//! p DIGEST CHUNK              a plan, named by its content; it says itself whose it is
//! z REPOSITORY CHUNK          a repository of the registry
//! j REPOSITORY CONTENT CHUNK  a blob of a repository
//! g REPOSITORY CONTENT CHUNK  a manifest of a repository
//! f REPOSITORY TAG CHUNK      a tag of a repository
//! i REPOSITORY CONTENT CONTENT CHUNK  a manifest that is about another
//! q UPLOAD CHUNK              an upload under way
//! m NAME CHUNK                about the store itself
//! ```
//!
//! `NS`, `WORKFLOW`, `TRIGGER`, `CONNECTION`, `TOKEN`, `ID`, `REPOSITORY`, `TAG` and the `KEY` of a manifest are
//! texts with their length before them, so none can run into the next; so are `CONTENT`s, which are digests. Numbers are big-endian, so keys sort as
//! numbers do. A run moves from `l` to `r` or `k` when it comes to rest: what is under way
//! and what is parked is found without reading what is done. Until then its first journal record
//! says what a row would.

mod all;
pub mod registry;

use mortise_model::Timestamp;
use mortise_model::id::{Digest, Namespace, RunId, TokenId};
use mortise_ports::gates::GateKey;
use mortise_ports::secrets::SealedPlace;
use mortise_ports::triggers::TriggerKey;

pub use all::{all_active, all_connections, all_gates, all_live_runs, all_parked};

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

fn of_kind(kind: u8, namespace: &Namespace, run: RunId) -> Key {
    let mut key = of_run(b'u', namespace, run);
    key.push(kind);
    key
}

/// Before everything that a run has written and is nobody else's to find.
#[must_use]
pub fn run(namespace: &Namespace, run: RunId) -> Key {
    of_run(b'u', namespace, run)
}

/// Before every journal record of a run.
#[must_use]
pub fn journal(namespace: &Namespace, run: RunId) -> Key {
    of_kind(b'j', namespace, run)
}

/// Before the letters of a run.
#[must_use]
pub fn letters(namespace: &Namespace, run: RunId) -> Key {
    of_kind(b'l', namespace, run)
}

/// A letter of a run.
#[must_use]
pub fn letter(namespace: &Namespace, run: RunId, number: u64) -> Key {
    let mut key = letters(namespace, run);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// Before the identities of a run that its row does not tell.
#[must_use]
pub fn identities(namespace: &Namespace, run: RunId) -> Key {
    of_kind(b'i', namespace, run)
}

/// Says that an identity is the run's.
#[must_use]
pub fn identity(namespace: &Namespace, run: RunId, dedupe: &[u8]) -> Key {
    let mut key = identities(namespace, run);
    key.extend_from_slice(dedupe);
    key
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

/// Before the rows of a namespace's runs that are parked.
#[must_use]
pub fn parked_rows(namespace: &Namespace) -> Key {
    begin(b'k', namespace)
}

/// The row of a run that is parked.
#[must_use]
pub fn parked_row(namespace: &Namespace, run: RunId) -> Key {
    of_run(b'k', namespace, run)
}

/// Before the approvals of a namespace.
#[must_use]
pub fn all_approvals(namespace: &Namespace) -> Key {
    begin(b'w', namespace)
}

/// Before the approvals of a run.
#[must_use]
pub fn approvals(namespace: &Namespace, run: RunId) -> Key {
    of_run(b'w', namespace, run)
}

/// An approval that is asked for.
#[must_use]
pub fn approval(namespace: &Namespace, run: RunId, step: &str) -> Key {
    let mut key = approvals(namespace, run);
    key.extend_from_slice(step.as_bytes());
    key
}

/// Before the words of a run under which a letter was kept.
#[must_use]
pub fn all_answered(namespace: &Namespace, run: RunId) -> Key {
    of_run(b'o', namespace, run)
}

/// A word under which a letter was kept.
#[must_use]
pub fn answered(namespace: &Namespace, run: RunId, word: &str) -> Key {
    let mut key = all_answered(namespace, run);
    text(&mut key, word);
    key
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

/// Which run a key of the manifest started.
#[must_use]
pub fn once(namespace: &Namespace, workflow: &str, key_text: &str) -> Key {
    let mut key = begin(b'e', namespace);
    text(&mut key, workflow);
    text(&mut key, key_text);
    key
}

/// Says when a key of the manifest goes.
#[must_use]
pub fn expiry(until: Timestamp, once: &[u8]) -> Key {
    let mut key = expiries(until);
    key.extend_from_slice(once);
    key
}

/// Before what goes at a time; before all that goes earlier, in the order of keys.
#[must_use]
pub fn expiries(until: Timestamp) -> Key {
    let mut key = vec![b'x'];
    // No time is before the epoch here: such a key was over when it came.
    key.extend_from_slice(&until.0.max(0).to_be_bytes());
    key
}

/// The time and the key that goes then, of what [`expiry`] made.
#[must_use]
pub fn split_expiry(key: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (until, once) = key.get(1..)?.split_first_chunk::<8>()?;
    Some((Timestamp(i64::from_be_bytes(*until)), once))
}

/// What tells the places of one key from those of another: no key of the store.
#[must_use]
pub fn place(namespace: &Namespace, workflow: &str, key_text: &str) -> Key {
    let mut key = begin(0, namespace);
    text(&mut key, workflow);
    text(&mut key, key_text);
    key
}

/// Before what the triggers of a namespace remember.
#[must_use]
pub fn memories(namespace: &Namespace) -> Key {
    begin(b't', namespace)
}

/// The gate before a connection.
#[must_use]
pub fn gate(gate: &GateKey) -> Key {
    let mut key = begin(b'c', &gate.namespace);
    text(&mut key, gate.connection.as_str());
    key
}

/// A sealed document.
#[must_use]
pub fn sealed(place: &SealedPlace) -> Key {
    match place {
        SealedPlace::Key => b"mdata-key".to_vec(),
        SealedPlace::Connection(namespace, connection) => {
            let mut key = begin(b'b', namespace);
            text(&mut key, connection.as_str());
            key
        }
    }
}

/// Before all tokens.
#[must_use]
pub fn all_tokens() -> Key {
    vec![b'y']
}

/// A token.
#[must_use]
pub fn token(token: &TokenId) -> Key {
    let mut key = all_tokens();
    text(&mut key, token.as_str());
    key
}

/// Before all entries of the audit log.
#[must_use]
pub fn all_audited() -> Key {
    vec![b'h']
}

/// An entry of the audit log.
#[must_use]
pub fn audited(number: u64) -> Key {
    let mut key = all_audited();
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// The end of the audit log.
#[must_use]
pub fn audit_head() -> Key {
    b"maudit-head".to_vec()
}

/// The texts that a record's key consists of, behind its tag; none where one stands as its sha256.
#[must_use]
pub fn texts(record: &[u8]) -> Option<Vec<&str>> {
    let mut rest = record.get(1..)?;
    let mut found = Vec::new();
    while let Some((length, behind)) = rest.split_first() {
        let (text, behind) = behind.split_at_checked(usize::from(*length))?;
        found.push(
            std::str::from_utf8(text)
                .ok()
                .filter(|_| *length != HASHED)?,
        );
        rest = behind;
    }
    Some(found)
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
    of_kind(b'g', namespace, run)
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

/// What is paused in a namespace.
#[must_use]
pub fn paused(namespace: &Namespace) -> Key {
    begin(b's', namespace)
}

/// Before the versions of a workflow; behind it stands the digest of a plan.
#[must_use]
pub fn versions(namespace: &Namespace, workflow: &str) -> Key {
    let mut key = begin(b'v', namespace);
    text(&mut key, workflow);
    key
}

/// The version of a plan.
#[must_use]
pub fn version(namespace: &Namespace, workflow: &str, plan: Digest) -> Key {
    let mut key = versions(namespace, workflow);
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

/// The secret from which the addresses for callbacks are made.
#[must_use]
pub fn callback_key() -> Key {
    b"mcallback-key".to_vec()
}

/// How many groups were made durable.
#[must_use]
pub fn commits() -> Key {
    b"mcommits".to_vec()
}

/// How many runs are not at rest.
#[must_use]
pub fn live_count() -> Key {
    b"mlive".to_vec()
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

/// The run and the step, of the key of an approval below a prefix that ends with the namespace.
#[must_use]
pub fn step_after<'k>(prefix: &[u8], key: &'k [u8]) -> Option<(RunId, &'k str)> {
    let step = key.get(prefix.len() + RUN_BYTES..)?;
    let step = std::str::from_utf8(step).ok()?;
    Some((run_after(prefix, key)?, step))
}

/// Whether a key below a prefix that ends with the namespace is a run's first: it has no chunk,
/// or chunk zero.
#[must_use]
pub fn is_first(prefix: &[u8], key: &[u8]) -> bool {
    matches!(key.get(prefix.len() + RUN_BYTES..), Some([] | [0, 0]))
}
