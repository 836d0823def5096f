//! A plan and the beginning of a journal, for tests.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use mortise_model::entry::Accepted;
use mortise_model::event::{Event, Origin, TriggerKind};
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Fact, Json, Payload, Plan, Timestamp};
use mortise_ports::catalog::ActivePlan;

/// A value.
pub fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// The run that the journals belong to.
pub fn run() -> RunId {
    RunId::from_parts(1_741_944_413_007, 7)
}

/// Two steps, `book` and `tell`, behind a webhook `/orders` and a manual trigger.
pub fn plan() -> Plan {
    json(include_str!("fixture/plan.json")).read().unwrap()
}

/// Every kind of block: `book` with an `undo`, `size`, `spread`, `lines`, `ok`, `archive`, and `clean`
/// under `finally`, behind a webhook that a plugin understands.
pub fn nested() -> Plan {
    json(include_str!("fixture/nested.json")).read().unwrap()
}

/// The same as [`plan`], active.
pub fn active_plan() -> ActivePlan {
    ActivePlan {
        digest: Digest::of(b"plan"),
        version: 3,
        plan: Arc::new(plan()),
        candidate: None,
    }
}

/// A fact so many milliseconds after the acceptance.
pub fn entry(after_ms: u64, fact: Fact) -> Entry {
    Entry {
        at: Timestamp(1_741_944_413_007).plus_ms(after_ms),
        fact,
    }
}

/// The first entry.
pub fn accepted() -> Entry {
    let accepted = Accepted {
        run: run(),
        namespace: Namespace::default_namespace(),
        workflow: "order-to-invoice".into(),
        plan: Digest::of(b"plan"),
        version: 3,
        rollout: None,
        origin: Origin {
            trigger: "orders".to_owned(),
            kind: TriggerKind::Webhook,
        },
        event: Event {
            id: "evt-1".to_owned(),
            payload: Payload::Inline(json(r#"{"id":"1"}"#)),
            request: Some(json(r#"{"method":"POST"}"#)),
        },
        parent: None,
    };
    entry(0, Fact::Accepted(Box::new(accepted)))
}
