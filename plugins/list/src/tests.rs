#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::{Disposition, Failure, RawTransform, fake};
use serde_json::{Value, json};

use crate::{Aggregate, Chunk, Dedupe, Join, Sort};

/// Through text, so that digits can be seen.
fn apply<T: RawTransform>(config: &Value, records: &[&str]) -> Result<String, Failure> {
    let records: Vec<String> = records.iter().map(|text| (*text).to_owned()).collect();
    let count = records.len();
    let outcomes = T::apply_all(&config.to_string(), records)?;
    assert_eq!(outcomes.len(), count.max(1));
    assert!(
        outcomes[1..]
            .iter()
            .all(|outcome| outcome.as_ref().unwrap().is_empty())
    );
    Ok(outcomes[0].as_ref().unwrap().concat())
}

fn refused<T: RawTransform>(config: &Value, records: &[&str], expected: &str) -> Failure {
    let failure = apply::<T>(config, records).unwrap_err();
    assert!(failure.message.starts_with(expected), "{}", failure.message);
    failure
}

#[test]
fn the_examples_give_what_they_say() {
    fake::run_examples::<Dedupe>().unwrap();
    fake::run_examples::<Join>().unwrap();
    fake::run_examples::<Aggregate>().unwrap();
    fake::run_examples::<Sort>().unwrap();
    fake::run_examples::<Chunk>().unwrap();
}

#[test]
fn one_of_each_key_stays_as_it_is_written() {
    let records = [
        r#"{"k":1,"n":1.50}"#,
        r#"{"k":"1"}"#,
        r#"{"k":1.0,"n":2}"#,
        r#"{"n":3}"#,
        r#"{"k":null}"#,
    ];
    let first = apply::<Dedupe>(&json!({ "by": ["/k"] }), &records).unwrap();
    assert_eq!(first, r#"[{"k":1,"n":1.50},{"k":"1"},{"n":3},{"k":null}]"#);
    let last = apply::<Dedupe>(&json!({ "by": ["/k"], "keep": "last" }), &records).unwrap();
    assert_eq!(last, r#"[{"k":1.0,"n":2},{"k":"1"},{"n":3},{"k":null}]"#);
    let two = [
        r#"{"a":1,"b":{"c":true}}"#,
        r#"{"a":1,"b":{"c":false}}"#,
        r#"{"b":{"c":true},"a":1}"#,
    ];
    let both = apply::<Dedupe>(&json!({ "by": ["/a", "/b/c"] }), &two).unwrap();
    assert_eq!(both, r#"[{"a":1,"b":{"c":true}},{"a":1,"b":{"c":false}}]"#);
    assert_eq!(
        apply::<Dedupe>(&json!({ "by": ["/a"] }), &[]).unwrap(),
        "[]"
    );
    let list = refused::<Dedupe>(
        &json!({ "by": ["/a"] }),
        &["{}", r#"{"a":[1]}"#],
        "record 2: `[1]` at `/a` is a list",
    );
    let cause = list.cause.unwrap();
    assert_eq!(
        (cause.record, cause.field.as_deref()),
        (Some(1), Some("/a"))
    );
    refused::<Dedupe>(&json!({ "by": [] }), &[], "`by` names at least one field");
    refused::<Dedupe>(
        &json!({ "by": ["a"] }),
        &[],
        "the configuration does not fit: `a` is no JSON Pointer",
    );
}

#[test]
fn sums_are_exact() {
    let config = |value: Value| json!({ "values": { "v": value } });
    let records = [
        r#"{"a":0.1,"t":"b"}"#,
        r#"{"a":"0.20","t":"a"}"#,
        r#"{"a":null}"#,
        r#"{"t":"c"}"#,
        r#"{"a":12345678901234567890.7}"#,
    ];
    for (value, expected) in [
        (json!({ "sum": "/a" }), "12345678901234567891"),
        (json!({ "count": true }), "5"),
        (json!({ "count": "/a" }), "3"),
        (json!({ "distinct": "/t" }), "3"),
        (json!({ "min": "/a" }), "0.1"),
        (json!({ "max": "/a" }), "12345678901234567890.7"),
        (json!({ "min": "/t" }), "\"a\""),
        (json!({ "first": "/t" }), "\"b\""),
        (json!({ "last": "/t" }), "\"c\""),
        (
            json!({ "list": "/a" }),
            "[0.1,\"0.20\",null,12345678901234567890.7]",
        ),
        (json!({ "avg": "/x" }), "null"),
        (json!({ "sum": "/x" }), "0"),
    ] {
        let list = apply::<Aggregate>(&config(value.clone()), &records).unwrap();
        assert_eq!(list, format!("[{{\"v\":{expected}}}]"), "{value}");
    }
    let mean =
        |value: Value, records: &[&str]| apply::<Aggregate>(&config(value), records).unwrap();
    assert_eq!(
        mean(
            json!({ "avg": "/a", "scale": 2 }),
            &[r#"{"a":1}"#, r#"{"a":0.01}"#]
        ),
        r#"[{"v":0.51}]"#
    );
    assert_eq!(
        mean(
            json!({ "avg": "/a", "scale": 2 }),
            &[r#"{"a":-1}"#, r#"{"a":-0.01}"#]
        ),
        r#"[{"v":-0.51}]"#
    );
    let thirds = mean(
        json!({ "avg": "/a" }),
        &[r#"{"a":1}"#, r#"{"a":0}"#, r#"{"a":0}"#],
    );
    assert_eq!(thirds, r#"[{"v":0.3333333333333333333333333333}]"#);
    assert_eq!(
        apply::<Aggregate>(&config(json!({ "count": true })), &[]).unwrap(),
        r#"[{"v":0}]"#
    );
}

#[test]
fn groups_come_in_the_order_of_their_first_record() {
    let config = json!({ "by": { "y": "/y", "x": "/x" }, "values": { "n": { "count": true } } });
    let records = [
        r#"{"x":"b"}"#,
        r#"{"x":"a","y":1}"#,
        r#"{"x":"b","y":null}"#,
        r#"{"x":"a","y":1.0}"#,
    ];
    let groups = apply::<Aggregate>(&config, &records).unwrap();
    assert_eq!(
        groups,
        r#"[{"y":null,"x":"b","n":2},{"y":1,"x":"a","n":2}]"#
    );
    assert_eq!(apply::<Aggregate>(&config, &[]).unwrap(), "[]");
}

#[test]
fn what_cannot_be_counted_is_named() {
    let config = |value: Value| json!({ "values": { "v": value } });
    let text = refused::<Aggregate>(
        &config(json!({ "sum": "/a" })),
        &[r#"{"a":1}"#, r#"{"a":"x"}"#],
        "record 2: `\"x\"` at `/a` is not a number",
    );
    assert_eq!(text.cause.unwrap().record, Some(1));
    let large = r#"{"a":79228162514264337593543950335}"#;
    refused::<Aggregate>(
        &config(json!({ "sum": "/a" })),
        &[large, large],
        "record 2: `79228162514264337593543950335` at `/a` makes the sum longer",
    );
    refused::<Aggregate>(
        &config(json!({ "max": "/a" })),
        &[r#"{"a":1}"#, r#"{"a":"x"}"#],
        "record 2: `\"x\"` at `/a` cannot be compared",
    );
    for value in [
        json!({ "median": "/a" }),
        json!({}),
        json!({ "sum": "/a", "scale": 2 }),
        json!("sum"),
    ] {
        let failure = refused::<Aggregate>(
            &config(value),
            &[],
            "the configuration does not fit: one of `count`, `distinct`",
        );
        assert_eq!(failure.disposition, Disposition::Misconfigured);
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/values/v"));
    }
    let twice = json!({ "by": { "v": "/a" }, "values": { "v": { "count": true } } });
    refused::<Aggregate>(&twice, &[], "`v` is there twice");
    refused::<Aggregate>(
        &config(json!({ "count": false })),
        &[],
        "`count` is `true` or names a field",
    );
}

#[test]
fn joins_are_those_of_sql() {
    let other =
        json!([{ "k": 1, "b": 1.5 }, { "k": 1, "b": 2 }, { "k": null, "b": 3 }, { "k": 4 }]);
    let records = [r#"{"k":1.0,"a":"x"}"#, r#"{"k":2,"a":"y"}"#, r#"{"a":"z"}"#];
    let join = |kind: &str| {
        apply::<Join>(
            &json!({ "other": other, "on": ["/k"], "kind": kind }),
            &records,
        )
        .unwrap()
    };
    let inner = r#"{"k":1.0,"a":"x","b":1.5},{"k":1.0,"a":"x","b":2}"#;
    assert_eq!(join("inner"), format!("[{inner}]"));
    let left = format!(r#"{inner},{{"k":2,"a":"y","b":null}},{{"a":"z","b":null}}"#);
    assert_eq!(join("left"), format!("[{left}]"));
    assert_eq!(
        join("full"),
        format!(r#"[{left},{{"k":null,"a":null,"b":3}},{{"k":4,"a":null,"b":null}}]"#)
    );
    let empty = apply::<Join>(
        &json!({ "other": [{ "k": 1 }], "on": ["/k"], "kind": "full" }),
        &[],
    )
    .unwrap();
    assert_eq!(empty, r#"[{"k":1}]"#);
}

#[test]
fn fields_of_both_sides_are_not_mixed_up() {
    let other = json!([{ "id": 5, "a": 1 }]);
    let on = json!([{ "records": "/ref/id", "other": "/id" }]);
    let clash = json!({ "other": other, "on": on });
    let failure = refused::<Join>(
        &clash,
        &[r#"{"id":9,"ref":{"id":5}}"#],
        "both lists have the field `id`",
    );
    assert_eq!(failure.disposition, Disposition::Misconfigured);
    let prefixed = json!({ "other": other, "on": on, "prefix": "o_" });
    let joined = apply::<Join>(&prefixed, &[r#"{"id":9,"ref":{"id":5}}"#]).unwrap();
    assert_eq!(joined, r#"[{"id":9,"ref":{"id":5},"o_id":5,"o_a":1}]"#);
    let bad = json!({ "other": [{ "id": [] }], "on": ["/id"] });
    let failure = refused::<Join>(&bad, &["{}"], "`other`: record 1: `[]` at `/id` is a list");
    assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/other/0/id"));
}

#[test]
fn sorting_is_stable_and_nothing_comes_last() {
    let records = [
        r#"{"a":10,"i":1}"#,
        r#"{"i":2}"#,
        r#"{"a":9.50,"i":3}"#,
        r#"{"a":10.0,"i":4}"#,
    ];
    let order = |by: Value| {
        let list = apply::<Sort>(&json!({ "by": by }), &records).unwrap();
        let list: Vec<Value> = serde_json::from_str(&list).unwrap();
        list.iter()
            .map(|record| record["i"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(order(json!(["/a"])), [3, 1, 4, 2]);
    assert_eq!(
        order(json!([{ "field": "/a", "order": "descending" }])),
        [1, 4, 3, 2]
    );
    assert_eq!(
        order(json!(["/a", { "field": "/i", "order": "descending" }])),
        [3, 4, 1, 2]
    );
    refused::<Sort>(
        &json!({ "by": ["/a"] }),
        &[r#"{"a":1}"#, r#"{"a":"1"}"#],
        "record 2: `\"1\"` at `/a` cannot be compared",
    );
    refused::<Sort>(
        &json!({ "by": [{ "field": "/a", "as": "number" }] }),
        &[r#"{"a":"x"}"#],
        "record 1: `\"x\"` at `/a` is not a number",
    );
}

#[test]
fn lists_have_limits_with_a_name() {
    let many = vec!["1"; 200_001];
    let failure = refused::<Chunk>(
        &json!({ "size": 10 }),
        &many,
        "there are 200001 records, and one call takes 200000",
    );
    assert_eq!(failure.cause.unwrap().code.as_deref(), Some("limit"));
    let wide = format!("{{\"k\":1,\"t\":\"{}\"}}", "x".repeat(1000));
    let records = vec![wide.as_str(); 100];
    let other: Vec<Value> = (0..100).map(|n| json!({ "k": 1, "n": n })).collect();
    let config = json!({ "other": other, "on": ["/k"] });
    refused::<Join>(&config, &records, "the list is larger than 8388608 bytes");
    refused::<Chunk>(&json!({ "size": 0 }), &[], "`size` is at least 1");
}
