//! The fuzzer: `FUZZ_TARGET` says which target the bytes go to.
#![no_main]

use std::sync::LazyLock;

use mortise_fuzz::TARGETS;

static RUN: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    let names = TARGETS.iter().map(|(name, _)| *name);
    let names = names.collect::<Vec<_>>().join(", ");
    let Some((_, run)) = found else {
        panic!("`FUZZ_TARGET` is `{wanted}` and has to be one of {names}");
    };
    *run
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| RUN(data));
