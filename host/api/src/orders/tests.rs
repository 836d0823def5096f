//! Orders over a store in memory.
#![allow(clippy::unwrap_used)]

use mortise_model::entry::{Accepted, End, StepInput, Waiting};
use mortise_model::plan::Decision;
use mortise_model::{Disposition, Entry, Fact, Failure, Json, Letter, Namespace, RunId, StepPath};
use mortise_ports::journal::{Acceptance, Asked, Owner, Turn};
use mortise_ports::memory::MemoryStore;
use mortise_ports::{Catalog as _, Inbox as _, Journal as _};

use super::bulk::{What, Which};
use super::parked::Replay;
use super::{OrderError, Said, approval, bulk, cancel, moving, parked};
use crate::view::fixture;

fn namespace() -> Namespace {
    Namespace::default_namespace()
}

fn ann() -> Said {
    Said {
        by: "ann".to_owned(),
        why: "because".to_owned(),
    }
}

/// A store with a published plan and a run that was brought as far as `facts` say.
async fn run(store: &MemoryStore, number: u128, facts: Vec<Fact>) -> RunId {
    let active = store.active(&namespace()).await.unwrap();
    let active = if active.plans.is_empty() {
        let plans = vec![fixture::plan()];
        store.publish(&namespace(), 0, plans.into()).await.unwrap()
    } else {
        active
    };
    let id = RunId::from_parts(1_741_944_413_007, number);
    let Fact::Accepted(accepted) = fixture::accepted().fact else {
        panic!("the first entry is an acceptance");
    };
    let accepted = Accepted {
        run: id,
        plan: active.plans[0].digest,
        version: 1,
        ..*accepted
    };
    let first = fixture::entry(0, Fact::Accepted(Box::new(accepted)));
    let acceptance = Acceptance {
        entries: vec![first],
        dedupe: Vec::new(),
        place: None,
        memory: None,
    };
    store.accept(vec![acceptance]).await.unwrap();
    if facts.is_empty() {
        return id;
    }
    let owner = Owner {
        name: "test".to_owned(),
        lease_ms: 1_000_000,
    };
    let now = fixture::entry(0, Fact::Started).at;
    let work = store.claim(&owner, now, 10).await.unwrap();
    let claimed = work.claimed.iter().find(|c| c.claim.run == id).unwrap();
    let entries: Vec<Entry> = facts.into_iter().map(|f| fixture::entry(1, f)).collect();
    let until = fixture::entry(500, Fact::Started).at;
    let asks = entries.iter().filter_map(|entry| match &entry.fact {
        Fact::StepWaiting { step, .. } => {
            let since = entry.at;
            Some((step.clone(), Some(Asked { since, until })))
        }
        _ => None,
    });
    let turn = Turn {
        expected_sequence: 1,
        approvals: asks.collect(),
        entries,
        ..Turn::default()
    };
    store.commit(&claimed.claim, turn).await.unwrap();
    id
}

fn parked_facts(code: &str) -> Vec<Fact> {
    let failure = Failure::new(Disposition::Reject, code, "no");
    let step = Some(StepPath::from("book"));
    vec![
        Fact::Started,
        Fact::AttemptStarted {
            step: "book".into(),
            attempt: 1,
            turn: 0,
            input: Some(StepInput {
                with: Json::null().into(),
                records: None,
            }),
        },
        Fact::AttemptFailed {
            step: "book".into(),
            failure: failure.clone(),
            retry_at: None,
            requests: Vec::new(),
        },
        Fact::Ended(End::Parked { step, failure }),
    ]
}

fn succeeded_facts() -> Vec<Fact> {
    let output = Json::null().into();
    vec![Fact::Started, Fact::Ended(End::Succeeded { output })]
}

#[tokio::test]
async fn a_run_that_is_done_is_told_nothing() {
    let (store, ours) = (MemoryStore::default(), namespace());
    let done = run(&store, 1, succeeded_facts()).await;
    let refused = cancel(&store, &ours, done, ann()).await.unwrap_err();
    assert!(matches!(refused, OrderError::AtRest(..)), "{refused}");
    let how = (Replay::default(), ann());
    let refused = parked::replay(&store, &ours, done, how).await.unwrap_err();
    assert!(matches!(refused, OrderError::NotParked(..)), "{refused}");
    let nobody = RunId::from_parts(1, 1);
    let refused = cancel(&store, &ours, nobody, ann()).await.unwrap_err();
    assert_eq!(refused, OrderError::NoSuchRun(nobody));
}

#[tokio::test]
async fn a_replay_names_a_step_that_began() {
    let (store, ours) = (MemoryStore::default(), namespace());
    let id = run(&store, 1, parked_facts("x")).await;
    let from = |step: &str| {
        let from = Some(StepPath::from(step));
        (Replay { from, input: None }, ann())
    };
    let refused = parked::replay(&store, &ours, id, from("tell")).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("`tell`"), "{refused}");
    let post = parked::replay(&store, &ours, id, from("book")).await;
    assert!(
        matches!(post.unwrap().letter, Letter::Replay { from: Some(step), by, .. }
            if step.as_str() == "book" && by == "ann")
    );
}

#[tokio::test]
async fn many_are_told_by_filter_and_never_without_one() {
    let (store, ours) = (MemoryStore::default(), namespace());
    for number in 0..450 {
        let code = if number % 3 == 0 { "a" } else { "b" };
        run(&store, number, parked_facts(code)).await;
    }
    let tell = async |which: Which| {
        let order = (which, What::Discard, ann());
        bulk::tell(&store, &ours, order, |post| store.send(post)).await
    };
    let nothing = tell(Which::default()).await.unwrap_err();
    assert_eq!(nothing, OrderError::NoFilter);
    let code = Which {
        code: Some("a".to_owned()),
        ..Which::default()
    };
    let done = tell(code).await.unwrap();
    assert_eq!((done.matched, done.done, done.refused), (150, 150, 0));
    let elsewhere = Which {
        workflow: Some("other".into()),
        ..Which::default()
    };
    assert_eq!(tell(elsewhere).await.unwrap().matched, 0);
}

#[tokio::test]
async fn a_move_goes_to_a_version_that_is_there() {
    let (store, ours) = (MemoryStore::default(), namespace());
    let id = run(&store, 1, parked_facts("x")).await;
    let mut next = fixture::plan();
    next.steps.remove(0);
    store.publish(&ours, 1, vec![next].into()).await.unwrap();
    let to = |version| moving::move_to(&store, &ours, (id, version), ann());
    let refused = to(2).await.unwrap_err().to_string();
    assert!(refused.contains("step `book` has begun"), "{refused}");
    let refused = to(7).await.unwrap_err();
    assert!(matches!(
        refused,
        OrderError::NoSuchVersion { version: 7, .. }
    ));
    assert!(
        matches!(to(1).await.unwrap().letter, Letter::Move { version: 1, by, why, .. }
            if (by.as_str(), why.as_str()) == ("ann", "because"))
    );
}

#[tokio::test]
async fn an_approval_is_decided_where_it_is_asked_for() {
    let (store, ours) = (MemoryStore::default(), namespace());
    let asking = Fact::StepWaiting {
        step: "book".into(),
        until: fixture::entry(500, Fact::Started).at,
        wait: Waiting::Approval {
            otherwise: Decision::Reject,
        },
    };
    let until = fixture::entry(500, Fact::Started).at;
    let facts = vec![Fact::Started, asking, Fact::Suspended { until }];
    let id = run(&store, 1, facts).await;
    let decide = |step: &str| {
        let decided = (Decision::Approve, ann());
        approval::decide(&store, &ours, (id, step.into()), decided)
    };
    assert!(matches!(
        decide("book").await.unwrap().letter,
        Letter::Decided { .. }
    ));
    let refused = decide("tell").await.unwrap_err();
    assert!(matches!(refused, OrderError::NoSuchApproval { .. }));
}
