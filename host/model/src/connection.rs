//! Connections as an operator writes them: what is not secret about an account.

use serde::{Deserialize, Serialize};

use crate::id::ConnectionName;
use crate::json::Json;

/// A named account of an application, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Unique within its namespace.
    pub name: ConnectionName,
    /// The plugin that it is for: `mortise/http`.
    pub plugin: String,
    /// What the plugin may read: an object.
    pub settings: Json,
    /// Where its steps may go: exact origins such as `https://api.example.com`.
    pub origins: Vec<String>,
    /// How often the application may be asked; without it the plugin's own rate.
    pub rate: Option<Rate>,
}

/// How often an application may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// So many requests,
    pub requests: u32,
    /// in so many milliseconds. A plugin's descriptor writes it with a hyphen.
    #[serde(alias = "per-ms")]
    pub per_ms: u64,
}
