//! Plans and plugins.

use mortise_model::id::Digest;
use mortise_model::{Namespace, Timestamp, WorkflowName};

use super::Subject;
use super::fixture::{event, first, plan, team};
use crate::catalog::{Active, PlanRef, Publication, Rollout, Trial};
use crate::error::StoreError;
use crate::{Catalog, Journal, Runs};

fn names(active: &Active) -> Vec<(&str, u32)> {
    let plans = active.plans.iter();
    plans
        .map(|plan| (plan.plan.workflow.as_str(), plan.version))
        .collect()
}

/// A plan that is known keeps its version; another is the next.
pub async fn publications_count_up(subject: &mut impl Subject) {
    let store = subject.store();
    let none = store.active(&team()).await.unwrap();
    assert_eq!((none.revision, none.plans.len()), (0, 0));
    let first = vec![plan("b", "one"), plan("a", "one")];
    let active = store.publish(&team(), 0, first.into()).await.unwrap();
    assert_eq!(
        (active.revision, names(&active)),
        (1, vec![("a", 1), ("b", 1)])
    );
    let second = vec![plan("a", "two"), plan("b", "one")];
    let active = store.publish(&team(), 1, second.into()).await.unwrap();
    assert_eq!(
        (active.revision, names(&active)),
        (2, vec![("a", 2), ("b", 1)])
    );
    let text = serde_json::to_string(&plan("a", "two")).unwrap();
    assert_eq!(active.plans[0].digest, Digest::of(text.as_bytes()));
    subject.crash().await;
    let kept = subject.store().active(&team()).await.unwrap();
    assert_eq!((kept.revision, names(&kept)), (2, vec![("a", 2), ("b", 1)]));
    assert_eq!(*kept.plans[0].plan, plan("a", "two"));
    let same = vec![plan("a", "two"), plan("b", "one")];
    let active = subject
        .store()
        .publish(&team(), 2, same.into())
        .await
        .unwrap();
    assert_eq!(
        (active.revision, names(&active)),
        (2, names(&kept)),
        "what is active already is not published again"
    );
    let back = vec![plan("a", "one")];
    let active = subject
        .store()
        .publish(&team(), 2, back.into())
        .await
        .unwrap();
    assert_eq!((active.revision, names(&active)), (3, vec![("a", 1)]));
}

/// And changes nothing.
pub async fn an_old_revision_is_refused(subject: &mut impl Subject) {
    let store = subject.store();
    store
        .publish(&team(), 0, vec![plan("a", "one")].into())
        .await
        .unwrap();
    let refused = store
        .publish(&team(), 0, vec![plan("b", "one")].into())
        .await;
    let wanted = StoreError::Revision {
        expected: 0,
        actual: 1,
    };
    assert_eq!(refused.err(), Some(wanted));
    assert_eq!(names(&store.active(&team()).await.unwrap()), [("a", 1)]);
    let other = Namespace::from("others");
    assert_eq!(store.active(&other).await.unwrap().revision, 0);
}

/// A workflow that was away goes on counting.
pub async fn versions_belong_to_their_workflow(subject: &mut impl Subject) {
    let store = subject.store();
    let rounds = [("a", "one"), ("b", "one"), ("a", "two"), ("a", "three")];
    let wanted = [("a", 1), ("b", 1), ("a", 2), ("a", 3)];
    for (revision, ((name, text), wanted)) in (0..).zip(rounds.into_iter().zip(wanted)) {
        let plans = vec![plan(name, text)];
        let active = store
            .publish(&team(), revision, plans.into())
            .await
            .unwrap();
        assert_eq!(names(&active), [wanted]);
    }
}

/// Runs are bound to it. Large ones are kept like small ones.
pub async fn what_is_not_active_is_still_known(subject: &mut impl Subject) {
    let large = plan("a", &"long ".repeat(4000));
    let store = subject.store();
    let active = store
        .publish(&team(), 0, vec![large.clone()].into())
        .await
        .unwrap();
    let digest = active.plans[0].digest;
    store
        .publish(&team(), 1, Publication::default())
        .await
        .unwrap();
    subject.crash().await;
    let store = subject.store();
    assert!(store.active(&team()).await.unwrap().plans.is_empty());
    let none = PlanRef::Digest(Digest::of(b"none"));
    assert_eq!(
        store
            .plan(&PlanRef::Digest(digest))
            .await
            .unwrap()
            .as_deref(),
        Some(&large)
    );
    assert_eq!(store.plan(&none).await.unwrap(), None);
}

/// As they were.
pub async fn plugins_are_found_by_digest(subject: &mut impl Subject) {
    let bytes = b"\0asm component".repeat(10_000);
    let digest = subject.store().put_plugin(bytes.clone()).await.unwrap();
    assert_eq!(digest, Digest::of(&bytes));
    subject.store().put_plugin(bytes.clone()).await.unwrap();
    subject.crash().await;
    let store = subject.store();
    assert_eq!(store.plugin(digest).await.unwrap(), Some(bytes));
    assert_eq!(store.plugin(Digest::of(b"none")).await.unwrap(), None);
}

/// A rollout of a plugin with these plans beside the active ones.
fn trial(share: u8, candidates: Vec<mortise_model::Plan>) -> Trial {
    let rollout = Rollout {
        plugin: "acme/shop".to_owned(),
        version: "1.1.0".to_owned(),
        digest: Digest::of(b"shop"),
        share,
        since: Timestamp(7),
    };
    Trial {
        rollout,
        candidates,
    }
}

/// They have versions of their workflows, and go when they are published no more.
pub async fn candidates_stand_beside_the_active_plans(subject: &mut impl Subject) {
    let store = subject.store();
    let plans = || vec![plan("a", "one"), plan("b", "one")];
    let tried = |share, plans: Vec<_>, text| Publication {
        plans,
        rollouts: vec![trial(share, vec![plan("b", text)])],
    };
    let published = tried(10, plans(), "two");
    let active = store.publish(&team(), 0, published.clone()).await.unwrap();
    assert_eq!(active.publication(), published);
    subject.crash().await;
    let store = subject.store();
    let active = store.active(&team()).await.unwrap();
    assert_eq!(
        (active.revision, names(&active)),
        (1, vec![("a", 1), ("b", 1)])
    );
    assert_eq!(active.publication(), published);
    assert!(active.plans[0].candidate.is_none());
    let candidate = active.plans[1].candidate.clone().unwrap();
    assert_eq!((candidate.version, candidate.rollout.share), (2, 10));
    let found = PlanRef::Version(team(), WorkflowName::from("b"), 2);
    let found = store.plan(&found).await.unwrap();
    assert_eq!(found.as_deref(), Some(&plan("b", "two")));
    let same = store.publish(&team(), 1, published.clone()).await.unwrap();
    assert_eq!(same.revision, 1, "what is active is not published again");
    // Another share, a new plan with a new candidate, and none at all.
    let further = tried(20, plans(), "two");
    let active = store.publish(&team(), 1, further).await.unwrap();
    assert_eq!((active.revision, active.rollouts[0].share), (2, 20));
    let both = tried(20, vec![plan("b", "three")], "four");
    let active = store.publish(&team(), 2, both).await.unwrap();
    let candidate = active.plans[0].candidate.as_ref().unwrap();
    assert_eq!((active.plans[0].version, candidate.version), (3, 4));
    let active = store.publish(&team(), 3, plans().into()).await.unwrap();
    assert_eq!(
        (active.revision, names(&active)),
        (4, vec![("a", 1), ("b", 1)])
    );
    assert!(active.rollouts.is_empty() && active.plans[1].candidate.is_none());
}

/// Of runs that may go on, and of those that may begin.
pub async fn plans_that_are_needed_are_found(subject: &mut impl Subject) {
    let store = subject.store();
    let mut accepted = event(1);
    first(&mut accepted).plan = Digest::of(b"of a run");
    store.accept(vec![accepted]).await.unwrap();
    let publication = Publication {
        plans: vec![plan("a", "one")],
        rollouts: vec![trial(10, vec![plan("a", "two")])],
    };
    store
        .publish(&team(), 0, vec![plan("b", "old")].into())
        .await
        .unwrap();
    let active = store.publish(&team(), 1, publication).await.unwrap();
    let candidate = active.plans[0].candidate.as_ref().unwrap().digest;
    let needed = [Digest::of(b"of a run"), active.plans[0].digest, candidate];
    subject.crash().await;
    let found = subject.store().needed_plans().await.unwrap();
    assert_eq!(found, needed.into_iter().collect());
}

/// Active or not; a number that is not there is none.
pub async fn plans_are_found_by_version(subject: &mut impl Subject) {
    for (revision, text) in (0..).zip(["one", "two", "one", "three"]) {
        let plans = vec![plan("a", text), plan("b", "one")];
        subject
            .store()
            .publish(&team(), revision, plans.into())
            .await
            .unwrap();
    }
    subject.crash().await;
    let store = subject.store();
    let find = async |name: &str, version| {
        let plan = PlanRef::Version(team(), WorkflowName::from(name), version);
        store.plan(&plan).await.unwrap()
    };
    for (version, text) in (1..).zip(["one", "two", "three"]) {
        assert_eq!(find("a", version).await.as_deref(), Some(&plan("a", text)));
    }
    for (name, version) in [("a", 0), ("a", 4), ("b", 2), ("c", 1)] {
        assert_eq!(find(name, version).await, None, "{name} {version}");
    }
}

/// Over publications and crashes, also where it is not published yet.
pub async fn a_paused_workflow_stays_paused(subject: &mut impl Subject) {
    let [a, b] = ["a", "b"].map(WorkflowName::from);
    let store = subject.store();
    for name in [&b, &a, &b] {
        store.pause(&team(), name, true).await.unwrap();
    }
    let plans = vec![plan("a", "one")];
    let active = store.publish(&team(), 0, plans.into()).await.unwrap();
    assert_eq!(active.paused, [a.clone(), b.clone()]);
    subject.crash().await;
    let store = subject.store();
    store.pause(&team(), &a, false).await.unwrap();
    store.pause(&team(), &a, false).await.unwrap();
    let active = store.active(&team()).await.unwrap();
    assert_eq!((active.revision, active.paused), (1, vec![b]));
    let others = store.active(&Namespace::from("others")).await.unwrap();
    assert!(others.paused.is_empty());
}
