//! Sends a request with the credential and then looks for a text in every byte that this plugin can read.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Looks for a secret where a plugin could find it.
pub struct Search;

#[derive(Deserialize, JsonSchema)]
pub struct Wanted {
    /// Where the request goes.
    url: String,
    /// The text, every byte of it one higher, so that the input does not hold it.
    shifted: String,
}

#[derive(Serialize, JsonSchema)]
pub struct Found {
    /// How often it is there.
    places: u64,
    /// How often what the application answered besides is there: so the search finds what is.
    controls: u64,
    /// Bytes that were looked through.
    bytes: u64,
}

impl Action for Search {
    const NAME: &'static str = "search";
    const SUMMARY: &'static str = "looks for a text in the plugin's memory";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Wanted;
    type Output = Found;

    fn invoke(wanted: Wanted, _: Turn) -> Result<Outcome<Found>, Failure> {
        let answer = Request::get(wanted.url).send()?.ok()?;
        let memory = memory();
        let found = Found {
            places: count(memory, wanted.shifted.as_bytes()),
            controls: count(memory, b"dpouspm.uifsf"), // "control-there", shifted
            bytes: memory.len() as u64,
        };
        drop(answer);
        Ok(Outcome::Done(found))
    }
}

fn count(memory: &[u8], shifted: &[u8]) -> u64 {
    let is_it = |part: &&[u8]| {
        part.iter()
            .zip(shifted)
            .all(|(a, b)| a.wrapping_add(1) == *b)
    };
    memory.windows(shifted.len()).filter(is_it).count() as u64
}

/// All of the linear memory but its first page.
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
fn memory() -> &'static [u8] {
    const PAGE: usize = 65_536;
    let pages = core::arch::wasm32::memory_size(0);
    // SAFETY: every byte below the memory's size can be read; it only grows, and nothing else runs in
    // this instance while the slice is looked through.
    unsafe { std::slice::from_raw_parts(PAGE as *const u8, (pages - 1) * PAGE) }
}

/// Elsewhere this only has to compile.
#[cfg(not(target_arch = "wasm32"))]
fn memory() -> &'static [u8] {
    &[]
}
