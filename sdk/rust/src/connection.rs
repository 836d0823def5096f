//! The connection that the step names. Its secrets stay in the host.

use serde::de::DeserializeOwned;

use crate::{Failure, json};

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::connection as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::connection as host;

pub use crate::bindings::imports::mortise::plugin::connection::Algorithm;

/// The settings that are not secret; `null` where the step names no connection.
pub fn settings<T: DeserializeOwned>() -> Result<T, Failure> {
    json::read(&host::settings(), "connection's settings").map_err(|failure| Failure {
        disposition: crate::Disposition::Misconfigured,
        ..failure
    })
}

/// Whether the step names a connection.
pub fn present() -> bool {
    host::settings() != "null"
}

/// Signs with a secret that the descriptor declares `use: sign`.
pub fn sign(secret: &str, algorithm: Algorithm, data: &[u8]) -> Result<Vec<u8>, String> {
    host::sign(secret, algorithm, data)
}

/// Compares a signature in constant time.
pub fn verify(
    secret: &str,
    algorithm: Algorithm,
    data: &[u8],
    signature: &[u8],
) -> Result<bool, String> {
    host::verify(secret, algorithm, data, signature)
}
