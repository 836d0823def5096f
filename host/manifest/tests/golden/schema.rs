//! The JSON Schemas that editors use, against what the program really reads.

use std::collections::BTreeSet;
use std::fs;

use mortise_manifest::{Folder, Source, check, connections_schema, schema};
use mortise_model::{Connection, Json, Namespace};
use serde_json::Value;

use crate::case::{cases, plugins, root};

fn errors(schema: &str, yaml: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let instance: Value = serde_saphyr::from_str(yaml).unwrap();
    validator
        .iter_errors(&instance)
        .map(|error| error.to_string())
        .collect()
}

#[test]
fn right_files_fit() {
    for case in cases("plans") {
        for manifest in &case.manifests {
            assert_eq!(
                errors(schema(), &manifest.text),
                Vec::<String>::new(),
                "{}",
                case.name
            );
        }
    }
    let connections = fs::read_to_string(root().join("connections.yaml")).unwrap();
    assert_eq!(
        errors(connections_schema(), &connections),
        Vec::<String>::new()
    );
}

#[test]
fn wrong_files_do_not_fit() {
    for name in [
        "unknown-field",
        "missing-field",
        "wrong-type",
        "invalid-value",
        "invalid-name",
        "invalid-reference",
        "unsupported-version",
        "control",
        "triggers",
        "tests",
    ] {
        let text = fs::read_to_string(root().join(format!("diagnostics/{name}.yaml"))).unwrap();
        assert!(!errors(schema(), &text).is_empty(), "{name}");
    }
    let text = fs::read_to_string(root().join("diagnostics/connections/connections.yaml")).unwrap();
    assert!(errors(connections_schema(), &text).len() > 4);
}

/// Every map of the language, with a manifest in which it has a name that no map has.
const MAPS: &[(&str, &str)] = &[
    ("", "version: 1\nname: a\nsteps: []\nzzzzzzzz: 1\n"),
    (
        "/$defs/trigger",
        "version: 1\nname: a\nsteps: []\ntriggers: [ { id: a, manual: {}, zzzzzzzz: 1 } ]\n",
    ),
    (
        "/$defs/webhook",
        "version: 1\nname: a\nsteps: []\ntriggers: [ { id: a, webhook: { path: /a, zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/schedule",
        "version: 1\nname: a\nsteps: []\ntriggers: [ { id: a, schedule: { cron: '0 0 * * *', zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/manual",
        "version: 1\nname: a\nsteps: []\ntriggers: [ { id: a, manual: { zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/step",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/clean, records: 1, zzzzzzzz: 1 } ]\n",
    ),
    (
        "/$defs/retry",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/clean, records: 1, retry: { zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/poll",
        "version: 1\nname: a\nsteps: []\ntriggers: [ { id: a, poll: { uses: shop/new-orders, zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/failure",
        "version: 1\nname: a\nsteps: []\ntriggers: [ { id: a, failure: { of: '*', zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/concurrency",
        "version: 1\nname: a\nsteps: []\nconcurrency: { key: a, zzzzzzzz: 1 }\n",
    ),
    (
        "/$defs/deduplicate",
        "version: 1\nname: a\nsteps: []\ndeduplicate: { key: '${{ .event.id }}', zzzzzzzz: 1 }\n",
    ),
    (
        "/$defs/case",
        "version: 1\nname: a\nsteps: [ { id: a, switch: [ { if: '${{ true }}', steps: [], zzzzzzzz: 1 } ] } ]\n",
    ),
    (
        "/$defs/foreach",
        "version: 1\nname: a\nsteps: [ { id: a, foreach: { in: [], as: b, zzzzzzzz: 1 }, steps: [] } ]\n",
    ),
    (
        "/$defs/collect",
        "version: 1\nname: a\noutput: 1\nsteps: [ { id: a, uses: shop/orders }, { id: b, collect: { in: '${{ .steps.a.output }}', zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/call",
        "version: 1\nname: a\nsteps: [ { id: a, call: { workflow: b, zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/wait",
        "version: 1\nname: a\nsteps: [ { id: a, wait: { duration: 1h, zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/undo",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x }, undo: { uses: shop/order, with: { id: x }, zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/verify",
        "version: 1\nname: a\ntriggers: [ { id: t, webhook: { path: /a, verify: { scheme: github, connection: shop, zzzzzzzz: 1 } } } ]\nsteps: [ { id: a, uses: shop/order, with: { id: x } } ]\n",
    ),
    (
        "/$defs/test",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, zzzzzzzz: 1 } ]\n",
    ),
    (
        "/$defs/mock",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, mock: { a: { output: 1, zzzzzzzz: 1 } } } ]\n",
    ),
    (
        "/$defs/mocked-failure",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, mock: { a: { failure: { disposition: retry, zzzzzzzz: 1 } } } } ]\n",
    ),
    (
        "/$defs/request",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, request: { zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/cause",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, mock: { a: { failure: { disposition: retry, cause: { zzzzzzzz: 1 } } } } } ]\n",
    ),
    (
        "/$defs/answer",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, answers: { b: { decision: approve, zzzzzzzz: 1 } } } ]\n",
    ),
    (
        "/$defs/expect",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, expect: { zzzzzzzz: 1 } } ]\n",
    ),
    (
        "/$defs/expected-step",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, expect: { steps: { a: { zzzzzzzz: 1 } } } } ]\n",
    ),
    (
        "/$defs/expected-failure",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/order, with: { id: x } }, { id: b, wait: { for: approval } } ]\ntests: [ { name: a, expect: { status: parked, failure: { zzzzzzzz: 1 } } } ]\n",
    ),
    (
        "/$defs/grant",
        "version: 1\nname: a\nsteps: [ { id: a, uses: shop/clean, records: 1 } ]\ngrants: { shop: { hosts: [], zzzzzzzz: 1 } }\n",
    ),
];

/// Such a name makes the program list those that it knows.
#[test]
fn every_map_has_the_names_that_the_program_reads() {
    let document: Value = serde_json::from_str(schema()).unwrap();
    for (pointer, yaml) in MAPS {
        let properties = &document.pointer(pointer).unwrap()["properties"];
        let expected: BTreeSet<_> = properties.as_object().unwrap().keys().cloned().collect();
        assert_eq!(known_names(yaml), expected, "{pointer}");
    }
    let maps = MAPS.iter().map(|(pointer, _)| *pointer);
    let maps: BTreeSet<_> = maps.filter_map(|p| p.strip_prefix("/$defs/")).collect();
    let defs = document["$defs"].as_object().unwrap().iter();
    let defs = defs.filter(|(_, schema)| schema.get("properties").is_some());
    let defs: BTreeSet<_> = defs.map(|(name, _)| name.as_str()).collect();
    assert_eq!(maps, defs, "a map that is not tried");
}

fn known_names(yaml: &str) -> BTreeSet<String> {
    let manifests = [Source::new("a.yaml", yaml)];
    let shop = Connection {
        name: "shop".into(),
        plugin: "test/shop".to_owned(),
        settings: Json::null(),
        origins: Vec::new(),
        rate: None,
    };
    let checked = check(&Folder {
        manifests: &manifests,
        connections: None,
        kept: Some(&[shop]),
        lock: None,
        plugins: &plugins(),
        namespace: &Namespace::default_namespace(),
        others: &[],
        instead: None,
    });
    let [only] = checked.diagnostics.as_slice() else {
        panic!("{:#?}", checked.diagnostics);
    };
    only.help
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
