//! What is said about manifests that are wrong.

use std::collections::BTreeSet;

use mortise_manifest::Code;

use crate::case::{Case, cases, generated};

fn all() -> impl Iterator<Item = Case> {
    cases("diagnostics").into_iter().chain(generated())
}

#[test]
fn every_mistake_is_named_with_place_and_remedy() {
    for case in all() {
        let checked = case.check();
        assert!(
            !checked.diagnostics.is_empty(),
            "{} has no diagnostic",
            case.name
        );
        assert!(
            checked.plans.is_empty() || !checked.has_errors(),
            "{}",
            case.name
        );
        let mut text = String::new();
        // Of a file full of mistakes the last two are enough.
        let count = checked.diagnostics.len();
        let skipped = if count > 100 { count - 2 } else { 0 };
        for diagnostic in checked.diagnostics.iter().skip(skipped) {
            text.push_str(&format!("{diagnostic}\n"));
        }
        case.expect(&text);
    }
}

#[test]
fn every_code_has_a_case() {
    let mut found: BTreeSet<Code> = BTreeSet::new();
    for case in all() {
        found.extend(
            case.check()
                .diagnostics
                .iter()
                .map(|diagnostic| diagnostic.code),
        );
    }
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !found.contains(code))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn texts_are_written_for_people() {
    for case in all() {
        for diagnostic in case.check().diagnostics {
            for text in [&diagnostic.message, &diagnostic.help] {
                assert!(
                    !text.is_empty() && !text.ends_with('.'),
                    "{}: {text}",
                    case.name
                );
                let first = text.chars().next().unwrap();
                assert!(!first.is_uppercase(), "{}: {text}", case.name);
            }
        }
    }
}
