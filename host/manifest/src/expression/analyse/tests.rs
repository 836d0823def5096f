#![allow(clippy::unwrap_used)]

use mortise_model::json::Segment;
use serde_json::{Value, json};

use super::*;
use crate::expression::{EarlierStep, Given, Sees};
use crate::schema::Shape;

fn with_scope<T>(then: impl FnOnce(&Scope<'_>) -> T) -> T {
    let event = json!({"type": "object", "properties": {
        "id": {"type": "string"},
        "total": {"type": "number"},
        "paid": {"type": "boolean"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"qty": {"type": "integer"}}}},
        "b-c": {},
        "more": {},
    }});
    let output = json!({"type": "object", "properties": {"total": {"type": "number"}}});
    let mut scope = Scope::new(Shape::of(&event), true, Shape::anything());
    scope.enter(["first", "own", "after"].map(|id| (id, false)).into_iter());
    scope.begin("first");
    scope.end(EarlierStep {
        id: "first",
        output: Given::Whole(Shape::of(&output)),
        may_fail: false,
        failures: None,
    });
    scope.begin("own");
    then(&scope)
}

fn show(path: &Path) -> String {
    let mut text = String::new();
    for segment in &path.segments {
        match segment {
            Segment::Field(name) => text.push_str(&format!(".{name}")),
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    if path.optional {
        text.push('?');
    }
    text
}

/// The paths of a program, or the bare path behind a `=`.
fn reads(text: &str) -> String {
    with_scope(|scope| {
        let analysis = analyse(text, scope).unwrap();
        assert!(
            analysis.problems.is_empty(),
            "{text}: {:?}",
            analysis.problems
        );
        match analysis.expression {
            Expression::Path(path) => format!("={}", show(&path)),
            Expression::Program { paths, .. } => {
                paths.iter().map(show).collect::<Vec<_>>().join(" ")
            }
        }
    })
}

const EVERYTHING: &str = ".event? .request? .run? .steps.first? .vars?";

#[test]
fn bare_paths_are_recognised() {
    for (text, path) in [
        (".event.id", "=.event.id"),
        (" .event.more[\"b-c\"] ", "=.event.more.b-c"),
        (".event.\"b-c\"", "=.event.b-c"),
        (".event.lines[0].qty", "=.event.lines[0].qty"),
        (".event.id?", "=.event.id?"),
        (".event.more?.deep", "=.event.more.deep?"),
        (".event | .id", "=.event.id"),
        ("(.event).id", "=.event.id"),
        (".steps.first.output.total", "=.steps.first.output.total"),
    ] {
        assert_eq!(reads(text), path, "{text}");
    }
}

#[test]
fn programs_are_given_what_they_name() {
    for (text, paths) in [
        (".event.total * 2", ".event.total"),
        ("\"\\(.event.id)-\\(.run.id)\"", ".event.id .run.id"),
        (".event.lines | length", ".event.lines"),
        (".event.lines[].qty", ".event.lines"),
        (".event.lines[-1]", ".event.lines"),
        (".event.lines[.event.total]", ".event.lines .event.total"),
        (
            "[.event.lines[] | select(.qty > 1)] | length",
            ".event.lines",
        ),
        (".event | {id, t: .total}", ".event.id .event.total"),
        ("{event}", ".event"),
        (".event.id as $id | .vars.x + $id", ".event.id .vars.x"),
        (
            "reduce .event.lines[] as $l (.vars.start; . + $l.qty)",
            ".event.lines .vars.start",
        ),
        ("any(.event.lines[]; .qty > 3)", ".event.lines"),
        ("1 + 1", ""),
        (".event.id | 1", ".event.id"),
        ("first(.event.id, .event.more)", ".event.id .event.more"),
    ] {
        assert_eq!(reads(text), paths, "{text}");
    }
}

#[test]
fn what_may_be_missing_is_optional() {
    for (text, paths) in [
        (".event.id // \"x\"", ".event.id?"),
        (".event.id // .event.total", ".event.id? .event.total?"),
        ("try .event.id catch 1", ".event.id?"),
        (
            "(.event.more.a? | length) + .event.total",
            ".event.more.a? .event.total",
        ),
        (
            ".event.paid and .event.total > 1",
            ".event.paid .event.total?",
        ),
        (
            "if .event.paid then .event.id else .event.more end",
            ".event.id? .event.more? .event.paid",
        ),
        (".event.id + (.event.id // \"\")", ".event.id"),
    ] {
        assert_eq!(reads(text), paths, "{text}");
    }
}

#[test]
fn what_cannot_be_followed_gets_everything() {
    for text in [
        ".",
        ".. | numbers",
        "keys",
        "select(.event.paid)",
        "def f: .event; f",
        ".[\"ev\" + \"ent\"]",
        "getpath([\"event\"])",
    ] {
        assert_eq!(reads(text), EVERYTHING, "{text}");
    }
    assert_eq!(reads(".event.lines |= map(.qty)"), EVERYTHING);
    assert_eq!(
        reads("if .event.paid then 1 end"),
        format!(
            "{} .event.paid {}",
            ".event?",
            EVERYTHING.split_once(' ').unwrap().1
        )
    );
}

#[test]
fn items_belong_to_everything_and_pages_and_addresses_do_not() {
    let mut scope = Scope::new(Shape::anything(), false, Shape::anything());
    scope.enter([("fetch", true), ("lines", false)].into_iter());
    scope.begin("fetch");
    scope.end(EarlierStep {
        id: "fetch",
        output: Given::Pages(Shape::anything()),
        may_fail: false,
        failures: None,
    });
    scope.begin("lines");
    scope.push_item("line", Shape::anything());
    let shown = |scope: &Scope<'_>| match analyse("keys", scope).unwrap().expression {
        Expression::Program { paths, .. } => paths.iter().map(show).collect::<Vec<_>>().join(" "),
        Expression::Path(path) => show(&path),
    };
    assert_eq!(
        shown(&scope),
        ".event? .line? .run? .steps.fetch.status? .vars?"
    );
    scope.sees = Sees::Event;
    assert_eq!(shown(&scope), ".event? .vars?");
    scope.sees = Sees::Vars;
    assert_eq!(shown(&scope), ".vars?");
}

#[test]
fn types_are_known_as_far_as_schemas_tell() {
    for (text, kinds) in [
        (".event.paid", Kinds::BOOLEAN),
        (".event.total > 3", Kinds::BOOLEAN),
        (".event.total + 1", Kinds::NUMBER),
        (".event.id?", Kinds::STRING | Kinds::NULL),
        (".event.id // \"x\"", Kinds::STRING),
        (".event.lines | length", Kinds::NUMBER),
        (".event.more", Kinds::ANY),
        ("{a: 1}", Kinds::OBJECT),
    ] {
        with_scope(|scope| assert_eq!(analyse(text, scope).unwrap().kinds, kinds, "{text}"));
    }
}

#[test]
fn hostile_text_is_refused_without_a_crash() {
    for text in [
        "(".repeat(100_000),
        "[".repeat(100_000),
        "-".repeat(100_000),
        "try ".repeat(50_000),
        "if ".repeat(50_000),
        "1|".repeat(50_000) + "1",
        "1+".repeat(50_000) + "1",
        ". as $x|".repeat(50_000) + "1",
        "def f: ".repeat(50_000),
        "\"\\(".repeat(50_000),
        ".a".repeat(50_000),
        "{a:".repeat(50_000),
        ".[".repeat(50_000),
        "é".to_owned(),
        "\"\\u12".to_owned(),
        "@".to_owned(),
        "$".to_owned(),
        "1e".to_owned(),
        "0 as [".to_owned(),
    ] {
        with_scope(|scope| {
            assert!(
                analyse(&text, scope).is_err(),
                "{}",
                &text[..text.len().min(20)]
            )
        });
    }
}

#[test]
fn what_is_allowed_at_most_is_analysed_in_a_small_stack() {
    for (text, times) in [
        ("-", 60),
        ("try ", 60),
        ("1|", 490),
        ("1+", 490),
        ("1 as $x|", 240),
        ("1//", 490),
    ] {
        let text = format!("{}1", text.repeat(times));
        with_scope(|scope| assert!(analyse(&text, scope).is_ok(), "{text}"));
    }
    let value: Value = json!(null);
    assert!(value.is_null());
}
