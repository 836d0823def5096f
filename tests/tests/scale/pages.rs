//! Many records through one run, page by page.

use std::time::{Duration, Instant};

use mortise_tests::api::is_rest;
use mortise_tests::daemon::Daemon;
use mortise_tests::measure::{self, report};
use mortise_tests::plugins;
use mortise_tests::seed;
use serde_json::{Value, json};

use crate::common::Place;

/// Records that go through; `RECORDS` in the environment.
const RECORDS: u64 = 1_000_000;

/// Records of a page, and of the batch that the steps inside get.
const PAGE: u64 = 1_000;

/// The first, shorter run has a tenth of them.
const SHORTER: u64 = 10;

/// What the daemon may use at most, in MiB.
const MEMORY_MAX_MB: f64 = 300.0;

/// What ten times as many records may take more of the disk, in MiB.
const DISK_GROWTH_MAX_MB: f64 = 32.0;

/// The longest time that the answer about such a run may take.
const SHOW_MAX: Duration = Duration::from_secs(1);

/// The most that it may say: what is kept of a page is how its last item ended.
const SHOW_MAX_BYTES: usize = 1024 * 1024;

/// The longest time for all records, on a machine that does much else.
const LONGEST: Duration = Duration::from_secs(1_800);

const PAGES: &str = r#"
version: 1
name: pages
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: orders
    webhook: { path: /order }
steps:
  - id: made
    uses: feed/generate
    with: { count: "${{ .event.count }}", size: 1000 }
  - id: parts
    foreach: { in: "${{ .steps.made.output }}", as: part, batch: 1000 }
    steps:
      - id: mapped
        uses: record/map
        with: { fields: { n: .n, text: .text } }
        records: "${{ .part }}"
      - id: told
        uses: http/request
        with:
          method: POST
          url: "http://127.0.0.1:9000/parts"
          json:
            count: "${{ .steps.mapped.output | length }}"
            sum: "${{ [.steps.mapped.output[] | .n] | add }}"
output: "${{ .steps.parts.output }}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_million_records_go_through_in_the_memory_of_a_page() {
    let records = seed::number("RECORDS", RECORDS);
    let place = Place::with(&[PAGES]).await;
    let plugins = place.folder.path().join("plugins");
    let plugins = plugins::with(&[], &["feed"], &plugins).unwrap();
    // A busy machine may take its time over the sum of a thousand numbers.
    let launch = place
        .launch()
        .setting("sandbox.expression-time-max-ms", "5000");
    let daemon = launch.plugins(&plugins).start().await.unwrap();

    let (_, shorter) = pass(&place, &daemon, records / SHORTER).await;
    let (shorter_mb, shorter_disk_mb) = (peak_mb(&daemon), disk_mb(&place));
    let (run, took) = pass(&place, &daemon, records).await;
    let (peak_mb, disk_mb) = (peak_mb(&daemon), disk_mb(&place));

    let asked = Instant::now();
    let route = daemon.route(&format!("/runs/{run}"));
    let shown = daemon.admin.get(&route).await.unwrap();
    let answered = asked.elapsed();
    report(&format!(
        "pages: {} records took {shorter:.1?}, then {shorter_mb:.0} MiB resident at most and {shorter_disk_mb:.0} MiB of disk; {records} took {took:.1?} ({:.0} a second), then {peak_mb:.0} MiB and {disk_mb:.0} MiB; `runs show` took {answered:.1?} and gave {} bytes",
        records / SHORTER,
        records as f64 / took.as_secs_f64(),
        shown.body.len(),
    ));
    assert!(peak_mb < MEMORY_MAX_MB, "{peak_mb} MiB");
    let growth_mb = disk_mb - shorter_disk_mb;
    assert!(growth_mb < DISK_GROWTH_MAX_MB, "{growth_mb} MiB more");
    assert!(answered < SHOW_MAX, "{answered:?}");
    assert!(shown.body.len() < SHOW_MAX_BYTES);
}

/// Sends so many records through; gives the run and how long it took.
async fn pass(place: &Place, daemon: &Daemon, records: u64) -> (String, Duration) {
    let pages = usize::try_from(records.div_ceil(PAGE)).unwrap();
    let before = place.sink.ledger().received.len();
    let started = Instant::now();
    let body = json!({ "count": records }).to_string();
    let run = daemon.accept("/order", body).await.unwrap();
    let rest = loop {
        let run = daemon.read(&format!("/runs/{run}?wait=20s")).await.unwrap();
        if is_rest(&run) {
            break run;
        }
        assert!(started.elapsed() < LONGEST, "{run:#}\n{}", daemon.stderr());
    };
    let took = started.elapsed();
    assert_eq!(rest["status"], "succeeded", "{}", rest["failure"]);
    assert_eq!(rest["output"], json!({ "count": pages, "failed": 0 }));
    let ledger = place.sink.ledger();
    assert_eq!(ledger.received.len(), before + pages);
    let told = ledger.received[before..].iter().map(|part| part.json());
    let (count, sum) = told.fold((0, 0), |(count, sum), part| {
        (count + number(&part, "count"), sum + number(&part, "sum"))
    });
    // Each of the numbers from 1 on, once.
    assert_eq!((count, sum), (records, records * (records + 1) / 2));
    (run, took)
}

fn number(part: &Value, field: &str) -> u64 {
    part[field].as_u64().unwrap_or_else(|| panic!("{part}"))
}

fn peak_mb(daemon: &Daemon) -> f64 {
    measure::rss_peak_mb(daemon.pid()).unwrap()
}

fn disk_mb(place: &Place) -> f64 {
    measure::disk_mb(&place.data).unwrap()
}
