//! Python, JavaScript and TypeScript: their SDKs bring a build step of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{BuildError, Built, Package, read, tool, unpack_contract};

pub fn python(folder: &Path, work: &Path) -> Result<Built, BuildError> {
    let own = folder.join(".venv/bin/python");
    let python = if own.exists() {
        own
    } else {
        PathBuf::from("python3")
    };
    let mut command = Command::new(python);
    command.args(["-m", "mortise_sdk.build"]);
    step(
        command,
        (folder, work),
        "get Python 3.11 or later, and in the plugin's folder `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt`",
    )
}

pub fn javascript(folder: &Path, work: &Path) -> Result<Built, BuildError> {
    let script = folder.join("node_modules/@mortise/sdk/bin/build.js");
    if !script.exists() {
        return Err(BuildError::Missing {
            tool: "node_modules/@mortise/sdk".to_owned(),
            remedy: "run `npm install` in the plugin's folder".to_owned(),
        });
    }
    let mut command = Command::new("node");
    command.arg(script);
    step(command, (folder, work), "get Node.js 20 or later")
}

fn step(
    mut command: Command,
    (folder, work): (&Path, &Path),
    remedy: &str,
) -> Result<Built, BuildError> {
    let wit = unpack_contract(work)?;
    let (component, sbom) = (work.join("plugin.wasm"), work.join("sbom.json"));
    command.arg("--wit").arg(wit);
    command.arg("--out").arg(&component);
    command.arg("--sbom").arg(&sbom);
    tool::run(command.current_dir(folder), remedy)?;
    Ok(Built {
        component: read(&component)?,
        packages: packages(&sbom)?,
    })
}

fn packages(sbom: &Path) -> Result<Vec<Package>, BuildError> {
    let list = serde_json::from_slice(&read(sbom)?);
    list.map_err(|error| {
        BuildError::Component(format!("the list of packages cannot be read: {error}"))
    })
}
