#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};

use super::*;

fn convert(kind: &Value, text: &str) -> Result<String, String> {
    let kind: Type = serde_json::from_value(kind.clone()).unwrap();
    let mut out = String::new();
    kind.push(text, &mut out).map(|()| out)
}

fn check(kind: &Value, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(convert(kind, text).as_deref(), Ok(*expected), "{text}");
    }
}

fn refused(kind: &Value, texts: &[&str], expected: &str) {
    for text in texts {
        let message = convert(kind, text).expect_err(text);
        assert!(message.starts_with(expected), "{text}: {message}");
    }
}

#[test]
fn numbers_keep_every_digit() {
    let number = json!("number");
    check(
        &number,
        &[
            ("12.50", "12.50"),
            ("12345678901234567890.123", "12345678901234567890.123"),
            ("-007", "-7"),
            ("+.5", "0.5"),
            ("5.", "5"),
            ("-0.0", "-0.0"),
            (" 1e-7 ", "1e-7"),
            ("", "null"),
            (" ", "null"),
        ],
    );
    refused(
        &number,
        &[
            "1,5", "1 000", "abc", ".", "-", "1e", "0x1", "--1", "NaN", "1e5.0",
        ],
        "is not a number",
    );
}

#[test]
fn numbers_of_other_countries_are_said() {
    let german = json!({ "type": "number", "decimal": ",", "group": "." });
    check(
        &german,
        &[
            ("1.234.567,80", "1234567.80"),
            ("-12,5", "-12.5"),
            ("1000", "1000"),
        ],
    );
    refused(
        &german,
        &["1.23,4", "1234.567", ".123", "1..000", "12.5"],
        "is not a number",
    );
    let swiss = json!({ "type": "number", "group": "’" });
    check(&swiss, &[("1’234.50", "1234.50")]);
}

#[test]
fn usual_words_are_true_or_false() {
    let boolean = json!("boolean");
    check(
        &boolean,
        &[
            ("Yes", "true"),
            ("0", "false"),
            ("FALSE", "false"),
            ("", "null"),
        ],
    );
    refused(&boolean, &["maybe", "2"], "is not true or false");
}

#[test]
fn dates_become_iso_8601() {
    check(
        &json!("date"),
        &[
            ("2025-03-14", "\"2025-03-14\""),
            ("2025-03-14T10:26:53+01:00", "\"2025-03-14T09:26:53Z\""),
            ("2025-03-14 10:26", "\"2025-03-14T10:26:00\""),
        ],
    );
    refused(
        &json!("date"),
        &["14.03.2025", "2025-02-30"],
        "is not a date such as `2025-03-14`",
    );
    let format = |format: &str| json!({ "type": "date", "format": format });
    check(&format("%d.%m.%Y"), &[("14.03.2025", "\"2025-03-14\"")]);
    check(
        &format("%d.%m.%Y %H:%M"),
        &[("14.03.2025 09:26", "\"2025-03-14T09:26:00\"")],
    );
    check(
        &format("%d/%m/%Y %H:%M %z"),
        &[("14/03/2025 10:26 +0100", "\"2025-03-14T09:26:00Z\"")],
    );
    refused(
        &format("%d.%m.%Y"),
        &["2025-03-14"],
        "is not a date of the form `%d.%m.%Y`",
    );
    refused(
        &format("%d.%m.%Y"),
        &["31.02.2025"],
        "is not a whole date in the form `%d.%m.%Y`",
    );
}

#[test]
fn a_type_that_is_none_is_told_what_there_is() {
    let error = serde_json::from_value::<Type>(json!("int"))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("`text`, `number`, `boolean`, `date`, or an object"),
        "{error}"
    );
}
