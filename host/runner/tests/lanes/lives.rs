//! Crashes, lost commits, full disks, pauses, and the end of a process.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mortise_model::plan::Items;
use mortise_model::{Fact, Letter, Status};
use mortise_ports::memory::{Lost, MemoryStore, Write};
use mortise_runner::{Readiness, Refusal};

use crate::plans::{at, callback, foreach, once, parallel, plan, work};
use crate::world::{Answer, PATIENCE, Script, World, code, json, namespace, output, settings};

fn starts(facts: &[Fact]) -> usize {
    let starts = |fact: &&Fact| matches!(fact, Fact::AttemptStarted { .. });
    facts.iter().filter(starts).count()
}

#[tokio::test(start_paused = true)]
async fn a_crash_costs_an_attempt_and_nothing_else() {
    let plans = vec![plan(vec![work("only", "event")])];
    let world = World::new(plans, Script::new([Answer::Hang])).await;
    let run = world.send("{}").await;
    world.script.called(1).await;
    let before = world.script.calls();
    let world = world.crash(Script::new([Answer::Give("1")])).await;
    assert_eq!(world.rest(run).await, Status::Succeeded);
    assert_eq!(starts(&world.facts(run).await), 2);
    assert_eq!(before[0].key, world.script.calls()[0].key);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_the_host_down_each_time_is_parked() {
    let plans = vec![plan(vec![work("only", "event")])];
    let mut world = World::new(plans, Script::new([Answer::Hang])).await;
    let run = world.send("{}").await;
    for _ in 1..settings().interruptions_max {
        world.script.called(1).await;
        world = world.crash(Script::new([Answer::Hang])).await;
    }
    world.script.called(1).await;
    let world = world.crash(Script::new([])).await;
    assert_eq!(world.rest(run).await, Status::Parked);
    assert_eq!(code(&world.end(run).await), "interrupted");
}

#[tokio::test(start_paused = true)]
async fn suspects_go_one_at_a_time_and_the_least_suspicious_first() {
    let plans = vec![plan(vec![work("only", "event")])];
    let hanging = || Script::by(|_| Answer::Hang);
    let world = World::new(plans, hanging()).await;
    let poison = world.send("\"poison\"").await;
    world.script.called(1).await;
    // One more interruption than the others.
    let world = world.crash(hanging()).await;
    world.script.called(1).await;
    let first = world.send("1").await;
    let second = world.send("2").await;
    world.script.called(3).await;
    let world = world.crash(Script::by(|_| Answer::Hold("0"))).await;
    let fresh = world.send("3").await;
    world.script.called(2).await;
    world.script.release(2);
    assert_eq!(world.rest(fresh).await, Status::Succeeded);
    for run in [first, second, poison] {
        world.script.release(1);
        assert_eq!(world.rest(run).await, Status::Succeeded);
    }
    assert_eq!(world.script.busiest(), 2, "one suspect, and the fresh one");
    let mut inputs = world.script.calls().into_iter().map(|call| call.input);
    assert_eq!(inputs.next_back().as_deref(), Some("\"poison\""));
}

#[tokio::test(start_paused = true)]
async fn claims_are_kept_while_old_runs_are_removed() {
    let plans = vec![plan(vec![work("only", "event")])];
    let store = MemoryStore::new();
    store.hang_purges();
    let held = Script::by(|_| Answer::Hold("1"));
    let world = World::with(store, plans, held, settings()).await;
    let run = world.send("{}").await;
    world.script.called(1).await;
    tokio::time::sleep(Duration::from_millis(20 * settings().lease_ms)).await;
    assert_eq!(world.script.calls().len(), 1, "nobody else has taken it up");
    world.script.release(1);
    assert_eq!(world.rest(run).await, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn commits_that_were_lost_double_nothing() {
    let lines = foreach("lines", Items::List(at("event")), 2, vec![once("w")]);
    let plans = vec![plan(vec![once("first"), lines])];
    let store = MemoryStore::new();
    let world = World::with(store, plans, Script::by(|_| Answer::Give("1")), settings()).await;
    let count = AtomicU32::new(0);
    world.store.lose_writes(move |write| {
        let commit = write == Write::Commit;
        match (
            commit,
            count.fetch_add(u32::from(commit), Ordering::SeqCst) % 3,
        ) {
            (true, 0) => Some(Lost::After),
            (true, 1) => Some(Lost::Before),
            _ => None,
        }
    });
    let (run, end) = world.run("[1,2,3]").await;
    assert_eq!(output(&end), r#"[{"w":1},{"w":1},{"w":1}]"#);
    assert_eq!(world.script.calls().len(), 4);
    assert_eq!(starts(&world.facts(run).await), 4);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_refuses_news_and_loses_nothing() {
    let plans = vec![plan(vec![work("only", "event")])];
    let world = World::new(plans, Script::new([Answer::Hold("1")])).await;
    let run = world.send("{}").await;
    world.script.called(1).await;
    world.store.set_full(true);
    world.script.release(1);
    let refusal = world.accept(world.event("main", None, "{}")).await;
    assert_eq!(refusal.unwrap_err(), Refusal::DiskFull);
    assert_eq!(world.readiness(), Readiness::DiskFull);
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.store.set_full(false);
    assert_eq!(world.rest(run).await, Status::Succeeded);
    assert_eq!(
        world.script.calls().len(),
        1,
        "the result was kept in memory"
    );
}

#[tokio::test(start_paused = true)]
async fn a_large_result_waits_for_room_on_the_disk() {
    let plans = vec![plan(vec![work("only", "event"), work("then", "event")])];
    let script = Script::by(|call| match call.step.as_str() {
        "only" => Answer::HoldLarge,
        _ => Answer::Give("1"),
    });
    let world = World::new(plans, script).await;
    let run = world.send("{}").await;
    world.script.called(1).await;
    world.store.set_full(true);
    world.script.release(1);
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.store.set_full(false);
    assert_eq!(world.rest(run).await, Status::Succeeded);
    assert_eq!(world.script.steps(), ["only", "then"]);
}

#[tokio::test(start_paused = true)]
async fn a_paused_workflow_accepts_and_does_nothing_until_it_goes_on() {
    let plans = vec![plan(vec![work("only", "event"), callback("answer")])];
    let world = World::new(plans, Script::by(|_| Answer::Give("1"))).await;
    let waiting = world.send("{}").await;
    world.becomes(waiting, Status::Waiting).await;
    let workflow = "main".into();
    world.pause(&namespace(), &workflow, true).await.unwrap();
    let queued = world.send("{}").await;
    world.becomes(queued, Status::Waiting).await;
    let (step, body) = ("answer".into(), json("7").into());
    world.told(waiting, Letter::Callback { step, body }).await;
    let stopped = world.send("{}").await;
    world.becomes(stopped, Status::Waiting).await;
    let (by, why) = ("ann".to_owned(), "not needed".to_owned());
    world.told(stopped, Letter::Cancel { by, why }).await;
    assert_eq!(world.rest(stopped).await, Status::Cancelled);
    tokio::time::sleep(Duration::from_secs(3_000)).await;
    assert_eq!(world.script.calls().len(), 1);
    assert!(!world.status(waiting).await.is_rest());
    world.pause(&namespace(), &workflow, false).await.unwrap();
    assert_eq!(world.rest(waiting).await, Status::Succeeded);
    world.script.called(2).await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_outlives_the_process() {
    let plans = vec![plan(vec![work("only", "event")])];
    let world = World::new(plans, Script::new([])).await;
    world
        .pause(&namespace(), &"main".into(), true)
        .await
        .unwrap();
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    let world = world.crash(Script::new([Answer::Give("1")])).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(world.script.calls().len(), 0);
    world
        .pause(&namespace(), &"main".into(), false)
        .await
        .unwrap();
    assert_eq!(world.rest(run).await, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn draining_refuses_news_and_waits_for_lanes() {
    let plans = vec![plan(vec![work("only", "event")])];
    let world = World::new(plans, Script::new([Answer::Hold("1")])).await;
    let run = world.send("{}").await;
    world.script.called(1).await;
    let drain = tokio::spawn({
        let runner = (*world).clone();
        async move { runner.drain(PATIENCE).await }
    });
    while world.readiness() != Readiness::Draining {
        tokio::task::yield_now().await;
    }
    let refusal = world.accept(world.event("main", None, "{}")).await;
    assert_eq!(refusal.unwrap_err(), Refusal::Draining);
    world.script.release(1);
    assert!(drain.await.unwrap(), "the run came to rest in time");
    assert_eq!(world.status(run).await, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn draining_lets_calls_end_and_begins_nothing_new() {
    let lines = foreach(
        "lines",
        Items::List(at("event")),
        8,
        vec![once("w"), once("x")],
    );
    let plans = vec![plan(vec![lines])];
    let world = World::new(plans, Script::by(|_| Answer::Hold("1"))).await;
    let run = world.send("[1,2,3,4,5,6,7,8,9]").await;
    world.script.called(8).await;
    let drain = tokio::spawn({
        let runner = (*world).clone();
        async move { runner.drain(Duration::from_secs(20)).await }
    });
    tokio::time::sleep(Duration::from_secs(11)).await;
    world.script.release(8);
    assert!(drain.await.unwrap());
    assert_eq!(world.script.calls().len(), 8);
    assert_eq!(world.status(run).await, Status::Waiting);
    let world = world.crash(Script::by(|_| Answer::Give("2"))).await;
    assert_eq!(world.rest(run).await, Status::Succeeded);
    assert_eq!(world.script.calls().len(), 10, "nothing is done twice");
    let facts = world.facts(run).await;
    assert!(
        !facts
            .iter()
            .any(|f| matches!(f, Fact::AttemptFailed { .. }))
    );
}

#[tokio::test(start_paused = true)]
async fn draining_dismisses_those_who_wait_for_a_run_that_goes_on_later() {
    let script = Script::new([Answer::Fail(mortise_model::Disposition::Retry {
        after_ms: Some(3_600_000),
    })]);
    let world = World::new(vec![plan(vec![work("only", "event")])], script).await;
    let waiting = tokio::spawn({
        let (runner, event) = ((*world).clone(), world.event("main", None, "{}"));
        async move { runner.accept_and_wait(event, PATIENCE).await }
    });
    world.script.called(1).await;
    assert!(world.drain(Duration::from_secs(20)).await);
    let (_, end) = waiting.await.unwrap().unwrap();
    assert_eq!(end, None, "the event is durable, and its run has not ended");
}

#[tokio::test(start_paused = true)]
async fn there_are_no_more_calls_at_once_than_the_setting_says() {
    let branches = vec![
        ("a", vec![work("x", "event")]),
        ("b", vec![work("x", "event")]),
        ("c", vec![work("x", "event")]),
    ];
    let settings = mortise_runner::Settings {
        calls_max: 2,
        ..settings()
    };
    let plans = vec![plan(vec![parallel("all", branches)])];
    let script = Script::by(|_| Answer::Hold("1"));
    let world = World::with(MemoryStore::new(), plans, script, settings).await;
    let runs = [world.send("1").await, world.send("2").await];
    world.script.called(2).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.script.calls().len(), 2);
    world.script.release(6);
    for run in runs {
        assert_eq!(world.rest(run).await, Status::Succeeded);
    }
    assert_eq!(world.script.busiest(), 2);
}
