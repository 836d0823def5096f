//! Makes of what callers want what the committer writes, outside of its thread.

use mortise_model::entry::Accepted;
use mortise_model::id::{Namespace, RunId};
use mortise_model::{Entry, Fact};
use mortise_ports::StoreError;
use mortise_ports::inbox::Post;
use mortise_ports::journal::{Acceptance, Claim, Dedupe, Place, Turn};
use mortise_ports::triggers::Memory;

use crate::claims::{After, Step};
use crate::job::{AcceptItem, MemoryItem, PlaceItem, PostItem, TurnItem};
use crate::keys::{self, Key};
use crate::record::{self, Op};
use crate::rows::Row;
use crate::shared::size_of;
use crate::small::{First, asked_bytes};

/// An event.
///
/// # Errors
/// `TooLarge`; `Failed` where the first entry is no acceptance.
pub fn event(event: Acceptance, max_bytes: usize) -> Result<AcceptItem, StoreError> {
    let Some((first, accepted)) = first_of(&event.entries) else {
        let why = "a run must begin with its acceptance";
        return Err(StoreError::Failed(why.to_owned()));
    };
    let (namespace, run, at) = (accepted.namespace.clone(), accepted.run, first.at);
    let dedupe: Vec<_> = event
        .dedupe
        .iter()
        .map(|dedupe| (identity_key(accepted, dedupe), First::of(run, dedupe)))
        .collect();
    let own = identities(accepted, &dedupe);
    let mut ops = first_turn(accepted, &event.entries, max_bytes)?;
    ops.extend(own.iter().cloned());
    let ended = is_end(&event.entries);
    let place = event.place.filter(|_| !ended);
    let place = place.map(|wanted| place_item(&wanted, &event.entries, own, max_bytes));
    let memory = event.memory.map(|memory| self::memory(memory, max_bytes));
    let memory = memory.transpose()?;
    let remembered = memory.as_ref().map_or(0, |item| item.record.1.len());
    let size_bytes = size_of(&ops) + remembered;
    Ok(AcceptItem {
        entries: Some(event.entries).filter(|_| !ended),
        place: place.transpose()?,
        namespace,
        run,
        at,
        ops,
        size_bytes,
        dedupe,
        memory,
    })
}

fn first_of(entries: &[Entry]) -> Option<(&Entry, &Accepted)> {
    let first = entries.first()?;
    match &first.fact {
        Fact::Accepted(accepted) => Some((first, accepted)),
        _ => None,
    }
}

fn is_end(entries: &[Entry]) -> bool {
    matches!(entries.last().map(|last| &last.fact), Some(Fact::Ended(_)))
}

/// The records of a run's first entries, with its row where it ends with them.
fn first_turn(
    accepted: &Accepted,
    entries: &[Entry],
    max_bytes: usize,
) -> Result<Vec<Op>, StoreError> {
    let (namespace, run) = (&accepted.namespace, accepted.run);
    let mut ops = Vec::with_capacity(2);
    let key = keys::journal_record(namespace, run, 0);
    record::put(&mut ops, &key, &record::encode(entries, max_bytes)?);
    if let [first, .., last] = entries
        && let Fact::Ended(end) = &last.fact
    {
        let row = Row::new(accepted, first.at);
        ops.extend(row.ended((namespace, run), (end, last.at), max_bytes)?);
    }
    Ok(ops)
}

/// Where an identity of a run is looked up.
fn identity_key(accepted: &Accepted, dedupe: &Dedupe) -> Key {
    let workflow = accepted.workflow.as_str();
    key_of(
        &accepted.namespace,
        (workflow, &accepted.origin.trigger),
        dedupe,
    )
}

fn key_of(namespace: &Namespace, (workflow, trigger): (&str, &str), dedupe: &Dedupe) -> Key {
    match dedupe {
        Dedupe::Event { id, .. } => keys::dedupe(namespace, workflow, trigger, id),
        Dedupe::Key { key, .. } => keys::once(namespace, workflow, key),
    }
}

/// Notes for the run's removal, of identities that go with it and that its row does not tell.
fn identities(accepted: &Accepted, dedupe: &[(Key, First)]) -> Vec<Op> {
    let (namespace, run) = (&accepted.namespace, accepted.run);
    let told = event_key(namespace, &Row::new(accepted, Default::default()));
    dedupe
        .iter()
        .filter(|(key, first)| matches!(first, First::Event(..)) && *key != told)
        .map(|(key, _)| own_identity(namespace, run, key))
        .collect()
}

/// The note that an identity goes with a run.
pub fn own_identity(namespace: &Namespace, run: RunId, key: &[u8]) -> Op {
    let own = keys::identity(namespace, run, key);
    (own.into(), Some(Vec::new().into()))
}

/// Where the event of a run is looked up, as far as its row tells.
pub fn event_key(namespace: &Namespace, row: &Row) -> Key {
    let (workflow, trigger) = (row.workflow.as_str(), &row.origin.trigger);
    keys::dedupe(namespace, workflow, trigger, &row.event_id)
}

fn place_item(
    place: &Place,
    entries: &[Entry],
    own: Vec<Op>,
    max_bytes: usize,
) -> Result<PlaceItem, StoreError> {
    let mut skip = None;
    let mut key = Vec::new();
    if let Some((first, accepted)) = first_of(entries) {
        let workflow = accepted.workflow.as_str();
        key = keys::place(&accepted.namespace, workflow, &place.key);
        if place.skip {
            let (end, told) = place.skipped(accepted, first.at);
            let entries = [entries, &[end]].concat();
            let mut ops = first_turn(accepted, &entries, max_bytes)?;
            ops.extend(own);
            let told = told.map(|post| PostItem::new(&post, max_bytes));
            skip = Some((ops, told.transpose()?));
        }
    }
    Ok(PlaceItem {
        key,
        limit: place.limit,
        queue_max: place.queue_max,
        skip,
    })
}

/// What a trigger is to remember.
///
/// # Errors
/// `TooLarge`.
pub fn memory(memory: Memory, max_bytes: usize) -> Result<MemoryItem, StoreError> {
    let bytes = record::encode(&memory.value, max_bytes)?;
    Ok(MemoryItem {
        record: (keys::memory(&memory.trigger), bytes),
        trigger: memory.trigger,
        fence: memory.fence,
    })
}

/// A turn, as far as it is known without the run: its row and its identity are added later.
///
/// # Errors
/// `TooLarge`; `Failed` where it has no entry.
pub fn turn(claim: &Claim, turn: Turn, max_bytes: usize) -> Result<TurnItem, StoreError> {
    let (namespace, run) = (&claim.namespace, claim.run);
    let (Some(first), Some(last)) = (turn.entries.first(), turn.entries.last()) else {
        return Err(StoreError::Failed("a turn must have an entry".to_owned()));
    };
    let mut ops = Vec::with_capacity(3);
    let key = keys::journal_record(namespace, run, turn.expected_sequence);
    record::put(&mut ops, &key, &record::encode(&turn.entries, max_bytes)?);
    for (step, asked) in &turn.approvals {
        let key = keys::approval(namespace, run, step.as_str());
        ops.push((key.into(), asked.map(asked_bytes)));
    }
    let moved = turn
        .entries
        .iter()
        .rev()
        .find_map(|entry| match &entry.fact {
            Fact::Moved { plan, version } => Some((*plan, *version)),
            _ => None,
        });
    let step = Step {
        expected: turn.expected_sequence,
        count: u32::try_from(turn.entries.len()).unwrap_or(u32::MAX),
        moved,
    };
    let after = match &last.fact {
        Fact::Suspended { until } => After::Suspend(*until),
        Fact::Ended(_) => After::End,
        _ => After::Keep,
    };
    let starts = turn.starts.into_iter().map(|start| event(start, max_bytes));
    let letters = turn.letters.iter();
    let letters = letters.map(|post: &Post| PostItem::new(post, max_bytes));
    Ok(TurnItem {
        claim: claim.clone(),
        step,
        at: first.at,
        ops,
        after,
        row: Vec::new(),
        parked: false,
        asks: turn.approvals.iter().any(|(_, asked)| asked.is_some()),
        read: turn.read,
        starts: starts.collect::<Result<_, _>>()?,
        letters: letters.collect::<Result<_, _>>()?,
        identity: None,
    })
}

/// What makes the run of a row the first of an identity.
pub fn identity(namespace: &Namespace, run: RunId, row: &Row, dedupe: &Dedupe) -> (Key, First) {
    let whose = (row.workflow.as_str(), row.origin.trigger.as_str());
    (key_of(namespace, whose, dedupe), First::of(run, dedupe))
}
