//! Every folder of `tests/scenarios`.

use futures::StreamExt;
use mortise_tests::{paths, scenario};

/// Scenarios that are played at the same moment; each has a daemon.
const AT_ONCE: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_plays_as_written() {
    let cases = scenario::all(&paths::root().join("tests/scenarios")).unwrap();
    let count = cases.len();
    let play = |case: std::path::PathBuf| async move {
        let name = case
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        scenario::play(&case)
            .await
            .err()
            .map(|error| format!("── {name}\n{error:?}"))
    };
    let played: Vec<_> = futures::stream::iter(cases)
        .map(play)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let failed: Vec<String> = played.into_iter().flatten().collect();
    assert!(
        failed.is_empty(),
        "{} of {count} scenarios failed\n{}",
        failed.len(),
        failed.join("\n\n")
    );
}
