//! Finds the evaluator of expressions, a guest that is built before the host.

use std::path::PathBuf;

fn main() {
    // `TARGET/PROFILE/build/PACKAGE/out`, with a target triple one folder deeper.
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let has_jq = |folder: &&std::path::Path| folder.join("plugins/jq.wasm").is_file();
    let Some(target) = out.ancestors().find(has_jq) else {
        let expected = out.ancestors().nth(4).unwrap_or(&out);
        panic!(
            "`{}/plugins/jq.wasm` is missing: build the guests first with `make plugins`",
            expected.display()
        );
    };
    let jq = target.join("plugins").join("jq.wasm");
    println!("cargo:rerun-if-changed={}", jq.display());
    println!("cargo:rustc-env=MORTISE_JQ_WASM={}", jq.display());
    println!("cargo:rustc-env=MORTISE_TARGET={}", target.display());
}
