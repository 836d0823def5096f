//! Polls: nothing is lost, nothing is doubled, and nobody polls twice at the same moment.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mortise_model::Letter;
use mortise_model::plan::{Operation, OperationKind, Poll, PollStart, Source};
use mortise_model::{Disposition, Plan, RunId, Status};
use mortise_ports::inbox::Post;
use mortise_ports::memory::{Lost, Write};
use mortise_ports::plugins::{Call, Invocation, Outcome};
use mortise_runner::Settings;

use crate::world::{
    App, Life, RETRY, Reply, World, counted, failed, json, namespace, news, operation, plan, secs,
    waiting,
};

/// Polls every ten seconds.
fn polling() -> Plan {
    plan(
        "deals",
        Source::Poll(Poll {
            operation: operation(OperationKind::Polling).into(),
            every_ms: 10_000,
            start: PollStart::Beginning,
        }),
    )
}

fn cursor(call: &Call) -> u64 {
    match &call.invocation {
        Invocation::Poll { cursor, .. } => {
            cursor.as_ref().map_or(0, |cursor| cursor.read().unwrap())
        }
        other => panic!("not a poll: {other:?}"),
    }
}

fn deal(number: u64) -> (String, String) {
    (format!("deal-{number}"), number.to_string())
}

/// An application that has so many deals and gives two at a time.
fn deals(all: u64) -> App {
    App::by(move |call| page(cursor(call), all))
}

fn page(from: u64, all: u64) -> Result<Outcome, mortise_model::Failure> {
    let to = all.min(from + 2);
    Ok(news((from..to).map(deal), to, to < all))
}

fn all_once(events: &[String], all: u64) {
    let counts = counted(events);
    let expected: Vec<String> = (0..all).map(|number| deal(number).0).collect();
    for id in &expected {
        assert_eq!(counts.get(id.as_str()), Some(&1), "{id} of {events:?}");
    }
    assert_eq!(counts.len(), expected.len(), "{events:?}");
}

#[test]
fn more_is_asked_for_at_once_and_then_every_interval() {
    let world = World::new(deals(5));
    world.live(vec![polling()], async |life| {
        world.app.called(3).await;
        life.pass(secs(1)).await;
        assert_eq!(world.app.count(), 3);
        all_once(&world.events("deals").await, 5);
        life.pass(secs(30)).await;
        assert_eq!(world.app.count(), 6);
        let Invocation::Poll { input, cursor } = &world.app.made()[0].invocation else {
            panic!("not a poll");
        };
        let expected = r#"{"pipeline":"default","start":"beginning"}"#;
        assert_eq!((input.as_str(), cursor.clone()), (expected, None));
        let status = life.status("t");
        assert!(status.last_at.is_some() && status.next_at > status.last_at);
    });
    // Another life goes on where this one ended.
    world.live(vec![polling()], async |_| {
        world.app.called(7).await;
        let Invocation::Poll { cursor, .. } = &world.app.made()[6].invocation else {
            panic!("not a poll");
        };
        assert_eq!(*cursor, Some(json("5")));
    });
}

#[test]
fn a_crash_at_any_write_repeats_the_poll_and_loses_and_doubles_nothing() {
    for lost in [Lost::Before, Lost::After] {
        for crash_at in 0..4 {
            let world = World::new(deals(7));
            let died = Arc::new(AtomicBool::new(false));
            let (dies, writes) = (Arc::clone(&died), AtomicUsize::new(0));
            world.store.lose_writes(move |write| {
                let is_it = write == Write::Accept
                    && writes.fetch_add(1, Ordering::SeqCst) == crash_at
                    && !dies.swap(true, Ordering::SeqCst);
                is_it.then_some(lost)
            });
            world.live(vec![polling()], async |life| {
                life.until(async || died.load(Ordering::SeqCst)).await;
            });
            let before = world.app.count();
            world.live(vec![polling()], async |life| {
                life.until(async || world.events("deals").await.len() >= 7)
                    .await;
                life.pass(secs(60)).await;
                all_once(&world.events("deals").await, 7);
            });
            let asked: Vec<_> = world.app.made().into_iter().map(|m| m.invocation).collect();
            let cursors: Vec<_> = [&asked[before - 1], &asked[before]]
                .into_iter()
                .map(|invocation| match invocation {
                    Invocation::Poll { cursor, .. } => cursor.clone(),
                    other => panic!("not a poll: {other:?}"),
                })
                .collect();
            let repeats = cursors[0] == cursors[1];
            assert_eq!(repeats, lost == Lost::Before, "{lost:?} {crash_at}");
        }
    }
}

#[test]
fn a_crash_while_the_application_answers_repeats_the_poll() {
    let world = World::new(deals(5));
    for _ in 0..3 {
        let before = world.app.count();
        world.live(vec![polling()], async |_| {
            world.app.called(before + 1).await
        });
        assert_eq!(world.app.count(), before + 1);
    }
    world.live(vec![polling()], async |life| {
        life.until(async || world.events("deals").await.len() >= 5)
            .await;
        all_once(&world.events("deals").await, 5);
    });
}

#[test]
fn two_processes_never_poll_one_trigger_at_the_same_moment() {
    // Longer than the lease.
    let app = App::by(|call| Reply {
        result: page(cursor(call), 40),
        takes_ms: 45_000,
    });
    let world = World::new(app);
    world.live(vec![polling()], async |first| {
        let second = world.begin(vec![polling()]).await;
        world.app.called(4).await;
        // The one that polls stops, and the other one takes over.
        assert!(first.runner.drain(secs(60)).await);
        world.app.called(12).await;
        assert!(second.runner.drain(secs(60)).await);
        let third = world.begin(vec![polling()]).await;
        third
            .until(async || world.events("deals").await.len() >= 40)
            .await;
        all_once(&world.events("deals").await, 40);
        assert_eq!(world.app.busiest(), 1);
    });
}

#[test]
fn a_process_that_lost_its_trigger_keeps_nothing_of_what_it_polled() {
    let world = World::new(deals(4));
    let app = App::by(|call| Reply {
        result: page(cursor(call), 4),
        takes_ms: 5_000,
    });
    let slow = World {
        app,
        ..World::new(deals(0))
    };
    let slow = World {
        store: world.store.clone(),
        ..slow
    };
    world.live(vec![polling()], async |quick| {
        assert!(quick.runner.drain(secs(1)).await);
        let late = slow.begin(vec![polling()]).await;
        slow.app.called(1).await;
        // Its hold is gone as if it had slept for longer than its lease.
        world.store.crash();
        let other = world.begin(vec![polling()]).await;
        other.until(async || world.app.count() >= 2).await;
        late.pass(secs(120)).await;
        all_once(&world.events("deals").await, 4);
        let status = late.status("t");
        assert_eq!(
            status.waits_for,
            Some("another process, which looks after it")
        );
    });
}

#[test]
fn nothing_is_polled_while_too_much_is_under_way() {
    let world = World {
        settings: Settings {
            live_max: 3,
            ..Settings::default()
        },
        ..World::new(deals(9))
    };
    let plans = || vec![waiting(polling())];
    world.live(plans(), async |life| {
        world.app.called(2).await;
        life.pass(secs(600)).await;
        assert_eq!(world.app.count(), 2);
        assert!(life.status("t").waits_for.unwrap().contains("live-max"));
        while world.app.count() < 5 {
            for run in world.runs("deals").await {
                if run.finished_at.is_none() {
                    cancel(&life, run.run).await;
                }
            }
            life.pass(secs(5)).await;
        }
        life.until(async || world.events("deals").await.len() >= 9)
            .await;
        all_once(&world.events("deals").await, 9);
    });
}

#[test]
fn nothing_is_polled_while_the_disk_is_full_and_nothing_is_lost() {
    let world = World::new(deals(7));
    world.live(vec![polling()], async |life| {
        world.store.set_full(true);
        life.pass(secs(600)).await;
        assert_eq!(world.app.count(), 0);
        assert_eq!(life.status("t").waits_for, Some("room on the disk"));
        world.store.set_full(false);
        life.until(async || world.events("deals").await.len() >= 7)
            .await;
        all_once(&world.events("deals").await, 7);
    });
}

#[test]
fn nothing_is_polled_while_the_workflow_is_paused_or_gone() {
    let world = World::new(deals(5));
    world.live(vec![polling()], async |life| {
        world.app.called(3).await;
        life.pass(secs(1)).await;
        life.pause("deals", true).await;
        let before = world.app.count();
        life.pass(secs(600)).await;
        assert_eq!(world.app.count(), before);
        life.pause("deals", false).await;
        world.app.called(before + 1).await;
        life.activate(Vec::new()).await;
        life.pass(secs(1)).await;
        let before = world.app.count();
        life.pass(secs(600)).await;
        assert_eq!(world.app.count(), before);
        assert!(life.runner.triggers(&namespace()).is_empty());
    });
}

#[test]
fn a_poll_that_fails_backs_off_and_never_gives_up() {
    let left = AtomicUsize::new(25);
    let app = App::by(move |call| {
        let fails = left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        match fails {
            true => Err(failed(RETRY, Some(503))),
            false => page(cursor(call), 2),
        }
    });
    let world = World::new(app);
    world.live(vec![polling()], async |life| {
        world.app.called(10).await;
        life.pass(secs(0)).await;
        let status = life.status("t");
        assert!(status.failures >= 9, "{status:?}");
        assert_eq!(status.last_failure.unwrap().1.code, "scripted");
        life.until(async || world.events("deals").await.len() >= 2)
            .await;
        assert_eq!(world.app.count(), 26);
        assert_eq!(life.status("t").failures, 0);
        let made = world.app.made();
        // At most a minute of pause, and the answer.
        for pair in made.windows(2) {
            assert!(pair[1].at.since_ms(pair[0].at) <= 62_000);
        }
        let failed: u64 = life
            .runner
            .metrics()
            .into_iter()
            .find_map(|(name, _, n)| (name == "mortise_triggers_failed_total").then_some(n))
            .unwrap();
        assert_eq!(failed, 25);
    });
}

#[test]
fn what_does_not_pass_by_itself_is_asked_seldom() {
    for disposition in [
        Disposition::Reject,
        Disposition::Misconfigured,
        Disposition::Reauthorize,
        Disposition::Trap,
        Disposition::Limit,
        Disposition::Retry {
            after_ms: Some(60_000),
        },
        Disposition::Retry {
            after_ms: Some(u64::MAX),
        },
    ] {
        let mut world = World::new(App::by(move |_| Err(failed(disposition, None))));
        world.settings.retry_after_max_ms = 60_000;
        world.live(vec![polling()], async |life| {
            world.app.called(1).await;
            life.pass(secs(3_600)).await;
            let count = world.app.count();
            assert!((55..=61).contains(&count), "{disposition:?}: {count}");
        });
    }
}

#[test]
fn an_event_that_comes_again_with_another_body_is_refused_and_the_poll_goes_on() {
    let app = App::by(|call| {
        Ok(match cursor(call) {
            0 => news([("a".into(), "1".into())], 1, true),
            1 => news(
                [("a".into(), "2".into()), ("b".into(), "1".into())],
                2,
                true,
            ),
            at => news([], at, false),
        })
    });
    let world = World::new(app);
    world.live(vec![polling()], async |life| {
        life.until(async || world.events("deals").await.len() >= 2)
            .await;
        life.pass(secs(60)).await;
        assert_eq!(world.events("deals").await, ["a", "b"]);
        assert_eq!(life.status("t").failures, 0);
    });
}

#[test]
fn many_large_events_of_one_poll_are_kept_together() {
    let many = 2_000;
    let app = App::by(move |call| {
        Ok(match cursor(call) {
            0 => {
                let large = format!("\"{}\"", "x".repeat(70_000));
                let payload = move |n: u64| {
                    if n.is_multiple_of(500) {
                        large.clone()
                    } else {
                        n.to_string()
                    }
                };
                news((0..many).map(|n| (deal(n).0, payload(n))), many, false)
            }
            at => news([], at, false),
        })
    });
    let world = World {
        settings: Settings {
            // Fewer than there are: a poll is kept whole.
            live_max: 10,
            ..Settings::default()
        },
        ..World::new(app)
    };
    world.live(vec![polling()], async |life| {
        life.until(async || !world.events("deals").await.is_empty())
            .await;
        all_once(&world.events("deals").await, many);
    });
}

#[test]
fn another_version_of_a_workflow_goes_on_with_the_cursor() {
    let app = deals(3);
    let world = World::new(app);
    let seen = Mutex::new(0);
    world.live(vec![polling()], async |life| {
        world.app.called(2).await;
        life.pass(secs(1)).await;
        let mut changed = polling();
        if let Source::Poll(poll) = &mut changed.triggers[0].source {
            poll.every_ms = 60_000;
            poll.operation = Operation {
                timeout_ms: 1_000,
                ..(*poll.operation).clone()
            }
            .into();
        }
        life.activate(vec![changed]).await;
        let before = world.app.count();
        life.pass(secs(300)).await;
        *seen.lock().unwrap() = world.app.count() - before;
        all_once(&world.events("deals").await, 3);
    });
    assert!((5..=6).contains(&*seen.lock().unwrap()), "{seen:?}");
}

#[test]
fn events_of_one_key_keep_their_order_and_others_do_not_wait() {
    let app = App::by(|call| {
        let mut outcome = news((0..4).map(deal), 4, false);
        if let (Outcome::News { events, .. }, 0) = (&mut outcome, cursor(call)) {
            for (event, key) in events.iter_mut().zip(["a", "b", "a", "a"]) {
                event.ordering_key = Some(key.repeat(2_000));
            }
        }
        Ok(outcome)
    });
    let world = World::new(app);
    world.live(vec![waiting(polling())], async |life| {
        life.pass(secs(5)).await;
        let mut seen = Vec::new();
        for _ in 0..3 {
            let runs = world.runs("deals").await.into_iter();
            let under_way: Vec<_> = runs.filter(|run| run.status == Status::Waiting).collect();
            seen.push(
                under_way
                    .iter()
                    .map(|r| r.event_id.clone())
                    .collect::<Vec<_>>(),
            );
            for run in under_way {
                cancel(&life, run.run).await;
            }
            life.pass(secs(2)).await;
        }
        assert_eq!(
            seen,
            [vec!["deal-0", "deal-1"], vec!["deal-2"], vec!["deal-3"]]
        );
    });
}

async fn cancel(life: &Life<'_>, run: RunId) {
    let letter = Letter::Cancel {
        by: "test".into(),
        why: "to make room".into(),
    };
    let namespace = namespace();
    let post = Post::new(namespace, run, letter);
    life.runner.tell(post).await.unwrap();
}
