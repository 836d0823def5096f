//! What a plugin says about itself (`wit/descriptor.schema.json`), as far as the host reads it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::Digest;
use crate::json::Json;

/// The document that `describe` returns. Keys that this version does not know are left alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Descriptor {
    /// Version of the document's structure: 1.
    pub schema_version: u32,
    /// `namespace/name`.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// SPDX expression.
    #[serde(default)]
    pub licence: Option<String>,
    /// For people.
    pub title: String,
    /// One sentence.
    #[serde(default)]
    pub summary: String,
    /// JSON Schema of a connection's settings.
    #[serde(default)]
    pub settings: Option<Json>,
    /// Hosts that it would like to reach.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Where credentials may go, where neither the connection nor its scheme says so: templates.
    #[serde(default)]
    pub origins: Vec<String>,
    /// How often the application may be asked, where a connection says nothing.
    #[serde(default)]
    pub rate: Option<crate::connection::Rate>,
    /// Authentication schemes, kept as they are written.
    #[serde(default)]
    pub authentication: Vec<Json>,
    /// What it can do.
    pub operations: Vec<OperationDescriptor>,
}

/// One thing that a plugin does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OperationDescriptor {
    /// Unique in the plugin.
    pub name: String,
    /// How it is called.
    pub role: Role,
    /// One sentence.
    #[serde(default)]
    pub summary: String,
    /// JSON Schema (2020-12) of `with`.
    pub input: Json,
    /// JSON Schema of the output; of one record for a transform.
    pub output: Json,
    /// What repeating it does; `safe` for a transform.
    #[serde(default)]
    pub repeat: Repeat,
    /// For a transform: whether it sees each record alone or all at once.
    #[serde(default)]
    pub records: Records,
    /// For an action: it gives its output page by page.
    #[serde(default)]
    pub paging: bool,
    /// For a webhook: how the host verifies requests, kept as it is written.
    #[serde(default)]
    pub verification: Option<Json>,
    /// For a webhook: it gives the answer itself.
    #[serde(default)]
    pub answers: bool,
    /// For a webhook: it verifies requests itself.
    #[serde(default)]
    pub verifies: bool,
    /// For a webhook: it registers itself with the application.
    #[serde(default)]
    pub subscribes: bool,
    /// Inputs that work, for people and for tests.
    #[serde(default)]
    pub examples: Vec<Json>,
}

/// How an operation is called: the interface of `wit/` that serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// `actions`.
    Action,
    /// `batch`.
    Batch,
    /// `polling`.
    Polling,
    /// `webhooks`.
    Webhook,
    /// `transform`.
    Transform,
}

impl Descriptor {
    /// Settings of a connection with the defaults of the schema in them, for the templates that name them.
    #[must_use]
    pub fn with_defaults(&self, mut settings: Value) -> Value {
        let schema: Option<Value> = self.settings.as_ref().and_then(|schema| schema.read().ok());
        let properties = schema
            .as_ref()
            .and_then(|schema| schema["properties"].as_object());
        let (Some(properties), Some(given)) = (properties, settings.as_object_mut()) else {
            return settings;
        };
        for (name, property) in properties {
            let default = property.get("default").filter(|default| !default.is_null());
            if let Some(default) = default {
                given
                    .entry(name.as_str())
                    .or_insert_with(|| default.clone());
            }
        }
        settings
    }
}

impl Role {
    /// The interface of the contract that serves it.
    #[must_use]
    pub fn interface(self) -> &'static str {
        match self {
            Self::Action => "actions",
            Self::Batch => "batch",
            Self::Polling => "polling",
            Self::Webhook => "webhooks",
            Self::Transform => "transform",
        }
    }
}

/// What repeating an operation with the same idempotency key does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// Nothing: it reads, or sets what is set already.
    Safe,
    /// Nothing, because the application knows the key.
    Keyed,
    /// It happens twice.
    #[default]
    Duplicates,
}

/// How a transform wants its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Records {
    /// Each alone: one record in, one out; a list in, a list out.
    #[default]
    Each,
    /// All at once: they become one value.
    All,
}

/// A plugin that has been loaded and looked at.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// sha256 of the component's bytes.
    pub digest: Digest,
    /// Size of the component in bytes.
    pub size_bytes: u64,
    /// Interfaces of the contract that it exports, such as `actions`.
    pub roles: Vec<String>,
    /// Interfaces that it imports, such as `mortise:plugin/http@0.1.0`.
    pub imports: Vec<String>,
    /// What it says about itself.
    pub descriptor: Descriptor,
    /// The same as it was written, with what this version does not read.
    pub document: Json,
}
