//! From the core module of a toolchain that knows WASI's first preview to a component.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as ADAPTER_NAME,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER,
};
use wasm_encoder::{Module, RawSection};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::world;

/// Makes a component of a core module; its world follows from what it exports.
pub(crate) fn of_module(module: &[u8]) -> Result<Vec<u8>, String> {
    let names = exports(module)?;
    let exports = world::exported(names.iter().map(String::as_str));
    if !exports.contains("describe") {
        return Err("the module does not export `mortise:plugin/describe`: it is no plugin".into());
    }
    let (resolve, package) = world::resolve(&world::text("mortise:built", &exports))?;
    let world = resolve.select_world(&[package], Some("plugin"));
    let world = world.map_err(|error| format!("{error:#}"))?;
    let mut module = module.to_vec();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .map_err(|error| format!("{error:#}"))?;
    encode(&module)
}

/// Makes a component of a core module that says its world itself.
pub(crate) fn encode(module: &[u8]) -> Result<Vec<u8>, String> {
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.adapter(ADAPTER_NAME, ADAPTER))
        .and_then(|encoder| encoder.encode());
    encoded.map_err(|error| format!("no component can be made of the module: {error:#}"))
}

fn exports(module: &[u8]) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(section) = payload.map_err(|error| error.to_string())? {
            for export in section {
                names.push(export.map_err(|error| error.to_string())?.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// Leaves out what debuggers read, and keeps the names of functions, which backtraces show.
pub(crate) fn without_debug_info(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| error.to_string())?;
        if let Payload::CustomSection(section) = &payload
            && section.name().starts_with(".debug")
        {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let range = usize::try_from(range.start)
                .ok()
                .zip(usize::try_from(range.end).ok());
            let data = range.and_then(|(start, end)| module.get(start..end));
            let data = data.ok_or("a section lies outside of the module")?;
            out.section(&RawSection { id, data });
        }
    }
    Ok(out.finish())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use wasm_encoder::CustomSection;

    use super::*;

    #[test]
    fn debug_information_goes_and_the_rest_stays() {
        let section = |name: &'static str| CustomSection {
            name: name.into(),
            data: b"x"[..].into(),
        };
        let mut module = Module::new();
        module.section(&section(".debug_info"));
        module.section(&section("name"));
        let stripped = without_debug_info(&module.finish()).unwrap();
        let mut expected = Module::new();
        expected.section(&section("name"));
        assert_eq!(stripped, expected.finish());
    }

    #[test]
    fn a_module_that_is_no_plugin_is_refused() {
        let error = of_module(&Module::new().finish()).unwrap_err();
        assert!(error.contains("`mortise:plugin/describe`"), "{error}");
    }
}
