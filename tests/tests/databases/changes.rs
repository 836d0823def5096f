//! What changes: all or nothing, once, and with words that say what is in the way.

use mortise_tests::cli::mortise;
use serde_json::json;

use super::{Setup, failure, insert, one_step, output, query, run, sentence, transaction};

const ORDERS: &str = "CREATE TABLE orders (number int PRIMARY KEY, total numeric NOT NULL, \
                      status text NOT NULL DEFAULT 'new' CHECK (status <> ''), at date)";

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_carried_out_whole_or_not_at_all() {
    let setup = Setup::with(&[transaction(), insert(), query()]).await;
    setup.sql(ORDERS).await.unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let insert = "INSERT INTO orders (number, total) VALUES ($1, $2)";
    let both = |second: &str| {
        json!({ "statements": [
            { "sql": insert, "parameters": [1, "12.50"] },
            { "sql": insert, "parameters": [2, second] },
        ] })
    };
    let failed = failure(&daemon, "/transaction", &both("a lot")).await;
    assert_eq!(failed["disposition"], "reject");
    assert_eq!(failed["cause"]["code"], "22P02");
    assert!(
        sentence(&failed)
            .contains("statement 2 of 2: invalid input syntax for type numeric: \"a lot\""),
        "{failed}"
    );
    assert_eq!(setup.sql("SELECT count(*) FROM orders").await.unwrap(), "0");
    let done = output(&daemon, "/transaction", &both("7")).await;
    assert_eq!(
        done["results"][1],
        json!({ "affected": 1, "rows": [], "truncated": false })
    );
    // A statement cannot end the transaction that it is in.
    let ends = json!({ "statements": [{ "sql": "DELETE FROM orders" }, { "sql": "/* x */ COMMIT" }, { "sql": "SELECT 1/0" }] });
    let failed = failure(&daemon, "/transaction", &ends).await;
    assert!(
        sentence(&failed).contains("`COMMIT` begins or ends a transaction"),
        "{failed}"
    );
    // Nor does a query change anything.
    let failed = failure(&daemon, "/query", &json!({ "sql": "DELETE FROM orders" })).await;
    assert_eq!(failed["disposition"], "misconfigured");
    assert_eq!(setup.sql("SELECT count(*) FROM orders").await.unwrap(), "2");
    // The request stands in the run, as one of HTTP does.
    let run = run(&daemon, "/query", &json!({ "sql": "SELECT 1" })).await;
    let request = &run["steps"][0]["attempts"][0]["requests"][0];
    assert_eq!(request["method"], "SQL");
    assert_eq!(
        request["url"],
        format!("postgresql://127.0.0.1:{}", setup.server.port())
    );
    assert_eq!(request["status"], json!(null));
    assert!(daemon.stop().await.unwrap().success());
}

#[allow(clippy::too_many_lines, reason = "a table")]
#[tokio::test(flavor = "multi_thread")]
async fn a_constraint_is_named_with_its_column_in_the_sentence_of_the_run() {
    let setup = Setup::with(&[insert()]).await;
    setup.sql(ORDERS).await.unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let rows = |rows: serde_json::Value| json!({ "table": "orders", "rows": rows });
    let done = output(
        &daemon,
        "/insert",
        &rows(json!([{ "number": 6, "total": 1.5 }, { "number": 7, "total": "2" }])),
    )
    .await;
    assert_eq!(done["affected"], 2);
    assert_eq!(
        done["rows"][0],
        json!({ "number": 6, "total": "1.5", "status": "new", "at": null })
    );
    for (row, code, words, field) in [
        (
            json!({ "number": 7, "total": 1 }),
            "23505",
            [
                "Key (number)=(7) already exists",
                "constraint `orders_pkey`",
            ],
            "/rows/0/number",
        ),
        (
            json!({ "number": 8, "total": null }),
            "23502",
            ["null value", "column `total`"],
            "/rows/0/total",
        ),
        (
            json!({ "number": 8, "total": 1, "status": "" }),
            "23514",
            ["table `orders`", "constraint `orders_status_check`"],
            "",
        ),
        (
            json!({ "number": 1_i64 << 40, "total": 1 }),
            "22003",
            ["the parameter `$1` is 1099511627776", "`int4` holds"],
            "",
        ),
        (
            json!({ "number": 8, "total": 1, "at": "soon" }),
            "22007",
            ["invalid input syntax for type date", "soon"],
            "",
        ),
    ] {
        let failed = failure(&daemon, "/insert", &rows(json!([row]))).await;
        assert_eq!(failed["disposition"], "reject", "{failed}");
        assert_eq!(failed["cause"]["code"], code, "{failed}");
        for word in words {
            assert!(sentence(&failed).contains(word), "{word}: {failed}");
        }
        if !field.is_empty() {
            assert_eq!(failed["cause"]["field"], field, "{failed}");
        }
    }
    let parked = daemon.runs("parked").await.unwrap();
    let id = parked.last().unwrap()["id"].as_str().unwrap();
    let shown = mortise(["runs", "show", id, "--data", setup.kept.place.data()])
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert!(
        shown.stdout.contains("orders_pkey") && shown.stdout.contains("(number)=(7)"),
        "{}",
        shown.stdout
    );
    assert!(daemon.stop().await.unwrap().success());
}

const LISTS: &str = r#"
version: 1
name: lists
triggers:
  - id: events
    webhook: { path: /lists }
steps:
  - { id: tables, uses: postgres/list-tables, connection: db, with: { schema: public } }
  - { id: all, collect: { in: "${{ .steps.tables.output }}" } }
output: "${{ .steps.all.output }}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_changed_where_they_are_named() {
    let workflows = [
        one_step(
            "upsert",
            r#"{ table: orders, rows: "${{ .event.rows }}", conflict: [number] }"#,
        ),
        one_step(
            "update",
            r#"{ table: orders, set: "${{ .event.set }}", where: "${{ .event.where }}" }"#,
        ),
        one_step(
            "delete",
            r#"{ table: orders, where: "${{ .event.where }}", returning: [number] }"#,
        ),
        one_step(
            "batch",
            r#"{ sql: "UPDATE orders SET total = total + $2 WHERE number = $1", parameters: "${{ .event }}" }"#,
        ),
        one_step(
            "transaction-once",
            r#"{ keys: keys, statements: [{ sql: "UPDATE orders SET total = total + 1" }] }"#,
        ),
    ];
    let setup = Setup::with(&workflows).await;
    setup.sql(ORDERS).await.unwrap();
    setup
        .sql("CREATE TABLE keys (key text PRIMARY KEY)")
        .await
        .unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let rows = json!({ "rows": [{ "number": 1, "total": "5" }, { "number": 2, "total": "6" }] });
    assert_eq!(output(&daemon, "/upsert", &rows).await["affected"], 2);
    let rows = json!({ "rows": [{ "number": 2, "total": "7" }, { "number": 3, "total": "8" }] });
    assert_eq!(output(&daemon, "/upsert", &rows).await["affected"], 2);
    let change = json!({ "set": { "status": "paid" }, "where": { "number": [1, 2], "at": null } });
    let done = output(&daemon, "/update", &change).await;
    assert_eq!(done["affected"], 2);
    assert_eq!(done["rows"][0]["status"], "paid");
    let failed = failure(
        &daemon,
        "/update",
        &json!({ "set": { "status": "x" }, "where": {} }),
    )
    .await;
    assert!(sentence(&failed).contains("say `all: true`"), "{failed}");
    let done = output(&daemon, "/batch", &json!([[1, 10], [9, 1], [2, "0.5"]])).await;
    assert_eq!(done, json!({ "affected": 2, "each": [1, 0, 1] }));
    let done = output(&daemon, "/delete", &json!({ "where": { "number": 1 } })).await;
    assert_eq!(done, json!({ "affected": 1, "rows": [{ "number": 1 }] }));
    let done = output(&daemon, "/transaction-once", &json!({})).await;
    assert_eq!(done["already-done"], false);
    let left = setup
        .sql("SELECT number, total, status FROM orders ORDER BY 1")
        .await
        .unwrap();
    assert_eq!(left, "2|8.5|paid\n3|9|new");
    assert_eq!(setup.sql("SELECT count(*) FROM keys").await.unwrap(), "1");
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_listed_with_their_columns() {
    let setup = Setup::with(&[LISTS.to_owned()]).await;
    setup.sql(ORDERS).await.unwrap();
    setup
        .sql("CREATE VIEW paid AS SELECT number FROM orders")
        .await
        .unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let tables = output(&daemon, "/lists", &json!({})).await;
    let names: Vec<&str> = tables
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names, ["orders", "paid"]);
    let number = json!({ "name": "number", "type": "integer", "nullable": false, "default": false, "key": true });
    assert_eq!(tables[0]["columns"][0], number);
    assert_eq!(tables[1]["kind"], "view");
    assert!(daemon.stop().await.unwrap().success());
}
