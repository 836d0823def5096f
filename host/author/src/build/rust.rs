//! Rust: cargo makes the component itself.

use std::path::Path;
use std::process::Command;

use cargo_metadata::{CargoOpt, Message, MetadataCommand};

use super::{BuildError, Built, Package, read, tool};

const TARGET: &str = "wasm32-wasip2";
const REMEDY: &str = "get it from rustup.rs, and the target with `rustup target add wasm32-wasip2`";

pub fn build(folder: &Path) -> Result<Built, BuildError> {
    let stdout = tool::output(
        Command::new("cargo")
            .args(["build", "--release", "--target", TARGET])
            .arg("--message-format=json-render-diagnostics")
            // No path of this machine is left in the result, so that others get the same bytes.
            .env("RUSTFLAGS", remap(folder))
            .current_dir(folder),
        REMEDY,
    )?;
    let name = package(folder)?;
    let messages = Message::parse_stream(stdout.as_slice()).filter_map(Result::ok);
    let artifacts = messages.filter_map(|message| match message {
        Message::CompilerArtifact(artifact) if artifact.target.name.replace('-', "_") == name => {
            Some(artifact)
        }
        _ => None,
    });
    let files = artifacts.flat_map(|artifact| artifact.filenames);
    let component = files.filter(|path| path.extension() == Some("wasm")).last();
    let component = component.ok_or_else(|| {
        BuildError::Component(
            "cargo made no component: `Cargo.toml` has to say `crate-type = [\"cdylib\", \"lib\"]` under `[lib]`".to_owned(),
        )
    })?;
    Ok(Built {
        component: read(component.as_std_path())?,
        packages: packages(folder)?,
    })
}

fn remap(folder: &Path) -> String {
    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
    let home =
        home.or_else(|| Some(std::path::PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    for (path, name) in [(Some(folder.to_owned()), "plugin"), (home, "cargo")] {
        if let Some(path) = path {
            flags.push_str(&format!(" --remap-path-prefix={}={name}", path.display()));
        }
    }
    flags
}

fn metadata(folder: &Path) -> Result<cargo_metadata::Metadata, BuildError> {
    MetadataCommand::new()
        .current_dir(folder)
        .features(CargoOpt::SomeFeatures(Vec::new()))
        .other_options(["--filter-platform".to_owned(), TARGET.to_owned()])
        .exec()
        .map_err(|error| BuildError::Component(format!("cargo does not know the plugin: {error}")))
}

/// The name of the library, as its files have it.
fn package(folder: &Path) -> Result<String, BuildError> {
    let metadata = metadata(folder)?;
    let root = metadata.root_package();
    let root = root.ok_or_else(|| {
        BuildError::Component("`Cargo.toml` is a workspace and no package".to_owned())
    })?;
    let library = root
        .targets
        .iter()
        .find(|target| target.is_cdylib() || target.is_lib());
    Ok(library
        .map_or(root.name.as_str(), |target| target.name.as_str())
        .replace('-', "_"))
}

/// What the library depends on when it runs: neither tests nor build scripts go in.
fn packages(folder: &Path) -> Result<Vec<Package>, BuildError> {
    use cargo_metadata::DependencyKind;
    let metadata = metadata(folder)?;
    let Some(resolve) = &metadata.resolve else {
        return Ok(Vec::new());
    };
    let mut reached = std::collections::BTreeSet::new();
    let mut next: Vec<_> = resolve.root.iter().cloned().collect();
    while let Some(id) = next.pop() {
        if !reached.insert(id.clone()) {
            continue;
        }
        let nodes = resolve.nodes.iter().filter(|node| node.id == id);
        for dependency in nodes.flat_map(|node| &node.deps) {
            let is_linked =
                |kind: &cargo_metadata::DepKindInfo| kind.kind == DependencyKind::Normal;
            if dependency.dep_kinds.iter().any(is_linked) {
                next.push(dependency.pkg.clone());
            }
        }
    }
    let packages = metadata.packages.iter().filter(|package| {
        reached.contains(&package.id) && Some(&package.id) != resolve.root.as_ref()
    });
    let packages = packages.map(|package| Package {
        name: package.name.to_string(),
        version: package.version.to_string(),
        purl: format!("pkg:cargo/{}@{}", package.name, package.version),
        licence: package.license.clone(),
    });
    Ok(packages.collect())
}
