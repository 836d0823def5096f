//! `mortise:plugin/state`: only operations that declare `stateful` have it, and this host knows
//! none yet. A call ends the guest instead of forgetting what it wanted kept.

use crate::contract::mortise::plugin::state::Host;
use crate::guest::Guest;

const REFUSAL: &str =
    "`state` belongs to operations that declare `stateful`, which this host does not serve";

impl Host for Guest {
    fn get(&mut self, _key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        Err(wasmtime::format_err!(REFUSAL))
    }

    fn set(&mut self, _key: String, _value: Vec<u8>) -> wasmtime::Result<()> {
        Err(wasmtime::format_err!(REFUSAL))
    }

    fn delete(&mut self, _key: String) -> wasmtime::Result<()> {
        Err(wasmtime::format_err!(REFUSAL))
    }
}
