//! Gives the template engine the stack that its recursion needs.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Guests have 64 KiB otherwise; of two such flags the later one counts.
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-cdylib-link-arg=-zstack-size=1048576");
    }
}
