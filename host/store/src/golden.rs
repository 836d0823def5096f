//! Golden files: what keys and records look like on disk. They change only together with the
//! format version, because a store that exists must stay readable. `UPDATE_GOLDEN=1` writes them.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use mortise_model::id::{ConnectionName, Digest, Namespace, TokenId};
use mortise_model::{ContentDigest, Repository, Tag, UploadId};
use mortise_model::{Entry, Letter, Status, StepPath};
use mortise_ports::artifacts::{Artifact, Finding, Standing, State};
use mortise_ports::audit::{AuditEntry, Deed};
use mortise_ports::catalog::Rollout;
use mortise_ports::conformance::fixture::{at, event, parking, result, run, team, trigger};
use mortise_ports::gates::GateKey;
use mortise_ports::journal::Asked;
use mortise_ports::secrets::SealedPlace;
use mortise_ports::uploads::Upload;

use crate::keys;
use crate::record::{self, FORMAT};
use crate::registry::{Leads, Linked};
use crate::rows::{ActiveRecord, Row, RowEnd, TrialRecord};
use crate::small::{First, Live, LivePlace, asked_bytes, asked_of_bytes};

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
#[allow(clippy::too_many_lines, reason = "a table")]
fn keys_are_as_they_were() {
    let others = Namespace::from("others");
    let long = "e".repeat(201);
    let shop = SealedPlace::Connection(team(), "shop".into());
    let once = keys::once(&team(), "orders", "customer-7");
    let connection = GateKey {
        namespace: team(),
        connection: ConnectionName::from("shop"),
    };
    let found = [
        ("run", keys::run(&team(), run(1))),
        ("journal", keys::journal(&team(), run(1))),
        ("journal-record", keys::journal_record(&team(), run(1), 258)),
        (
            "journal-chunk",
            keys::chunk(&keys::journal_record(&others, run(1), 1), 3),
        ),
        ("letter", keys::letter(&team(), run(1), (3 << 32) + 1)),
        ("log", keys::log_record(&team(), run(1), 1 << 32)),
        ("identity", keys::identity(&team(), run(1), b"dkey")),
        ("live-run", keys::live_run(&team(), run(1))),
        ("rest-row", keys::rest_row(&team(), run(1))),
        ("parked-row", keys::parked_row(&team(), run(1))),
        ("approval", keys::approval(&team(), run(1), "lines[3].ok")),
        ("dedupe", keys::dedupe(&team(), "orders", "hook", "event-1")),
        (
            "dedupe-long",
            keys::dedupe(&team(), "orders", "hook", &long),
        ),
        ("once", once.clone()),
        ("expiry", keys::expiry(at(9), &once)),
        ("place", keys::place(&team(), "orders", "customer-7")),
        ("memory", keys::memory(&trigger())),
        ("gate", keys::gate(&connection)),
        ("active", keys::active(&team())),
        ("paused", keys::paused(&team())),
        ("latest", keys::latest(&team(), "orders")),
        (
            "version",
            keys::version(&team(), "orders", Digest::of(b"plan")),
        ),
        ("plan", keys::plan(Digest::of(b"plan"))),
        ("epoch", keys::epoch()),
        ("callback-key", keys::callback_key()),
        ("answered", keys::answered(&team(), run(1), "ok@0")),
        ("commits", keys::commits()),
        ("live-count", keys::live_count()),
        ("data-key", keys::sealed(&SealedPlace::Key)),
        ("sealed", keys::sealed(&shop)),
        ("token", keys::token(&TokenId::from_parts(1, 2))),
        ("audited", keys::audited(258)),
        ("audit-head", keys::audit_head()),
    ];
    let found = [&found[..], &registry_keys()].concat();
    check("keys", &found);
    assert_eq!(keys::run_of(&found[7].1), Some((team(), run(1))));
    assert_eq!(keys::split_chunk(&found[3].1).unwrap().1, 3);
    let prefix = keys::all_approvals(&team());
    let approval = keys::step_after(&prefix, &found[10].1);
    assert_eq!(approval, Some((run(1), "lines[3].ok")));
    assert_eq!(keys::split_expiry(&found[14].1), Some((at(9), &once[..])));
    let texts = keys::texts(&found[16].1).unwrap();
    assert_eq!(texts, ["default", "orders", "hook"]);
    assert_eq!(keys::texts(&found[12].1), None, "a sha256 is no text");
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn records_are_as_they_were_and_can_be_read() {
    let entries = vec![event(1).entries.remove(0), result(2, 10), parking(3)];
    let mut row = Row::of_entry(&entries[0]).unwrap();
    row.parent = Some(run(9));
    row.end = Some(RowEnd {
        status: Status::Parked,
        at: at(3),
        failure: Some((Some(StepPath::from("post")), failure())),
    });
    let active = ActiveRecord {
        revision: 2,
        plans: vec![(Digest::of(b"plan"), 7)],
        trials: Vec::new(),
    };
    let rolled_out = ActiveRecord {
        trials: vec![TrialRecord {
            rollout: Rollout {
                plugin: "acme/shop".to_owned(),
                version: "1.1.0".to_owned(),
                digest: Digest::of(b"shop"),
                share: 10,
                since: at(4),
            },
            candidates: vec![(Digest::of(b"candidate"), 8)],
        }],
        ..active.clone()
    };
    let (event, key) = (
        First::Event(run(1), Digest::of(b"body")),
        First::Key(run(1), at(5)),
    );
    let lives = lives();
    let asked = Asked {
        since: at(1),
        until: at(2),
    };
    let found = [
        ("entries", record::encode(&entries, 9999).unwrap()),
        ("row", record::encode(&row, 9999).unwrap()),
        ("active", record::encode(&active, 9999).unwrap()),
        ("letter", record::encode(&Letter::Wake, 9999).unwrap()),
        ("event", event.to_bytes()),
        ("key", key.to_bytes()),
        ("asked", asked_bytes(asked).to_vec()),
        ("live", lives[0].to_bytes().to_vec()),
        ("suspended", lives[1].to_bytes().to_vec()),
        ("placed", lives[2].to_bytes().to_vec()),
        ("moved", lives[3].to_bytes().to_vec()),
        ("audited", record::encode(&audited(), 9999).unwrap()),
    ];
    let last = [("rolled-out", record::encode(&rolled_out, 9999).unwrap())];
    let found = [&found[..], &registry_records(), &last].concat();
    let golden = check("records", &found);
    let decoded = record::decode::<Vec<Entry>>(b"", &golden[0]).unwrap();
    assert_eq!(decoded, entries);
    assert_eq!(record::decode::<Row>(b"", &golden[1]).unwrap(), row);
    let decoded = record::decode::<ActiveRecord>(b"", &golden[2]).unwrap();
    assert_eq!(decoded, active);
    let decoded = record::decode::<Letter>(b"", &golden[3]).unwrap();
    assert_eq!(decoded, Letter::Wake);
    assert_eq!(First::of_bytes(&golden[4]), Some(event));
    assert_eq!(First::of_bytes(&golden[5]), Some(key));
    assert_eq!(asked_of_bytes(&golden[6]), Some(asked));
    for (bytes, live) in golden[7..11].iter().zip(lives) {
        assert_eq!(Live::of_bytes(b"", bytes), Ok(live));
    }
    let decoded = record::decode::<AuditEntry>(b"", &golden[11]).unwrap();
    assert_eq!(decoded, audited());
    let decoded = record::decode::<ActiveRecord>(b"", &golden[16]).unwrap();
    assert_eq!(decoded, rolled_out);
    // Else a log of today does not fit together tomorrow.
    let digest = Digest::of(record::json(&golden[11]));
    assert_eq!(audited().digest(), digest);
    let decoded = record::decode::<Artifact>(b"", &golden[12]).unwrap();
    assert_eq!(decoded, artifact());
    let decoded = record::decode::<Upload>(b"", &golden[13]).unwrap();
    assert_eq!(decoded, upload());
}

fn registry_keys() -> [(&'static str, Vec<u8>); 6] {
    use crate::keys::registry as keys;
    let name = Repository::from("team/orders");
    let content = ContentDigest::of(b"blob");
    let long = ContentDigest::Sha512([7; 64]);
    let about = keys::about(&name, content, long);
    let prefix = keys::all_about(&name, content);
    assert_eq!(keys::content_after(&prefix, &about), Some(long));
    [
        ("repository", keys::repository(&name)),
        ("blob", keys::blob(&name, content)),
        ("artifact", keys::artifact(&name, long)),
        ("tag", keys::tag(&name, &Tag::from("1.0.0"))),
        ("about", about),
        ("upload", keys::upload(UploadId([3; 16]))),
    ]
}

fn registry_records() -> [(&'static str, Vec<u8>); 4] {
    let leads = Leads {
        to: ContentDigest::of(b"m"),
        version: true,
        gone: false,
    };
    [
        ("artifact", record::encode(&artifact(), 9999).unwrap()),
        ("upload", record::encode(&upload(), 9999).unwrap()),
        ("leads", record::encode(&leads, 9999).unwrap()),
        (
            "linked",
            record::encode(&Linked { at: at(4) }, 9999).unwrap(),
        ),
    ]
}

fn upload() -> Upload {
    Upload {
        repository: Repository::from("team/orders"),
        length_bytes: 5,
        at: at(6),
    }
}

fn artifact() -> Artifact {
    Artifact {
        digest: ContentDigest::of(b"m"),
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        size_bytes: 1,
        artifact_type: Some("application/x".to_owned()),
        subject: Some(ContentDigest::of(b"s")),
        blobs: vec![ContentDigest::of(b"b")],
        manifests: vec![ContentDigest::of(b"c")],
        annotations: [("a".to_owned(), "b".to_owned())].into(),
        plugin: Some(ContentDigest::of(b"b")),
        standing: Standing {
            state: State::Yanked,
            note: "it loses pages".to_owned(),
            by: "daemon.json".to_owned(),
            at: at(2),
        },
        findings: vec![Finding {
            code: "no-summary".to_owned(),
            is_error: false,
            text: "say what it does".to_owned(),
        }],
        by: "daemon.json".to_owned(),
        at: at(1),
    }
}

fn audited() -> AuditEntry {
    let deed = Deed {
        at: at(5),
        who: "daemon.json".to_owned(),
        what: "runs.cancel".to_owned(),
        namespace: Some(team()),
        target: run(1).to_string(),
        before: None,
        after: Some(Digest::of(b"letter")),
    };
    deed.after(None)
}

fn lives() -> [Live; 4] {
    let place = LivePlace {
        order: 7,
        limit: 2,
        key: b"place".as_slice().into(),
    };
    let suspended = Live {
        due: Some(at(1)),
        ..Live::default()
    };
    let placed = Live {
        place: Some(place),
        ..suspended.clone()
    };
    let moved = Live {
        due: None,
        moved: Some((Digest::of(b"plan"), 8)),
        ..placed.clone()
    };
    [Live::default(), suspended, placed, moved]
}

fn failure() -> mortise_model::Failure {
    mortise_model::Failure::new(
        mortise_model::Disposition::Unclear,
        "no-answer",
        "nobody knows",
    )
}
