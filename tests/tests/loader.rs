//! Files that are no plugins: each is refused with what is wrong with it.

use std::fs;
use std::path::Path;

use mortise_tests::{cli, paths, wasm};

const ACTIONS: &str = "export mortise:plugin/actions@0.1.0;";
const DESCRIBE: &str = "export mortise:plugin/describe@0.1.0;";

async fn refusal(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let file = folder.join(name);
    fs::write(&file, bytes).unwrap();
    let output = cli::mortise(["plugin", "inspect", file.to_str().unwrap()])
        .await
        .unwrap();
    assert_eq!(output.code, Some(1), "{name}: {output:?}");
    assert_eq!(output.stdout, "", "{name}");
    assert!(
        output.stderr.contains(name),
        "it does not say which file: {}",
        output.stderr
    );
    output.stderr
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plugin_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(paths::plugin("http").unwrap()).unwrap();
    let table: [(&str, Vec<u8>, &str); 8] = [
        ("empty.wasm", Vec::new(), "empty"),
        ("text.wasm", b"#!/bin/sh\necho hello\n".to_vec(), "script"),
        ("elf.wasm", wasm::ELF.to_vec(), "ELF"),
        (
            "module.wasm",
            wasm::CORE_MODULE.to_vec(),
            "core WebAssembly module",
        ),
        (
            "truncated.wasm",
            whole[..whole.len() / 2].to_vec(),
            "truncated",
        ),
        (
            "undescribed.wasm",
            wasm::component("", ACTIONS).unwrap(),
            "describe",
        ),
        (
            "roleless.wasm",
            wasm::component("", DESCRIBE).unwrap(),
            "role",
        ),
        (
            "foreign.wasm",
            wasm::component(
                "interface teleport { go: func(); }",
                &format!("import teleport; {DESCRIBE} {ACTIONS}"),
            )
            .unwrap(),
            "test:guest/teleport",
        ),
    ];
    for (name, bytes, reason) in &table {
        let said = refusal(folder.path(), name, bytes).await;
        assert!(
            said.contains(reason),
            "{name}: expected `{reason}` in: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_plugin_is_refused_and_never_crashes_the_loader() {
    let folder = tempfile::tempdir().unwrap();
    let mut damaged = fs::read(paths::plugin("record").unwrap()).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0xff);
    refusal(folder.path(), "damaged.wasm", &damaged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_whose_describe_breaks_down_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let trapping = wasm::component("", &format!("{DESCRIBE} {ACTIONS}")).unwrap();
    let said = refusal(folder.path(), "trapping.wasm", &trapping).await;
    assert!(said.contains("describe"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn inspect_shows_what_an_operator_has_to_know() {
    for name in ["http", "jq", "record"] {
        let file = paths::plugin(name).unwrap();
        let output = cli::mortise(["plugin", "inspect", file.to_str().unwrap(), "--json"])
            .await
            .unwrap()
            .ok()
            .unwrap();
        let shown = output.json().unwrap();
        assert_eq!(shown["name"], format!("mortise/{name}"));
        assert_eq!(shown["size_bytes"], fs::metadata(&file).unwrap().len());
        assert!(shown["digest"].as_str().unwrap().starts_with("sha256:"));
        let operations = shown["operations"].as_array().unwrap();
        assert!(!operations.is_empty());
        for operation in operations {
            for field in [
                "name",
                "role",
                "summary",
                "input_schema",
                "output_schema",
                "repeat",
            ] {
                assert!(operation.get(field).is_some(), "`{field}` of {operation}");
            }
        }
    }
}
