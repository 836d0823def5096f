//! A look at a file before anything is compiled: what is no component, what imports what this host
//! does not have, and what has no role ends here.

use mortise_ports::plugins::LoadError;
use wasmparser::{ComponentExternalKind, ComponentTypeRef, Encoding, Parser, Payload, Validator};

use crate::bulk::{Bulk, End};
use crate::link;
use crate::settings::Settings;

/// What a component says of itself without being run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Screened {
    /// Interfaces of the contract that it exports, such as `actions`.
    pub roles: Vec<String>,
    /// Interfaces that it imports, such as `mortise:plugin/http@0.1.0`.
    pub imports: Vec<String>,
}

/// The interfaces of which a plugin has at least one.
const ROLES: [&str; 5] = ["actions", "batch", "polling", "webhooks", "transform"];
const CONTRACT: &str = "mortise:plugin/";
const MAGIC: &[u8] = b"\0asm";

/// Looks at a file.
pub(crate) fn screen(bytes: &[u8], settings: &Settings) -> Result<Screened, LoadError> {
    let size_bytes = bytes.len() as u64;
    let max_bytes = settings.component_max_bytes;
    if size_bytes > max_bytes {
        return Err(LoadError::TooLarge {
            size_bytes,
            max_bytes,
        });
    }
    if !bytes.starts_with(MAGIC) {
        if is_compiled(bytes) {
            return Err(LoadError::Precompiled);
        }
        let found = kind(bytes).to_owned();
        return Err(LoadError::NotAComponent { found });
    }
    let screened = read(bytes, settings)?;
    let unknown = screened.imports.iter().find(|name| !link::is_known(name));
    if let Some(name) = unknown {
        return Err(LoadError::UnknownImport(name.clone()));
    }
    // After the imports: a message that names one helps more than one about a rule of the format.
    Validator::new().validate_all(bytes).map_err(malformed)?;
    if !screened.roles.iter().any(|role| role == "describe") {
        return Err(LoadError::NoDescribe);
    }
    if !screened.roles.iter().any(|role| is_role(role)) {
        return Err(LoadError::NoRole);
    }
    Ok(screened)
}

fn is_role(interface: &str) -> bool {
    ROLES.contains(&interface)
}

#[allow(clippy::needless_pass_by_value)] // the shape that `map_err` wants
fn malformed(error: wasmparser::BinaryReaderError) -> LoadError {
    LoadError::Malformed(error.to_string())
}

fn read(bytes: &[u8], settings: &Settings) -> Result<Screened, LoadError> {
    let mut screened = Screened::default();
    let mut bulk = Bulk::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(malformed)?;
        bulk.count(&payload, settings).map_err(|end| match end {
            End::Malformed(error) => malformed(error),
            End::Over(error) => error,
        })?;
        if bulk.depth() != 1 {
            continue;
        }
        match payload {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } => {
                return Err(LoadError::CoreModule);
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import.map_err(malformed)?;
                    let name = import.name.name.to_owned();
                    if !matches!(import.ty, ComponentTypeRef::Instance(_)) {
                        return Err(LoadError::UnknownImport(name));
                    }
                    screened.imports.push(name);
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(malformed)?;
                    let is_instance = export.kind == ComponentExternalKind::Instance;
                    if let Some(role) = role(export.name.name).filter(|_| is_instance) {
                        screened.roles.push(role.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    Ok(screened)
}

/// `actions` of `mortise:plugin/actions@0.1.0`.
fn role(export: &str) -> Option<&str> {
    let (name, version) = export.strip_prefix(CONTRACT)?.split_once('@')?;
    version.starts_with("0.1.").then_some(name)
}

/// What a file that is not WebAssembly looks like.
fn kind(bytes: &[u8]) -> &'static str {
    let text = std::str::from_utf8(bytes.get(..4_096).unwrap_or(bytes)).unwrap_or_default();
    match bytes {
        [] => "the file is empty",
        [0x7f, b'E', b'L', b'F', ..] => "it is an executable of this system (ELF)",
        [b'#', b'!', ..] => "it is a script",
        [b'P', b'K', 3, 4, ..] => "it is a ZIP archive",
        [0x1f, 0x8b, ..] => "it is compressed with gzip",
        [b'M', b'Z', ..] => "it is an executable of Windows",
        _ if text.trim_start().starts_with("(component") || text.starts_with("(module") => {
            "it is WebAssembly text: convert it with `wasm-tools parse`"
        }
        _ if !text.is_empty() => "it is text",
        _ => "its first bytes are of no known format",
    }
}

/// Whether it is an ELF file that is what wasmtime makes of a component or a module: it says so in the byte of
/// the header that names the system.
fn is_compiled(elf: &[u8]) -> bool {
    elf.starts_with(b"\x7fELF") && elf.get(7) == Some(&ELF_OS_WASMTIME)
}

const ELF_OS_WASMTIME: u8 = 200;
