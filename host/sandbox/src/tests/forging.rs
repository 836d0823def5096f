//! Random components and modules, as nobody writes them: the loader takes each or refuses it with a
//! sentence, and neither breaks down nor takes for ever. `SEED` repeats a run, `SECS` makes it longer.

use std::collections::BTreeMap;
use std::time::Duration;

use mortise_model::descriptor::Records;
use mortise_ports::plugins::LoadError;
use tokio::time::Instant;

use super::{Stage, guest, output, settings};
use crate::engine;
use crate::link::Linkers;
use crate::load::Loader;

/// How long it goes on where nothing is said, in seconds.
const SECS: u64 = 60;
/// Components that are made at once.
const BATCH: u64 = 8;
/// The longest that one may take.
const ONE_MAX: Duration = Duration::from_secs(30);

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_components_are_taken_or_refused() {
    let seed = number("SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let length = Duration::from_secs(number("SECS").unwrap_or(SECS));
    println!("SEED={seed}");
    let smith = Stage::new(settings(), guest("test-guests", "smith")).await;
    let loader = loader();
    let begun = Instant::now();
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut next = seed << 20;
    while begun.elapsed() < length {
        for kind in ["component", "module"] {
            for bytes in made(&smith, kind, next).await {
                let began = Instant::now();
                let outcome = tried(&loader, kind, &bytes);
                assert!(began.elapsed() < ONE_MAX, "SEED={seed}: {next}");
                *outcomes.entry(outcome).or_default() += 1;
            }
        }
        next += BATCH;
    }
    println!("{outcomes:?}");
    // It would prove nothing if all ended at the first look.
    assert!(outcomes.contains_key("compiled"), "{outcomes:?}");
}

fn loader() -> Loader {
    let settings = settings();
    let engine = engine::start(&settings).unwrap();
    Loader {
        linkers: Linkers::new(&engine).unwrap(),
        engine,
        settings: settings.into(),
        cache: None,
        isolated: None,
    }
}

async fn made(smith: &Stage, kind: &str, first: u64) -> Vec<Vec<u8>> {
    let mut operation = smith.transform("smith", Records::Each);
    operation.timeout_ms = 60_000;
    let seeds: Vec<String> = (first..first + BATCH)
        .map(|seed| seed.to_string())
        .collect();
    let seeds = format!("[{}]", seeds.join(","));
    let report = smith
        .call(operation, &format!("\"{kind}\""), Some(&seeds))
        .await;
    let texts: Vec<String> = serde_json::from_str(output(&report)).unwrap();
    texts.iter().map(|text| bytes(text)).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    let pairs = pairs.map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// What became of it, in a word.
fn tried(loader: &Loader, kind: &str, bytes: &[u8]) -> &'static str {
    let component = match kind {
        "component" => bytes.to_vec(),
        _ => around(bytes),
    };
    match loader.load(&component) {
        Ok(_) => "loaded",
        Err(LoadError::Describe(_)) => "compiled",
        Err(LoadError::Compile(_)) => "not compiled",
        Err(LoadError::UnknownImport(_)) => "imports",
        Err(LoadError::Malformed(_)) => "malformed",
        Err(LoadError::OverLimit { .. }) => "over a limit",
        Err(_) => "no plugin",
    }
}

/// A component with a module in it, and exports that are hollow.
fn around(module: &[u8]) -> Vec<u8> {
    let exports = ["describe", "actions"].map(|name| {
        format!(
            "(component ${name}) (instance ${name} (instantiate ${name})) \
             (export \"mortise:plugin/{name}@0.1.0\" (instance ${name}))"
        )
    });
    let mut component = wat::parse_str(format!("(component {})", exports.concat())).unwrap();
    // A section: the id of a core module, its length, the module.
    component.push(1);
    let mut length = module.len();
    loop {
        let low = u8::try_from(length & 0x7f).unwrap();
        length >>= 7;
        component.push(low | if length > 0 { 0x80 } else { 0 });
        if length == 0 {
            break;
        }
    }
    component.extend_from_slice(module);
    component
}
