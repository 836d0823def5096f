//! Many rows in little memory.

use mortise_tests::measure;
use serde_json::json;

use super::{Setup, failure, output, query, sentence};

const ROWS: u64 = 100_000;

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
    let setup = Setup::with(&[PAGES.to_owned(), query()]).await;
    setup.sql(&format!("CREATE TABLE many AS SELECT g AS id FROM generate_series(1, {ROWS}) g; CREATE UNIQUE INDEX ON many (id)")).await.unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let before = measure::rss_peak_mb(daemon.pid()).unwrap();
    let done = output(&daemon, "/pages", &json!({})).await;
    assert_eq!(done["failed"], 0, "{done}");
    // The whole table would be some 30 MB on the wire and more in memory.
    let grown = measure::rss_peak_mb(daemon.pid()).unwrap() - before;
    assert!(grown < 96.0, "{grown} MB");
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
