//! Every folder of `tests/scenarios` and of `tests/connectors`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::StreamExt;
use mortise_tests::{paths, scenario};

/// Scenarios that are played at the same moment; each has a daemon, and most of them mostly wait.
const AT_ONCE: usize = 6;

/// The longest ones are named, so that nobody wonders where the time goes.
const NAMED: usize = 5;

struct Played {
    name: String,
    took: Duration,
    failed: Option<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_plays_as_written() {
    every("tests/scenarios").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connector_gets_along_with_its_application() {
    every("tests/connectors").await;
}

#[test]
fn the_chosen_scenarios_are_there() {
    let folders = ["tests/scenarios", "tests/connectors"].map(|name| paths::root().join(name));
    let chosen = folders
        .iter()
        .flat_map(|folder| scenario::all(folder).unwrap());
    assert!(
        chosen.count() > 0,
        "no scenario contains what `SCENARIO` says"
    );
}

#[allow(clippy::print_stderr, reason = "where the time goes is for people")]
async fn every(folder: &str) {
    let cases = scenario::all(&paths::root().join(folder)).unwrap();
    let count = cases.len();
    let mut played: Vec<Played> = futures::stream::iter(cases)
        .map(|case: PathBuf| async move { play(&case).await })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    played.sort_by_key(|played| std::cmp::Reverse(played.took));
    for Played { name, took, .. } in played.iter().take(NAMED) {
        eprintln!("{:6.1} s  {name}", took.as_secs_f64());
    }
    let failed: Vec<String> = played
        .into_iter()
        .filter_map(|played| played.failed)
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {count} scenarios failed\n{}",
        failed.len(),
        failed.join("\n\n")
    );
}

async fn play(case: &Path) -> Played {
    let name = case.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let begun = Instant::now();
    let played = scenario::play(case).await;
    Played {
        failed: played.err().map(|error| format!("── {name}\n{error:?}")),
        took: begun.elapsed(),
        name,
    }
}
