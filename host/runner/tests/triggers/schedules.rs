//! Schedules: whatever the clock does, each time comes once.

use mortise_model::plan::{Missed, Schedule, Source};
use mortise_model::{Plan, Timestamp, WorkflowName};
use mortise_runner::{BackfillError, Backfilled, Settings};

use crate::world::{App, Life, World, counted, failed, namespace, plan, secs};

const HOUR_MS: i64 = 3_600_000;

fn every_ten_minutes(missed: Missed) -> Plan {
    plan(
        "report",
        Source::Schedule(Schedule {
            cron: "*/10 * * * *".into(),
            timezone: "Europe/Berlin".into(),
            missed,
        }),
    )
}

fn world() -> World {
    World::new(App::by(|_| {
        Err(failed(mortise_model::Disposition::Reject, None))
    }))
}

fn at(clock: &str) -> Timestamp {
    format!("2025-06-01T{clock}:00Z").parse().unwrap()
}

fn ids<'a>(clocks: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    clocks
        .into_iter()
        .map(|clock| at(clock).to_string())
        .collect()
}

async fn events(world: &World) -> Vec<String> {
    let events = world.events("report").await;
    assert!(
        counted(&events).values().all(|count| *count == 1),
        "{events:?}"
    );
    events
}

#[test]
fn each_time_becomes_one_event() {
    let world = world();
    world.live(vec![every_ten_minutes(Missed::Skip)], async |life| {
        life.pass(secs(31 * 60)).await;
        assert_eq!(events(&world).await, ids(["00:10", "00:20", "00:30"]));
        let status = life.status("t");
        assert_eq!(status.next_at, Some(at("00:40")));
        let run = &world.runs("report").await[0];
        assert_eq!(run.origin.trigger, "t");
        // As close to its time as the looks are.
        assert!(run.accepted_at.since_ms(at("00:10")) <= 1_000);
    });
}

#[test]
fn a_clock_that_is_put_forward_and_back_loses_and_doubles_nothing() {
    let world = world();
    world.live(vec![every_ten_minutes(Missed::Skip)], async |life| {
        life.pass(secs(15 * 60)).await;
        life.clock.set(HOUR_MS);
        life.pass(secs(60)).await;
        let forward = ids([
            "00:10", "00:20", "00:30", "00:40", "00:50", "01:00", "01:10",
        ]);
        assert_eq!(events(&world).await, forward);
        life.clock.set(-HOUR_MS);
        life.pass(secs(3_600)).await;
        // It is 01:16 again, and the time that came before the clock went back came once.
        assert_eq!(events(&world).await, forward);
        life.pass(secs(5 * 60)).await;
        let mut then = forward;
        then.extend(ids(["01:20"]));
        assert_eq!(events(&world).await, then);
    });
}

#[test]
fn what_was_missed_comes_once_or_not_at_all() {
    for (missed, expected) in [
        (Missed::RunOnce, ids(["00:10", "03:00", "03:10"])),
        (Missed::Skip, ids(["00:10", "03:10"])),
    ] {
        let world = world();
        let plans = || vec![every_ten_minutes(missed)];
        world.live(plans(), async |life| life.pass(secs(15 * 60)).await);
        // Nothing runs until five past three.
        *world.now.lock().unwrap() = at("03:05");
        world.live(plans(), async |life| {
            life.pass(secs(2)).await;
            life.pass(secs(6 * 60)).await;
            assert_eq!(events(&world).await, expected, "{missed:?}");
        });
        // A life that begins before the last one ended, by the clock.
        *world.now.lock().unwrap() = at("02:00");
        world.live(plans(), async |life| {
            life.pass(secs(75 * 60)).await;
            assert_eq!(events(&world).await, expected, "{missed:?}");
        });
    }
}

#[test]
fn a_pause_is_a_time_in_which_nothing_runs() {
    let world = world();
    world.live(vec![every_ten_minutes(Missed::RunOnce)], async |life| {
        life.pass(secs(15 * 60)).await;
        life.pause("report", true).await;
        life.pass(secs(3_600)).await;
        assert_eq!(events(&world).await, ids(["00:10"]));
        life.pause("report", false).await;
        life.pass(secs(6 * 60)).await;
        assert_eq!(events(&world).await, ids(["00:10", "01:10", "01:20"]));
    });
}

#[test]
fn times_wait_for_room_and_for_the_disk_and_none_is_lost() {
    let world = World {
        settings: Settings {
            live_max: 1,
            ..Settings::default()
        },
        ..world()
    };
    let plans = || vec![every_ten_minutes(Missed::Skip)];
    world.live(plans(), async |life| {
        world.store.set_full(true);
        life.pass(secs(35 * 60)).await;
        assert!(events(&world).await.is_empty());
        world.store.set_full(false);
        life.pass(secs(5)).await;
        // What was first seen is remembered only now that there is room.
        life.pass(secs(10 * 60)).await;
        let before = events(&world).await;
        assert_eq!(before, ids(["00:40"]));
        world.store.set_full(true);
        life.pass(secs(30 * 60)).await;
        world.store.set_full(false);
        life.pass(secs(5)).await;
        assert_eq!(
            events(&world).await,
            ids(["00:40", "00:50", "01:00", "01:10"])
        );
    });
}

#[test]
fn two_processes_take_each_time_once() {
    let world = world();
    let plans = || vec![every_ten_minutes(Missed::Skip)];
    world.live(plans(), async |first| {
        let second = world.begin(plans()).await;
        first.pass(secs(31 * 60)).await;
        assert_eq!(events(&world).await, ids(["00:10", "00:20", "00:30"]));
        assert!(first.runner.drain(secs(60)).await);
        second.pass(secs(20 * 60)).await;
        let all = ids(["00:10", "00:20", "00:30", "00:40", "00:50"]);
        assert_eq!(events(&world).await, all);
    });
}

async fn fill(
    life: &Life<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Backfilled, BackfillError> {
    let workflow = WorkflowName::from("report");
    let namespace = namespace();
    life.runner
        .backfill((&namespace, &workflow), "t", (from, to))
        .await
}

#[test]
fn times_that_have_passed_are_filled_in_once() {
    let world = World {
        settings: Settings {
            backfill_max: 12,
            ..Settings::default()
        },
        ..world()
    };
    let plans = || vec![every_ten_minutes(Missed::Skip)];
    world.live(plans(), async |life| {
        life.pass(secs(25 * 60)).await;
        let (midnight, hour): (Timestamp, Timestamp) =
            ("2025-05-31T23:40:00Z".parse().unwrap(), at("00:20"));
        // From is in the range and to is not; ten past has run.
        let filled = fill(&life, midnight, hour).await.unwrap();
        let expected = Backfilled {
            accepted: 3,
            duplicates: 1,
        };
        assert_eq!(filled, expected);
        let again = fill(&life, midnight, hour).await.unwrap();
        let expected = Backfilled {
            accepted: 0,
            duplicates: 4,
        };
        assert_eq!(again, expected);
        assert_eq!(events(&world).await.len(), 5);
        // The schedule goes on as it would have.
        life.pass(secs(10 * 60)).await;
        assert_eq!(events(&world).await.len(), 6);
    });
}

#[test]
fn a_backfill_that_makes_no_sense_says_why() {
    let world = World {
        settings: Settings {
            backfill_max: 12,
            ..Settings::default()
        },
        ..world()
    };
    world.live(vec![every_ten_minutes(Missed::Skip)], async |life| {
        life.pass(secs(3 * 3_600)).await;
        let refusals = [
            (
                fill(&life, at("00:00"), at("02:10")).await,
                "the limit `runner.backfill-max`",
            ),
            (fill(&life, at("01:00"), at("01:00")).await, "is not before"),
            (
                fill(&life, at("01:00"), at("23:00")).await,
                "has not passed",
            ),
        ];
        for (result, expected) in refusals {
            let text = result.unwrap_err().to_string();
            assert!(text.contains(expected), "{text}");
        }
        assert!(fill(&life, at("00:00"), at("02:00")).await.is_ok());
        let (namespace, other) = (namespace(), WorkflowName::from("other"));
        let range = (at("00:00"), at("01:00"));
        for (workflow, trigger) in [(&other, "t"), (&"report".into(), "u")] {
            let result = life
                .runner
                .backfill((&namespace, workflow), trigger, range)
                .await;
            assert!(matches!(result, Err(BackfillError::NoSchedule { .. })));
        }
        world.store.set_full(true);
        let refused = fill(&life, at("02:00"), at("02:30")).await;
        assert!(matches!(refused, Err(BackfillError::Refused { of: 3, .. })));
    });
}
