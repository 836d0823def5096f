//! Runs choose between the plan that is active and the candidate beside it, once.

use mortise_model::{Digest, Plan, RunId, Timestamp};
use mortise_ports::catalog::{Publication, Rollout, Trial};
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Catalog as _, Runs as _};
use mortise_runner::Activation;

use crate::plans::{call, named, plan, work};
use crate::world::{Answer, Script, World, namespace};

fn trial(share: u8, candidates: Vec<Plan>) -> Trial {
    Trial {
        rollout: Rollout {
            plugin: "acme/shop".to_owned(),
            version: "1.1.0".to_owned(),
            digest: Digest::of(b"new"),
            share,
            since: Timestamp(1),
        },
        candidates,
    }
}

/// The workflow `main` calls `inner`; both have a candidate that says so in its output.
fn plans(word: &str) -> Vec<Plan> {
    let called = work(word, "event");
    vec![
        plan(vec![call("called", "inner", "event")]),
        named("inner", vec![called]),
    ]
}

async fn rolled_out(share: u8) -> World {
    let mut world = World::new(plans("old"), Script::by(|_| Answer::Give("1"))).await;
    let mut candidates = plans("new");
    candidates[0].description = Some("with the new version".to_owned());
    let publication = Publication {
        plans: plans("old"),
        rollouts: vec![trial(share, candidates)],
    };
    let active = world
        .store
        .publish(&namespace(), 1, publication)
        .await
        .unwrap();
    world.active.clone_from(&active.plans);
    let activation = Activation {
        plans: active.plans,
        ..Activation::default()
    };
    world.activate(&namespace(), activation);
    world
}

/// What a run and the one that it called were bound to.
async fn bound(world: &World, run: RunId) -> Vec<(u32, Option<String>)> {
    let page = Page {
        before: None,
        limit: 100,
    };
    let listing = world
        .store
        .list(&namespace(), &Filter::default(), page)
        .await;
    let mut rows = listing.unwrap().runs;
    rows.retain(|row| row.run == run || row.parent == Some(run));
    rows.sort_by_key(|row| row.run);
    rows.into_iter()
        .map(|row| (row.version, row.rollout))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_and_whom_it_calls_are_bound_to_the_same_side() {
    for (share, wanted) in [
        (0, (1, None)),
        (100, (2, Some("acme/shop@1.1.0".to_owned()))),
    ] {
        let world = rolled_out(share).await;
        let (run, _) = world.run("{}").await;
        assert_eq!(bound(&world, run).await, [wanted.clone(), wanted]);
        let shares = world.shares(&namespace(), "acme/shop@1.1.0");
        let (took, not) = (shares.candidate, shares.base);
        assert_eq!((took, not), if share == 100 { (2, 0) } else { (0, 2) });
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_twice_starts_one_run_whatever_the_share_is_by_then() {
    let world = rolled_out(100).await;
    let event = world.event("main", Some("evt-1"), "{}");
    let first = world.accept(event).await.unwrap();
    let active = world.store.active(&namespace()).await.unwrap();
    let mut publication = active.publication();
    publication.rollouts.clear();
    let back = world
        .store
        .publish(&namespace(), active.revision, publication)
        .await
        .unwrap();
    let activation = Activation {
        plans: back.plans.clone(),
        ..Activation::default()
    };
    world.activate(&namespace(), activation);
    let mut event = world.event("main", Some("evt-1"), "{}");
    event.plan = back
        .plans
        .into_iter()
        .find(|one| one.plan.workflow.as_str() == "main")
        .unwrap();
    let second = world.accept(event).await.unwrap();
    assert_eq!((second.run, second.duplicate), (first.run, true));
    world.rest(first.run).await;
    // It ends on what it began with, and calls what its workflow calls now.
    let bound = bound(&world, first.run).await;
    assert_eq!(bound[0], (2, Some("acme/shop@1.1.0".to_owned())));
}
