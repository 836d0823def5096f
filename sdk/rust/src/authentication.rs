//! How a connection proves who it is. The host holds every secret and does what is declared here;
//! a plugin never sees the bytes.

use schemars::JsonSchema;
use serde::Serialize;

mod oauth2;
mod session;

pub use oauth2::{Assertion, Capture, CaptureFrom, ClientAuthentication, Grant, Oauth2};
pub use session::{Session, SessionToken};

/// One way to authenticate. Templates hold `{secrets.NAME}`, `{settings.NAME}` and
/// `{captured.NAME}`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Scheme {
    /// Unique in the plugin.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    pub id: String,
    /// For people: `API key`.
    pub title: String,
    /// How to come by the credential.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub summary: String,
    /// What a person enters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub secrets: Vec<Secret>,
    /// Where the host puts the credential in each request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub placements: Vec<Placement>,
    /// What the host does besides.
    #[serde(flatten)]
    pub method: Method,
    /// Where this scheme's credential may go, instead of the plugin's own `origins`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub origins: Vec<String>,
}

impl Scheme {
    /// One secret called `token`, sent as `authorization: Bearer …`.
    pub fn bearer(id: &str, title: &str) -> Self {
        Self::header(
            id,
            title,
            "token",
            "authorization",
            "Bearer {secrets.token}",
        )
    }

    /// One secret, sent in a header that is made of a template.
    pub fn header(id: &str, title: &str, secret: &str, header: &str, template: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            summary: String::new(),
            secrets: vec![Secret::inject(secret)],
            placements: vec![Placement {
                within: Within::Header,
                name: header.to_owned(),
                template: template.to_owned(),
            }],
            method: Method::Secrets,
            origins: Vec::new(),
        }
    }

    /// OAuth 2.0; the access token goes into `authorization: Bearer …`.
    pub fn oauth2(id: &str, title: &str, oauth2: Oauth2) -> Self {
        Self::of_method(id, title, Method::Oauth2(Box::new(oauth2)))
    }

    /// What the host does with secrets that the method itself names.
    pub fn of_method(id: &str, title: &str, method: Method) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            summary: String::new(),
            secrets: Vec::new(),
            placements: Vec::new(),
            method,
            origins: Vec::new(),
        }
    }
}

/// What the host does with the secrets.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Method {
    /// Puts them where the placements say.
    Secrets,
    /// Gets access tokens and renews them.
    Oauth2(Box<Oauth2>),
    /// Logs in, and again when the session ends.
    Session(Session),
    /// Signs each request with AWS Signature Version 4; secrets `access-key-id`,
    /// `secret-access-key` and, where there is one, `session-token`.
    AwsSigv4 {
        /// Such as `s3`; a template.
        service: String,
        /// Such as `eu-central-1`; a template.
        region: String,
    },
    /// Signs each request with OAuth 1.0a; secrets `consumer-key`, `consumer-secret`, `token` and
    /// `token-secret`.
    Oauth1 {
        /// How it signs.
        signature: Oauth1Signature,
        /// Sent as `realm`; a template.
        #[serde(skip_serializing_if = "Option::is_none")]
        realm: Option<String>,
    },
}

/// A value that only the host knows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Secret {
    /// Unique in the scheme.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    pub name: String,
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub title: String,
    /// What may happen with it.
    #[serde(rename = "use")]
    pub usage: Usage,
    /// Algorithms that a secret for signing allows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub algorithms: Vec<Algorithm>,
    /// May be left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub optional: bool,
}

impl Secret {
    /// A secret that the host puts into requests.
    pub fn inject(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: String::new(),
            usage: Usage::Inject,
            algorithms: Vec::new(),
            optional: false,
        }
    }

    /// A secret that the plugin may sign and verify with.
    pub fn sign(name: &str, algorithms: &[Algorithm]) -> Self {
        Self {
            usage: Usage::Sign,
            algorithms: algorithms.to_vec(),
            ..Self::inject(name)
        }
    }
}

/// What may happen with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    /// The host puts it into requests.
    Inject,
    /// The host signs and verifies with it when the plugin asks.
    Sign,
}

/// As `connection.algorithm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Algorithm {
    HmacSha1,
    HmacSha256,
    HmacSha512,
    Rs256,
    Es256,
    Ed25519,
}

/// How OAuth 1.0a signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Oauth1Signature {
    HmacSha1,
    HmacSha256,
}

/// Where a credential stands in a request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Placement {
    /// The part of the request.
    #[serde(rename = "in")]
    pub within: Within,
    /// Name of the header or parameter; JSON Pointer for a body; for a path, the placeholder in
    /// braces that the plugin writes into the URL.
    pub name: String,
    /// The value: `Bearer {secrets.token}`; `{basic(secrets.user, secrets.password)}` is base64 of
    /// both with a colon between.
    pub template: String,
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Within {
    Header,
    Query,
    Path,
    Body,
}
