//! Events, entries and plans to test with.

use mortise_model::entry::{Accepted, End};
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{
    Disposition, Entry, Event, Fact, Failure, Json, Payload, Plan, StepPath, Timestamp,
    WorkflowName,
};

use crate::Store;
use crate::journal::{Acceptance, Admission, Claim, Claimed, Dedupe, Owner};
use crate::triggers::TriggerKey;

/// The beginning of the tests' time.
pub const START: Timestamp = Timestamp(1_700_000_000_000);
/// A time after everything.
pub const LATE: Timestamp = Timestamp(1_900_000_000_000);

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
        origin: Origin {
            trigger: "hook".to_owned(),
            kind: TriggerKind::Webhook,
        },
        event: Event {
            id: format!("event-{number}"),
            payload: payload.into(),
            request: None,
        },
    };
    Acceptance {
        entry: Entry {
            at: at(u64::from(number)),
            fact: Fact::Accepted(Box::new(accepted)),
        },
        dedupe: None,
        memory: None,
    }
}

/// The same event with an id to tell it by.
#[must_use]
pub fn with_id(mut event: Acceptance, id: &str, body: &str) -> Acceptance {
    event.dedupe = Some(Dedupe {
        event_id: id.to_owned(),
        body: Digest::of(body.as_bytes()),
    });
    if let Fact::Accepted(accepted) = &mut event.entry.fact {
        id.clone_into(&mut accepted.event.id);
    }
    event
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
        output: None,
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
    store.commit(&claimed.claim, 1, vec![end]).await.unwrap();
}
