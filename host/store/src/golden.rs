//! Golden files: what keys and records look like on disk. They change only together with the
//! format version, because a store that exists must stay readable. `UPDATE_GOLDEN=1` writes them.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use mortise_model::id::{Digest, Namespace};
use mortise_model::{Entry, StepPath, Timestamp};
use mortise_ports::conformance::fixture::{at, event, parking, result, run, team, trigger};

use crate::keys;
use crate::record::{self, ActiveRecord, DedupeRecord, FORMAT, Row, RowEnd};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Compares named bytes with a golden file, and gives back the file's.
fn check(name: &str, found: &[(&str, Vec<u8>)]) -> Vec<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.txt"));
    let text = found.iter().fold(String::new(), |mut text, (name, bytes)| {
        let _ = writeln!(text, "{name} {}", hex(bytes));
        text
    });
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    assert_eq!(text, golden, "{name} of format {FORMAT} changed");
    let lines = golden.lines();
    lines
        .map(|line| unhex(line.split_once(' ').unwrap().1))
        .collect()
}

#[test]
fn keys_are_as_they_were() {
    let others = Namespace::from("others");
    let long = "e".repeat(201);
    let found = [
        ("journal", keys::journal(&team(), run(1))),
        ("journal-record", keys::journal_record(&team(), run(1), 258)),
        (
            "journal-chunk",
            keys::chunk(&keys::journal_record(&others, run(1), 1), 3),
        ),
        ("live-run", keys::live_run(&team(), run(1))),
        ("rest-row", keys::rest_row(&team(), run(1))),
        ("dedupe", keys::dedupe(&team(), "orders", "hook", "event-1")),
        (
            "dedupe-long",
            keys::dedupe(&team(), "orders", "hook", &long),
        ),
        ("memory", keys::memory(&trigger())),
        ("log", keys::log_record(&team(), run(1), 1 << 32)),
        ("active", keys::active(&team())),
        ("latest", keys::latest(&team(), "orders")),
        (
            "version",
            keys::version(&team(), "orders", Digest::of(b"plan")),
        ),
        ("plan", keys::plan(Digest::of(b"plan"))),
        ("epoch", keys::epoch()),
    ];
    check("keys", &found);
    assert_eq!(keys::run_of(&found[3].1), Some((team(), run(1))));
    assert_eq!(keys::split_chunk(&found[2].1).unwrap().1, 3);
}

#[test]
fn records_are_as_they_were_and_can_be_read() {
    let entries = vec![event(1).entry, result(2, 10), parking(3)];
    let mut row = Row::of_entry(&entries[0]).unwrap();
    row.end = Some(RowEnd {
        status: mortise_model::Status::Parked,
        at: at(3),
        failure: Some((Some(StepPath::from("post")), failure())),
    });
    let active = ActiveRecord {
        revision: 2,
        plans: vec![(Digest::of(b"plan"), 7)],
    };
    let dedupe = DedupeRecord {
        run: run(1),
        body: Digest::of(b"body"),
    };
    let found = [
        ("entries", record::encode(&entries, 9999).unwrap()),
        ("row", record::encode(&row, 9999).unwrap()),
        ("active", record::encode(&active, 9999).unwrap()),
        ("dedupe", dedupe.to_bytes()),
        ("live", record::live_bytes(None).to_vec()),
        ("suspended", record::live_bytes(Some(at(1))).to_vec()),
    ];
    let golden = check("records", &found);
    assert_eq!(
        record::decode::<Vec<Entry>>(b"", &golden[0]).unwrap(),
        entries
    );
    assert_eq!(record::decode::<Row>(b"", &golden[1]).unwrap(), row);
    assert_eq!(
        record::decode::<ActiveRecord>(b"", &golden[2]).unwrap(),
        active
    );
    assert_eq!(DedupeRecord::of_bytes(&golden[3]), Some(dedupe));
    assert_eq!(record::live_of_bytes(b"", &golden[4]), Ok(None));
    let due: Option<Timestamp> = record::live_of_bytes(b"", &golden[5]).unwrap();
    assert_eq!(due, Some(at(1)));
}

fn failure() -> mortise_model::Failure {
    mortise_model::Failure::new(
        mortise_model::Disposition::Unclear,
        "no-answer",
        "nobody knows",
    )
}
