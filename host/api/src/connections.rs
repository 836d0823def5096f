//! Connections that have secrets: made, listed, tried, rotated and removed. Whoever assembles the
//! process has the vault; a secret goes in here and never comes out.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use http::StatusCode;
use mortise_model::connection::Rate;
use mortise_model::{Json, Namespace, Timestamp};
use mortise_vault::{VaultError, View};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// What is asked of the connections.
#[derive(Debug)]
pub enum Order {
    /// All of them.
    List,
    /// Make one.
    Add(Add),
    /// Replace secrets.
    Rotate(String, Rotate),
    /// Remove one with its secrets.
    Remove(String),
    /// Send a request with the credential.
    Try(String, Try),
    /// Where a person goes to agree.
    Link(String, Link),
    /// Take a person's consent.
    Authorize(String, Authorize),
    /// Wrap the data key with another key.
    RotateKey(RotateKey),
}

/// A connection to be made.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// Unique in its namespace.
    pub name: String,
    /// The plugin that it is for: `mortise/http`.
    pub plugin: String,
    /// The authentication scheme, where several take these secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// What the plugin may read: an object.
    #[serde(default = "empty")]
    pub settings: Json,
    /// Where its steps and its secrets may go; without any, where the scheme says.
    #[serde(default)]
    pub origins: Vec<String>,
    /// How often the application may be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Who answers for it.
    pub owner: String,
    /// By name.
    pub secrets: Vec<Entered>,
}

fn empty() -> Json {
    Json::kept("{}").unwrap_or_else(|_| Json::null())
}

/// A secret that somebody entered.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    /// Its name in the scheme.
    pub name: String,
    /// The value.
    pub value: Zeroizing<String>,
    /// When the application takes it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Says whose it is and nothing of what it is.
impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entered")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Secrets to be replaced.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// By name; others stay as they are.
    pub secrets: Vec<Entered>,
    /// How long signatures with the former ones are still taken, in milliseconds.
    #[serde(default)]
    pub overlap_ms: u64,
}

/// A request to try a credential with.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Try {
    /// Where, below the first origin; where nothing is said, the plugin's `check` knows, or `/` is asked.
    #[serde(default)]
    pub path: String,
}

/// A person is to agree; whoever serves the callback made this up.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Where the person comes back to.
    pub redirect_uri: String,
    /// Nobody can guess it, and it comes back with the person.
    pub state: String,
    /// sha256 of the verifier in base64url (RFC 7636).
    pub challenge: String,
}

/// A person has agreed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorize {
    /// What the callback brought; good for one time.
    pub code: Zeroizing<String>,
    /// What the challenge was made of.
    pub verifier: Zeroizing<String>,
    /// As before.
    pub redirect_uri: String,
    /// All parameters of the callback.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// Says nothing of what it carries.
impl std::fmt::Debug for Authorize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorize").finish_non_exhaustive()
    }
}

/// Another key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// The file that has it, as the process sees it.
    pub file: String,
}

/// What came of an order.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Done {
    /// The connections.
    List {
        /// By namespace and name.
        items: Vec<View>,
        /// There are no pages.
        next: Option<()>,
    },
    /// A connection as it is now, or as it was before it was removed.
    Connection(Box<View>),
    /// An application's answer to a request with the credential.
    Tried {
        /// The connection.
        name: String,
        /// Where the request went.
        url: String,
        /// What the application answered.
        status: u16,
        /// Whether it took the credential.
        accepted: bool,
    },
    /// What the plugin's own `check` found.
    Checked {
        /// The connection.
        name: String,
        /// Which plugin, with its version.
        plugin: String,
        /// Whether the application took the credential.
        accepted: bool,
        /// Whose it is, where it was taken.
        account: Option<Account>,
        /// Why it was not taken.
        why: Option<String>,
    },
    /// Where a person goes to agree.
    Link {
        /// To be opened.
        url: String,
    },
    /// Whether there was a data key to wrap.
    KeyRotated {
        /// Whether there was one.
        rotated: bool,
    },
}

/// Whose a credential is, as the application says.
#[derive(Debug, Serialize)]
pub struct Account {
    /// The application's id of it.
    pub id: String,
    /// For people.
    pub label: String,
}

impl From<(String, String)> for Account {
    fn from((id, label): (String, String)) -> Self {
        Self { id, label }
    }
}

/// Why an order was not carried out. No secret is in the words.
#[derive(Debug, Error)]
pub enum KeepError {
    /// There is no such connection.
    #[error("{0}")]
    NotFound(String),
    /// There is one already.
    #[error("{0}")]
    Exists(String),
    /// The order makes no sense.
    #[error("{0}")]
    Refused(String),
    /// The key, the store or the application is not there.
    #[error("{0}")]
    Unusable(String),
}

/// An order on its way.
pub type Keeping<'a> = Pin<Box<dyn Future<Output = Result<Done, KeepError>> + Send + 'a>>;

/// Carries out orders. Whoever assembles the process says how.
pub trait Keep: Send + Sync {
    /// Carries out an order in a namespace; what it changed is durable and in use when it returns.
    fn keep(&self, namespace: Namespace, order: Order) -> Keeping<'_>;
}

impl From<KeepError> for Problem {
    fn from(error: KeepError) -> Self {
        let (status, code) = match error {
            KeepError::NotFound(_) => (StatusCode::NOT_FOUND, "no-such-connection"),
            KeepError::Exists(_) => (StatusCode::CONFLICT, "connection-exists"),
            KeepError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "connection-invalid"),
            KeepError::Unusable(_) => (StatusCode::SERVICE_UNAVAILABLE, "connection-unusable"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<VaultError> for KeepError {
    fn from(error: VaultError) -> Self {
        let text = error.to_string();
        match error {
            VaultError::Unknown(_) => Self::NotFound(text),
            VaultError::Exists(_) => Self::Exists(text),
            VaultError::Scheme(_)
            | VaultError::NoSuchSecret { .. }
            | VaultError::Lacking { .. }
            | VaultError::Value(_)
            | VaultError::NoOrigin
            | VaultError::OriginSetting(_)
            | VaultError::NoConsent(_)
            | VaultError::Grant(_) => Self::Refused(text),
            VaultError::Obtain(error) if !error.is_passing() => Self::Refused(text),
            VaultError::NoKey
            | VaultError::WrongKey
            | VaultError::Closed(_)
            | VaultError::Unreadable(_)
            | VaultError::Seal(_)
            | VaultError::Obtain(_)
            | VaultError::Store(_) => Self::Unusable(text),
        }
    }
}
