//! What is no plugin, and what it is told.

use mortise_ports::Plugins;
use mortise_ports::plugins::LoadError;

use super::{guest, hostile, sandbox, settings};
use crate::link;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// A component of some sections, each with its id.
fn component(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = COMPONENT.to_vec();
    for (id, content) in sections {
        bytes.push(*id);
        bytes.push(u8::try_from(content.len()).unwrap());
        bytes.extend_from_slice(content);
    }
    bytes
}

fn name(text: &str) -> Vec<u8> {
    let mut bytes = vec![0, u8::try_from(text.len()).unwrap()];
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// Imports an instance without functions.
fn importing(interface: &str) -> Vec<u8> {
    let import = [vec![1], name(interface), vec![5, 0]].concat();
    component(&[(7, vec![1, 0x42, 0]), (10, import)])
}

/// Exports instances without functions.
fn exporting(interfaces: &[&str]) -> Vec<u8> {
    let mut sections = Vec::new();
    for (index, interface) in (0_u8..).zip(interfaces) {
        sections.push((5, vec![1, 1, 0]));
        // An export makes an instance of its own, so each new one is the second after the last.
        sections.push((
            11,
            [vec![1], name(interface), vec![5, 2 * index, 0]].concat(),
        ));
    }
    component(&sections)
}

async fn refusal(bytes: impl Into<Vec<u8>>) -> LoadError {
    sandbox(settings()).load(bytes.into()).await.unwrap_err()
}

#[tokio::test]
async fn what_is_no_component_is_told_what_it_looks_like() {
    for (bytes, expected) in [
        (b"".as_slice(), "empty"),
        (b"\x7fELF\x02\x01\x01", "ELF"),
        (b"#!/bin/sh\n", "script"),
        (b"PK\x03\x04", "ZIP"),
        (b"(component)", "wasm-tools parse"),
        (b"(module)", "wasm-tools parse"),
        (b"version: 1\n", "text"),
        (b"\xff\xfe\0\0", "no known format"),
    ] {
        let refusal = refusal(bytes).await;
        let LoadError::NotAComponent { found } = &refusal else {
            panic!("{refusal:?}");
        };
        assert!(found.contains(expected), "{found}");
    }
}

#[tokio::test]
async fn compiled_code_is_refused_and_never_run() {
    let engine = wasmtime::Engine::default();
    let code = engine.precompile_component(&guest("plugins", "record"));
    assert_eq!(refusal(code.unwrap()).await, LoadError::Precompiled);
}

#[tokio::test]
async fn what_is_examined_is_not_loaded() {
    let sandbox = sandbox(settings());
    let plugin = sandbox.examine(guest("plugins", "record")).await.unwrap();
    assert_eq!(plugin.descriptor.name, "mortise/record");
    assert!(sandbox.describe(plugin.digest).is_none());
}

#[tokio::test]
async fn a_core_module_is_told_from_a_component() {
    assert_eq!(refusal(MODULE).await, LoadError::CoreModule);
}

#[tokio::test]
async fn a_truncated_component_is_malformed_wherever_it_ends() {
    let whole = guest("plugins", "record");
    for part in [6, 9, 100, whole.len() / 2, whole.len() - 1] {
        let refusal = refusal(&whole[..part]).await;
        assert!(
            matches!(refusal, LoadError::Malformed(_)),
            "{part}: {refusal:?}"
        );
    }
}

#[tokio::test]
async fn a_component_with_a_flipped_section_is_malformed() {
    let mut bytes = guest("plugins", "record");
    bytes[8] = 0x7f;
    assert!(matches!(refusal(bytes).await, LoadError::Malformed(_)));
}

#[tokio::test]
async fn a_component_without_describe_or_role_is_no_plugin() {
    assert_eq!(refusal(COMPONENT).await, LoadError::NoDescribe);
    let only_a_role = exporting(&["mortise:plugin/actions@0.1.0"]);
    assert_eq!(refusal(only_a_role).await, LoadError::NoDescribe);
    let of_a_later_contract = exporting(&["mortise:plugin/describe@0.9.0"]);
    assert_eq!(refusal(of_a_later_contract).await, LoadError::NoDescribe);
    let no_role = exporting(&[
        "mortise:plugin/describe@0.1.0",
        "mortise:plugin/check@0.1.0",
    ]);
    assert_eq!(refusal(no_role).await, LoadError::NoRole);
}

#[tokio::test]
async fn roles_in_name_alone_are_found_out() {
    let hollow = exporting(&[
        "mortise:plugin/describe@0.1.0",
        "mortise:plugin/actions@0.1.0",
    ]);
    assert!(matches!(refusal(hollow).await, LoadError::Describe(_)));
}

#[tokio::test]
async fn an_unknown_import_is_named() {
    for unknown in [
        "acme:database/sql@1.0.0",
        "mortise:plugin/http@0.9.0",
        "mortise:plugin/root@0.1.0",
        "wasi:nn/graph@0.2.0",
        "wasi:http/types@0.3.0",
    ] {
        let expected = LoadError::UnknownImport(unknown.to_owned());
        assert_eq!(refusal(importing(unknown)).await, expected);
    }
}

#[tokio::test]
async fn a_known_import_is_not_what_is_wrong() {
    for known in ["mortise:plugin/mail@0.1.0", "wasi:cli/environment@0.2.3"] {
        assert!(link::is_known(known));
        assert_eq!(refusal(importing(known)).await, LoadError::NoDescribe);
    }
}

#[tokio::test]
async fn a_component_over_the_limit_is_not_looked_at() {
    let mut settings = settings();
    settings.component_max_bytes = 10;
    let bytes = b"\0asm at length".to_vec();
    let expected = LoadError::TooLarge {
        size_bytes: bytes.len() as u64,
        max_bytes: 10,
    };
    // The evaluator of expressions is the host's own: what it finds compiled has no limit.
    sandbox(super::settings());
    assert_eq!(sandbox(settings).load(bytes).await.unwrap_err(), expected);
}

#[tokio::test]
async fn a_plugin_says_what_it_is() {
    let sandbox = sandbox(settings());
    let bytes = hostile();
    let size_bytes = bytes.len() as u64;
    let plugin = sandbox.load(bytes).await.unwrap();
    assert_eq!(plugin.descriptor.name, "mortise/hostile");
    assert_eq!(plugin.size_bytes, size_bytes);
    for role in ["describe", "actions", "transform"] {
        assert!(
            plugin.roles.iter().any(|found| found == role),
            "{:?}",
            plugin.roles
        );
    }
    assert!(
        plugin
            .imports
            .iter()
            .any(|name| name == "mortise:plugin/http@0.1.0")
    );
    let found = sandbox.describe(plugin.digest).unwrap();
    assert!(std::sync::Arc::ptr_eq(&found, &plugin));
}
