//! What the documents show works: every manifest in them passes `check`, and the connector in the
//! README is the one that the SDK's own tests compile.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context as _;
use mortise_tests::{cli, paths};
use serde_json::{Value, json};

/// The code blocks of a language in a Markdown text.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let starts = text.match_indices(&fence).map(|(at, _)| at + fence.len());
    starts
        .map(|start| {
            text[start..]
                .split("```")
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

fn document(path: &str) -> String {
    fs::read_to_string(paths::root().join(path)).unwrap()
}

/// Manifests of a document, which have a name; other blocks show a part of one.
fn manifests(path: &str) -> Vec<String> {
    let all = blocks(&document(path), "yaml").into_iter();
    all.filter(|block| block.contains("\nname: ")).collect()
}

/// Each in a folder of its own, as a user has it who copies it, with the connections that it names.
async fn check(manifests: &[String]) {
    let plugins = paths::plugins().unwrap();
    for manifest in manifests {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("copied.yaml");
        fs::write(&file, manifest).unwrap();
        let read: Value = serde_saphyr::from_str(manifest).unwrap();
        let mut connections = BTreeMap::new();
        named(&read, &mut connections);
        let connections = serde_json::to_string(&connections).unwrap();
        fs::write(folder.path().join("connections.yaml"), connections).unwrap();
        let arguments = [
            "check",
            "--plugins",
            plugins.to_str().unwrap(),
            file.to_str().unwrap(),
        ];
        let output = cli::mortise(arguments).await.unwrap();
        output.ok().with_context(|| manifest.clone()).unwrap();
    }
}

/// The connections beside each `uses` of a manifest, as ones that are made elsewhere.
fn named(value: &Value, connections: &mut BTreeMap<String, Value>) {
    if let (Some(uses), Some(name)) = (value["uses"].as_str(), value["connection"].as_str()) {
        let plugin = uses.split('/').next().unwrap_or_default();
        let external = json!({ "plugin": format!("mortise/{plugin}"), "external": true });
        connections.insert(name.to_owned(), external);
    }
    let inner: Vec<&Value> = match value {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    for one in inner {
        named(one, connections);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests_in_the_readme_pass_the_check() {
    let manifests = manifests("README.md");
    assert!(!manifests.is_empty());
    check(&manifests).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_plugin_has_a_page_with_a_workflow_that_passes_the_check() {
    let mut all = Vec::new();
    for entry in fs::read_dir(paths::root().join("plugins")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let page = format!(
            "plugins/{}/README.md",
            folder.file_name().unwrap().to_str().unwrap()
        );
        let found = manifests(&page);
        assert!(!found.is_empty(), "{page} has no workflow to copy");
        all.extend(found);
    }
    check(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests_of_demo_and_benchmark_pass_the_check() {
    let plugins = paths::plugins().unwrap();
    let mut files = vec![paths::checked_in("bench/workflow.yaml").unwrap()];
    for entry in fs::read_dir(paths::root().join("demo/workflows")).unwrap() {
        files.push(entry.unwrap().path());
    }
    assert!(files.len() >= 3);
    let mut arguments = vec![
        "check".to_owned(),
        "--plugins".to_owned(),
        plugins.to_string_lossy().into_owned(),
    ];
    arguments.extend(files.iter().map(|file| file.to_string_lossy().into_owned()));
    cli::mortise(&arguments).await.unwrap().ok().unwrap();
}

#[test]
fn the_connector_in_the_readme_is_the_one_that_the_sdk_compiles() {
    let source = document("sdk/rust/src/lib.rs");
    let documentation: String = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    let compiled = documentation
        .split("```")
        .nth(1)
        .unwrap()
        .trim_start_matches('\n');
    // Up to the line that hides the rest from readers.
    let compiled = compiled.split("\n# fn main").next().unwrap();
    let readme = document("README.md");
    let shown = blocks(&readme, "rust");
    assert_eq!(shown.len(), 1, "the README has one connector");
    assert_eq!(shown[0].trim_end(), compiled.trim_end());
}

#[test]
fn every_payload_of_the_demo_is_played_by_a_scenario() {
    let mut scenarios = String::new();
    for case in mortise_tests::scenario::all(&paths::root().join("tests/scenarios")).unwrap() {
        scenarios += &fs::read_to_string(case.join("scenario.yaml")).unwrap();
    }
    for entry in fs::read_dir(paths::root().join("demo/payloads")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let used = scenarios.contains(&format!("demo/payloads/{name}"));
        assert!(
            used || name == "LICENSE",
            "demo/payloads/{name} is in no scenario"
        );
    }
}
