//! OAuth 2.0, as far as applications differ in it.

use schemars::JsonSchema;
use serde::Serialize;

use super::Algorithm;
use crate::descriptor::Texts;

/// OAuth 2.0. URLs are templates over the settings.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Oauth2 {
    /// How the first token is got.
    pub grant: Grant,
    /// Where the person is sent, for `authorization-code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<String>,
    /// Where tokens are got.
    pub token_url: String,
    /// Where they are renewed, if not at `token-url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_url: Option<String>,
    /// Where they are given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke_url: Option<String>,
    /// Whether PKCE (S256) is used; on unless the application refuses it.
    pub pkce: bool,
    /// How the client proves itself at the token endpoint.
    pub client_authentication: ClientAuthentication,
    /// Asked for unless the connection says otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub scopes: Vec<String>,
    /// Between scopes; a space by the standard.
    pub scope_separator: String,
    /// Added to the authorization request.
    #[serde(skip_serializing_if = "Texts::is_empty")]
    #[schemars(default)]
    pub authorize_parameters: Texts,
    /// Added to each token request.
    #[serde(skip_serializing_if = "Texts::is_empty")]
    #[schemars(default)]
    pub token_parameters: Texts,
    /// Each refresh gives a new refresh token and ends the old one.
    pub rotating_refresh: bool,
    /// Lifetime of an access token in milliseconds where the answer names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_ms: Option<u64>,
    /// What else to keep of the answer or the callback, as `{captured.NAME}`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub capture: Vec<Capture>,
    /// The assertion, for `jwt-bearer` and for `private-key-jwt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertion: Option<Assertion>,
}

impl Oauth2 {
    /// Authorization code with PKCE and the client's secret in the `authorization` header.
    pub fn authorization_code(authorize_url: &str, token_url: &str, scopes: &[&str]) -> Self {
        Self {
            grant: Grant::AuthorizationCode,
            authorize_url: Some(authorize_url.to_owned()),
            token_url: token_url.to_owned(),
            refresh_url: None,
            revoke_url: None,
            pkce: true,
            client_authentication: ClientAuthentication::Basic,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            scope_separator: " ".to_owned(),
            authorize_parameters: Texts::new(),
            token_parameters: Texts::new(),
            rotating_refresh: false,
            lifetime_ms: None,
            capture: Vec::new(),
            assertion: None,
        }
    }

    /// Client credentials: no person is asked.
    pub fn client_credentials(token_url: &str, scopes: &[&str]) -> Self {
        Self {
            grant: Grant::ClientCredentials,
            authorize_url: None,
            pkce: false,
            ..Self::authorization_code("", token_url, scopes)
        }
    }
}

/// How the first token is got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Grant {
    AuthorizationCode,
    ClientCredentials,
    JwtBearer,
}

/// How the client proves itself at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuthentication {
    /// HTTP basic.
    Basic,
    /// `client_id` and `client_secret` in the body.
    Body,
    /// A public client: `client_id` alone.
    None,
    /// A signed assertion.
    PrivateKeyJwt,
}

/// Something to keep of what the application told.
#[derive(Clone, Debug, Serialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum CaptureFrom {
    Token,
    Callback,
}

/// A signed assertion (RFC 7523); values are templates.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Assertion {
    /// Name of the secret that holds the private key.
    pub key: String,
    /// `rs256` or `es256`.
    pub algorithm: Algorithm,
    /// The claims; `iat`, `exp` and `jti` are the host's.
    pub claims: Texts,
    /// Lifetime in milliseconds.
    pub lifetime_ms: u64,
}
