//! The call that the plugin is in. A plugin neither sleeps nor retries: it says what happened.

use crate::Failure;

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::context as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::context as host;

/// Name of the workflow.
pub fn workflow() -> String {
    host::workflow()
}

/// ULID of the run.
pub fn run() -> String {
    host::run()
}

/// Path of the step inside the run: `notify`, `lines[3].post`.
pub fn step() -> String {
    host::step()
}

/// From 1, and one more with every retry.
pub fn attempt() -> u32 {
    host::attempt()
}

/// The same for every attempt of one turn of one step of one run. Pass it on to the application
/// wherever the application takes one.
pub fn idempotency_key() -> String {
    host::idempotency_key()
}

/// What is left of the call, in milliseconds.
pub fn remaining_ms() -> u64 {
    host::remaining_ms()
}

/// Whether somebody asked for the call to end.
pub fn cancelled() -> bool {
    host::cancelled()
}

/// Where the application can call back, once, for [`crate::Outcome::until_called`]; the failure says
/// why there is no such place.
pub fn callback_url() -> Result<String, Failure> {
    host::callback_url().map_err(Failure::misconfigured)
}
