//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The root of the checkout: `MORTISE_CHECKOUT`, else the one that this was built from.
#[must_use]
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built_from = || own.parent().unwrap_or(own).to_path_buf();
    std::env::var_os("MORTISE_CHECKOUT").map_or_else(built_from, PathBuf::from)
}

/// A checked-in file or folder.
///
/// # Errors
/// Where it is not there.
pub fn checked_in(path: &str) -> Result<PathBuf> {
    let path = root().join(path);
    ensure!(path.exists(), "{} does not exist", path.display());
    Ok(path)
}

/// The binary that ships: `MORTISE_BINARY`, else the release build beside this test or tool.
///
/// # Errors
/// Where there is none.
pub fn binary() -> Result<PathBuf> {
    named("MORTISE_BINARY", "release/mortise")
}

/// The folder of the built plugins: `MORTISE_PLUGINS`, else `plugins` of the target folder.
///
/// # Errors
/// Where there is none.
pub fn plugins() -> Result<PathBuf> {
    named("MORTISE_PLUGINS", "plugins")
}

/// The library that injects faults into a process: `MORTISE_PRELOAD`, else the release build
/// beside this test or tool.
///
/// # Errors
/// Where there is none.
pub fn preload() -> Result<PathBuf> {
    named("MORTISE_PRELOAD", "release/libmortise_preload.so")
}

/// The program that does to files what it is told: `MORTISE_PROBE`, else as [`preload`].
///
/// # Errors
/// Where there is none.
pub fn probe() -> Result<PathBuf> {
    named("MORTISE_PROBE", "release/mortise-probe")
}

/// A plugin that was built.
///
/// # Errors
/// Where it was not.
pub fn plugin(name: &str) -> Result<PathBuf> {
    let file = plugins()?.join(format!("{name}.wasm"));
    ensure!(
        file.exists(),
        "{} does not exist: build the plugins with `make plugins`",
        file.display()
    );
    Ok(file)
}

/// The authorization server with its packages, as `scripts/oauth-server` puts it.
///
/// # Errors
/// Where it was not put there.
pub fn oauth_server() -> Result<PathBuf> {
    named("MORTISE_OAUTH_SERVER", "oauth-server")
}

/// The conformance tests of the OCI distribution specification, as `scripts/oci-conformance` builds
/// them.
///
/// # Errors
/// Where they were not built.
pub fn oci_conformance() -> Result<PathBuf> {
    named("MORTISE_OCI_CONFORMANCE", "oci-conformance/conformance")
}

/// The Python environment with the packages of the oras client, as `scripts/tool-venv` makes it.
///
/// # Errors
/// Where it was not put there.
pub fn oras() -> Result<PathBuf> {
    named("MORTISE_ORAS", "oras")
}

/// The Python environment with the SMTP server of the tests, as `scripts/tool-venv` makes it.
///
/// # Errors
/// Where it was not put there.
pub fn mail() -> Result<PathBuf> {
    named("MORTISE_MAIL", "mail")
}

/// The Python environment of the fakes, as `scripts/tool-venv` makes it.
///
/// # Errors
/// Where it was not put there.
pub fn fakes() -> Result<PathBuf> {
    named("MORTISE_FAKES", "fakes")
}

/// Where the exchanges of connectors and fakes are written down: beside the built plugins.
///
/// # Errors
/// Where nothing was built.
pub fn exchanges() -> Result<PathBuf> {
    Ok(plugins()?.with_file_name("exchanges"))
}

/// A guest of `tests/guests`: in the folder `MORTISE_GUESTS`, else in `test-guests` beside the
/// plugins.
///
/// # Errors
/// Where it was not built.
pub fn guest(name: &str) -> Result<PathBuf> {
    let file = named("MORTISE_GUESTS", "test-guests")?.join(format!("{name}.wasm"));
    ensure!(
        file.exists(),
        "{} does not exist: build the guests with `make plugins`",
        file.display()
    );
    Ok(file)
}

/// The folder of the sample connectors, as `scripts/samples` makes them.
///
/// # Errors
/// Where it was not.
pub fn samples() -> Result<PathBuf> {
    named("MORTISE_SAMPLES", "samples")
}

/// The sample connector in a language.
///
/// # Errors
/// Where it was not made.
pub fn sample(language: &str) -> Result<PathBuf> {
    let file = samples()?.join(format!("{language}.wasm"));
    ensure!(
        file.exists(),
        "{} does not exist: make the samples with `scripts/samples`",
        file.display()
    );
    Ok(file)
}

fn named(variable: &str, below_target: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(PathBuf::from(path));
    }
    let own = std::env::current_exe().context("the path of this program")?;
    let found = own
        .ancestors()
        .map(|folder| folder.join(below_target))
        .find(|path| path.exists());
    found.with_context(|| {
        format!(
            "no `{below_target}` in a folder above {}: run `make binary`, or set {variable}",
            own.display()
        )
    })
}
