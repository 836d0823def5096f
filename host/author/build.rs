//! Puts the SDKs, their templates, the contract and the integrations to begin with into the binary: an author needs
//! nothing else.

#![allow(
    clippy::expect_used,
    reason = "a build that cannot go on says why and ends"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use ignore::WalkBuilder;
use toml::{Table, Value};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().expect("the workspace is there");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    let mut files = BTreeMap::new();
    add(&root, "sdk", &mut files);
    add(&root, "templates", &mut files);
    add(&root, "wit", &mut files);
    files.insert("LICENSE".to_owned(), root.join("LICENSE"));
    // A crate that leaves the workspace says itself what the workspace said for it.
    let manifest = out.join("sdk-rust-Cargo.toml");
    fs::write(&manifest, alone(&root)).expect("the folder of the build can be written");
    files.insert("sdk/rust/Cargo.toml".to_owned(), manifest);

    let mut table = "pub(crate) static FILES: &[(&str, &[u8])] = &[\n".to_owned();
    for (name, path) in &files {
        println!("cargo:rerun-if-changed={}", path.display());
        let _ = writeln!(
            table,
            "    ({name:?}, include_bytes!({:?})),",
            path.display().to_string()
        );
    }
    table.push_str("];\n");
    fs::write(out.join("files.rs"), table).expect("the folder of the build can be written");
}

/// The files below a folder that git would keep.
fn add(root: &Path, folder: &str, files: &mut BTreeMap<String, PathBuf>) {
    let walk = WalkBuilder::new(root.join(folder))
        .hidden(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .parents(true)
        .build();
    for entry in walk {
        let entry = entry.expect("the sources can be read");
        let kind = entry.file_type().expect("it is no stream");
        let path = entry.path();
        if kind.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
        if kind.is_file() {
            let name = path.strip_prefix(root).expect("it lies below");
            files.insert(name.display().to_string(), path.to_owned());
        }
    }
}

/// `sdk/rust/Cargo.toml` with the values that it inherits.
fn alone(root: &Path) -> String {
    let read = |path: &str| -> Table {
        let path = root.join(path);
        println!("cargo:rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("a manifest can be read");
        text.parse().expect("a manifest is TOML")
    };
    let workspace = read("Cargo.toml");
    let workspace = workspace["workspace"].as_table().expect("it is a table");
    let mut manifest = read("sdk/rust/Cargo.toml");
    manifest.remove("lints");
    manifest.remove("dev-dependencies");
    inherit(&mut manifest, "package", &workspace["package"]);
    inherit(&mut manifest, "dependencies", &workspace["dependencies"]);
    toml::to_string(&manifest).expect("it can be written")
}

fn inherit(manifest: &mut Table, section: &str, from: &Value) {
    let section = manifest[section].as_table_mut().expect("it is a table");
    for (name, value) in section.iter_mut() {
        if value.get("workspace").is_some() {
            *value = from.get(name).expect("the workspace says it").clone();
        }
    }
}
