//! The runner over a store in memory and a plugin that does what a test tells it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use std::time::Duration;

use mortise_model::descriptor::Repeat;
use mortise_model::entry::End;
use mortise_model::{Disposition, Fact, Json, Payload, RunId, Status};
use mortise_ports::Journal;
use mortise_ports::memory::MemoryStore;
use mortise_runner::{Readiness, Refusal, Runner, Settings};

use world::{Answer, Script, event, namespace, plan};

/// Longer than anything here takes; only a defect waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

fn settings() -> Settings {
    Settings {
        lanes: 4,
        live_max: 100,
        interruptions_max: 3,
        ..Settings::default()
    }
}

async fn facts(store: &MemoryStore, run: RunId) -> Vec<Fact> {
    let entries = store.entries(&namespace(), run).await.unwrap();
    entries.into_iter().map(|entry| entry.fact).collect()
}

fn starts(facts: &[Fact]) -> usize {
    facts
        .iter()
        .filter(|fact| matches!(fact, Fact::AttemptStarted { .. }))
        .count()
}

#[tokio::test]
async fn a_chain_runs_to_its_output() {
    let store = MemoryStore::new();
    let script = Script::new([Answer::Give("{\"n\":1}"), Answer::Give("{\"n\":2}")]);
    let active = plan(&store, &["first", "second"], Repeat::Safe).await;
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings());
    let (accepted, end) = runner
        .accept_and_wait(event(&active, None, "{}"), PATIENCE)
        .await
        .unwrap();
    let output = Payload::Inline(Json::parse("{\"n\":2}").unwrap());
    assert_eq!(*end.unwrap(), End::Succeeded { output });
    let facts = facts(&store, accepted.run).await;
    assert_eq!(starts(&facts), 2);
    let calls = script.calls();
    assert_eq!(calls[0].1, format!("{}.first.0", accepted.run));
    assert_eq!(calls[1].1, format!("{}.second.0", accepted.run));
}

#[tokio::test]
async fn a_failure_that_passes_is_retried_with_the_same_key() {
    let store = MemoryStore::new();
    let retry = Answer::Fail(Disposition::Retry { after_ms: None });
    let script = Script::new([retry, Answer::Fail(Disposition::Timeout), Answer::Give("1")]);
    let active = plan(&store, &["only"], Repeat::Keyed).await;
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings());
    let accepted = runner.accept(event(&active, None, "{}")).await.unwrap();
    assert_eq!(
        runner.wait(&namespace(), accepted.run, PATIENCE).await,
        Some(Status::Succeeded)
    );
    let keys: Vec<String> = script.calls().into_iter().map(|(_, key)| key).collect();
    assert_eq!(keys, vec![format!("{}.only.0", accepted.run); 3]);
}

#[tokio::test]
async fn what_may_have_happened_is_not_repeated_where_that_would_double_it() {
    let store = MemoryStore::new();
    let script = Script::new([Answer::Fail(Disposition::Unclear)]);
    let active = plan(&store, &["only"], Repeat::Duplicates).await;
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings());
    let (_, end) = runner
        .accept_and_wait(event(&active, None, "{}"), PATIENCE)
        .await
        .unwrap();
    let End::Parked { step, failure } = (*end.unwrap()).clone() else {
        panic!("not parked")
    };
    assert_eq!(step, Some("only".into()));
    assert_eq!(failure.disposition, Disposition::Unclear);
    assert_eq!(script.calls().len(), 1);
}

#[tokio::test]
async fn a_crash_costs_an_attempt_and_nothing_else() {
    let store = MemoryStore::new();
    let hanging = Script::new([Answer::Hang]);
    let active = plan(&store, &["only"], Repeat::Keyed).await;
    let first = Runner::start(store.clone().into(), hanging.clone().into(), settings());
    let accepted = first.accept(event(&active, None, "{}")).await.unwrap();
    hanging.called(1).await;
    store.crash();
    let script = Script::new([Answer::Give("1")]);
    let second = Runner::start(store.clone().into(), script.clone().into(), settings());
    assert_eq!(
        second.wait(&namespace(), accepted.run, PATIENCE).await,
        Some(Status::Succeeded)
    );
    let facts = facts(&store, accepted.run).await;
    assert_eq!(starts(&facts), 2);
    assert_eq!(
        hanging.calls()[0].1,
        script.calls()[0].1,
        "both attempts carry the same key"
    );
}

#[tokio::test]
async fn a_run_that_takes_the_host_down_each_time_is_parked() {
    let store = MemoryStore::new();
    let active = plan(&store, &["only"], Repeat::Keyed).await;
    let mut run = None;
    for _ in 0..settings().interruptions_max {
        let hanging = Script::new([Answer::Hang]);
        let runner = Runner::start(store.clone().into(), hanging.clone().into(), settings());
        if run.is_none() {
            run = Some(runner.accept(event(&active, None, "{}")).await.unwrap().run);
        }
        hanging.called(1).await;
        store.crash();
    }
    let runner = Runner::start(store.clone().into(), Script::new([]).into(), settings());
    let status = runner.wait(&namespace(), run.unwrap(), PATIENCE).await;
    assert_eq!(status, Some(Status::Parked));
}

#[tokio::test]
async fn no_more_is_accepted_than_may_be_under_way() {
    let store = MemoryStore::new();
    let script = Script::new([Answer::Hang; 8]);
    let active = plan(&store, &["only"], Repeat::Keyed).await;
    let settings = Settings {
        live_max: 6,
        ..settings()
    };
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings);
    for _ in 0..6 {
        runner.accept(event(&active, None, "{}")).await.unwrap();
    }
    let refusal = runner.accept(event(&active, None, "{}")).await.unwrap_err();
    assert!(
        matches!(refusal, Refusal::Overloaded { live: 6, .. }),
        "{refusal:?}"
    );
    script.called(4).await;
    assert_eq!(script.calls().len(), 4, "there are four lanes");
}

#[tokio::test]
async fn the_same_event_starts_one_run() {
    let store = MemoryStore::new();
    let script = Script::new([Answer::Give("1")]);
    let active = plan(&store, &["only"], Repeat::Safe).await;
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings());
    let first = runner
        .accept(event(&active, Some("e-1"), "{}"))
        .await
        .unwrap();
    let second = runner
        .accept_and_wait(event(&active, Some("e-1"), "{}"), PATIENCE)
        .await
        .unwrap();
    assert_eq!((second.0.run, second.0.duplicate), (first.run, true));
    assert_eq!(
        second.1.unwrap().status(),
        Status::Succeeded,
        "a duplicate waits for the first one"
    );
    let refusal = runner
        .accept(event(&active, Some("e-1"), "{\"other\":1}"))
        .await
        .unwrap_err();
    assert_eq!(
        refusal,
        Refusal::Conflict {
            event_id: "e-1".into(),
            run: first.run
        }
    );
}

#[tokio::test]
async fn a_full_disk_refuses_news_and_loses_nothing() {
    let store = MemoryStore::new();
    let script = Script::new([Answer::Hold("1")]);
    let active = plan(&store, &["only"], Repeat::Safe).await;
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings());
    let accepted = runner.accept(event(&active, None, "{}")).await.unwrap();
    script.called(1).await;
    store.set_full(true);
    script.release();
    let refusal = runner.accept(event(&active, None, "{}")).await.unwrap_err();
    assert_eq!(
        (refusal, runner.readiness()),
        (Refusal::DiskFull, Readiness::DiskFull)
    );
    store.set_full(false);
    assert_eq!(
        runner.wait(&namespace(), accepted.run, PATIENCE).await,
        Some(Status::Succeeded)
    );
    assert_eq!(
        script.calls().len(),
        1,
        "the result was kept in memory until there was room"
    );
}

#[tokio::test]
async fn a_large_payload_goes_beside_the_journal_and_comes_back() {
    let store = MemoryStore::new();
    let script = Script::new([Answer::Echo, Answer::Echo]);
    let active = plan(&store, &["first", "second"], Repeat::Safe).await;
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings());
    let large = format!("\"{}\"", "x".repeat(Payload::INLINE_MAX_BYTES));
    let (_, end) = runner
        .accept_and_wait(event(&active, None, &large), PATIENCE)
        .await
        .unwrap();
    let End::Succeeded {
        output: Payload::Stored { size_bytes, .. },
    } = &*end.unwrap()
    else {
        panic!("the output is not stored beside the journal")
    };
    assert_eq!(*size_bytes, large.len() as u64);
    assert_eq!(script.calls()[1].0, large);
}

#[tokio::test]
async fn draining_refuses_news_and_waits_for_lanes() {
    let store = MemoryStore::new();
    let script = Script::new([Answer::Hold("1")]);
    let active = plan(&store, &["only"], Repeat::Safe).await;
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings());
    let accepted = runner.accept(event(&active, None, "{}")).await.unwrap();
    script.called(1).await;
    let drain = tokio::spawn({
        let runner = runner.clone();
        async move { runner.drain(PATIENCE).await }
    });
    while runner.readiness() != Readiness::Draining {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        runner.accept(event(&active, None, "{}")).await.unwrap_err(),
        Refusal::Draining
    );
    script.release();
    assert!(drain.await.unwrap(), "the run came to rest in time");
    assert!(matches!(
        facts(&store, accepted.run).await.last(),
        Some(Fact::Ended(End::Succeeded { .. }))
    ));
}

#[tokio::test]
async fn draining_dismisses_those_who_wait_for_a_run_that_goes_on_later() {
    let store = MemoryStore::new();
    let script = Script::new([Answer::Fail(Disposition::Retry {
        after_ms: Some(3_600_000),
    })]);
    let active = plan(&store, &["only"], Repeat::Safe).await;
    let runner = Runner::start(store.clone().into(), script.clone().into(), settings());
    let waiting = tokio::spawn({
        let (runner, event) = (runner.clone(), event(&active, None, "{}"));
        async move { runner.accept_and_wait(event, PATIENCE).await }
    });
    script.called(1).await;
    assert!(runner.drain(PATIENCE).await);
    let (_, end) = waiting.await.unwrap().unwrap();
    assert_eq!(end, None, "the event is durable, and its run has not ended");
}
