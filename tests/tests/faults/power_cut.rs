//! The power goes: of the data folder only what was made durable is left, and some of the rest.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use mortise_tests::faults::image::{self, Image};
use mortise_tests::faults::layout::{Action, Kind};
use mortise_tests::faults::preload::{Fault, Preload};
use mortise_tests::{plugins, seed, warm};
use rand::Rng;
use rand::rngs::StdRng;

use super::account::Account;
use super::{load, report};
use crate::common::Place;

/// How often the power goes; `CYCLES` in the environment.
const CYCLES: u64 = 20;

/// Cycles on one data folder; more begin anew.
const CYCLES_OF_ONE: u64 = 20;

/// How much of what was not made durable is written early, in turn; `EARLY` in the environment.
const EARLY_PERCENT: [u64; 3] = [0, 30, 70];

/// The power goes at one of the first so many operations on the data folder. A start takes about
/// thirty.
const OPERATIONS_MAX: u64 = 1_000;

/// One cut in so many comes at one of the first operations after a start.
const EARLY_CUTS: u32 = 4;
const EARLY_OPERATIONS: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_outlives_a_power_cut_and_is_delivered_exactly_once() {
    let seed = seed::seed("power cut");
    let cycles = seed::number("CYCLES", CYCLES);
    for (index, first) in (0..cycles).step_by(CYCLES_OF_ONE as usize).enumerate() {
        cut(seed + index as u64, CYCLES_OF_ONE.min(cycles - first)).await;
    }
}

async fn cut(seed: u64, cycles: u64) {
    let mut random = seed::random(seed);
    let place = load::place(0).await;
    let mut account = Account::new(seed);
    let next = Arc::new(AtomicU64::new(load::BULKY_FROM));
    let mut operations = 0;
    for cycle in 0..cycles {
        let turn = EARLY_PERCENT[cycle as usize % EARLY_PERCENT.len()];
        let early = u32::try_from(seed::number("EARLY", turn)).unwrap();
        let what = format!("cycle {cycle}, EARLY={early}, SEED={seed}");
        operations += cycle_of(&place, &mut account, &next, early, &mut random, &what).await;
    }
    report(&format!(
        "power cut: SEED={seed}, {cycles} cuts after {operations} operations, {} accepted, {} unanswered, {} refused",
        account.accepted.len(),
        account.unknown.len(),
        account.refused.len()
    ));
    account.settle(&place).await;
}

/// Sends events until the power goes; gives how many operations there were until then.
async fn cycle_of(
    place: &Place,
    account: &mut Account,
    next: &Arc<AtomicU64>,
    early_percent: u32,
    random: &mut StdRng,
    what: &str,
) -> u64 {
    warm::warm(&place.data, &plugins::basic().unwrap())
        .await
        .unwrap();
    let mut image = Image::of(&place.data).unwrap();
    let preload = Preload::new(&place.data).unwrap();
    let last = if random.random_ratio(1, EARLY_CUTS) {
        EARLY_OPERATIONS
    } else {
        OPERATIONS_MAX
    };
    let action = if random.random() {
        Action::KillBefore
    } else {
        Action::KillAfter
    };
    let at = random.random_range(1..=last);
    preload.arm(Fault::at(action, at)).unwrap();
    // It may be gone before it is ready, and then not for another reason.
    let launch = place.launch().preload(&preload).unwrap();
    match launch.start().await {
        Ok(mut daemon) => {
            for sent in load::flood(&daemon, next).rest().await {
                account.enter(sent);
            }
            let status = daemon.exited().await.unwrap();
            let said = daemon.stderr();
            assert!(status.code().is_none(), "{status}, {what}: {said}");
            assert_eq!(preload.struck().unwrap(), 1, "{what}");
        }
        Err(error) => assert_eq!(preload.struck().unwrap(), 1, "{what}: {error:?}"),
    }
    image
        .apply(&preload.records().unwrap())
        .unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let left = image.cut(early_percent, random);
    image::replace(&place.data, &left).unwrap();
    preload.operations().unwrap()
}

/// Otherwise the test above would pass whatever the daemon does.
#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_after_syncs_that_were_none_loses_what_was_accepted() {
    let place = load::place(0).await;
    warm::warm(&place.data, &plugins::basic().unwrap())
        .await
        .unwrap();
    let mut image = Image::of(&place.data).unwrap();
    let preload = Preload::new(&place.data).unwrap();
    let launch = place.launch().preload(&preload).unwrap();
    let mut daemon = launch.start().await.unwrap();
    let lie = Fault::at(Action::Lie, 1).on(Kind::Sync);
    preload.arm(lie.matching("store/db").sticky()).unwrap();
    let run = daemon.accept("/events", load::body(1)).await.unwrap();
    daemon.succeeded(&run).await.unwrap();
    daemon.kill().await.unwrap();
    assert!(preload.struck().unwrap() > 0);
    image.apply(&preload.records().unwrap()).unwrap();
    image::replace(&place.data, &image.cut(0, &mut seed::random(1))).unwrap();
    let daemon = place.start().await;
    assert!(daemon.run(&run).await.is_err(), "the run is still there");
}

/// Otherwise a power cut would be simulated of something else than what happened.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_the_library_lacks_nothing_that_the_daemon_writes() {
    let place = load::place(0).await;
    warm::warm(&place.data, &plugins::basic().unwrap())
        .await
        .unwrap();
    let mut image = Image::of(&place.data).unwrap();
    let preload = Preload::new(&place.data).unwrap();
    let launch = place.launch().preload(&preload).unwrap();
    let daemon = launch.start().await.unwrap();
    for number in 0..60 {
        daemon.accept("/events", load::body(number)).await.unwrap();
    }
    let all = |ledger: &mortise_tests::sink::Ledger| ledger.delivered.len() == 60;
    place.sink.until("all delivered", all).await.unwrap();
    assert!(daemon.stop().await.unwrap().success());
    image.apply(&preload.records().unwrap()).unwrap();
    let (imagined, there) = (image.now(), image::tree_of(&place.data).unwrap());
    let names = |tree: &image::Tree| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&imagined), names(&there));
    for (path, content) in &there {
        assert!(imagined[path] == *content, "{path} differs");
    }
    for kind in [Kind::Write, Kind::Create, Kind::Rename, Kind::Sync] {
        let count = preload.count(kind).unwrap();
        assert!(count > 0, "{kind:?} is never used, or not seen");
    }
}
