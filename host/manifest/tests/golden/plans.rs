//! What becomes of manifests that are right.

use crate::case::cases;

#[test]
fn a_right_manifest_becomes_a_plan() {
    for case in cases("plans") {
        let checked = case.check();
        assert!(
            !checked.has_errors(),
            "{}: {:#?}",
            case.name,
            checked.diagnostics
        );
        let mut text = String::new();
        for plan in &checked.plans {
            text.push_str(&serde_json::to_string_pretty(plan).unwrap());
            text.push('\n');
        }
        case.expect(&text);
    }
}

#[test]
fn a_plan_survives_its_text() {
    for case in cases("plans") {
        for plan in case.check().plans {
            let text = serde_json::to_string(&plan).unwrap();
            let again: mortise_model::Plan = serde_json::from_str(&text).unwrap();
            assert_eq!(again, plan, "{}", case.name);
        }
    }
}
