//! Disks that are full, fail, or give back something else than was written.

use mortise_tests::api::accepted;
use mortise_tests::client::Answer;
use mortise_tests::daemon::{Daemon, READY_MAX, Refused};
use mortise_tests::faults::image::{self, Image, Tree};
use mortise_tests::faults::layout::{Action, Kind};
use mortise_tests::faults::preload::{Fault, Preload};
use mortise_tests::{plugins, seed, warm};
use rand::Rng;

use super::account::Account;
use super::{load, report};
use crate::common::Place;

/// The exit code of a process whose storage failed.
const STORAGE_FAILED: i32 = 6;

/// The exit code of a process that the environment refuses.
const REFUSED: i32 = 5;

struct Stand {
    place: Place,
    preload: Preload,
    daemon: Daemon,
}

async fn stand() -> Stand {
    let place = load::place(0).await;
    warm::warm(&place.data, &plugins::basic().unwrap())
        .await
        .unwrap();
    let preload = Preload::new(&place.data).unwrap();
    let launch = place.launch().preload(&preload).unwrap();
    let daemon = launch.start().await.unwrap();
    Stand {
        place,
        preload,
        daemon,
    }
}

/// An event that becomes a file of its own.
const LARGE: u64 = 7;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_events_and_goes_on_when_there_is_room() {
    let Stand {
        place,
        preload,
        daemon,
    } = stand().await;
    let before = daemon.accept("/events", load::body(1)).await.unwrap();
    daemon.succeeded(&before).await.unwrap();
    preload.free_bytes(Some(1024 * 1024)).unwrap();
    let refusal = until_refused(&daemon).await;
    assert_eq!(
        (refusal.status, refusal.code().as_str()),
        (503, "disk-full")
    );
    assert!(!refusal.header("retry-after").is_empty());
    preload.free_bytes(None).unwrap();
    let body = load::body(3);
    let answer = daemon
        .until_hook_answers("/events", &body, 202)
        .await
        .unwrap();
    daemon.succeeded(&accepted(&answer).unwrap()).await.unwrap();
    assert!(daemon.stop().await.unwrap().success());
    drop(place);
}

async fn until_refused(daemon: &Daemon) -> Answer {
    let body = load::body(2);
    daemon
        .until_hook_answers("/events", &body, 503)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_finds_no_room_is_refused_and_the_rest_goes_on() {
    let Stand {
        place,
        preload,
        daemon,
    } = stand().await;
    let full = Fault::at(Action::NoSpace, 1).on(Kind::Write);
    preload.arm(full.matching("payloads/").sticky()).unwrap();
    let refusal = daemon.post("/events", load::body(LARGE)).await.unwrap();
    assert_eq!(
        (refusal.status, refusal.code().as_str()),
        (503, "disk-full")
    );
    let small = daemon.accept("/events", load::body(1)).await.unwrap();
    daemon.succeeded(&small).await.unwrap();
    preload.disarm().unwrap();
    let large = daemon.accept("/events", load::body(LARGE)).await.unwrap();
    daemon.succeeded(&large).await.unwrap();
    assert!(daemon.stop().await.unwrap().success());
    assert_eq!(place.sink.ledger().delivered.len(), 2);
}

/// What may fail in the file of the store, after which nobody knows what the disk has.
const FATAL: [(Action, Kind); 3] = [
    (Action::Broken, Kind::Sync),
    (Action::Broken, Kind::Write),
    (Action::NoSpace, Kind::Write),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_ends_the_process_and_loses_nothing_that_was_acknowledged() {
    let seed = seed::seed("failing disk");
    for (action, kind) in FATAL {
        let Stand {
            place,
            preload,
            mut daemon,
        } = stand().await;
        let mut account = Account::new(seed);
        let flood = load::flood(&daemon, &std::sync::Arc::default());
        let some = |ledger: &mortise_tests::sink::Ledger| ledger.delivered.len() >= 20;
        place.sink.until("some delivered", some).await.unwrap();
        let fault = Fault::at(action, 5).on(kind).matching("store/db").sticky();
        preload.arm(fault).unwrap();
        for sent in flood.rest().await {
            account.enter_while_failing(sent);
        }
        let status = daemon.exited().await.unwrap();
        let said = daemon.stderr();
        let what = format!("{action:?} of {kind:?}, SEED={seed}: {said}");
        assert_eq!(status.code(), Some(STORAGE_FAILED), "{what}");
        assert!(said.contains("store"), "{what}");
        assert!(account.accepted.len() >= 20, "{what}");
        account.settle(&place).await;
    }
}

/// How many bits of a file are tried, one at a time: of the first byte, of the last, and of others
/// by chance. A start without the compiled plugins takes seconds, so there one has to do.
fn bits_of(path: &str) -> u32 {
    match path {
        "store/db" => 24,
        _ if path.starts_with("cache/") => 1,
        _ => 4,
    }
}

/// What the daemon tells after a bit was turned over is what was written, or nothing: it refuses to
/// start, or refuses the run, or makes again what can be made again. It tells nothing else, never
/// hangs, and never goes back to a time before as a whole. A run may be missing: sled passes over a
/// damaged record in the middle of its log. How often that is so is printed.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_bit_has_flipped_nothing_is_told_that_never_was() {
    let seed = seed::seed("flipped bits");
    let mut random = seed::random(seed);
    let place = load::place(0).await;
    let daemon = place.start().await;
    let mut runs = Vec::new();
    for number in 0..12 {
        let run = daemon.accept("/events", load::body(number)).await.unwrap();
        runs.push(daemon.succeeded(&run).await.unwrap());
    }
    assert!(daemon.stop().await.unwrap().success());
    let whole = image::tree_of(&place.data).unwrap();
    let (mut refused, mut served, mut lacking) = (0, 0, 0);
    for (path, content) in &whole {
        let Some(bytes) = content.as_ref().filter(|bytes| !bytes.is_empty()) else {
            continue;
        };
        for trial in 0..bits_of(path) {
            let at = match trial {
                0 => 0,
                1 => bytes.len() - 1,
                _ => random.random_range(0..bytes.len()),
            };
            let bit = random.random_range(0..8);
            let what = format!("{path}, bit {bit} of byte {at}, SEED={seed}");
            let mut tree: Tree = whole.clone();
            if let Some(Some(bytes)) = tree.get_mut(path) {
                bytes[at] ^= 1 << bit;
            }
            image::replace(&place.data, &tree).unwrap();
            match after_a_flip(&place, &runs, &what).await {
                Found::Refused => refused += 1,
                Found::Served { lacking: 0 } => served += 1,
                Found::Served { .. } => lacking += 1,
            }
        }
    }
    report(&format!(
        "flipped bits: SEED={seed}, {refused} refused at the start, {served} started and told everything, {lacking} started and lacked a run or could not read it"
    ));
    assert!(refused > 0, "no bit mattered, SEED={seed}");
    assert!(
        lacking < refused,
        "more is passed over than refused, SEED={seed}"
    );
}

/// What became of a start after a bit was turned over.
enum Found {
    Refused,
    /// It runs, tells nothing wrong, and does not tell so many runs.
    Served {
        lacking: usize,
    },
}

/// Starts it, and holds what it tells of each run against what it was.
async fn after_a_flip(place: &Place, runs: &[serde_json::Value], what: &str) -> Found {
    let start = place.launch();
    let started = tokio::time::timeout(READY_MAX, start.start()).await;
    let daemon = match started.unwrap_or_else(|_| panic!("it hangs: {what}")) {
        Ok(daemon) => daemon,
        Err(error) => {
            let refused = error.downcast::<Refused>().unwrap();
            let known = [Some(REFUSED), Some(STORAGE_FAILED)].contains(&refused.code);
            assert!(known, "{what}: {refused}");
            assert!(!refused.stderr.trim().is_empty(), "{what}: without a word");
            return Found::Refused;
        }
    };
    let mut lacking = 0;
    for run in runs {
        let id = run["id"].as_str().unwrap();
        let url = daemon.route(&format!("/runs/{id}?full=true"));
        let Ok(answer) = daemon.admin.get(&url).await else {
            let mut daemon = daemon;
            let code = daemon.exited().await.unwrap().code();
            assert_eq!(code, Some(STORAGE_FAILED), "{what}: {}", daemon.stderr());
            return Found::Refused;
        };
        if answer.status == 404 || answer.status >= 500 {
            lacking += 1;
            continue;
        }
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        let told = answer.json().unwrap();
        for field in ["id", "workflow", "status", "output", "plan"] {
            assert_eq!(told[field], run[field], "{field} of {id}: {what}");
        }
    }
    Found::Served { lacking }
}

/// A start writes little, and each of these writes may be its last.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_recovers_recovers_the_next_time() {
    let seed = seed::seed("recovery");
    let place = load::place(0).await;
    let mut account = Account::new(seed);
    let mut daemon = place.start().await;
    place.sink.stop().await;
    for number in 0..40 {
        let run = daemon.accept("/events", load::body(number)).await.unwrap();
        account.accepted.insert(number, run);
    }
    daemon.kill().await.unwrap();
    let whole = image::tree_of(&place.data).unwrap();
    let (mut operation, mut random) = (0, seed::random(seed));
    loop {
        operation += 1;
        // What the process had written is there in full, then only what it had made durable.
        for early_percent in [None, Some(0), Some(50)] {
            image::replace(&place.data, &whole).unwrap();
            let preload = Preload::new(&place.data).unwrap();
            let before = Image::of(&place.data).unwrap();
            preload
                .arm(Fault::at(Action::KillBefore, operation))
                .unwrap();
            let launch = place.launch().preload(&preload).unwrap();
            if let Ok(daemon) = launch.start().await {
                preload.disarm().unwrap();
                place.sink.restart().await.unwrap();
                daemon.stop().await.unwrap();
                report(&format!("recovery: killed at {} operations", operation - 1));
                assert!(operation > 5, "it is never killed");
                return account.settle(&place).await;
            }
            let mut image = before;
            image.apply(&preload.records().unwrap()).unwrap();
            if let Some(early) = early_percent {
                image::replace(&place.data, &image.cut(early, &mut random)).unwrap();
            }
            let what =
                format!("killed at operation {operation}, EARLY={early_percent:?}, SEED={seed}");
            let started = place.launch().start().await;
            let daemon = started.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            for run in account.accepted.values() {
                daemon
                    .run(run)
                    .await
                    .unwrap_or_else(|error| panic!("{what}: {error:?}"));
            }
        }
    }
}
