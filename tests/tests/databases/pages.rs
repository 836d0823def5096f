//! Many rows in little memory, and many runs with a row each.

use std::time::Instant;

use futures::future::try_join_all;
use mortise_tests::measure::{self, report};
use mortise_tests::seed;
use serde_json::json;

use super::{Setup, failure, one_step, output, query, sentence};

/// `ROWS=1000000` reads more.
const ROWS: u64 = 100_000;

/// `RUNS=10000` makes more.
const RUNS: u64 = 1_000;

/// Events that are sent at the same moment.
const AT_ONCE: u64 = 64;

const PAGES: &str = r#"
version: 1
name: pages
triggers:
  - id: events
    webhook: { path: /pages }
steps:
  - id: read
    uses: postgres/query-pages
    connection: db
    with: { sql: "SELECT id, md5(id::text) AS text, repeat('x', 200) AS filler FROM many -- all of it", key: id, page-size: 2000 }
  - id: each
    foreach: { in: "${{ .steps.read.output }}", as: row, batch: 2000, at-once: 1 }
    steps:
      - id: seen
        uses: record/map
        with: { fields: { id: .id } }
        records: "${{ .row }}"
output: "${{ .steps.each.output }}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_read_page_by_page_in_little_memory() {
    let rows = seed::number("ROWS", ROWS);
    let setup = Setup::with(&[PAGES.to_owned(), query()]).await;
    setup.sql(&format!("CREATE TABLE many AS SELECT g AS id FROM generate_series(1, {rows}) g; CREATE UNIQUE INDEX ON many (id)")).await.unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let before = measure::rss_peak_mb(daemon.pid()).unwrap();
    let begun = Instant::now();
    let done = output(&daemon, "/pages", &json!({})).await;
    let took_s = begun.elapsed().as_secs_f64();
    assert_eq!(done["failed"], 0, "{done}");
    // The whole table would be some 30 MB on the wire and more in memory.
    let grown = measure::rss_peak_mb(daemon.pid()).unwrap() - before;
    assert!(grown < 96.0, "{grown} MB");
    let a_second = rows as f64 / took_s;
    report(&format!(
        "rows: {rows} in pages of 2,000 took {took_s:.1} s ({a_second:.0} a second) and {grown:.0} MiB more than before"
    ));
    // All at once is more than is allowed, and says so.
    let all = json!({ "sql": "SELECT repeat('x', 1000) FROM generate_series(1, 1000000)" });
    let failed = failure(&daemon, "/query", &all).await;
    assert_eq!(failed["cause"]["code"], "too-many-rows", "{failed}");
    let wide = json!({ "sql": "SELECT repeat('x', 100000000)" });
    let failed = failure(&daemon, "/query", &wide).await;
    assert_eq!(failed["cause"]["code"], "54000", "{failed}");
    assert!(
        sentence(&failed).contains("`sql.answer-max-bytes`"),
        "{failed}"
    );
    output(&daemon, "/query", &json!({ "sql": "SELECT 1" })).await;
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_runs_add_a_row_each_over_a_few_connections() {
    let runs = seed::number("RUNS", RUNS);
    let adds = one_step(
        "insert",
        r#"{ table: added, rows: [{ number: "${{ .event.number }}" }], returning: [] }"#,
    );
    let setup = Setup::with(&[adds]).await;
    setup.sql("CREATE TABLE added (number int)").await.unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let begun = Instant::now();
    let mut ids = Vec::new();
    for first in (0..runs).step_by(AT_ONCE as usize) {
        let numbers = first..runs.min(first + AT_ONCE);
        let events = numbers.map(|number| json!({ "number": number }).to_string());
        let sent = events.map(|event| daemon.accept("/insert", event));
        ids.extend(try_join_all(sent).await.unwrap());
    }
    for id in ids {
        daemon.succeeded(&id).await.unwrap();
    }
    let took_s = begun.elapsed().as_secs_f64();
    let counted = "SELECT count(*) || ' ' || count(DISTINCT number) FROM added";
    let counted = setup.sql(counted).await.unwrap();
    assert_eq!(counted, format!("{runs} {runs}"));
    let a_second = runs as f64 / took_s;
    report(&format!(
        "rows: {runs} runs added one each in {took_s:.1} s ({a_second:.0} a second)"
    ));
    assert!(daemon.stop().await.unwrap().success());
}
