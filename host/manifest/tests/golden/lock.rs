//! The lock, from writing to checking.

use mortise_manifest::{Source, lock};
use mortise_model::Namespace;

use crate::case::cases;

#[test]
fn what_is_locked_is_accepted_and_written_the_same_way_again() {
    let namespace = Namespace::default_namespace();
    for mut case in cases("plans") {
        let text = lock(&case.folder(&namespace)).unwrap().text;
        case.lock = Some(Source::new("mortise.lock", text.clone()));
        let checked = case.check();
        assert!(
            !checked.has_errors(),
            "{}: {text}{:#?}",
            case.name,
            checked.diagnostics
        );
        assert!(!checked.plans.is_empty());
        assert_eq!(lock(&case.folder(&namespace)).unwrap().text, text);
    }
}

#[test]
fn a_locked_version_is_used_although_there_is_a_newer_one() {
    let namespace = Namespace::default_namespace();
    let mut case = cases("plans")
        .into_iter()
        .find(|case| case.name == "small")
        .unwrap();
    let newer = case.plugins.clone();
    case.plugins
        .retain(|plugin| plugin.descriptor.version != "1.2.0");
    let text = lock(&case.folder(&namespace)).unwrap().text;
    assert!(text.contains("mortise/http@1.0.0"), "{text}");
    case.plugins = newer;
    case.lock = Some(Source::new("mortise.lock", text));
    let checked = case.check();
    assert!(!checked.has_errors(), "{:#?}", checked.diagnostics);
    let plan = serde_json::to_string(&checked.plans).unwrap();
    assert!(plan.contains("\"version\":\"1.0.0\""), "{plan}");
}

#[test]
fn what_triggers_undos_and_inner_steps_reach_is_locked() {
    let namespace = Namespace::default_namespace();
    let text_of = |name: &str| {
        let mut cases = cases("plans").into_iter();
        let case = cases.find(|case| case.name == name).unwrap();
        lock(&case.folder(&namespace)).unwrap().text
    };
    let triggers = text_of("triggers");
    assert!(triggers.contains("- \"shop.example.com\""), "{triggers}");
    assert!(
        triggers.contains("- \"https://shop.example.com\""),
        "{triggers}"
    );
    let reach = text_of("reach");
    for (alias, plugin) in [
        ("cancels", "acme/shop@2.0.0"),
        ("inner", "mortise/http@1.2.0"),
    ] {
        let pin = format!("    {alias}:\n      plugin: {plugin}\n");
        assert!(reach.contains(&pin), "{reach}");
    }
    assert!(reach.contains("- \"https://shop.example.com\""), "{reach}");
    assert!(reach.contains("- \"api.example.com\""), "{reach}");
}
