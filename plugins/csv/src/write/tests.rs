#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::fake::{self, Host};
use serde_json::{Value, json};

use super::*;

fn write(input: &Value) -> String {
    let output = fake::invoke::<Write>(input).unwrap();
    output["text"].as_str().unwrap().to_owned()
}

fn raw(records: &str) -> Result<Value, Failure> {
    // Through text, because numbers of this size would lose digits in a value.
    let input = format!(r#"{{"records":{records},"line-end":"lf"}}"#);
    let outcome = mortise_sdk::action::invoke::<Write>(
        &input,
        mortise_sdk::bindings::actions::exports::mortise::plugin::actions::Turn::Start,
    )?;
    match outcome {
        mortise_sdk::bindings::actions::exports::mortise::plugin::actions::Outcome::Done(text) => {
            Ok(serde_json::from_str(&text).unwrap())
        }
        _ => panic!("not done"),
    }
}

#[test]
fn values_are_written_as_they_are() {
    let records = r#"[{"n":12345678901234567890.10,"b":true,"z":null,"l":[1,"x"],"t":" a"}]"#;
    let expected = "n,b,z,l,t\n12345678901234567890.10,true,,\"[1,\"\"x\"\"]\",\" a\"\n";
    assert_eq!(raw(records).unwrap()["text"], expected);
}

#[test]
fn what_could_be_misread_is_quoted() {
    let records =
        json!([{ "a": "x,y" }, { "a": "say \"hi\"" }, { "a": "two\r\nlines" }, { "a": "" }, {}]);
    let expected = "a\r\n\"x,y\"\r\n\"say \"\"hi\"\"\"\r\n\"two\r\nlines\"\r\n\"\"\r\n\"\"\r\n";
    assert_eq!(write(&json!({ "records": records })), expected);
    let all = json!({ "records": [{ "a": 1, "b": null }], "quoting": "all", "delimiter": ";", "line-end": "lf" });
    assert_eq!(write(&all), "\"a\";\"b\"\n\"1\";\"\"\n");
}

#[test]
fn formulas_are_guarded_where_that_is_said() {
    let records = json!([{ "=n": "=1+1", "b": "@x", "c": -5, "d": "-5", "e": "a=1" }]);
    let guarded = json!({ "records": records, "guard-formulas": true, "line-end": "lf" });
    assert_eq!(write(&guarded), "'=n,b,c,d,e\n'=1+1,'@x,-5,'-5,a=1\n");
    let plain = json!({ "records": records, "line-end": "lf" });
    assert_eq!(write(&plain), "=n,b,c,d,e\n=1+1,@x,-5,-5,a=1\n");
}

#[test]
fn lists_are_rows() {
    let lists = json!([["a", 1], ["b", null]]);
    assert_eq!(
        write(&json!({ "records": lists, "line-end": "lf" })),
        "a,1\nb,\n"
    );
    let named = json!({ "records": lists, "columns": ["x", "y"], "line-end": "lf" });
    assert_eq!(write(&named), "x,y\na,1\nb,\n");
}

#[test]
fn nothing_is_lost_in_silence() {
    for (records, expected, field) in [
        (
            r#"[{"a":1},{"a":1,"b/c":2}]"#,
            "the record has the field `b/c`, which the first one lacks: name the `columns`",
            Some("/b~1c"),
        ),
        (
            r#"[{"a":1},[1,2]]"#,
            "the record has 2 values for 1 columns",
            None,
        ),
        (
            r#"[[1],{"a":1}]"#,
            "the record is an object where the first one is a list",
            None,
        ),
        (
            r#"[{"a":1},5]"#,
            "the record does not fit: invalid type: integer `5`, expected an object",
            Some(""),
        ),
    ] {
        let failure = raw(records).unwrap_err();
        assert_eq!(failure.message, expected);
        let cause = failure.cause.unwrap();
        assert_eq!(
            (cause.record, cause.field.as_deref()),
            (Some(1), field),
            "{records}"
        );
    }
    assert_eq!(raw("[]").unwrap()["text"], "");
}

#[test]
fn a_file_is_made_in_pieces() {
    let host = Host::new().install();
    let records: Vec<Value> = (0..50_000)
        .map(|n| json!({ "n": n, "t": "text" }))
        .collect();
    let input = json!({ "records": records, "save-as-file": true, "name": "n.csv", "byte-order-mark": true });
    let output = fake::invoke::<Write>(&input).unwrap();
    assert_eq!(
        (&output["text"], &output["records"]),
        (&Value::Null, &json!(50_000))
    );
    let file = host
        .file(output["file"]["$file"].as_str().unwrap())
        .unwrap();
    assert!(
        file.starts_with(b"\xef\xbb\xbfn,t\r\n0,text\r\n") && file.ends_with(b"49999,text\r\n")
    );
    assert_eq!(file.iter().filter(|byte| **byte == b'\n').count(), 50_001);
}
