//! Small values kept between calls of one step or trigger with one connection, for operations that
//! declare `STATEFUL`. What a call writes is kept together with its result, or not at all.

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::state as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::state as host;

/// The value of a key, if it has one.
pub fn get(key: &str) -> Option<Vec<u8>> {
    host::get(key)
}

/// Keeps a value.
pub fn set(key: &str, value: &[u8]) {
    host::set(key, value);
}

/// Forgets a key.
pub fn delete(key: &str) {
    host::delete(key);
}
