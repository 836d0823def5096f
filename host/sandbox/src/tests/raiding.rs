//! Hostile guests, a row for each behaviour: what they do, and what becomes of it.

use mortise_ports::plugins::Report;

use super::application::Application;
use super::raw::{CLOCKS, LOOP, Raw};
use super::{Stage, code, failure, hostile, outcome, output, settings};

/// An action of a component that no compiler of a language gives.
struct Row {
    name: &'static str,
    raw: Raw,
    /// The disposition and the code of the failure.
    code: (&'static str, &'static str),
    /// What the message says.
    words: &'static str,
}

fn row(
    name: &'static str,
    code: (&'static str, &'static str),
    words: &'static str,
    raw: Raw,
) -> Row {
    Row {
        name,
        raw,
        code,
        words,
    }
}

const TRAP: (&str, &str) = ("trap", "trap");
const LATE: (&str, &str) = ("timeout", "deadline");
/// Pages of the largest memory.
const MOST_PAGES: u32 = 1_024;

fn endless() -> Vec<Row> {
    let usual = Raw::default;
    vec![
        row(
            "an action that never ends",
            LATE,
            "`timeout` of 100 ms",
            Raw { invoke: LOOP, ..usual() },
        ),
        row(
            "memory that is never given",
            LATE,
            "`timeout` of 100 ms",
            Raw { realloc: LOOP, ..usual() },
        ),
        row(
            "a result that is never put away",
            LATE,
            "`timeout` of 100 ms",
            Raw { post: LOOP, ..usual() },
        ),
        row(
            "a start that never ends, except where the plugin is looked at",
            LATE,
            "`timeout` of 100 ms",
            Raw {
                world: "import wasi:clocks/monotonic-clock@0.2.6;",
                packages: CLOCKS,
                imports: r#"(import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))"#,
                more: format!(
                    "(func $start (drop (call $now)) (if (i64.ne (call $now) (i64.const 1)) (then {LOOP})))
                     (start $start)"
                ),
                ..usual()
            },
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn greedy() -> Vec<Row> {
    let usual = Raw::default;
    vec![
        row(
            "memory to the end",
            ("limit", "memory-max"),
            "`sandbox.memory-max-bytes` of 67108864 bytes",
            Raw {
                invoke: "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)",
                ..usual()
            },
        ),
        row(
            "tables to the end",
            ("limit", "table-elements-max"),
            "`sandbox.table-elements-max` of 20000 elements",
            Raw {
                more: "(table $t 1 funcref)".to_owned(),
                invoke: "(loop $again (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 100)) (i32.const -1)))) (unreachable)",
                ..usual()
            },
        ),
        row(
            "deep recursion",
            ("limit", "stack-max"),
            "`sandbox.stack-max-bytes` of 524288 bytes",
            Raw {
                more: "(func $deep (param i64) (result i64) (i64.add (call $deep (local.get 0)) (i64.const 1)))".to_owned(),
                invoke: "(drop (call $deep (i64.const 1))) (i32.const 32)",
                ..usual()
            },
        ),
        row(
            "a million handles of the host",
            ("limit", "resources-max"),
            "`sandbox.resources-max` of 1024",
            Raw {
                world: "import wasi:clocks/monotonic-clock@0.2.6;",
                packages: CLOCKS,
                imports: r#"(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $take (param i64) (result i32)))"#,
                invoke: "(local $n i32) (loop $again (drop (call $take (i64.const 1))) (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $again (i32.ne (local.get $n) (i32.const 1000000)))) (i32.const 32)",
                ..usual()
            },
        ),
        row(
            "a million handles of its own",
            ("limit", "resources-max"),
            "`sandbox.resources-max` of 1024",
            Raw {
                world: "export things;",
                packages: "interface things { resource thing; }",
                imports: r#"(import "[export]test:raw/things" "[resource-new]thing" (func $new (param i32) (result i32)))"#,
                invoke: "(local $n i32) (loop $again (drop (call $new (i32.const 1))) (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $again (i32.ne (local.get $n) (i32.const 1000000)))) (i32.const 32)",
                ..usual()
            },
        ),
        row(
            "a giant string as an argument",
            ("limit", "hostcall-max"),
            "`sandbox.hostcall-max-bytes` of 8388608 bytes",
            logging("(call $write (i32.const 2) (i32.const 0) (i32.const 60000000) (i32.const 0) (i32.const 0)) (i32.const 32)"),
        ),
        row(
            "a giant string as a result",
            ("limit", "hostcall-max"),
            "`sandbox.hostcall-max-bytes` of 8388608 bytes",
            Raw {
                pages: MOST_PAGES,
                invoke: "(i32.store (i32.const 48) (i32.const 65536)) (i32.store (i32.const 52) (i32.const 60000000)) (i32.const 32)",
                ..usual()
            },
        ),
        row(
            "millions of empty strings",
            ("limit", "hostcall-max"),
            "`sandbox.hostcall-max-bytes` of 8388608 bytes",
            Raw {
                pages: MOST_PAGES,
                invoke: "(i32.store8 (i32.const 40) (i32.const 1)) (i32.store (i32.const 48) (i32.const 65536)) (i32.store (i32.const 52) (i32.const 7000000)) (i32.const 32)",
                ..usual()
            },
        ),
        row(
            "more randomness than there is use for",
            ("limit", "random-max"),
            "`sandbox.random-max-bytes` of 65536 bytes",
            Raw {
                world: "import wasi:random/random@0.2.6;",
                packages: "package wasi:random@0.2.6 { interface random { get-random-bytes: func(len: u64) -> list<u8>; } }",
                imports: r#"(import "wasi:random/random@0.2.6" "get-random-bytes" (func $random (param i64 i32)))"#,
                invoke: "(call $random (i64.const 65537) (i32.const 64)) (i32.const 32)",
                ..usual()
            },
        ),
    ]
}

fn logging(invoke: &'static str) -> Raw {
    Raw {
        world: "import mortise:plugin/log@0.1.0;",
        imports: r#"(import "mortise:plugin/log@0.1.0" "write" (func $write (param i32 i32 i32 i32 i32)))"#,
        pages: MOST_PAGES,
        invoke,
        ..Raw::default()
    }
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn broken() -> Vec<Row> {
    let usual = Raw::default;
    vec![
        row(
            "an instruction that ends all",
            TRAP,
            "unreachable",
            Raw {
                invoke: "(unreachable)",
                ..usual()
            },
        ),
        row(
            "memory that is not there",
            TRAP,
            "beyond end of memory",
            Raw {
                realloc: "(i32.const -16)",
                ..usual()
            },
        ),
        row(
            "a result that is not there",
            TRAP,
            "out of bounds",
            Raw {
                invoke: "(i32.const -8)",
                ..usual()
            },
        ),
        row(
            "a result that lies askew",
            TRAP,
            "aligned",
            Raw {
                invoke: "(i32.const 33)",
                ..usual()
            },
        ),
        row(
            "a string that ends outside of memory",
            TRAP,
            "out of bounds",
            Raw {
                invoke: "(i32.store (i32.const 52) (i32.const -1)) (i32.const 32)",
                ..usual()
            },
        ),
        row(
            "a result that is no UTF-8",
            TRAP,
            "utf-8",
            Raw {
                invoke: "(i32.store8 (i32.const 1023) (i32.const 255)) (i32.const 32)",
                ..usual()
            },
        ),
        row(
            "an argument that is no UTF-8",
            TRAP,
            "utf-8",
            logging(
                "(i32.store8 (i32.const 1023) (i32.const 255)) (call $write (i32.const 2) (i32.const 1023) (i32.const 1) (i32.const 0) (i32.const 0)) (i32.const 32)",
            ),
        ),
        row(
            "an answer that its descriptor does not announce",
            ("misconfigured", "bad-output"),
            "does not fit the schema of its descriptor: it is a number",
            Raw {
                output: r#"{"type":"string"}"#,
                ..usual()
            },
        ),
        row(
            "a case that the contract does not have",
            TRAP,
            "discriminant",
            Raw {
                invoke: "(i32.store8 (i32.const 40) (i32.const 9)) (i32.const 32)",
                ..usual()
            },
        ),
    ]
}

async fn act(stage: &Stage) -> Report {
    let mut operation = stage.action("act");
    operation.timeout_ms = 100;
    stage.call(operation, "null", None).await
}

#[tokio::test]
async fn whatever_a_component_does_it_is_a_failure_with_a_name() {
    let rows = [endless(), greedy(), broken()];
    let mut complaints = Vec::new();
    for row in rows.into_iter().flatten() {
        let stage = Stage::new(settings(), row.raw.build()).await;
        let report = act(&stage).await;
        let found = report.result.as_ref().map_err(|failure| {
            let words = failure.message.to_lowercase();
            (code(&report), words.contains(row.words))
        });
        if found.err() != Some((row.code, true)) {
            complaints.push(format!("{}: {:?}", row.name, report.result));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    // The rows differ from this one in what they do alone.
    let stage = Stage::new(settings(), Raw::default().build()).await;
    assert_eq!(output(&act(&stage).await), "1");
}

/// What the host says to a guest that sends what would harm the application.
const REFUSED: [(&str, usize, &str); 7] = [
    (
        "headers",
        40_000,
        "`sandbox.header-block-max-bytes` of 32768",
    ),
    (
        "header name",
        0,
        "a name or a value that HTTP does not allow",
    ),
    (
        "header value",
        0,
        "a name or a value that HTTP does not allow",
    ),
    ("framing", 0, "`transfer-encoding` is set by the host"),
    ("method", 0, "is not a method that can be sent"),
    ("url", 0, "GET /a:%20b"),
    ("requests", 2_000, "`sandbox.requests-max` of 1000"),
];

#[tokio::test]
async fn nothing_leaves_that_would_be_read_as_something_else() {
    let application = Application::start(|_| (200, "{}".to_owned())).await;
    let stage = Stage::new(settings(), hostile()).await;
    for (what, bytes, words) in REFUSED {
        let mut operation = stage.action("raid");
        operation.hosts = vec![application.address.clone()];
        let url = application.url("/");
        let with = format!(r#"{{"what":"{what}","bytes":{bytes},"url":"{url}"}}"#);
        let report = stage.call(operation, &with, None).await;
        let said = match &report.result {
            Ok(_) => output(&report).to_owned(),
            Err(failure) => failure.message.clone(),
        };
        let seen = application.seen();
        let strange = seen.iter().find(|line| *line != "GET /");
        match what {
            // Line ends are no part of a URL, so nothing is left of them.
            "url" => assert_eq!(seen, [words]),
            _ => {
                assert!(said.contains(words), "{what}: {said}");
                assert_eq!(strange, None, "{what}");
            }
        }
        assert!(report.requests.len() <= 1_000, "{what}");
    }
}

#[tokio::test]
async fn what_a_terminal_would_obey_is_shown_instead() {
    let stage = Stage::new(settings(), hostile()).await;
    let report = stage
        .call(stage.action("raid"), r#"{"what":"escapes"}"#, None)
        .await;
    let shown = "\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\u202e";
    let messages: Vec<_> = report
        .log
        .iter()
        .map(|line| line.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [format!("printed {shown}"), format!("logged {shown}")]
    );
    assert_eq!(report.log[1].fields, [(shown.to_owned(), shown.to_owned())]);
    assert_eq!(failure(&report).message, format!("failed {shown}"));
    assert_eq!(failure(&report).code, shown);
}

#[tokio::test]
async fn fields_without_text_fill_a_log_as_well() {
    let stage = Stage::new(settings(), hostile()).await;
    let with = r#"{"what":"fields","bytes":10000}"#;
    let report = stage.call(stage.action("raid"), with, None).await;
    outcome(&report);
    let fields: usize = report.log.iter().map(|line| line.fields.len()).sum();
    assert_eq!(
        fields, 10_000,
        "one line has room for them, and no second one"
    );
    assert!(report.log.last().unwrap().message.contains("left out"));
}

#[tokio::test]
async fn a_line_without_an_end_is_cut() {
    let stage = Stage::new(settings(), hostile()).await;
    let with = r#"{"what":"line","bytes":1000000}"#;
    let report = stage.call(stage.action("raid"), with, None).await;
    let bytes: usize = report.log.iter().map(|line| line.message.len()).sum();
    assert!(bytes < 300_000, "{bytes}");
    assert!(report.log.iter().all(|line| line.message.len() <= 32 << 10));
}
