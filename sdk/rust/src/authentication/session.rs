//! Credentials that are got by logging in.

use schemars::JsonSchema;
use serde::Serialize;

use crate::descriptor::Texts;

/// Logging in with a request of its own.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Session {
    /// `POST` as a rule.
    pub method: String,
    /// A template.
    pub url: String,
    /// Templates.
    #[serde(skip_serializing_if = "Texts::is_empty")]
    #[schemars(default)]
    pub headers: Texts,
    /// The body as a template; what stands in it is escaped for its content type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Where the answer holds the session, used as `{captured.session}`.
    pub token: SessionToken,
    /// Log in again after so long; on a 401 in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_ms: Option<u64>,
}

/// Where the answer to a login holds the session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionToken {
    /// Name of a header.
    Header(String),
    /// Name of a cookie.
    Cookie(String),
    /// JSON Pointer into the body.
    Body(String),
}
