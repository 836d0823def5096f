//! Events, entries and plans to test with.

use mortise_model::entry::{Accepted, End, Parent};
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{
    Disposition, Entry, Event, Fact, Failure, Json, Letter, Payload, Plan, StepPath, Timestamp,
    WorkflowName,
};

use crate::Store;
use crate::error::StoreError;
use crate::inbox::Post;
use crate::journal::{
    Acceptance, Admission, Claim, Claimed, Committed, Dedupe, History, Owner, Turn,
};
use crate::triggers::{Fence, Memory, TriggerKey};

/// The beginning of the tests' time.
pub const START: Timestamp = Timestamp(1_700_000_000_000);
/// A time after everything.
pub const LATE: Timestamp = Timestamp(1_900_000_000_000);

/// A time after that: nothing that waits for it is due in [`claim_all`].
pub const FAR: Timestamp = Timestamp(2_000_000_000_000);

/// The namespace that most cases use.
#[must_use]
pub fn team() -> Namespace {
    Namespace::default_namespace()
}

/// The run with a number; a higher number is a later run.
#[must_use]
pub fn run(number: u32) -> RunId {
    RunId::from_parts(u64::try_from(START.0).unwrap() + u64::from(number), 7)
}

/// A time so many milliseconds after the start.
#[must_use]
pub fn at(ms: u64) -> Timestamp {
    START.plus_ms(ms)
}

/// JSON of about so many bytes.
#[must_use]
pub fn json(bytes: usize) -> Json {
    Json::of(&"x".repeat(bytes)).unwrap()
}

/// Who claims. Its leases outlast every case.
#[must_use]
pub fn owner() -> Owner {
    Owner {
        name: "tester".to_owned(),
        lease_ms: 1 << 40,
    }
}

/// The event of a run, of workflow `orders` and trigger `hook`, accepted as many milliseconds after
/// the start as its number says.
#[must_use]
pub fn event(number: u32) -> Acceptance {
    event_of(&team(), "orders", number, json(100))
}

/// An event of a workflow.
#[must_use]
pub fn event_of(
    namespace: &Namespace,
    workflow: &str,
    number: u32,
    payload: impl Into<Payload>,
) -> Acceptance {
    let accepted = Accepted {
        run: run(number),
        namespace: namespace.clone(),
        workflow: WorkflowName::from(workflow),
        plan: Digest::of(workflow.as_bytes()),
        version: 3,
        rollout: None,
        origin: Origin {
            trigger: "hook".to_owned(),
            kind: TriggerKind::Webhook,
        },
        event: Event {
            id: format!("event-{number}"),
            payload: payload.into(),
            request: None,
        },
        parent: None,
    };
    Acceptance {
        entries: vec![Entry {
            at: at(u64::from(number)),
            fact: Fact::Accepted(Box::new(accepted)),
        }],
        dedupe: Vec::new(),
        place: None,
        memory: None,
    }
}

/// The same event with an id to tell it by.
#[must_use]
pub fn with_id(mut event: Acceptance, id: &str, body: &str) -> Acceptance {
    event.dedupe.push(identity(id, body));
    id.clone_into(&mut first(&mut event).event.id);
    event
}

/// What the first entry of an event says.
pub fn first(event: &mut Acceptance) -> &mut Accepted {
    match &mut event.entries[0].fact {
        Fact::Accepted(accepted) => accepted,
        other => panic!("a run begins with {other:?}"),
    }
}

/// A turn of these entries, and nothing else.
#[must_use]
pub fn turn(expected_sequence: u32, entries: Vec<Entry>) -> Turn {
    Turn {
        expected_sequence,
        entries,
        ..Turn::default()
    }
}

/// Writes a turn of these entries; it starts no run.
///
/// # Errors
/// As the store says.
pub async fn commit(
    store: &impl Store,
    claim: &Claim,
    expected_sequence: u32,
    entries: Vec<Entry>,
) -> Result<(), StoreError> {
    let committed = store
        .commit(claim, turn(expected_sequence, entries))
        .await?;
    assert_eq!(committed, Committed::Written(Vec::new()));
    Ok(())
}

/// The entries of a run without their numbers.
pub async fn entries(store: &impl Store, namespace: &Namespace, run: RunId) -> Vec<Entry> {
    plain(store.entries(namespace, run).await.unwrap())
}

/// Entries without their numbers.
#[must_use]
pub fn plain(history: History) -> Vec<Entry> {
    history
        .entries
        .into_iter()
        .map(|(_, entry)| entry)
        .collect()
}

/// The trigger of the events.
#[must_use]
pub fn trigger() -> TriggerKey {
    TriggerKey {
        namespace: team(),
        workflow: WorkflowName::from("orders"),
        trigger: "hook".to_owned(),
    }
}

/// What that trigger is to remember.
#[must_use]
pub fn remember(value: Json, fence: Option<Fence>) -> Memory {
    Memory {
        trigger: trigger(),
        fence,
        value,
    }
}

/// What makes two events one: an id with a body.
#[must_use]
pub fn identity(id: &str, body: &str) -> Dedupe {
    Dedupe::Event {
        id: id.to_owned(),
        body: Digest::of(body.as_bytes()),
    }
}

/// Where a step stands.
#[must_use]
pub fn step(path: &str) -> StepPath {
    StepPath::from(path)
}

/// A run that calls another.
#[must_use]
pub fn parent(number: u32) -> Parent {
    Parent {
        run: run(number),
        step: step("call"),
        depth: 1,
        after_failure: false,
    }
}

/// A letter for a run.
#[must_use]
pub fn post(number: u32, letter: Letter) -> Post {
    Post::new(team(), run(number), letter)
}

/// An answer of about so many bytes.
#[must_use]
pub fn callback(bytes: usize) -> Letter {
    Letter::Callback {
        step: step("answer"),
        body: json(bytes).into(),
    }
}

/// Somebody wants a parked run to go on.
#[must_use]
pub fn replay() -> Letter {
    Letter::Replay {
        from: None,
        event: None,
        by: "ops".to_owned(),
        why: "the application is back".to_owned(),
    }
}

/// Somebody wants a run to stop.
#[must_use]
pub fn cancel() -> Letter {
    Letter::Cancel {
        by: "ops".to_owned(),
        why: "it is not wanted any more".to_owned(),
    }
}

/// An entry so many milliseconds after the start.
#[must_use]
pub fn entry(ms: u64, fact: Fact) -> Entry {
    Entry { at: at(ms), fact }
}

/// A result of about so many bytes.
#[must_use]
pub fn result(ms: u64, bytes: usize) -> Entry {
    let fact = Fact::AttemptSucceeded {
        step: StepPath::from("map"),
        output: json(bytes).into(),
        failures: Vec::new(),
        requests: Vec::new(),
    };
    entry(ms, fact)
}

/// The run did what it should.
#[must_use]
pub fn success(ms: u64) -> Entry {
    let output = Json::null().into();
    entry(ms, Fact::Ended(End::Succeeded { output }))
}

/// The engine gave the run up.
#[must_use]
pub fn parking(ms: u64) -> Entry {
    let end = End::Parked {
        step: Some(StepPath::from("post")),
        failure: Failure::new(Disposition::Unclear, "no-answer", "nobody knows"),
    };
    entry(ms, Fact::Ended(end))
}

/// A plan of a workflow; another text makes another version.
#[must_use]
pub fn plan(workflow: &str, text: &str) -> Plan {
    Plan {
        format: Plan::FORMAT,
        namespace: team(),
        workflow: WorkflowName::from(workflow),
        description: Some(text.to_owned()),
        vars: Json::null(),
        triggers: Vec::new(),
        steps: Vec::new(),
        finally: Vec::new(),
        output: None,
        concurrency: None,
        deduplicate: None,
        timeout_ms: None,
        retain_ms: None,
    }
}

/// Accepts one event that has to be new.
pub async fn accept(store: &impl Store, event: Acceptance) {
    let admissions = store.accept(vec![event]).await.unwrap();
    assert!(
        matches!(admissions[..], [Admission::New(_)]),
        "the event is new: {admissions:?}"
    );
}

/// Claims everything that may be claimed at the end of time.
pub async fn claim_all(store: &impl Store) -> Vec<Claimed> {
    store.claim(&owner(), LATE, 1000).await.unwrap().claimed
}

/// Accepts an event and claims its run; nothing else may be waiting.
pub async fn begin(store: &impl Store, number: u32) -> Claim {
    accept(store, event(number)).await;
    let mut claimed = claim_all(store).await;
    assert_eq!(claimed.len(), 1, "only the new run is claimed");
    claimed.pop().unwrap().claim
}

/// Takes a run from its event to this end.
pub async fn finish(store: &impl Store, event: Acceptance, end: Entry) {
    accept(store, event).await;
    let claimed = claim_all(store).await.pop().unwrap();
    commit(store, &claimed.claim, 1, vec![end]).await.unwrap();
}
