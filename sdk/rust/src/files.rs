//! Content too large or too binary for JSON. A file belongs to the run and goes with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::files as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::files as host;

pub use crate::bindings::imports::mortise::plugin::files::Info;

/// A file as inputs and outputs name it: `{"$file": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct File {
    /// Its id.
    #[serde(rename = "$file")]
    pub id: String,
}

/// Size, type and name of a file; the error says what is wrong with the id.
pub fn stat(id: &str) -> Result<Info, String> {
    host::stat(id)
}

/// Up to `length` bytes from `offset`; fewer at the end.
pub fn read(id: &str, offset: u64, length: u32) -> Result<Vec<u8>, String> {
    host::read(id, offset, length)
}

/// An empty file; gives its id.
pub fn create(name: Option<&str>, content_type: &str) -> Result<String, String> {
    host::create(name, content_type)
}

/// Adds bytes at the end of a file that this call created.
pub fn append(id: &str, data: &[u8]) -> Result<(), String> {
    host::append(id, data)
}
