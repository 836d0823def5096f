#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use mortise_model::event::{Event, Origin, TriggerKind};
use mortise_model::id::Namespace;
use mortise_model::{Json, Plan, RunId, Timestamp};
use mortise_ports::catalog::Candidate;

use super::*;

fn plan(workflow: &str) -> Arc<Plan> {
    Arc::new(Plan {
        format: Plan::FORMAT,
        namespace: Namespace::default_namespace(),
        workflow: workflow.into(),
        description: None,
        vars: Json::null(),
        triggers: Vec::new(),
        steps: Vec::new(),
        finally: Vec::new(),
        output: None,
        concurrency: None,
        deduplicate: None,
        timeout_ms: None,
        retain_ms: None,
    })
}

fn active(workflow: &str, share: u8) -> ActivePlan {
    let rollout = Rollout {
        plugin: "acme/shop".to_owned(),
        version: "1.2.0".to_owned(),
        digest: Digest::of(b"new"),
        share,
        since: Timestamp(0),
    };
    ActivePlan {
        digest: Digest::of(b"base"),
        version: 1,
        plan: plan(workflow),
        candidate: Some(Arc::new(Candidate {
            rollout,
            digest: Digest::of(b"candidate"),
            version: 2,
            plan: plan(workflow),
        })),
    }
}

fn takes(workflow: &str, share: u8, event: &str) -> bool {
    let (plan, taken) = choose(active(workflow, share), By::Event(event));
    assert!(plan.candidate.is_none());
    let is_candidate = plan.version == 2;
    assert_eq!(taken.unwrap().is_candidate, is_candidate);
    is_candidate
}

#[test]
fn a_share_is_taken_of_many_events() {
    for (share, least, most) in [
        (0, 0, 0),
        (1, 60, 140),
        (10, 900, 1_100),
        (50, 4_800, 5_200),
        (100, 10_000, 10_000),
    ] {
        let took = (0..10_000)
            .filter(|n| takes("orders", share, &format!("event-{n}")))
            .count();
        assert!((least..=most).contains(&took), "{share}: {took}");
    }
}

#[test]
fn the_same_event_chooses_the_same_and_a_greater_share_keeps_what_it_took() {
    for event in (0..500).map(|n| n.to_string()) {
        let took: Vec<bool> = (0..=100)
            .map(|share| takes("orders", share, &event))
            .collect();
        assert!(took.is_sorted(), "{event}");
        assert_eq!(takes("orders", 30, &event), took[30]);
    }
}

#[test]
fn workflows_choose_each_for_itself() {
    let differs = |event: &String| takes("orders", 50, event) != takes("refunds", 50, event);
    let differing = (0..1_000).map(|n| n.to_string()).filter(differs).count();
    assert!((400..600).contains(&differing), "{differing}");
}

#[test]
fn without_a_candidate_there_is_no_choice() {
    let base = ActivePlan {
        candidate: None,
        ..active("orders", 100)
    };
    let (plan, taken) = choose(base, By::Event("1"));
    assert_eq!((plan.version, taken), (1, None));
}

#[test]
fn who_is_called_follows_the_caller_where_that_had_the_choice() {
    let caller = |took: bool| Accepted {
        run: RunId::from_parts(1, 1),
        namespace: Namespace::default_namespace(),
        workflow: "orders".into(),
        plan: Digest::of(b"base"),
        version: 1,
        rollout: took.then(|| "acme/shop@1.2.0".to_owned()),
        origin: Origin {
            trigger: "hook".to_owned(),
            kind: TriggerKind::Webhook,
        },
        event: Event {
            id: "event".to_owned(),
            payload: Json::null().into(),
            request: None,
        },
        parent: None,
    };
    let of_caller = active("orders", 50);
    let called = |share, took, active: Option<&ActivePlan>| {
        let accepted = caller(took);
        let by = By::Caller {
            accepted: &accepted,
            active,
        };
        choose(self::active("refunds", share), by).0.version
    };
    assert_eq!(called(0, true, Some(&of_caller)), 2);
    assert_eq!(called(100, false, Some(&of_caller)), 1);
    // A caller that had none leaves it to its event.
    assert_eq!(called(100, false, None), 2);
    assert_eq!(called(0, false, None), 1);
}
