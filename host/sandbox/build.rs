//! Finds the evaluator of expressions, a guest that is built before the host.

use std::path::{Path, PathBuf};

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let jq = target(&out).join("plugins").join("jq.wasm");
    println!("cargo:rerun-if-changed={}", jq.display());
    assert!(
        jq.is_file(),
        "`{}` is missing: build the guests first with `make plugins`",
        jq.display()
    );
    println!("cargo:rustc-env=MORTISE_JQ_WASM={}", jq.display());
}

/// `TARGET/PROFILE/build/PACKAGE/out`, or with a target triple one folder more; the guests are
/// where `CACHEDIR.TAG` marks the root.
fn target(out: &Path) -> PathBuf {
    out.ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .unwrap_or(out)
        .to_owned()
}
