//! A transform that makes a random component of each number that it is given: the number is the seed.
//! It gives the bytes in hexadecimal. The sandbox's tests feed them to the loader.

use mortise_sdk::transform::{Outcomes, RawTransform};
use mortise_sdk::{Failure, Plugin};
use schemars::Schema;

/// Makes a component of each seed.
struct Smith;

impl RawTransform for Smith {
    const NAME: &'static str = "smith";
    const SUMMARY: &'static str = "makes a random component of each seed";

    fn config_schema() -> Schema {
        Schema::from(true)
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let kind = config.trim_matches('"');
        let made = records.into_iter().map(|record| {
            let seed = record
                .parse()
                .map_err(|_| Failure::reject("it is no seed"))?;
            let bytes = make(kind, seed).map_err(Failure::reject)?;
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(vec![format!("\"{}\"", digits.concat())])
        });
        Ok(made.collect())
    }
}

#[cfg(target_family = "wasm")]
fn make(kind: &str, seed: u64) -> Result<Vec<u8>, String> {
    use arbitrary::Unstructured;
    use wasm_smith::{Component, Config, Module};

    let noise = noise(seed);
    let mut noise = Unstructured::new(&noise);
    let config = Config {
        allow_start_export: true,
        ..Config::default()
    };
    match kind {
        "component" => Component::new(config, &mut noise).map(|component| component.to_bytes()),
        _ => Module::new(config, &mut noise).map(|module| module.to_bytes()),
    }
    .map_err(|error| error.to_string())
}

#[cfg(not(target_family = "wasm"))]
fn make(_kind: &str, _seed: u64) -> Result<Vec<u8>, String> {
    Err("it is made for the sandbox alone".to_owned())
}

/// Bytes that a seed stretches to (splitmix64).
#[cfg(target_family = "wasm")]
fn noise(seed: u64) -> Vec<u8> {
    const WORDS: usize = 1 << 10;
    let mut state = seed;
    let words = (0..WORDS).map(|_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    });
    words.flat_map(u64::to_le_bytes).collect()
}

fn plugin() -> Plugin {
    Plugin::new("test/smith", env!("CARGO_PKG_VERSION"), "Smith")
}

mortise_sdk::export! {
    plugin: plugin,
    transforms: [Smith],
}
