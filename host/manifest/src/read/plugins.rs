//! `plugins`: alias to name and versions.

use mortise_model::id::is_name;
use semver::VersionReq;

use crate::authored::{Alias, Spanned};
use crate::diagnostic::Code;
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::Entry;

/// Reads the aliases of a manifest.
pub(super) fn plugins<'n>(entry: Option<&'n Entry>, sink: &mut Sink<'_>) -> Vec<Alias<'n>> {
    let Some(entry) = entry else {
        return Vec::new();
    };
    if Fields::of(&entry.value, "`plugins`", sink).is_none() {
        return Vec::new();
    }
    let entries = entry.value.entries().unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| alias(entry, sink))
        .collect()
}

fn alias<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Alias<'n>> {
    if !is_name(&entry.key) {
        sink.error(
            Code::InvalidName,
            entry.key_place,
            format!("`{}` cannot be an alias", entry.key),
            "use lower-case letters, digits, `-` and `_`, beginning with a letter",
        );
        return None;
    }
    let text = values::text(entry, sink)?;
    let Some((name, version)) = reference(text.value) else {
        sink.error(
            Code::InvalidReference,
            text.place,
            format!("`{}` does not name a plugin and its versions", text.value),
            "write the namespace, the name and a version, such as `mortise/http@^1`",
        );
        return None;
    };
    Some(Alias {
        alias: Spanned::new(&entry.key, entry.key_place),
        name,
        version,
        place: text.place,
    })
}

fn reference(text: &str) -> Option<(&str, VersionReq)> {
    let (name, version) = text.split_once('@')?;
    let (namespace, plugin) = name.split_once('/')?;
    let version = VersionReq::parse(version).ok()?;
    (is_name(namespace) && is_name(plugin)).then_some((name, version))
}
