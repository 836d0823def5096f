//! SIGKILL while events are under way.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use mortise_tests::seed;
use mortise_tests::sink::Behaviour;
use rand::Rng;

use super::account::Account;
use super::{load, report};

/// How often the daemon is killed; `CYCLES` in the environment.
const CYCLES: u64 = 100;

/// Cycles on one data folder; more begin anew, so that memory of the tests is bounded.
const CYCLES_OF_ONE: u64 = 100;

/// The sink takes its time, so that hundreds of events are under way when the daemon is killed.
const SINK_MS: u64 = 100;

/// The daemon is killed when it has delivered so many events since its start, at most.
const DELIVERED_MAX: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_outlives_sigkill_and_is_delivered_exactly_once() {
    let seed = seed::seed("kill loop");
    let cycles = seed::number("CYCLES", CYCLES);
    for (index, first) in (0..cycles).step_by(CYCLES_OF_ONE as usize).enumerate() {
        kill(seed + index as u64, CYCLES_OF_ONE.min(cycles - first)).await;
    }
}

async fn kill(seed: u64, cycles: u64) {
    let mut random = seed::random(seed);
    let place = load::place(SINK_MS).await;
    let mut account = Account::new(seed);
    let next = Arc::new(AtomicU64::new(0));
    let mut under_way_max = 0;
    for cycle in 0..cycles {
        let mut daemon = place.start().await;
        let flood = load::flood(&daemon, &next);
        let before = place.sink.ledger().delivered.len();
        let moment = before + random.random_range(1..=DELIVERED_MAX);
        let what = format!("at moment {moment} of cycle {cycle}, SEED={seed}");
        let reached = place
            .sink
            .until(&what, |ledger| ledger.delivered.len() >= moment);
        reached.await.unwrap();
        daemon.kill().await.unwrap();
        for sent in flood.rest().await {
            account.enter(sent);
        }
        let delivered = place.sink.ledger().delivered.len();
        under_way_max = under_way_max.max(account.accepted.len().saturating_sub(delivered));
    }
    let repeated = place.sink.ledger().repeated;
    report(&format!(
        "kill loop: SEED={seed}, {cycles} kills, {} accepted, {} unanswered, {} refused, {repeated} delivered again with the same key, {under_way_max} under way at most",
        account.accepted.len(),
        account.unknown.len(),
        account.refused.len()
    ));
    assert!(
        cycles < 10 || under_way_max >= 100,
        "only {under_way_max} events were under way at most, SEED={seed}"
    );
    // What is left need not take its time.
    place.sink.behave(Behaviour::ok());
    account.settle(&place).await;
}
