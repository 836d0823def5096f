//! Who asks: what somebody gave, or what `docker login` and `podman login` left behind.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;
use zeroize::Zeroizing;

/// What opens a registry.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A name and a password, or a token in its place.
    Basic {
        /// The name; most registries leave it alone where a token is the password.
        user: String,
        /// The password or token.
        password: Zeroizing<String>,
    },
    /// What gives new tokens.
    Refresh(Zeroizing<String>),
    /// A token that is sent as it is.
    Bearer(Zeroizing<String>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic",
            Self::Refresh(_) => "Refresh",
            Self::Bearer(_) => "Bearer",
        })
    }
}

/// Why a file of credentials is not used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CredentialError {
    /// Not JSON.
    #[error("it is no JSON with `auths`: {0}")]
    Unreadable(String),
    /// An entry that is none.
    #[error("its entry for `{0}` cannot be read: log in again")]
    Entry(String),
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    auths: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
struct Entry {
    #[serde(default)]
    auth: Zeroizing<String>,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: Zeroizing<String>,
    #[serde(default)]
    identitytoken: Zeroizing<String>,
    #[serde(default)]
    registrytoken: Zeroizing<String>,
}

/// The credential for a place in a `config.json` of docker or an `auth.json` of podman: of all the
/// entries that cover `host/repository`, the one that says most.
///
/// # Errors
/// Where the file or its entry cannot be read.
pub fn find(
    file: &[u8],
    host: &str,
    repository: &str,
) -> Result<Option<Credential>, CredentialError> {
    // What stands there may be secret, so only the place of a mistake is told.
    let unreadable = |error: serde_json::Error| {
        CredentialError::Unreadable(format!("line {} column {}", error.line(), error.column()))
    };
    let file: File = serde_json::from_slice(file).map_err(unreadable)?;
    let place = format!("{host}/{repository}");
    let covers = |key: &&String| {
        let key = bare(key);
        key == host || place == key || place.starts_with(&format!("{key}/"))
    };
    let key = file.auths.keys().filter(covers);
    let Some(key) = key.max_by_key(|key| bare(key).len()) else {
        return Ok(None);
    };
    let bad = || CredentialError::Entry(key.clone());
    let entry = file.auths.get(key).cloned().unwrap_or_default();
    let entry: Entry = serde_json::from_value(entry).map_err(|_| bad())?;
    read(entry).ok_or_else(bad)
}

/// The host of a key: some are written as addresses.
fn bare(key: &str) -> &str {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest);
    let key = key.trim_end_matches('/');
    let key = key.trim_end_matches("/v1").trim_end_matches("/v2");
    match key {
        "index.docker.io" => "docker.io",
        key => key,
    }
}

/// None where it cannot be read; an entry that says nothing is kept by a helper of docker's.
fn read(entry: Entry) -> Option<Option<Credential>> {
    if !entry.registrytoken.is_empty() {
        return Some(Some(Credential::Bearer(entry.registrytoken)));
    }
    if !entry.identitytoken.is_empty() {
        return Some(Some(Credential::Refresh(entry.identitytoken)));
    }
    if !entry.password.is_empty() {
        let (user, password) = (entry.username, entry.password);
        return Some(Some(Credential::Basic { user, password }));
    }
    if entry.auth.is_empty() {
        return Some(None);
    }
    let pair = Zeroizing::new(STANDARD.decode(entry.auth.trim()).ok()?);
    let (user, password) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some(Some(Credential::Basic {
        user: user.to_owned(),
        password: Zeroizing::new(password.trim_end_matches('\0').to_owned()),
    }))
}
