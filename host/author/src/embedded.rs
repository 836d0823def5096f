//! The SDKs, their templates, the contract and the integrations to begin with, as they lay in the repository when this was built.

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Every file below a folder, with its path from there.
pub fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES.iter().filter_map(move |(path, bytes)| {
        let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
        Some((rest, *bytes))
    })
}

/// One file.
#[must_use]
pub fn file(path: &str) -> Option<&'static [u8]> {
    let at = FILES.binary_search_by_key(&path, |(name, _)| name).ok()?;
    Some(FILES[at].1)
}

/// The contract: name and text of each WIT file.
pub fn contract() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = below("wit").filter(|(name, _)| name.ends_with(".wit"));
    files.map(|(name, bytes)| (name, std::str::from_utf8(bytes).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_and_every_template_are_there() {
        let contract: Vec<_> = contract().map(|(name, _)| name).collect();
        assert_eq!(
            contract,
            ["exports.wit", "imports.wit", "types.wit", "world.wit"]
        );
        assert!(file("sdk/rust/template/src/desk.rs").is_some());
        assert!(file("LICENSE").is_some_and(|text| !text.is_empty()));
    }

    /// What a build left behind in the checkout is nobody's template.
    #[test]
    fn nothing_is_there_that_git_ignores() {
        let stray = ["node_modules", ".venv", "__pycache__", "target", "dist"];
        for (path, _) in FILES {
            assert!(!path.split('/').any(|part| stray.contains(&part)), "{path}");
        }
    }

    #[test]
    fn the_rust_sdk_leaves_its_workspace() {
        let manifest = file("sdk/rust/Cargo.toml").map(String::from_utf8_lossy);
        let manifest = manifest.unwrap_or_default();
        assert!(!manifest.contains("workspace"), "{manifest}");
        assert!(manifest.contains("wit-bindgen"), "{manifest}");
    }
}
