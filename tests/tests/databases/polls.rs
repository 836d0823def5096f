//! A table is polled while others write: no row is lost and none comes twice.

use std::collections::BTreeSet;

use super::Setup;

const POLLS: &str = r#"
version: 1
name: polls
triggers:
  - id: rows
    poll:
      uses: postgres/new-rows
      connection: db
      every: 1s
      start: beginning
      with: { table: orders, order-by: changed_at, id: id, batch-size: 7 }
grants: { http: { hosts: ["127.0.0.1:9000"] } }
steps:
  - id: sent
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/in", json: "${{ .event }}" }
    retry: { attempts: 20, initial: 50ms }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn no_row_is_lost_and_none_comes_twice() {
    let setup = Setup::with(&[POLLS.to_owned()]).await;
    setup.sql("CREATE TABLE orders (id serial PRIMARY KEY, changed_at timestamptz NOT NULL DEFAULT now())").await.unwrap();
    // Many rows of one moment, more than a poll takes.
    setup
        .sql("INSERT INTO orders SELECT FROM generate_series(1, 30)")
        .await
        .unwrap();
    let sink = &setup.kept.place.sink;
    let mut daemon = setup.launch().start().await.unwrap();
    sink.until("thirty rows", |ledger| ledger.delivered.len() >= 30)
        .await
        .unwrap();
    daemon.kill().await.unwrap();
    setup
        .sql("INSERT INTO orders SELECT FROM generate_series(1, 20)")
        .await
        .unwrap();
    let daemon = setup.launch().start().await.unwrap();
    setup
        .sql("INSERT INTO orders SELECT FROM generate_series(1, 15)")
        .await
        .unwrap();
    // A row that changes is an event again.
    setup
        .sql("UPDATE orders SET changed_at = clock_timestamp() WHERE id = 1")
        .await
        .unwrap();
    sink.until("all of them", |ledger| ledger.delivered.len() >= 66)
        .await
        .unwrap();
    assert!(daemon.stop().await.unwrap().success());
    let ledger = sink.ledger();
    let mut ids: Vec<i64> = ledger.delivered_as(|received| received.json()["id"].as_i64().unwrap());
    ids.sort_unstable();
    let distinct: BTreeSet<i64> = ids.iter().copied().collect();
    assert_eq!((ids.len(), distinct.len()), (66, 65), "{ids:?}");
}
