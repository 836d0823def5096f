#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::{Disposition, Failure, RawTransform, fake};
use serde_json::{Value, json};

use crate::{Add, Convert, Difference, Format, Parse};

fn apply<T: RawTransform>(config: Value, record: Value) -> Result<Value, Failure> {
    let mut outcomes = fake::apply::<T>(&config, &[record])?;
    outcomes.remove(0).map(|mut outputs| outputs.remove(0))
}

/// The new value of `at`.
fn changed<T: RawTransform>(config: Value, at: Value) -> Result<Value, String> {
    let mut whole = json!({ "field": "/at" });
    whole
        .as_object_mut()
        .unwrap()
        .extend(config.as_object().unwrap().clone());
    let record = apply::<T>(whole, json!({ "at": at })).map_err(|failure| failure.message)?;
    Ok(record["at"].clone())
}

fn counted(unit: &str, from: &str, to: &str, zone: Option<&str>) -> Result<Value, String> {
    let config = json!({ "from": "/a", "to": "/b", "into": "/n", "unit": unit, "zone": zone });
    let record = apply::<Difference>(config, json!({ "a": from, "b": to }));
    record
        .map(|record| record["n"].clone())
        .map_err(|failure| failure.message)
}

#[test]
fn the_examples_give_what_they_say() {
    fake::run_examples::<Parse>().unwrap();
    fake::run_examples::<Format>().unwrap();
    fake::run_examples::<Add>().unwrap();
    fake::run_examples::<Difference>().unwrap();
    fake::run_examples::<Convert>().unwrap();
}

#[test]
fn a_time_in_a_gap_names_field_and_record() {
    let config = json!({ "field": "/order/at", "zone": "Europe/Berlin" });
    let records = [json!({}), json!({ "order": { "at": "2025-03-30T02:30" } })];
    let outcomes = fake::apply::<Parse>(&config, &records).unwrap();
    assert_eq!(outcomes[0].as_ref().unwrap()[0], json!({}));
    let failure = outcomes[1].as_ref().unwrap_err();
    let expected =
        "`2025-03-30T02:30` at `/order/at` does not exist in `Europe/Berlin`: clocks go forward";
    assert!(failure.message.starts_with(expected), "{}", failure.message);
    let cause = failure.cause.as_ref().unwrap();
    assert_eq!(
        (failure.disposition, cause.record, cause.field.as_deref()),
        (Disposition::Reject, Some(1), Some("/order/at"))
    );
}

#[test]
fn days_keep_the_time_over_a_change_of_clocks_and_hours_do_not() {
    let zone = "Europe/Berlin";
    let before = "2025-03-29T11:00:00Z";
    let add = |amount: Value| {
        changed::<Add>(json!({ "add": amount, "zone": zone }), json!(before)).unwrap()
    };
    assert_eq!(add(json!({ "days": 1 })), "2025-03-30T10:00:00Z");
    assert_eq!(add(json!({ "hours": 24 })), "2025-03-30T11:00:00Z");
    let skipped = changed::<Add>(
        json!({ "add": { "days": 1 }, "zone": zone }),
        json!("2025-03-29T01:30:00Z"),
    );
    assert!(
        skipped
            .unwrap_err()
            .contains("does not exist in `Europe/Berlin`")
    );
    let later = json!({ "add": { "days": 1 }, "zone": zone, "ambiguous": "compatible" });
    assert_eq!(
        changed::<Add>(later, json!("2025-03-29T01:30:00Z")).unwrap(),
        "2025-03-30T01:30:00Z"
    );
    // The second of two equal times stays the second.
    let second = changed::<Add>(
        json!({ "add": { "minutes": 1 }, "zone": zone }),
        json!("2025-10-26T01:30:00Z"),
    );
    assert_eq!(second.unwrap(), "2025-10-26T01:31:00Z");
}

#[test]
fn months_have_ends() {
    let add = |amount: Value, at: &str| changed::<Add>(json!({ "add": amount }), json!(at));
    assert_eq!(
        add(json!({ "months": 1 }), "2024-01-31").unwrap(),
        "2024-02-29"
    );
    assert_eq!(
        add(json!({ "months": -1 }), "2025-03-31").unwrap(),
        "2025-02-28"
    );
    assert_eq!(
        add(json!({ "years": 1 }), "2024-02-29").unwrap(),
        "2025-02-28"
    );
    assert_eq!(
        add(json!({ "years": 1, "months": -1, "days": 3 }), "2024-02-29").unwrap(),
        "2025-02-01"
    );
    assert_eq!(
        add(json!({ "hours": 30 }), "2025-03-30T00:00").unwrap(),
        "2025-03-31T06:00:00"
    );
    let hours = add(json!({ "hours": 1 }), "2025-03-30").unwrap_err();
    assert!(
        hours.contains("is a day, and hours, minutes and seconds belong to a time"),
        "{hours}"
    );
    assert!(
        add(json!({ "years": 9000 }), "2025-03-30")
            .unwrap_err()
            .contains("too far away")
    );
    let much = add(json!({ "years": 9_000_000 }), "2025-03-30").unwrap_err();
    assert_eq!(much, "that is more than can be added");
}

/// Unit, from, to, zone, and what is counted.
const DIFFERENCES: [(&str, &str, &str, Option<&str>, i64); 13] = [
    (
        "days",
        "2025-03-29T11:00:00Z",
        "2025-03-30T10:00:00Z",
        Some("Europe/Berlin"),
        1,
    ),
    (
        "days",
        "2025-03-29T11:00:00Z",
        "2025-03-30T10:00:00Z",
        None,
        0,
    ),
    (
        "hours",
        "2025-03-29T11:00:00Z",
        "2025-03-30T10:00:00Z",
        Some("Europe/Berlin"),
        23,
    ),
    (
        "hours",
        "2025-03-29T12:00",
        "2025-03-30T12:00",
        Some("Europe/Berlin"),
        23,
    ),
    ("hours", "2025-03-29T12:00", "2025-03-30T12:00", None, 24),
    (
        "hours",
        "2025-03-30",
        "2025-03-31",
        Some("Europe/Berlin"),
        23,
    ),
    ("months", "2025-01-31", "2025-02-28", None, 0),
    ("months", "2025-01-28", "2025-02-28", None, 1),
    ("years", "2000-02-29", "2025-02-28", None, 24),
    ("weeks", "2025-03-15", "2025-03-01", None, -2),
    ("business-days", "2025-03-14", "2025-03-17", None, 1),
    (
        "milliseconds",
        "2025-03-14T00:00:00Z",
        "2025-03-14T00:00:00.25Z",
        None,
        250,
    ),
    (
        "minutes",
        "2025-03-14T00:00:59Z",
        "2025-03-14T00:00:00Z",
        None,
        0,
    ),
];

#[test]
fn differences_are_whole_and_signed() {
    for (unit, from, to, zone, expected) in DIFFERENCES {
        assert_eq!(
            counted(unit, from, to, zone).unwrap(),
            expected,
            "{unit} {from} {to}"
        );
    }
}

#[test]
fn what_cannot_be_counted_is_named() {
    let mixed = counted("hours", "2025-03-14", "2025-03-14T00:00:00Z", None).unwrap_err();
    assert!(mixed.contains("say with `zone` which it is"), "{mixed}");
    let gap = counted(
        "days",
        "2025-03-30T02:30",
        "2025-03-31",
        Some("Europe/Berlin"),
    )
    .unwrap_err();
    assert!(
        gap.starts_with("`2025-03-30T02:30` at `/a` does not exist"),
        "{gap}"
    );
}

#[test]
fn clocks_of_other_zones_have_their_offsets() {
    let to = |zone: &str, at: &str| changed::<Convert>(json!({ "zone": zone }), json!(at));
    assert_eq!(
        to("Asia/Kathmandu", "2025-03-14T09:26:53.5Z").unwrap(),
        "2025-03-14T15:11:53.5+05:45"
    );
    assert_eq!(
        to("UTC", "2025-03-14T10:26:53+01:00").unwrap(),
        "2025-03-14T09:26:53Z"
    );
    assert!(
        to("UTC", "2025-03-14T10:26")
            .unwrap_err()
            .contains("say with `from` which it is")
    );
    assert!(
        to("UTC", "2025-03-14")
            .unwrap_err()
            .contains("is a day, which is in no zone")
    );
    assert!(
        to("Mars/Olympus", "2025-03-14")
            .unwrap_err()
            .contains("`Mars/Olympus` is no time zone")
    );
}

#[test]
fn forms_are_written() {
    let write = |format: &str, at: &str| {
        changed::<Format>(
            json!({ "format": format, "zone": "Europe/Berlin" }),
            json!(at),
        )
    };
    let at = "2025-03-14T09:26:53Z";
    assert_eq!(
        write("%A, %-d %B %Y, %H:%M %Z", at).unwrap(),
        "Friday, 14 March 2025, 10:26 CET"
    );
    assert_eq!(
        write("rfc2822", at).unwrap(),
        "Fri, 14 Mar 2025 10:26:53 +0100"
    );
    assert_eq!(write("unix-seconds", at).unwrap(), 1_741_944_413);
    assert_eq!(write("iso", at).unwrap(), "2025-03-14T10:26:53+01:00");
    assert_eq!(write("%d.%m.%y", "2025-03-14").unwrap(), "14.03.25");
    assert!(
        write("%H:%M", "2025-03-14")
            .unwrap_err()
            .contains("cannot be written as `%H:%M`")
    );
    assert!(
        write("unix-seconds", "2025-03-14")
            .unwrap_err()
            .contains("nobody knows when it is")
    );
    assert!(
        write("spreadsheet", at)
            .unwrap_err()
            .contains("can be read and not written")
    );
}

#[test]
fn other_fields_stay_digit_for_digit() {
    let config = json!({ "field": "/at", "zone": "UTC" }).to_string();
    let record = r#"{"n":12345678901234567890.10,"at":"2025-03-14T10:00:00+01:00"}"#.to_owned();
    let outcomes = Convert::apply_all(&config, vec![record]).unwrap();
    let expected = r#"{"n":12345678901234567890.10,"at":"2025-03-14T09:00:00Z"}"#;
    assert_eq!(outcomes[0].as_ref().unwrap(), &[expected]);
}

#[test]
fn what_is_wrong_with_a_step_is_named() {
    let wrong = apply::<Parse>(json!({ "field": ["/a"], "into": "/b" }), json!({})).unwrap_err();
    assert_eq!(
        wrong.message,
        "several fields are changed in their places: `into` goes with one"
    );
    assert_eq!(wrong.disposition, Disposition::Misconfigured);
    let none = changed::<Parse>(json!({}), json!({ "x": 1 })).unwrap_err();
    assert!(none.contains("is neither a text nor a number"), "{none}");
    let form = changed::<Parse>(json!({ "formats": ["%Y", "iso"] }), json!("soon")).unwrap_err();
    assert_eq!(form, "`soon` at `/at` is no date of the form `%Y` or `iso`");
}
