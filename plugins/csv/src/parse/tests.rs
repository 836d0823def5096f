#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::fake::{self, Host};
use serde_json::{Value, json};

use super::*;

fn parse(input: &Value) -> Result<Value, Failure> {
    fake::invoke::<Parse>(input)
}

/// All pages, each read by a call of its own.
fn pages(input: &Value) -> Vec<Vec<Value>> {
    let (mut turn, mut pages) = (Turn::Start, Vec::new());
    loop {
        let Outcome::Page { records, next } = fake::turn::<Parse>(input, turn).unwrap() else {
            panic!("not a page");
        };
        pages.push(records);
        match next {
            Some(token) => turn = Turn::Next(token),
            None => return pages,
        }
    }
}

#[test]
fn names_come_from_where_it_is_said() {
    let text = "id,name\n1,Ann\n";
    assert_eq!(
        parse(&json!({ "input": text })).unwrap(),
        json!([{ "id": "1", "name": "Ann" }])
    );
    let lists = parse(&json!({ "input": text, "header": "none" })).unwrap();
    assert_eq!(lists, json!([["id", "name"], ["1", "Ann"]]));
    let given = json!({ "input": text, "header": ["a", "b"], "skip-rows": 1, "columns": ["b"] });
    assert_eq!(parse(&given).unwrap(), json!([{ "b": "Ann" }]));
    let chosen = json!({ "input": text, "header": "none", "columns": ["2", "1"], "skip-rows": 1, "types": { "1": "number" } });
    assert_eq!(parse(&chosen).unwrap(), json!([["Ann", 1]]));
    assert_eq!(parse(&json!({ "input": "" })).unwrap(), json!([]));
    assert_eq!(parse(&json!({ "input": "id\n" })).unwrap(), json!([]));
}

#[test]
fn ragged_rows_are_refused_or_made_whole() {
    let text = "a,b\n1,2\n3\n";
    let failure = parse(&json!({ "input": text })).unwrap_err();
    assert_eq!(
        failure.message,
        "record 2 on line 3: it has 1 fields where 2 are expected"
    );
    assert_eq!(failure.cause.unwrap().record, Some(1));
    let padded = parse(&json!({ "input": "a,b\n1\n2,3,,\n", "ragged": "pad" })).unwrap();
    assert_eq!(
        padded,
        json!([{ "a": "1", "b": "" }, { "a": "2", "b": "3" }])
    );
    let lists =
        json!({ "input": "1,2\n3\n", "header": "none", "ragged": "pad", "empty-as-null": true });
    assert_eq!(parse(&lists).unwrap(), json!([["1", "2"], ["3", null]]));
    let lost = parse(&json!({ "input": "a\n1,x\n", "ragged": "pad" })).unwrap_err();
    assert_eq!(
        lost.message,
        "record 1 on line 2: it has 2 fields where 1 are expected"
    );
}

#[test]
fn a_field_that_is_wrong_is_named() {
    let text = "id,a/b\n1,\"x\ny\"\n2,oops\n";
    let failure = parse(&json!({ "input": text, "types": { "a/b": "number" } })).unwrap_err();
    assert_eq!(
        failure.message,
        "record 1 on line 2: the field `a/b` with `x\ny` is not a number"
    );
    let cause = failure.cause.unwrap();
    assert_eq!(
        (cause.record, cause.field.as_deref()),
        (Some(0), Some("/a~1b"))
    );
}

#[test]
fn what_is_wrong_with_a_step_is_named() {
    for (input, expected, field) in [
        (
            json!({ "input": "a\n", "types": { "b": "number" } }),
            "`types` names the column `b`, which is not among `a`",
            "/types",
        ),
        (
            json!({ "input": "a\n", "columns": ["b"] }),
            "`columns` names the column `b`, which is not among `a`",
            "/columns",
        ),
        (
            json!({ "input": "a,a\n" }),
            "columns 1 and 2 are both called `a`",
            "/header",
        ),
        (
            json!({ "input": "a,,b\n" }),
            "column 2 has no name",
            "/header",
        ),
        (
            json!({ "input": "a", "delimiter": ";;" }),
            "`delimiter` is one ASCII character",
            "/delimiter",
        ),
        (
            json!({ "input": "a", "quote": "," }),
            "`quote` is one ASCII character",
            "/quote",
        ),
        (
            json!({ "input": "a", "records-per-page": 0 }),
            "a page has 1 to 10000 records",
            "/records-per-page",
        ),
        (
            json!({ "input": { "$file": "none" } }),
            "there is no file `none`",
            "/input",
        ),
        (
            json!({ "input": "a", "header": "second" }),
            "the input does not fit: `first-row`, `none`, or a list of names",
            "/header",
        ),
    ] {
        let failure = parse(&input).unwrap_err();
        assert!(failure.message.starts_with(expected), "{}", failure.message);
        assert_eq!(
            failure.cause.unwrap().field.as_deref(),
            Some(field),
            "{input}"
        );
    }
}

/// Quoted line ends, a header and a type that every page has to know, in every encoding.
#[test]
fn pages_go_on_where_the_last_one_ended() {
    let mut text = String::from("id,nöte,amount\r\n");
    for id in 0..1000 {
        text.push_str(&format!(
            "{id},\"line 1€\r\nline \"\"2\"\" of {id}\",{id}.50\r\n"
        ));
    }
    let single: Vec<u8> = text
        .chars()
        .map(|c| if c == '€' { 0x80 } else { c as u8 })
        .collect();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (encoding, bytes) in [
        ("utf-8", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("windows-1252", single),
        ("utf-16", [&[0xfe, 0xff], &wide[..]].concat()),
    ] {
        let _host = Host::new().file("f", "text/csv", &bytes).install();
        let input = json!({
            "input": { "$file": "f" }, "encoding": encoding, "types": { "amount": "number" }, "records-per-page": 300,
        });
        let pages = pages(&input);
        assert_eq!(
            pages.iter().map(Vec::len).collect::<Vec<_>>(),
            [300, 300, 300, 100],
            "{encoding}"
        );
        for (id, record) in pages.concat().into_iter().enumerate() {
            let note = format!("line 1€\r\nline \"2\" of {id}");
            assert_eq!(
                record,
                json!({ "id": id.to_string(), "nöte": note, "amount": id as f64 + 0.5 })
            );
        }
    }
}

#[test]
fn a_bad_row_of_a_later_page_has_its_own_number_and_line() {
    let text = "a\n1\n\"2\n\"\n3\nx\n";
    let input = json!({ "input": text, "types": { "a": "number" }, "records-per-page": 2 });
    let Outcome::Page { next, .. } = fake::turn::<Parse>(&input, Turn::Start).unwrap() else {
        panic!("not a page");
    };
    let failure = fake::turn::<Parse>(&input, Turn::Next(next.unwrap())).unwrap_err();
    assert_eq!(
        failure.message,
        "record 4 on line 6: the field `a` with `x` is not a number"
    );
    assert_eq!(failure.cause.unwrap().record, Some(3));
}

#[test]
fn large_records_make_smaller_pages() {
    let row = format!("{}\n", "x".repeat(100_000));
    let text = format!("a\n{}", row.repeat(30));
    let pages = pages(&json!({ "input": text }));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [11, 11, 8]);
}
