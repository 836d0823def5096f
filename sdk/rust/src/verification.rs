//! How the host checks that a webhook comes from where it says, before anything runs.

use schemars::JsonSchema;
use serde::Serialize;

use crate::authentication::Algorithm;

/// Either a scheme that the host knows by name, or one that is spelled out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "scheme")]
pub enum Verification {
    /// Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard(Key),
    /// `stripe-signature`.
    Stripe(Key),
    /// `x-hub-signature-256`.
    Github(Key),
    /// `x-shopify-hmac-sha256`.
    Shopify(Key),
    /// `x-slack-signature`.
    Slack(Key),
    /// A signature over the request.
    Signature(Signature),
    /// A shared secret that the request carries.
    Token(Token),
}

/// The secret of the connection to check with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Key {
    /// Name of the secret; `signing-secret` as a rule.
    pub secret: String,
}

impl Default for Key {
    fn default() -> Self {
        Self {
            secret: "signing-secret".to_owned(),
        }
    }
}

/// A signature, spelled out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Signature {
    /// Name of the secret.
    pub secret: String,
    /// The header that holds the signature.
    pub header: String,
    /// Before the signature in the header: `sha256=`.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub prefix: String,
    /// How it is computed.
    pub algorithm: Algorithm,
    /// How it is written.
    pub encoding: Encoding,
    /// What is signed: `{body}`, `{header.NAME}`, `{method}`, `{url}`, `{timestamp}` and text.
    pub content: String,
    /// The header that holds the time of sending, since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_header: Option<String>,
    /// What that time counts.
    #[serde(skip_serializing_if = "TimestampUnit::is_seconds")]
    #[schemars(default)]
    pub timestamp_unit: TimestampUnit,
    /// How far that time may be from the host's, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance_ms: Option<u64>,
    /// How the secret is written where it is not plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_encoding: Option<Encoding>,
}

/// What a time of sending counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum TimestampUnit {
    #[default]
    Seconds,
    Milliseconds,
}

impl TimestampUnit {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    fn is_seconds(&self) -> bool {
        *self == Self::Seconds
    }
}

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Encoding {
    Hex,
    Base64,
}

/// A shared secret that stands in a header or a query parameter.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Token {
    /// Name of the secret.
    pub secret: String,
    /// The header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Or the query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}
