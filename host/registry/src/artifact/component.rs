//! What a component says from outside, without being run: its world, and who made it.

use std::collections::BTreeMap;

use wasmparser::{Encoding, Parser, Payload};

use super::ArtifactError;

/// Custom sections that tools write into components, and the annotation that says the same.
const SECTIONS: &[(&str, &str)] = &[
    ("licenses", "org.opencontainers.image.licenses"),
    ("revision", "org.opencontainers.image.revision"),
    ("source", "org.opencontainers.image.source"),
    ("authors", "org.opencontainers.image.authors"),
    ("description", "org.opencontainers.image.description"),
    ("homepage", "org.opencontainers.image.url"),
];
/// A longer one is left out: annotations are for reading.
const SECTION_MAX_BYTES: usize = 4 * 1024;

/// A component, looked at from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// What it exports, as it names it.
    pub exports: Vec<String>,
    /// What it imports, as it names it.
    pub imports: Vec<String>,
    /// Annotations that its custom sections give.
    pub annotations: BTreeMap<String, String>,
}

impl Component {
    /// Looks at the outermost layer of a component; nothing is validated.
    ///
    /// # Errors
    /// Where it is no component.
    pub fn read(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let broken = |error: &dyn std::fmt::Display| ArtifactError::NoComponent(error.to_string());
        let mut found = Self::default();
        // What lies inside of it begins with a header of its own, and ends.
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(|error| broken(&error))?;
            match payload {
                Payload::Version { encoding, .. } => {
                    if depth == 0 && encoding == Encoding::Module {
                        return Err(broken(
                            &"it is a core module; `wasm-tools component new` makes a component of it",
                        ));
                    }
                    depth += 1;
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        let import = import.map_err(|error| broken(&error))?;
                        found.imports.push(import.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        let export = export.map_err(|error| broken(&error))?;
                        found.exports.push(export.name.name.to_owned());
                    }
                }
                Payload::CustomSection(section) if depth == 1 => {
                    found.note(section.name(), section.data());
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn note(&mut self, name: &str, data: &[u8]) {
        let known = SECTIONS.iter().find(|(section, _)| *section == name);
        let text = std::str::from_utf8(data).ok();
        let text = text.filter(|text| data.len() <= SECTION_MAX_BYTES && !text.is_empty());
        if let (Some((_, annotation)), Some(text)) = (known, text) {
            self.annotations
                .insert((*annotation).to_owned(), text.to_owned());
        }
    }
}
