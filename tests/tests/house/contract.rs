//! The contract with plugins only grows. `tests/contract/VERSION` keeps its files as they were when
//! that version was first published, and a plugin that was built against them then; whatever was
//! built against them has to go on working.

use std::path::Path;

use mortise_tests::cli::mortise;
use wit_component::semver_check;
use wit_parser::{PackageId, Resolve};

use super::{folders, no_complaints, root};
use crate::common::Place;

const KEPT: &str = "tests/contract";

/// A request through the kept plugin; the sink's address stands in it as in other tests.
const DELIVER: &str = r#"
version: 1
name: kept
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: by_hand
    manual: {}
steps:
  - id: delivered
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/kept", json: "${{ .event }}" }
output: "${{ .steps.delivered.output.status }}"
"#;

#[test]
fn every_world_of_a_published_contract_is_still_served() {
    let versions = folders(KEPT);
    assert!(
        !versions.is_empty(),
        "{KEPT} keeps no version of the contract"
    );
    let mut complaints = Vec::new();
    for version in versions {
        let mut resolve = Resolve::default();
        let old = push(&mut resolve, &root().join(KEPT).join(&version), "0.0.1");
        let new = push(&mut resolve, &root().join("wit"), "0.0.2");
        let worlds: Vec<_> = resolve.packages[old]
            .worlds
            .iter()
            .map(|(name, id)| (name.clone(), *id))
            .collect();
        assert!(!worlds.is_empty(), "{KEPT}/{version} has no world");
        for (name, before) in worlds {
            let Some(after) = resolve.packages[new].worlds.get(&name) else {
                complaints.push(format!("the world {name} of {version} is gone"));
                continue;
            };
            if let Err(error) = semver_check(resolve.clone(), before, *after) {
                complaints.push(format!(
                    "the world {name} breaks what was built for {version}: {error:#}"
                ));
            }
        }
    }
    no_complaints(complaints);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_was_built_for_a_published_contract_still_works() {
    for version in folders(KEPT) {
        let place = Place::with(&[DELIVER]).await;
        let input = place.folder.path().join("input.json");
        std::fs::write(&input, r#"{"id":7}"#).unwrap();
        let workflow = place.workflows.join("workflow-0.yaml");
        let plugins = root().join(KEPT).join(&version);
        let arguments = [
            "run".as_ref(),
            workflow.as_os_str(),
            "--input".as_ref(),
            input.as_os_str(),
            "--plugins".as_ref(),
            plugins.as_os_str(),
        ];
        let output = mortise(arguments).await.unwrap().ok().unwrap();
        assert_eq!(output.json().unwrap(), 200, "{version}");
        assert_eq!(place.sink.ledger().received.len(), 1, "{version}");
    }
}

/// That the check above can fail at all: the same files with one more field in a record.
#[test]
fn one_more_field_in_a_record_would_be_noticed() {
    let mut resolve = Resolve::default();
    let old = push_text(&mut resolve, "package mortise:plugin@0.0.1;", "");
    let new = push_text(&mut resolve, "package mortise:plugin@0.0.2;", "more: u32,");
    let (before, after) = (
        resolve.packages[old].worlds["w"],
        resolve.packages[new].worlds["w"],
    );
    assert!(semver_check(resolve.clone(), before, before).is_ok());
    assert!(semver_check(resolve, before, after).is_err());
}

fn push_text(resolve: &mut Resolve, package: &str, field: &str) -> PackageId {
    let text = format!(
        "{package}
        interface http {{ record request {{ url: string, {field} }} send: func(r: request) -> string; }}
        world w {{ import http; }}"
    );
    resolve.push_str("kept.wit", &text).unwrap()
}

/// Reads a folder of WIT files as if its package had another version: two versions of one
/// package can be held against each other only where their names differ.
fn push(resolve: &mut Resolve, folder: &Path, version: &str) -> PackageId {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "wit"));
    files.sort();
    let mut sources = wit_parser::SourceMap::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let (name, rest) = text.split_once(';').unwrap();
        let (name, _) = name.split_once('@').unwrap();
        sources.push(&path, format!("{name}@{version};{rest}"));
    }
    let group = sources.parse().map_err(|(_, error)| error).unwrap();
    resolve.push_group(group).unwrap()
}
