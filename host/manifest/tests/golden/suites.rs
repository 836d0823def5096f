//! What `tests` become.

use mortise_manifest::cases::suites;
use mortise_model::Namespace;

use crate::case::cases;

#[test]
fn cases_come_with_the_plan_of_their_manifest() {
    let namespace = Namespace::default_namespace();
    for case in cases("suites") {
        let found = suites(&case.folder(&namespace));
        assert!(found.diagnostics.is_empty(), "{:#?}", found.diagnostics);
        let mut text = String::new();
        for suite in &found.suites {
            text.push_str(&format!("{} {}\n", suite.file, suite.plan.workflow));
            text.push_str(&format!("{:#?}\n", suite.cases));
        }
        case.expect(&text);
    }
}

#[test]
fn a_mistake_anywhere_leaves_no_suites() {
    let namespace = Namespace::default_namespace();
    let mut case = cases("suites").remove(0);
    let text = case.manifests[0].text.replace("answers:", "anwers:");
    case.manifests[0].text = text;
    let found = suites(&case.folder(&namespace));
    assert!(found.suites.is_empty());
    assert_eq!(found.diagnostics.len(), 1, "{:#?}", found.diagnostics);
}
