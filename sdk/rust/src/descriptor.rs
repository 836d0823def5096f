//! What `describe` returns: the types behind `wit/descriptor.schema.json`, which is generated from
//! them.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use crate::authentication::Scheme;
use crate::verification::Verification;

/// The version of the document's structure.
pub const SCHEMA_VERSION: u32 = 1;

/// A plugin as it describes itself. Readers ignore keys that they do not know.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "The descriptor of a Mortise plugin")]
pub struct Descriptor {
    /// Version of this document's structure: 1.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// `namespace/name`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]*/[a-z][a-z0-9-]*$"))]
    pub name: String,
    /// Semantic version.
    #[schemars(regex(
        pattern = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"
    ))]
    pub version: String,
    /// SPDX expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// For people: the application's own name.
    pub title: String,
    /// One sentence: lower case, no full stop.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub summary: String,
    /// JSON Schema (2020-12) of a connection's settings, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Schema>,
    /// How often the application may be asked, per connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Hosts that the plugin would like to reach: `api.example.com`, `*.example.com`, with a port
    /// where it is not 443. A host with `*` is for anonymous requests, never for a credential.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub hosts: Vec<String>,
    /// Where a connection's credential may go: exact HTTPS origins, or templates over the settings
    /// such as `{settings.instance_url}`, fixed when the connection is made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub origins: Vec<String>,
    /// The ways to authenticate; a connection picks one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub authentication: Vec<Scheme>,
    /// What it can do.
    #[schemars(length(min = 1))]
    pub operations: Vec<Operation>,
}

/// So many requests in so long.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Rate {
    /// Requests in one period.
    #[schemars(range(min = 1))]
    pub requests: u32,
    /// The period in milliseconds.
    #[schemars(range(min = 1))]
    pub per_ms: u64,
    /// Requests under way at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u32>,
}

/// One thing that a plugin does.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Operation {
    /// Unique among the plugin's operations of one role.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    pub name: String,
    /// The interface that serves it.
    pub role: Role,
    /// One sentence: lower case, no full stop.
    pub summary: String,
    /// JSON Schema (2020-12) of the step's `with`. `x-sensitive: true` keeps a field out of history.
    pub input: Schema,
    /// JSON Schema of the output: of one record for a transform or a paged operation, of the payload
    /// for polling and webhooks.
    pub output: Schema,
    /// JSON Schema of one record of a transform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Schema>,
    /// Whether a transform sees each record alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Records>,
    /// What a second call with the same idempotency key does.
    #[schemars(default)]
    pub repeat: Repeat,
    /// Keeps small values between calls; runs one call at a time.
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(default)]
    pub stateful: bool,
    /// Gives its output page by page.
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(default)]
    pub paging: bool,
    /// Ids of the authentication schemes that it works with; all where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub authentication: Vec<String>,
    /// Fields whose choices `explore` knows, as JSON Pointers into the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub choices: Vec<String>,
    /// The schemas here are a frame: `explore` knows those of the connected account.
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(default)]
    pub dynamic: bool,
    /// How a webhook is verified by the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// A webhook that gives the answer itself, before the host does; it has one second and no HTTP.
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(default)]
    pub answers: bool,
    /// A webhook that verifies the request itself, with `connection.verify`; as `answers`.
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(default)]
    pub verifies: bool,
    /// A webhook that registers itself with the application.
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(default)]
    pub subscribes: bool,
    /// Inputs that work, for people and for tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub examples: Vec<Example>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// The interface that serves an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
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

/// What a second call with the same idempotency key does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
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

/// How a transform takes its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Records {
    /// Each alone, so that they may come in portions.
    #[default]
    Each,
    /// All at once: they become one value, which is the first outcome's.
    All,
}

/// An input that works.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Example {
    /// For people.
    pub title: String,
    /// As in the step's `with`.
    pub input: serde_json::Value,
    /// The records that a transform is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Vec<serde_json::Value>>,
    /// What comes of it; for a transform, the list of the records that come of all of them, or the one value of
    /// `records: all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<serde_json::Value>,
}

impl Example {
    /// An example without a known output.
    pub fn new(title: impl Into<String>, input: serde_json::Value) -> Self {
        Self {
            title: title.into(),
            input,
            records: None,
            output: None,
        }
    }

    /// The records that a transform is given.
    #[must_use]
    pub fn records(mut self, records: Vec<serde_json::Value>) -> Self {
        self.records = Some(records);
        self
    }

    /// What comes of it.
    #[must_use]
    pub fn output(mut self, output: serde_json::Value) -> Self {
        self.output = Some(output);
        self
    }
}

impl Operation {
    /// An entry with nothing but what every operation has.
    pub fn new(name: &str, role: Role, summary: &str, input: Schema, output: Schema) -> Self {
        Self {
            name: name.to_owned(),
            role,
            summary: summary.to_owned(),
            input,
            output,
            record: None,
            records: None,
            repeat: Repeat::default(),
            stateful: false,
            paging: false,
            authentication: Vec::new(),
            choices: Vec::new(),
            dynamic: false,
            verification: None,
            answers: false,
            verifies: false,
            subscribes: false,
            examples: Vec::new(),
        }
    }
}

/// What a plugin says about itself, apart from its operations, which `export!` adds.
///
/// ```
/// use mortise_sdk::Plugin;
///
/// fn plugin() -> Plugin {
///     Plugin::new("acme/chat", "0.1.0", "Acme Chat").summary("posts messages").host("api.acme.example")
/// }
/// # assert_eq!(plugin().describe(vec![]).hosts, ["api.acme.example"]);
/// ```
#[derive(Clone, Debug)]
pub struct Plugin(Descriptor);

impl Plugin {
    /// `namespace/name`, the version (`env!("CARGO_PKG_VERSION")`), and the name for people.
    pub fn new(name: &str, version: &str, title: &str) -> Self {
        Self(Descriptor {
            schema_version: SCHEMA_VERSION,
            name: name.to_owned(),
            version: version.to_owned(),
            licence: None,
            title: title.to_owned(),
            summary: String::new(),
            settings: None,
            rate: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            authentication: Vec::new(),
            operations: Vec::new(),
        })
    }

    /// One sentence: lower case, no full stop.
    #[must_use]
    pub fn summary(mut self, summary: &str) -> Self {
        self.0.summary = summary.to_owned();
        self
    }

    /// SPDX expression.
    #[must_use]
    pub fn licence(mut self, licence: &str) -> Self {
        self.0.licence = Some(licence.to_owned());
        self
    }

    /// The type of a connection's settings.
    #[must_use]
    pub fn settings<T: JsonSchema>(mut self) -> Self {
        self.0.settings = Some(schema_in::<T>());
        self
    }

    /// How often the application may be asked, per connection.
    #[must_use]
    pub fn rate(mut self, requests: u32, per_ms: u64) -> Self {
        self.0.rate = Some(Rate {
            requests,
            per_ms,
            at_once: None,
        });
        self
    }

    /// Wants a host; the operator grants it or not.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        self.0.hosts.push(host.to_owned());
        self
    }

    /// An origin, or a template over the settings, where the credential may go.
    #[must_use]
    pub fn origin(mut self, origin: &str) -> Self {
        self.0.origins.push(origin.to_owned());
        self
    }

    /// A way to authenticate.
    #[must_use]
    pub fn authentication(mut self, scheme: Scheme) -> Self {
        self.0.authentication.push(scheme);
        self
    }

    /// The whole document.
    pub fn describe(mut self, operations: Vec<Operation>) -> Descriptor {
        self.0.operations = operations;
        self.0
    }
}

impl Descriptor {
    /// As JSON text.
    pub fn to_json(&self) -> String {
        // Nothing in these types can fail to be written: every key of every map is text.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Text by name, in a fixed order.
pub type Texts = BTreeMap<String, String>;

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    })
}

/// The JSON Schema of what a type reads.
pub fn schema_in<T: JsonSchema>() -> Schema {
    settings().into_generator().into_root_schema_for::<T>()
}

/// The JSON Schema of what a type writes.
pub fn schema_out<T: JsonSchema>() -> Schema {
    settings()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// The JSON Schema of the descriptor itself, as `wit/descriptor.schema.json` holds it.
pub fn descriptor_schema() -> Schema {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Descriptor>()
}
