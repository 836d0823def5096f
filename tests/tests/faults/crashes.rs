//! The process is killed before each single operation on its data folder.

use std::path::{Path, PathBuf};

use futures::StreamExt;
use mortise_tests::faults::replay::Rehearsal;
use mortise_tests::scenario::script::{Deed, Step};
use mortise_tests::{paths, scenario};

use super::report;

/// The scenarios of the tests, a line each. `SCENARIOS=all` in the environment takes all that can
/// be repeated.
const SCENARIOS: &str = include_str!("crashes.txt");

/// Scenarios at the same moment; each has a daemon.
const AT_ONCE: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_written_when_the_process_is_killed_nothing_is_lost_or_done_twice() {
    let cases = cases();
    let all: Vec<_> = futures::stream::iter(cases)
        .map(|case| async move { crash(&case).await })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let failed: Vec<String> = all.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

fn cases() -> Vec<PathBuf> {
    let folder = paths::root().join("tests/scenarios");
    if std::env::var("SCENARIOS").is_ok_and(|which| which == "all") {
        let mut cases = scenario::all(&folder).unwrap();
        cases.retain(|case| is_repeatable(case));
        return cases;
    }
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let names = SCENARIOS.lines().filter(|name| name.contains(&wanted));
    names.map(|name| folder.join(name)).collect()
}

/// Whether it can be told from outside what should come of it: events come through hooks, where a
/// sender can repeat them, and nothing is told to a run or to the daemon in between.
fn is_repeatable(case: &Path) -> bool {
    let script = scenario::Script::read(case).unwrap();
    let is_plain = |step: &Step| {
        matches!(
            step.deed(),
            Ok(Deed::Post(_) | Deed::Admin(_) | Deed::Mortise(_) | Deed::Arrived(_))
        ) && step.times.is_none()
            && step.keep.is_empty()
    };
    script.daemon
        && script.guests.is_empty()
        && script.rules.is_empty()
        && script.play.iter().any(|step| step.post.is_some())
        && script.play.iter().all(is_plain)
}

/// Everything that went wrong, one text for each operation.
async fn crash(case: &Path) -> Vec<String> {
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    let rehearsal = match Rehearsal::of(case).await {
        Ok(rehearsal) => rehearsal,
        Err(error) => return vec![format!("── {name}\n{error:?}")],
    };
    let (mut failed, mut killed, mut interrupted) = (Vec::new(), 0, 0);
    for operation in 1..=rehearsal.operations() {
        match rehearsal.crash_before(operation).await {
            Ok(played) => {
                killed += u32::from(played.killed);
                interrupted += played.effects.interrupted.len();
            }
            Err(error) => failed.push(format!("── {name}\n{error:?}")),
        }
    }
    report(&format!(
        "crashes: {name}: {killed} kills before {} operations, {interrupted} runs parked as interrupted",
        rehearsal.operations()
    ));
    // Some come only sometimes; were it many, nothing would be tried.
    if killed * 2 < rehearsal.operations() as u32 {
        failed.push(format!("── {name}\nonly {killed} kills"));
    }
    failed
}
