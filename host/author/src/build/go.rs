//! Go: the toolchain makes a core module, and this program the component.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::{BuildError, Built, Package, read, tool};
use crate::component;

const REMEDY: &str = "get Go 1.26 or later from go.dev";

pub fn build(folder: &Path, work: &Path) -> Result<Built, BuildError> {
    let module = work.join("module.wasm");
    tool::run(
        go(folder)
            .args([
                "build",
                "-buildmode=c-shared",
                "-trimpath",
                "-buildvcs=false",
            ])
            .args(["-ldflags=-s -w -buildid="])
            .arg("-o")
            .arg(&module)
            .arg("."),
        REMEDY,
    )?;
    let component = component::of_module(&read(&module)?).map_err(BuildError::Component)?;
    Ok(Built {
        component,
        packages: packages(folder)?,
    })
}

fn go(folder: &Path) -> Command {
    let mut command = Command::new("go");
    command.current_dir(folder);
    command.envs([
        ("GOOS", "wasip1"),
        ("GOARCH", "wasm"),
        ("GOFLAGS", "-mod=mod"),
    ]);
    command
}

/// A package as `go list` tells it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    standard: bool,
    #[serde(default)]
    module: Option<Module>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    path: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    main: bool,
}

/// The modules whose packages went in, and Go itself.
fn packages(folder: &Path) -> Result<Vec<Package>, BuildError> {
    let unreadable = |error| BuildError::Component(format!("`go list` cannot be read: {error}"));
    let listed = tool::output(
        go(folder).args(["list", "-deps", "-json=Standard,Module", "."]),
        REMEDY,
    )?;
    let mut packages = Vec::new();
    for listed in serde_json::Deserializer::from_slice(&listed).into_iter::<Listed>() {
        let listed = listed.map_err(unreadable)?;
        if let Some(module) = listed
            .module
            .filter(|module| !module.main && !listed.standard)
        {
            packages.push(Package {
                purl: format!("pkg:golang/{}@{}", module.path, module.version),
                name: module.path,
                version: module.version,
                licence: None,
            });
        }
    }
    let version = tool::output(go(folder).args(["env", "GOVERSION"]), REMEDY)?;
    let version = String::from_utf8_lossy(&version);
    let version = version.trim().trim_start_matches("go");
    packages.push(Package {
        name: "std".to_owned(),
        version: version.to_owned(),
        purl: format!("pkg:golang/std@{version}"),
        licence: Some("BSD-3-Clause".to_owned()),
    });
    Ok(packages)
}
