//! Runs that come and go: the disk holds what is kept, and not what was.

use std::path::Path;
use std::time::{Duration, Instant};

use mortise_tests::measure::{self, report};
use mortise_tests::seed;
use tokio::time::timeout;

use super::load;
use crate::common::Place;

/// Runs in all; `RUNS` in the environment.
const RUNS: u64 = 100_000;

/// Runs are kept so long: enough of them that what they take, and not what the store needs to work,
/// is compared.
const RETAIN: Duration = Duration::from_secs(10);

/// Longer than the test.
const FOR_EVER: Duration = Duration::from_secs(86_400);

/// Events between two looks at the disk.
const PART: u64 = 2_500;

/// The last runs of a pass end within this time.
const END_MAX: Duration = Duration::from_secs(300);

/// So many times the live data the disk may hold.
const RATIO_MAX: f64 = 3.0;

const SHORT: &str = r#"
version: 1
name: short
triggers:
  - id: orders
    webhook: { path: /orders }
steps:
  - id: mapped
    uses: record/map
    with: { fields: { id: .id, total: .total } }
    records: "${{ .event }}"
output: "${{ .steps.mapped.output }}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn retention_keeps_the_disk_bounded() {
    let runs = seed::number("RUNS", RUNS);
    let soaked = Place::with(&[SHORT]).await;
    let started = Instant::now();
    let (most_mb, most) = pass(&soaked, RETAIN, runs).await;
    let took = started.elapsed();

    // What is left, and what as many runs as there were at the fullest moment take where there never
    // were any others.
    let daemon = soaked.start().await;
    let kept = daemon.runs("succeeded").await.unwrap().len() as u64;
    assert!(daemon.stop().await.unwrap().success());
    assert!(kept > 0 && kept < runs, "{kept} of {runs} are left");
    let fresh = Place::with(&[SHORT]).await;
    let most = most.max(kept);
    pass(&fresh, FOR_EVER, most).await;
    let live_mb = disk_mb(&fresh.data);

    let ratio = most_mb / live_mb;
    report(&format!(
        "retention: {runs} runs in {took:.0?}, {most} of them kept at once and {kept} left; {most_mb:.0} MiB of disk at most, {live_mb:.0} MiB of a folder that has had no others than {most}: {ratio:.2} times"
    ));
    assert!(ratio < RATIO_MAX, "{ratio}");
}

/// Sends so many events through and stops the daemon; gives the most that the folder took, in MiB, and
/// the most runs that were in it at once: however far removing is behind on a busy machine, it is told.
async fn pass(place: &Place, retain: Duration, runs: u64) -> (f64, u64) {
    let launch = place
        .launch()
        .setting("runner.retain-ms", &retain.as_millis().to_string());
    let daemon = launch.start().await.unwrap();
    let (mut sent, mut most_mb, mut most) = (0, 0.0, 0);
    while sent < runs {
        let part = PART.min(runs - sent);
        load(&daemon, "/orders", sent..sent + part).await;
        sent += part;
        let purged = daemon.metric("mortise_runs_purged_total").await.unwrap();
        most_mb = disk_mb(&place.data).max(most_mb);
        most = (sent - purged).max(most);
    }
    // The store tells how many live, and the runner counts an end after it is stored.
    let succeeded = async || daemon.metric("mortise_runs_succeeded_total").await.unwrap();
    let all = async { while succeeded().await < runs {} };
    timeout(END_MAX, all).await.unwrap();
    assert_eq!(daemon.metric("mortise_runs_live").await.unwrap(), 0);
    assert_eq!(succeeded().await, runs);
    assert!(daemon.stop().await.unwrap().success());
    (disk_mb(&place.data).max(most_mb), most)
}

/// What the folder takes, without the compiled plugins, which are the same for any number of runs.
fn disk_mb(data: &Path) -> f64 {
    measure::disk_mb(data).unwrap() - measure::disk_mb(&data.join("cache")).unwrap()
}
