//! The contract as a package, and the world of one plugin in it.

use std::collections::BTreeSet;

use wit_parser::{PackageId, Resolve, SourceMap};

use crate::embedded;

/// What a plugin may export.
const EXPORTS: [&str; 8] = [
    "describe",
    "check",
    "actions",
    "batch",
    "polling",
    "webhooks",
    "explore",
    "transform",
];

/// The interfaces that a core module exports, by the names of its functions:
/// `mortise:plugin/actions@0.1.0#invoke`.
pub(crate) fn exported<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<&'static str> {
    let interface = |name: &str| {
        let (interface, _) = name.strip_prefix("mortise:plugin/")?.split_once('@')?;
        EXPORTS.into_iter().find(|known| *known == interface)
    };
    names.filter_map(interface).collect()
}

/// WIT of a world that exports just these interfaces. A transform imports no more than the log.
pub(crate) fn text(package: &str, exports: &BTreeSet<&str>) -> String {
    let reaches = exports
        .iter()
        .any(|name| !["describe", "transform"].contains(name));
    let imports = match reaches {
        true => "include mortise:plugin/connector-imports@0.1.0;",
        false => "import mortise:plugin/log@0.1.0;",
    };
    let mut text = format!("package {package};\n\nworld plugin {{\n    {imports}\n");
    for name in exports {
        text.push_str(&format!("    export mortise:plugin/{name}@0.1.0;\n"));
    }
    text + "}\n"
}

/// The contract and one more package.
pub(crate) fn resolve(world: &str) -> Result<(Resolve, PackageId), String> {
    let mut resolve = Resolve::default();
    let mut contract = SourceMap::new();
    for (name, text) in embedded::contract() {
        contract.push_str(name, text);
    }
    let contract = contract
        .parse()
        .map_err(|(_, error)| format!("{error:#}"))?;
    let failed = |error| format!("{error:#}");
    resolve
        .push_group(contract)
        .map_err(|error| failed(error.into()))?;
    let package = resolve.push_str("world.wit", world).map_err(failed)?;
    Ok((resolve, package))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_modules_exports_make_its_world() {
        let names = [
            "mortise:plugin/describe@0.1.0#describe",
            "mortise:plugin/actions@0.1.0#invoke",
            "cabi_post_mortise:plugin/actions@0.1.0#invoke",
            "memory",
        ];
        let exports = exported(names.into_iter());
        assert_eq!(exports, BTreeSet::from(["actions", "describe"]));
        let text = text("mortise:built", &exports);
        assert!(text.contains("connector-imports"));
        let (resolve, package) = resolve(&text).unwrap();
        let world = resolve.select_world(&[package], Some("plugin")).unwrap();
        assert_eq!(resolve.worlds[world].exports.len(), 2);
    }

    #[test]
    fn a_transform_imports_the_log_alone() {
        let exports = BTreeSet::from(["describe", "transform"]);
        let text = text("mortise:built", &exports);
        assert!(!text.contains("connector-imports"));
        assert!(resolve(&text).is_ok());
    }
}
