//! Circuit breakers: an application that is down is left alone, and runs wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mortise_model::Disposition;
use mortise_runner::Settings;

use crate::rates::{attempts, fine, send, succeeded, workflow, world};
use crate::world::{App, Life, RETRY, World, failed, secs};

/// An application that is down until it is up.
fn app(up: &Arc<AtomicBool>) -> App {
    let up = Arc::clone(up);
    App::by(move |call| match up.load(Ordering::SeqCst) {
        true => fine(call),
        false => Err(failed(RETRY, Some(503))),
    })
}

fn opens_after_five(app: App) -> World {
    World {
        settings: Settings {
            breaker_failures: 5,
            breaker_initial_ms: 30_000,
            breaker_max_ms: 60_000,
            ..Settings::default()
        },
        ..world(app, None)
    }
}

fn metric(life: &Life<'_>, wanted: &str) -> u64 {
    let metrics = life.runner.metrics().into_iter();
    let mut found = metrics.filter_map(|(name, _, number)| (name == wanted).then_some(number));
    found.next().unwrap()
}

#[test]
fn a_breaker_opens_holds_probes_and_closes_and_burns_no_attempts() {
    let up = Arc::new(AtomicBool::new(false));
    let world = opens_after_five(app(&up));
    world.live(vec![workflow("orders")], async |life| {
        send(&life, "orders", 20).await;
        world.app.called(5).await;
        life.pass(secs(29)).await;
        // Those that were under way when it opened, and no other.
        let first = world.app.count();
        assert!(first <= 20, "{first}");
        assert_eq!(metric(&life, "mortise_breakers_open"), 1);
        assert!(metric(&life, "mortise_steps_held_total") > 0);
        send(&life, "orders", 20).await;
        // A probe a minute.
        life.pass(secs(1_200)).await;
        let probes = world.app.count() - first;
        assert!((18..=21).contains(&probes), "{probes}");
        let made = world.app.made();
        for pair in made[first..].windows(2) {
            assert!(pair[1].at.since_ms(pair[0].at) >= 30_000, "{pair:?}");
        }
        up.store(true, Ordering::SeqCst);
        let before = world.app.count();
        succeeded(&life, "orders", 40).await;
        assert_eq!(world.app.count() - before, 40);
        assert_eq!(attempts(&life, "orders").await, world.app.count());
        assert_eq!(metric(&life, "mortise_breakers_open"), 0);
        // They come soon, and one after the other.
        let made = world.app.made();
        let took_ms = made.last().unwrap().at.since_ms(made[before].at);
        assert!(took_ms <= 61_000, "{took_ms}");
    });
}

#[test]
fn one_probe_is_under_way_at_a_time() {
    let up = Arc::new(AtomicBool::new(false));
    let is_up = Arc::clone(&up);
    let app = App::by(move |call| crate::world::Reply {
        result: match is_up.load(Ordering::SeqCst) {
            true => fine(call),
            false => Err(failed(RETRY, None)),
        },
        takes_ms: 20_000,
    });
    let world = opens_after_five(app);
    world.live(vec![workflow("orders")], async |life| {
        send(&life, "orders", 5).await;
        world.app.called(5).await;
        life.pass(secs(21)).await;
        send(&life, "orders", 50).await;
        let first = world.app.count();
        life.pass(secs(300)).await;
        let made = world.app.made();
        for pair in made[first..].windows(2) {
            assert!(
                pair[1].at.since_ms(pair[0].at) >= 20_000 + 30_000,
                "{pair:?}"
            );
        }
        assert!(made.len() >= first + 3);
        up.store(true, Ordering::SeqCst);
        succeeded(&life, "orders", 55).await;
    });
}

#[test]
fn an_open_breaker_survives_a_crash() {
    let up = Arc::new(AtomicBool::new(false));
    let world = opens_after_five(app(&up));
    let plans = || vec![workflow("orders"), workflow("refunds")];
    world.live(plans(), async |life| {
        send(&life, "orders", 5).await;
        life.until(async || metric(&life, "mortise_breakers_open") == 1)
            .await;
        // Kept at once, and not only at the end of a second.
        life.pass(std::time::Duration::from_millis(10)).await;
    });
    let before = world.app.count();
    up.store(true, Ordering::SeqCst);
    world.live(plans(), async |life| {
        send(&life, "refunds", 5).await;
        life.pass(secs(29)).await;
        assert_eq!(world.app.count(), before);
        succeeded(&life, "refunds", 5).await;
        succeeded(&life, "orders", 5).await;
        assert!(world.app.made()[before].at.since_ms(world.app.made()[0].at) >= 30_000);
    });
    world.live(plans(), async |life| {
        assert_eq!(metric(&life, "mortise_breakers_open"), 0);
        send(&life, "orders", 1).await;
        succeeded(&life, "orders", 6).await;
    });
}

#[test]
fn what_is_no_failure_of_the_application_opens_nothing() {
    for (disposition, status) in [
        (Disposition::Reject, Some(422)),
        (Disposition::Misconfigured, Some(404)),
        (Disposition::Reauthorize, Some(401)),
        (RETRY, Some(429)),
    ] {
        let app = App::by(move |_| Err(failed(disposition, status)));
        let world = opens_after_five(app);
        world.live(vec![workflow("orders")], async |life| {
            send(&life, "orders", 20).await;
            world.app.called(20).await;
            assert_eq!(metric(&life, "mortise_breakers_open"), 0);
        });
    }
}
