//! Values of every kind go in and come back without loss, in this process and in workers.

use serde_json::{Value, json};

use super::{Setup, output, query, transaction};

/// A type, what is bound for it, and what comes back where that is written in another way.
#[allow(clippy::too_many_lines, reason = "a table")]
fn values() -> Vec<(&'static str, Value, Value)> {
    let same = |kind, value: Value| (kind, value.clone(), value);
    vec![
        same("bool", json!(true)),
        same("int2", json!(-32768)),
        same("int4", json!(2147483647)),
        same("int8", json!(9_007_199_254_740_993_i64)),
        ("float4", json!(0.1), json!(0.1)),
        same("float8", json!(1.7976931348623157e308)),
        same("float8", json!("NaN")),
        same(
            "numeric",
            json!("12345678901234567890.123456789012345678900"),
        ),
        same("numeric", json!("NaN")),
        same("numeric", json!("-Infinity")),
        same("text", json!("ä€🎉 '; DROP TABLE x; --")),
        same("varchar(3)", json!("abc")),
        ("char(5)", json!("ab"), json!("ab   ")),
        same("name", json!("a_name")),
        same("uuid", json!("0b5d2b84-1d4c-4f6a-9b6e-6c1b5f9a0001")),
        same("bytea", json!("\\x00ff10")),
        same("date", json!("2024-02-29")),
        same("date", json!("infinity")),
        same("time", json!("23:59:59.999999")),
        same("timetz", json!("01:02:03+05:30")),
        same("timestamp", json!("2026-01-02T03:04:05.123456")),
        (
            "timestamp",
            json!("0044-03-15 12:00:00 BC"),
            json!("0044-03-15T12:00:00 BC"),
        ),
        (
            "timestamptz",
            json!("2026-01-02T03:04:05.5+02:00"),
            json!("2026-01-02T01:04:05.5Z"),
        ),
        same("timestamptz", json!("infinity")),
        same("interval", json!("P1Y2M-3DT4H5M6.7S")),
        same("interval", json!("PT-0.5S")),
        ("json", json!({"a": [1, null]}), json!({"a": [1, null]})),
        same("jsonb", json!({"deep": {"list": ["x", 1.5, false]}})),
        ("jsonb", json!("\"text\""), json!("text")),
        same("int4[]", json!([1, null, 3])),
        same("text[]", json!(["a,b", "c\"d\\e", "", "NULL", null])),
        same("int4[]", json!([[1, 2], [3, 4]])),
        same("int4[]", json!([])),
        same("numeric[]", json!(["1.50", "2"])),
        same("jsonb[]", json!([{"a": 1}, [2]])),
        same("inet", json!("10.1.2.3")),
        ("inet", json!("fe80::1/64"), json!("fe80::1/64")),
        same("cidr", json!("10.0.0.0/8")),
        same("macaddr", json!("08:00:2b:01:02:03")),
        same("bit(4)", json!("1010")),
        same("money", json!("1234.56")),
        same("int4range", json!("[1,10)")),
        same("int4range", json!("empty")),
        (
            "tstzrange",
            json!("[2026-01-01 00:00:00+00,)"),
            json!("[2026-01-01T00:00:00Z,)"),
        ),
        same("int4multirange", json!("{[1,3),[5,7)}")),
        same("mood", json!("happy")),
        same("positive", json!(5)),
        same("point", json!("(1.5,-2)")),
        same("pg_lsn", json!("16/B374D848")),
    ]
}

async fn round_trip(launch_setting: Option<(&str, &str)>) {
    let setup = Setup::with(&[query(), transaction()]).await;
    setup
        .sql("CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN positive AS int CHECK (VALUE > 0)")
        .await
        .unwrap();
    let mut launch = setup.launch();
    if let Some((name, value)) = launch_setting {
        launch = launch.setting(name, value);
    }
    let daemon = launch.start().await.unwrap();
    // All in one statement, and in a table: what is written there is read back.
    let values = values();
    let columns: Vec<String> = (0..values.len()).map(|n| format!("c{n}")).collect();
    let definitions = values
        .iter()
        .zip(&columns)
        .map(|((kind, ..), column)| format!("{column} {kind}"));
    let table = format!(
        "CREATE TABLE kinds ({})",
        definitions.collect::<Vec<_>>().join(", ")
    );
    setup.sql(&table).await.unwrap();
    let places: Vec<String> = (1..=values.len()).map(|n| format!("${n}")).collect();
    let insert = format!(
        "INSERT INTO kinds VALUES ({}) RETURNING *",
        places.join(", ")
    );
    let parameters: Vec<&Value> = values.iter().map(|(_, value, _)| value).collect();
    let statements = json!([
        { "sql": insert, "parameters": parameters },
        { "sql": insert, "parameters": vec![Value::Null; values.len()] },
    ]);
    let done = output(
        &daemon,
        "/transaction",
        &json!({ "statements": statements }),
    )
    .await;
    assert_eq!(done["results"][0]["affected"], 1);
    let read = output(
        &daemon,
        "/query",
        &json!({ "sql": "SELECT * FROM kinds ORDER BY c1 NULLS LAST" }),
    )
    .await;
    assert_eq!(read["rows"][0], done["results"][0]["rows"][0]);
    for ((kind, _, expected), column) in values.iter().zip(&columns) {
        assert_eq!(read["rows"][0][column], *expected, "{kind}");
        assert_eq!(read["rows"][1][column], Value::Null, "{kind}");
    }
    // Rows of types that only come out.
    let sql = "SELECT ROW(1, 'a', NULL) AS record, (SELECT r FROM (SELECT 1.50::numeric AS n, ARRAY[true] AS l) r) AS row, pg_sleep(0) AS nothing, 'x'::\"char\" AS c";
    let read = output(&daemon, "/query", &json!({ "sql": sql })).await;
    assert_eq!(read["rows"][0]["record"], json!([1, "a", null]));
    assert_eq!(read["rows"][0]["c"], "x");
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_comes_back_as_it_went() {
    round_trip(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_comes_back_from_a_worker_as_well() {
    round_trip(Some(("isolate", "true"))).await;
}
