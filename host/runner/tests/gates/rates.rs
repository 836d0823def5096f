//! Rates hold over all workflows together.

use mortise_model::connection::Rate;
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::plan::{Operation, OperationKind, Poll, PollStart, Source};
use mortise_model::{Disposition, Fact, Plan, Status, Timestamp};
use mortise_ports::Journal as _;
use mortise_ports::plugins::{Invocation, Outcome};
use mortise_runner::{NewEvent, Settings};

use crate::world::{
    App, Life, World, calling, failed, json, namespace, news, operation, plan, secs,
};

/// A workflow that calls the application once for each event.
pub fn workflow(name: &str) -> Plan {
    calling(plan(name, Source::Manual { input: None }), "shop")
}

/// An application that answers everything.
pub fn fine(call: &mortise_ports::plugins::Call) -> Result<Outcome, mortise_model::Failure> {
    Ok(match &call.invocation {
        Invocation::Poll { .. } => news([], 0, false),
        _ => Outcome::Output {
            output: json("1"),
            failures: Vec::new(),
        },
    })
}

pub fn world(app: App, rate: Option<Rate>) -> World {
    World {
        rates: rate.map(|rate| ("shop".into(), rate)).into_iter().collect(),
        settings: Settings {
            public_url: "https://hooks.example.com".into(),
            ..Settings::default()
        },
        ..World::new(app)
    }
}

/// Sends so many events to a workflow.
pub async fn send(life: &Life<'_>, workflow: &str, count: usize) {
    use mortise_ports::Catalog as _;
    let active = life.world.store.active(&namespace()).await.unwrap();
    let plan = active
        .plans
        .into_iter()
        .find(|active| active.plan.workflow.as_str() == workflow)
        .unwrap();
    for number in 0..count {
        let event = NewEvent {
            plan: plan.clone(),
            origin: Origin {
                trigger: "t".into(),
                kind: TriggerKind::Manual,
            },
            id: None,
            payload: json(&number.to_string()),
            request: None,
        };
        life.runner.accept(event).await.unwrap();
    }
}

/// Waits until so many runs of a workflow succeeded.
pub async fn succeeded(life: &Life<'_>, workflow: &str, count: usize) {
    life.until(async || {
        let runs = life.world.runs(workflow).await.into_iter();
        runs.filter(|run| run.status == Status::Succeeded).count() >= count
    })
    .await;
}

/// How many attempts all runs of a workflow took together.
pub async fn attempts(life: &Life<'_>, workflow: &str) -> usize {
    let mut attempts = 0;
    for run in life.world.runs(workflow).await {
        let history = life
            .world
            .store
            .entries(&namespace(), run.run)
            .await
            .unwrap();
        let facts = history.entries.into_iter().map(|(_, entry)| entry.fact);
        attempts += facts
            .filter(|fact| matches!(fact, Fact::AttemptStarted { .. }))
            .count();
    }
    attempts
}

fn within(times: &[Timestamp], rate: Rate) {
    let requests = rate.requests as usize;
    for (first, over) in times.iter().zip(times.iter().skip(requests)) {
        let between_ms = over.since_ms(*first);
        assert!(between_ms >= rate.per_ms, "{between_ms} ms for {rate:?}");
    }
}

const RATE: Rate = Rate {
    requests: 20,
    per_ms: 10_000,
};

#[test]
fn a_rate_holds_over_two_workflows_and_a_poll_and_burns_no_attempts() {
    let polling = plan(
        "poll",
        Source::Poll(Poll {
            operation: Operation {
                connection: Some("shop".into()),
                ..operation(OperationKind::Polling)
            }
            .into(),
            every_ms: 5_000,
            start: PollStart::Now,
        }),
    );
    let world = world(App::by(fine), Some(RATE));
    let plans = vec![workflow("orders"), workflow("refunds"), polling];
    world.live(plans, async |life| {
        send(&life, "orders", 60).await;
        send(&life, "refunds", 60).await;
        succeeded(&life, "orders", 60).await;
        succeeded(&life, "refunds", 60).await;
        assert_eq!(attempts(&life, "orders").await, 60);
        let times: Vec<Timestamp> = world.app.made().iter().map(|made| made.at).collect();
        let polls = world
            .app
            .made()
            .iter()
            .filter(|m| m.workflow == "poll")
            .count();
        // It waits for its turn as the runs do.
        assert!(polls >= 1, "{polls}");
        within(&times, RATE);
        // All of it is used, but for what the burst and the queue cost.
        let took_ms = times.last().unwrap().since_ms(times[0]);
        let least_ms = times.len() as u64 * RATE.per_ms / u64::from(RATE.requests);
        assert!(took_ms <= least_ms * 13 / 10, "{took_ms} of {least_ms}");
    });
}

#[test]
fn a_rate_survives_a_restart() {
    let world = world(App::by(fine), Some(RATE));
    let plans = || vec![workflow("orders")];
    world.live(plans(), async |life| {
        send(&life, "orders", 40).await;
        world.app.called(6).await;
        // What a life knows is kept within a second, and at its end.
        assert!(life.runner.drain(secs(5)).await);
    });
    world.live(plans(), async |life| {
        succeeded(&life, "orders", 40).await;
        let times: Vec<Timestamp> = world.app.made().iter().map(|made| made.at).collect();
        within(&times, RATE);
    });
}

#[test]
fn without_a_rate_nothing_is_held() {
    let world = world(App::by(fine), None);
    world.live(vec![workflow("orders")], async |life| {
        send(&life, "orders", 50).await;
        succeeded(&life, "orders", 50).await;
        let made = world.app.made();
        assert!(made.last().unwrap().at.since_ms(made[0].at) < 1_000);
    });
}

#[test]
fn an_application_that_asks_for_a_pause_gets_it_from_all_runs() {
    let app = App::by(|call| {
        let first = call.now.0 % 60_000 < 100;
        let throttled = Disposition::Retry {
            after_ms: Some(30_000),
        };
        match first {
            true => Err(failed(throttled, Some(429))),
            false => fine(call),
        }
    });
    let world = world(app, None);
    world.live(vec![workflow("orders")], async |life| {
        send(&life, "orders", 1).await;
        world.app.called(1).await;
        life.pass(secs(1)).await;
        send(&life, "orders", 9).await;
        life.pass(secs(28)).await;
        assert_eq!(world.app.count(), 1);
        succeeded(&life, "orders", 10).await;
        let made = world.app.made();
        assert!(made[1].at.since_ms(made[0].at) >= 30_000);
    });
}

#[test]
fn a_pause_that_an_application_asks_for_ends_with_the_setting() {
    // The engine waits with a 503, and the gate with a 429.
    for status in [503, 429] {
        let app = App::by(move |call| {
            let asked = Disposition::Retry {
                after_ms: Some(u64::MAX),
            };
            match call.attempt {
                1 => Err(failed(asked, Some(status))),
                _ => fine(call),
            }
        });
        let mut world = world(app, None);
        world.settings.retry_after_max_ms = 5_000;
        world.live(vec![workflow("orders")], async |life| {
            send(&life, "orders", 1).await;
            succeeded(&life, "orders", 1).await;
            let made = world.app.made();
            let pause_ms = made[1].at.since_ms(made[0].at);
            assert!((5_000..6_000).contains(&pause_ms), "{status}: {pause_ms}");
        });
    }
}
