//! Files that look like plugins and are none, made when they are needed.

use std::path::Path;

use anyhow::{Context, Result};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

use crate::paths;

/// The start of a core module: magic number and version, and nothing else.
pub const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// The start of a program for Linux.
pub const ELF: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01\0\0\0";

/// A component whose functions all trap, with the imports and exports of a world, such as
/// `import teleport; export mortise:plugin/describe@0.1.0;`. `interfaces` stand before it.
///
/// # Errors
/// Where the world is not WIT.
pub fn component(interfaces: &str, world: &str) -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    resolve
        .push_path(paths::root().join("wit"))
        .context("wit/")?;
    let text = format!("package test:guest;\n{interfaces}\nworld guest {{ {world} }}\n");
    let package = resolve.push_str(Path::new("guest.wit"), &text)?;
    let world = resolve.select_world(&[package], Some("guest"))?;
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    ComponentEncoder::default()
        .module(&module)?
        .validate(true)
        .encode()
}

/// Names and bytes of the custom sections of a component itself, not of what is nested in it.
///
/// # Errors
/// Where it is none.
pub fn custom_sections(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 1 => {
                found.push((section.name().to_owned(), section.data().to_vec()));
            }
            _ => {}
        }
    }
    Ok(found)
}
