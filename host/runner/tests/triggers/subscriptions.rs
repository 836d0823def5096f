//! Subscriptions: made once, renewed in time, and taken back with what they were made with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mortise_model::plan::{Body, Operation, OperationKind, Respond, Source, Webhook};
use mortise_model::template::Template;
use mortise_model::{Disposition, Failure, Plan};
use mortise_ports::memory::{Lost, Write};
use mortise_ports::plugins::{Call, Invocation, Outcome};
use mortise_runner::Settings;

use crate::world::{App, Life, RETRY, World, failed, json, operation, plan, secs};

/// An hour, as the application lets subscriptions lapse.
const LAPSES_MS: u64 = 3_600_000;

fn webhook(path: &str, with: &str) -> Plan {
    let kind = OperationKind::Webhook {
        answers: false,
        subscribes: true,
    };
    let uses = Operation {
        with: Template::Literal(json(with)),
        ..operation(kind)
    };
    plan(
        "orders",
        Source::Webhook(Webhook {
            path: path.into(),
            method: "POST".into(),
            body: Body::Json,
            respond: Respond::Accepted,
            uses: Some(uses.into()),
            verify: None,
            declared: None,
        }),
    )
}

fn orders() -> Plan {
    webhook("/orders", "{}")
}

/// What an application makes of a call where all is well: its memory counts the subscriptions.
fn answer(call: &Call) -> Result<Outcome, Failure> {
    match &call.invocation {
        Invocation::Subscribe { memory, .. } => {
            let count: u64 = memory.as_ref().map_or(0, |memory| memory.read().unwrap());
            Ok(Outcome::Subscription {
                memory: json(&(count + 1).to_string()),
                secrets: Vec::new(),
                renew_after_ms: Some(LAPSES_MS),
            })
        }
        Invocation::Unsubscribe { .. } => Ok(Outcome::Unsubscribed),
        other => panic!("nothing to do with subscriptions: {other:?}"),
    }
}

/// What was asked, in short.
fn asked(world: &World) -> Vec<String> {
    let made = world.app.made().into_iter();
    made.map(|made| match made.invocation {
        Invocation::Subscribe {
            input, url, memory, ..
        } => {
            let memory = memory.map_or_else(|| "none".to_owned(), |m| m.as_str().to_owned());
            let path = url.strip_prefix("https://hooks.example.com/hooks").unwrap();
            format!("subscribe {path} {} {memory}", input.as_str())
        }
        Invocation::Unsubscribe { input, memory } => {
            format!("unsubscribe {} {}", input.as_str(), memory.as_str())
        }
        other => panic!("nothing to do with subscriptions: {other:?}"),
    })
    .collect()
}

/// Time enough for whatever is due now.
async fn settle(life: &Life<'_>) {
    life.pass(secs(5)).await;
}

#[test]
fn it_is_made_once_and_renewed_before_it_lapses() {
    let world = World::new(App::by(answer));
    world.live(vec![orders()], async |life| {
        settle(&life).await;
        assert_eq!(asked(&world), ["subscribe /orders {} none"]);
        life.pass(secs(2_800)).await;
        assert_eq!(world.app.count(), 1);
        life.pass(secs(100)).await;
        assert_eq!(asked(&world)[1..], ["subscribe /orders {} 1"]);
        let status = life.status("t");
        let left_ms = status.next_at.unwrap().since_ms(status.last_at.unwrap());
        assert_eq!(left_ms, LAPSES_MS * 8 / 10);
    });
    // Another life finds it, and renews it when that is due.
    world.live(vec![orders()], async |life| {
        life.pass(secs(2_000)).await;
        assert_eq!(world.app.count(), 2);
        life.pass(secs(1_000)).await;
        assert_eq!(asked(&world)[2..], ["subscribe /orders {} 2"]);
    });
    // It should have been renewed while nothing ran.
    let later = world.now.lock().unwrap().plus_ms(10 * LAPSES_MS);
    *world.now.lock().unwrap() = later;
    world.live(vec![orders()], async |life| {
        settle(&life).await;
        assert_eq!(asked(&world)[3..], ["subscribe /orders {} 3"]);
    });
}

#[test]
fn it_is_taken_back_when_no_manifest_has_it() {
    let world = World::new(App::by(answer));
    world.live(vec![orders()], async |life| {
        settle(&life).await;
        life.activate(Vec::new()).await;
        settle(&life).await;
        assert_eq!(asked(&world)[1..], ["unsubscribe {} 1"]);
        // It comes back as if it had never been there.
        life.activate(vec![orders()]).await;
        settle(&life).await;
        assert_eq!(asked(&world)[2..], ["subscribe /orders {} none"]);
    });
    // It goes while nothing runs.
    world.live(Vec::new(), async |life| {
        settle(&life).await;
        assert_eq!(asked(&world)[3..], ["unsubscribe {} 1"]);
    });
    world.live(Vec::new(), async |life| {
        settle(&life).await;
        assert_eq!(world.app.count(), 4);
    });
}

#[test]
fn another_address_renews_it_and_other_events_replace_it() {
    let world = World::new(App::by(answer));
    world.live(vec![orders()], async |life| {
        settle(&life).await;
        life.activate(vec![webhook("/new", "{}")]).await;
        settle(&life).await;
        assert_eq!(asked(&world)[1..], ["subscribe /new {} 1"]);
        life.activate(vec![webhook("/new", r#"{"of":"refunds"}"#)])
            .await;
        settle(&life).await;
        // With what it was made with.
        let expected = [
            "unsubscribe {} 2",
            r#"subscribe /new {"of":"refunds"} none"#,
        ];
        assert_eq!(asked(&world)[2..], expected);
    });
    // A version that changes something else changes nothing here.
    world.live(
        vec![Plan {
            description: Some("another version".into()),
            ..webhook("/new", r#"{"of":"refunds"}"#)
        }],
        async |life| {
            settle(&life).await;
            assert_eq!(world.app.count(), 4);
        },
    );
}

#[test]
fn an_issued_secret_is_refused_and_the_subscription_taken_back() {
    let app = App::by(|call| match &call.invocation {
        Invocation::Subscribe { .. } => Ok(Outcome::Subscription {
            memory: json("7"),
            secrets: vec![("signing-secret".into(), "do not keep me".into())],
            renew_after_ms: None,
        }),
        _ => answer(call),
    });
    let world = World::new(app);
    world.live(vec![orders()], async |life| {
        life.pass(secs(1_800)).await;
        assert_eq!(
            asked(&world),
            ["subscribe /orders {} none", "unsubscribe {} 7"]
        );
        let (_, failure) = life.status("t").last_failure.unwrap();
        assert_eq!(failure.code, "secret-issued");
        let expected = "the application issued a secret, `signing-secret`, and there is no vault";
        assert!(failure.message.starts_with(expected), "{}", failure.message);
        assert!(!failure.message.contains("do not keep me"));
        // Nothing is left that would have to be undone.
        life.activate(Vec::new()).await;
        settle(&life).await;
        assert_eq!(world.app.count(), 2);
    });
}

#[test]
fn what_fails_is_tried_again_until_it_works() {
    let left = Arc::new(AtomicUsize::new(6));
    let fails = Arc::clone(&left);
    let app = App::by(move |call| {
        let fails = fails
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        match fails {
            true => Err(failed(RETRY, Some(503))),
            false => answer(call),
        }
    });
    let world = World::new(app);
    world.live(vec![orders()], async |life| {
        world.app.called(7).await;
        settle(&life).await;
        assert_eq!(life.status("t").failures, 0);
        left.store(3, Ordering::SeqCst);
        life.activate(Vec::new()).await;
        world.app.called(11).await;
        settle(&life).await;
        assert_eq!(asked(&world)[10..], ["unsubscribe {} 1"]);
    });
}

#[test]
fn an_application_that_knows_no_such_subscription_does_not_stand_in_the_way() {
    let app = App::by(|call| match &call.invocation {
        Invocation::Unsubscribe { .. } => Err(failed(Disposition::Reject, Some(404))),
        _ => answer(call),
    });
    let world = World::new(app);
    world.live(vec![orders()], async |life| {
        settle(&life).await;
        life.activate(Vec::new()).await;
        life.pass(secs(600)).await;
        assert_eq!(world.app.count(), 2);
    });
}

#[test]
fn a_crash_between_the_application_and_the_store_renews_it() {
    for lost in [Lost::Before, Lost::After] {
        for crash_at in 0..2 {
            let world = World::new(App::by(answer));
            world.live(Vec::new(), async |life| settle(&life).await);
            let (died, dies) = (Arc::new(AtomicUsize::new(0)), crash_at);
            let counts = Arc::clone(&died);
            world.store.lose_writes(move |write| {
                let is_it = write == Write::Other && {
                    let count = counts.fetch_add(1, Ordering::SeqCst);
                    // The first is the publication of the plan.
                    count == dies + 1
                };
                is_it.then_some(lost)
            });
            world.live(vec![orders()], async |life| {
                life.until(async || died.load(Ordering::SeqCst) >= dies + 2)
                    .await;
            });
            world.store.keep_writes();
            world.live(vec![orders()], async |life| {
                settle(&life).await;
                life.activate(Vec::new()).await;
                settle(&life).await;
            });
            let asked = asked(&world);
            let made = asked.iter().filter(|a| a.starts_with("subscribe"));
            assert!((1..=3).contains(&made.count()), "{asked:?}");
            let undone = asked.iter().filter(|a| a.starts_with("unsubscribe"));
            assert_eq!(undone.count(), 1, "{lost:?} {crash_at} {asked:?}");
        }
    }
}

#[test]
fn two_processes_make_one_subscription() {
    let world = World {
        settings: Settings {
            public_url: "https://hooks.example.com".into(),
            ..Settings::default()
        },
        ..World::new(App::by(answer))
    };
    world.live(vec![orders()], async |first| {
        let second = world.begin(vec![orders()]).await;
        first.pass(secs(2_000)).await;
        assert_eq!(world.app.count(), 1);
        first.pass(secs(1_000)).await;
        assert_eq!(world.app.count(), 2);
        assert_eq!(world.app.busiest(), 1);
        drop(second);
    });
}
