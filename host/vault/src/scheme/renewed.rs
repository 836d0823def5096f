//! Credentials that are got from the application: OAuth 2.0, and logging in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Algorithm;

/// Texts by name.
pub type Texts = BTreeMap<String, String>;

/// OAuth 2.0. URLs are templates over the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Oauth2 {
    /// How the first token is got.
    pub grant: Grant,
    /// Where the person is sent.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// Where tokens are got.
    pub token_url: String,
    /// Where they are renewed, if not there.
    #[serde(default)]
    pub refresh_url: Option<String>,
    /// Whether PKCE (S256) is used.
    #[serde(default = "yes")]
    pub pkce: bool,
    /// How the client proves itself.
    pub client_authentication: ClientAuthentication,
    /// What is asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Between scopes.
    #[serde(default = "space")]
    pub scope_separator: String,
    /// Added to the authorization request; templates.
    #[serde(default)]
    pub authorize_parameters: Texts,
    /// Added to each token request; templates.
    #[serde(default)]
    pub token_parameters: Texts,
    /// Each refresh gives a new refresh token and ends the old one.
    #[serde(default)]
    pub rotating_refresh: bool,
    /// Of an access token, where the answer names none.
    #[serde(default)]
    pub lifetime_ms: Option<u64>,
    /// What else to keep of the answer or the callback.
    #[serde(default)]
    pub capture: Vec<Capture>,
    /// For `jwt-bearer` and `private-key-jwt`.
    #[serde(default)]
    pub assertion: Option<Assertion>,
}

/// How the first token is got (RFC 6749, RFC 7523).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Grant {
    AuthorizationCode,
    ClientCredentials,
    JwtBearer,
}

/// How the client proves itself at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuthentication {
    /// HTTP basic.
    Basic,
    /// In the body.
    Body,
    /// A public client.
    None,
    /// A signed assertion.
    PrivateKeyJwt,
}

/// Something to keep of what the application told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Capture {
    /// As `{captured.NAME}` in templates and as a setting for the plugin.
    pub name: String,
    /// Where it stands.
    pub from: CaptureFrom,
    /// JSON Pointer into the token answer, or the parameter of the callback.
    pub at: String,
}

/// Where something to keep stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum CaptureFrom {
    Token,
    Callback,
}

/// A signed assertion (RFC 7523).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Assertion {
    /// The secret that holds the private key.
    pub key: String,
    /// `rs256` or `es256`.
    pub algorithm: Algorithm,
    /// Templates; `iat`, `exp` and `jti` are the host's.
    #[serde(default)]
    pub claims: Texts,
    /// How long it counts.
    pub lifetime_ms: u64,
}

/// Logging in with a request of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Session {
    /// `POST` as a rule.
    pub method: String,
    /// A template.
    pub url: String,
    /// Templates.
    #[serde(default)]
    pub headers: Texts,
    /// A template; what stands in it is escaped for its content type.
    #[serde(default)]
    pub body: Option<String>,
    /// Where the answer holds the session.
    pub token: SessionToken,
    /// Log in again after so long.
    #[serde(default)]
    pub lifetime_ms: Option<u64>,
}

/// Where the answer to a login holds the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionToken {
    /// Name of a header.
    Header(String),
    /// Name of a cookie.
    Cookie(String),
    /// JSON Pointer into the body.
    Body(String),
}

fn yes() -> bool {
    true
}

fn space() -> String {
    " ".to_owned()
}
