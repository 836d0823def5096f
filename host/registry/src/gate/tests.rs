#![allow(clippy::unwrap_used)]
use mortise_model::Json;
use mortise_model::id::Digest;
use serde_json::json;

use super::*;

/// A descriptor that nothing can be said against.
fn good() -> Value {
    json!({
        "schema-version": 1,
        "name": "acme/crm",
        "version": "1.0.0",
        "licence": "Apache-2.0",
        "title": "CRM",
        "summary": "keeps customers",
        "settings": { "type": "object", "properties": { "base-url": { "type": "string", "description": "where it is" } } },
        "hosts": ["api.acme.example"],
        "origins": ["https://api.acme.example"],
        "authentication": [{
            "id": "key", "title": "Key", "kind": "secrets",
            "secrets": [{ "name": "token", "use": "inject" }, { "name": "hook", "use": "sign", "algorithms": ["hmac-sha256"] }],
            "placements": [{ "in": "header", "name": "authorization", "template": "Bearer {secrets.token}" }],
        }],
        "operations": [
            {
                "name": "find", "role": "action", "summary": "finds customers", "repeat": "safe", "paging": true,
                "input": { "type": "object", "properties": { "name": { "type": "string", "description": "of the customer" } }, "required": ["name"] },
                "output": { "type": "object", "required": ["id"] },
                "examples": [{ "title": "One", "input": { "name": "A" }, "output": [{ "id": 1 }] }],
            },
            {
                "name": "joined", "role": "webhook", "summary": "a customer joined",
                "input": { "type": "object" }, "output": true,
                "verification": { "scheme": "github", "secret": "hook" },
            },
        ],
    })
}

fn plugin(document: &Value) -> Plugin {
    let document = Json::of(document).unwrap();
    Plugin {
        digest: Digest::of(b"acme"),
        size_bytes: 1,
        roles: ["describe", "check", "actions", "webhooks"]
            .map(str::to_owned)
            .into(),
        imports: vec!["mortise:plugin/http@0.1.0".to_owned()],
        descriptor: document.read().unwrap(),
        document,
    }
}

fn codes(plugin: &Plugin) -> Vec<String> {
    let findings = check(plugin).into_iter();
    findings
        .map(|finding| {
            format!("{} {}", finding.code, finding.place)
                .trim()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_good_plugin_has_no_findings() {
    assert_eq!(check(&plugin(&good())), []);
}

/// Each case puts one value at one place; the finding that it has to give comes first.
#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn one_change_gives_one_finding() {
    let cases = [
        ("/title", json!(" "), "no-title title"),
        ("/hosts", json!(["other.example"]), "undeclared-host hosts"),
        ("/summary", json!(""), "no-summary summary"),
        (
            "/summary",
            json!("Keeps customers"),
            "summary-style summary",
        ),
        (
            "/summary",
            json!("keeps customers."),
            "summary-style summary",
        ),
        ("/summary", json!("x".repeat(121)), "long-summary summary"),
        ("/licence", json!(null), "no-licence licence"),
        (
            "/hosts/0",
            json!("https://api.acme.example"),
            "bad-host hosts/0",
        ),
        ("/hosts/0", json!("*.acme.example"), "loose-host hosts/0"),
        (
            "/settings",
            json!({ "type": "thing" }),
            "bad-schema settings",
        ),
        (
            "/settings",
            json!({ "type": "object" }),
            "no-base-url settings",
        ),
        (
            "/origins/0",
            json!("https://*.acme.example"),
            "loose-origin origins/0",
        ),
        (
            "/origins/0",
            json!("http://api.acme.example"),
            "loose-origin origins/0",
        ),
        (
            "/origins/0",
            json!("https://api.acme.example/v1"),
            "loose-origin origins/0",
        ),
        ("/origins", json!([]), "no-origin origins"),
        (
            "/authentication/0/secrets/0/name",
            json!("key"),
            "unknown-secret authentication/key",
        ),
        (
            "/authentication/0/placements",
            json!([]),
            "unused-secret authentication/key",
        ),
        (
            "/authentication/0/secrets/1/algorithms",
            json!([]),
            "no-algorithm authentication/key",
        ),
        (
            "/authentication/0/kind",
            json!("magic"),
            "bad-descriptor authentication/0",
        ),
        (
            "/operations/0/authentication",
            json!(["other"]),
            "unknown-scheme operations/find/authentication",
        ),
        (
            "/operations/0/summary",
            json!(" "),
            "no-summary operations/find",
        ),
        (
            "/operations/0/input",
            json!({ "type": 3 }),
            "bad-schema operations/find/input",
        ),
        (
            "/operations/0/input",
            json!(true),
            "open-schema operations/find/input",
        ),
        (
            "/operations/0/input/properties/name",
            json!({ "type": "string" }),
            "undescribed-field operations/find/input",
        ),
        (
            "/operations/0/examples",
            json!([]),
            "no-example operations/find",
        ),
        (
            "/operations/0/examples/0/input",
            json!({}),
            "bad-example operations/find/examples/0",
        ),
        (
            "/operations/0/examples/0/output",
            json!([{}]),
            "bad-example operations/find/examples/0",
        ),
        (
            "/operations/0/repeat",
            json!("duplicates"),
            "duplicates operations/find",
        ),
        (
            "/operations/1/verification",
            json!(null),
            "unverified-webhook operations/joined",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut document = good();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match document.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
            object => object[name] = value.clone(),
        }
        let codes = codes(&plugin(&document));
        assert_eq!(
            codes.first().map(String::as_str),
            Some(expected),
            "{pointer} = {value}: {codes:?}"
        );
    }
}

#[test]
fn the_component_is_held_against_the_descriptor() {
    let mut lacking = plugin(&good());
    lacking.roles.retain(|role| role != "check");
    lacking.roles.push("polling".to_owned());
    assert_eq!(codes(&lacking), ["no-check authentication", "unused-role"]);
    lacking.size_bytes = 33 << 20;
    assert!(codes(&lacking).contains(&"large".to_owned()));
}

#[test]
fn schemes_have_names_of_their_own() {
    let mut document = good();
    let scheme = document["authentication"][0].clone();
    document["authentication"]
        .as_array_mut()
        .unwrap()
        .push(scheme);
    assert_eq!(
        codes(&plugin(&document)),
        ["scheme-twice authentication/key"]
    );
}

#[test]
fn a_transform_reaches_nothing() {
    let mut document = good();
    for list in ["hosts", "origins", "authentication"] {
        document[list] = json!([]);
    }
    document["operations"] = json!([{
        "name": "tidy", "role": "transform", "summary": "tidies a record", "repeat": "safe",
        "input": { "type": "object" }, "record": { "type": "object" }, "output": { "type": "string" },
        "examples": [{ "title": "One", "input": {}, "records": [1], "output": ["a"] }],
    }]);
    let mut transform = plugin(&document);
    transform.roles = vec!["transform".to_owned()];
    assert_eq!(
        codes(&transform),
        [
            "bad-example operations/tidy/examples/0",
            "transform-reaches"
        ]
    );
    transform.imports = vec![
        "mortise:plugin/log@0.1.0".to_owned(),
        "wasi:cli/stderr@0.2.6".to_owned(),
    ];
    assert_eq!(
        codes(&transform),
        ["bad-example operations/tidy/examples/0"]
    );
}

#[test]
fn what_does_not_load_has_a_code() {
    let finding = unloadable(&LoadError::CoreModule);
    assert_eq!((finding.code, finding.level), ("core-module", Level::Error));
    assert!(finding.message.contains("wasm-tools component new"));
    assert!(refuses(&[finding]));
}

/// Every code of the gate stands in the specification, and every bold or slanted one there is a code.
#[test]
fn the_specification_knows_every_code() {
    let spec = include_str!("../../../../plugins/SPEC.md");
    let sources = [
        include_str!("../gate.rs"),
        include_str!("authentication.rs"),
        include_str!("descriptor.rs"),
        include_str!("examples.rs"),
        include_str!("operations.rs"),
        include_str!("schemas.rs"),
        include_str!("words.rs"),
    ];
    let cells = spec.lines().filter_map(|line| line.split('|').nth(3));
    let marks = cells.flat_map(|cell| cell.split(',')).map(str::trim);
    let listed = marks
        .filter_map(|mark| mark.strip_prefix('*'))
        .map(|mark| mark.trim_matches('*'));
    let listed: std::collections::BTreeSet<_> = listed.collect();
    for code in &listed {
        let quoted = format!("\"{code}\"");
        assert!(
            sources.iter().any(|source| source.contains(&quoted)),
            "`{code}` is no code"
        );
    }
    let is_code = |text: &str| {
        text.contains('-')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let quoted = sources
        .iter()
        .flat_map(|source| source.split('"').skip(1).step_by(2));
    let codes = quoted.filter(|text| is_code(text) && !["base-url"].contains(text));
    for code in codes {
        assert!(
            listed.contains(code),
            "`{code}` is not in the specification"
        );
    }
}
