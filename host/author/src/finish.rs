//! What a component says of itself without being run: name, version, licence, revision and what went in.

use serde_json::json;
use wasm_encoder::{ComponentSection as _, CustomSection};
use wasm_metadata::AddMetadata;

use crate::build::Package;

/// The custom section of the bill of materials.
pub const SBOM: &str = "sbom";

/// What is written down.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `namespace/name`.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// SPDX expression.
    pub licence: Option<String>,
    /// The commit that it was built from, where the folder is one of git.
    pub revision: Option<String>,
    /// What went in besides the author's own code.
    pub packages: Vec<Package>,
}

/// Adds the facts. The same component and facts give the same bytes.
///
/// # Errors
/// What of the facts cannot be written down.
pub fn finish(component: &[u8], facts: &Facts) -> Result<Vec<u8>, String> {
    let mut add = AddMetadata::default();
    let failed = |error| format!("the component cannot be read: {error:#}");
    let of = |what: &str, text: &str| format!("`{text}` cannot stand as {what} in a component");
    add.name = wasm_metadata::AddMetadataField::Set(facts.name.clone());
    let version = facts.version.parse();
    add.version =
        wasm_metadata::AddMetadataField::Set(version.map_err(|_| of("version", &facts.version))?);
    let summary = facts.summary.parse();
    add.description =
        wasm_metadata::AddMetadataField::Set(summary.map_err(|_| of("summary", &facts.summary))?);
    if let Some(licence) = &facts.licence {
        let licences = licence.parse();
        add.licenses = wasm_metadata::AddMetadataField::Set(
            licences.map_err(|_| format!("`{licence}` is no SPDX expression: write `licence` in the descriptor as in `Apache-2.0 OR MIT`"))?,
        );
    }
    if let Some(revision) = &facts.revision {
        let parsed = revision.parse();
        add.revision =
            wasm_metadata::AddMetadataField::Set(parsed.map_err(|_| of("revision", revision))?);
    }
    let mut component = add.to_wasm(component).map_err(failed)?;
    let bill = bill_of_materials(facts).to_string();
    let section = CustomSection {
        name: SBOM.into(),
        data: bill.as_bytes().into(),
    };
    section.append_to_component(&mut component);
    Ok(component)
}

/// CycloneDX 1.6 (ECMA-424), without what differs from build to build.
fn bill_of_materials(facts: &Facts) -> serde_json::Value {
    let components = facts.packages.iter().map(|package| {
        let mut component = json!({
            "type": "library",
            "name": package.name,
            "version": package.version,
            "purl": package.purl,
        });
        if let Some(licence) = &package.licence {
            component["licenses"] = json!([{ "expression": licence }]);
        }
        component
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": { "component": { "type": "application", "name": facts.name, "version": facts.version } },
        "components": components.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use wasmparser::{Parser, Payload};

    use super::*;

    fn facts() -> Facts {
        Facts {
            name: "acme/crm".to_owned(),
            version: "1.2.0".to_owned(),
            summary: "keeps customers".to_owned(),
            licence: Some("Apache-2.0 OR MIT".to_owned()),
            revision: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
            packages: vec![Package {
                name: "serde".to_owned(),
                version: "1.0.0".to_owned(),
                purl: "pkg:cargo/serde@1.0.0".to_owned(),
                licence: None,
            }],
        }
    }

    #[test]
    fn every_fact_stands_in_a_section_and_twice_gives_the_same() {
        let empty = wasm_encoder::Component::new().finish();
        let finished = finish(&empty, &facts()).unwrap();
        assert_eq!(finish(&empty, &facts()).unwrap(), finished);
        let sections =
            Parser::new(0)
                .parse_all(&finished)
                .filter_map(|payload| match payload.unwrap() {
                    Payload::CustomSection(section) => Some(section.name().to_owned()),
                    _ => None,
                });
        let sections: Vec<_> = sections.collect();
        for name in ["component-name", "version", "licenses", "revision", "sbom"] {
            assert!(
                sections.iter().any(|section| section == name),
                "{name}: {sections:?}"
            );
        }
    }

    #[test]
    fn a_licence_that_is_none_is_named() {
        let facts = Facts {
            licence: Some("free for all".to_owned()),
            ..facts()
        };
        let empty = wasm_encoder::Component::new().finish();
        assert!(
            finish(&empty, &facts)
                .unwrap_err()
                .contains("`free for all`")
        );
    }
}
