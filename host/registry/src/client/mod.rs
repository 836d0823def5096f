//! A client for registries that speak the OCI distribution protocol, ours and others'.
//!
//! [`Reference`] says where a plugin lies, [`Credential`] who asks; [`Client`] takes and puts
//! manifests and blobs, and [`Client::signatures`] and [`Client::put_signatures`] what vouches for
//! them. Requests leave through `mortise-egress`. What comes back is held against its digest before
//! anybody gets it.

mod blobs;
mod challenge;
mod credential;
mod error;
mod lists;
mod manifests;
mod reference;
mod send;
mod signatures;
mod token;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Mutex;

use http::HeaderValue;
use mortise_egress::SetupError;
use url::Url;

pub use blobs::Progress;
pub use credential::{Credential, CredentialError, find as find_credential};
pub use error::{ClientError, Said, told};
pub use reference::{Reference, ReferenceError, Registry, Way};

/// Limits of the client, the `oci.…` settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest blob that is taken.
    pub blob_max_bytes: u64,
    /// A larger blob is sent in pieces of this size.
    pub chunk_bytes: usize,
    /// How often a request is sent that does no harm when it is repeated.
    pub tries_max: u32,
    /// For one whole request.
    pub total_timeout_ms: u64,
    /// The longest pause that a registry can ask for before the next try.
    pub pause_max_ms: u64,
    /// The most names of one list.
    pub names_max: usize,
}

impl Settings {
    /// As large as a plugin may be.
    pub const BLOB_MAX_BYTES: u64 = 64 * 1024 * 1024;
    /// What common registries and the proxies before them take in one request.
    pub const CHUNK_BYTES: usize = 4 * 1024 * 1024;
    /// Bridges a restart of a registry without hiding that it is gone.
    pub const TRIES_MAX: u32 = 4;
    /// The largest plugins come in one answer, over slow lines as well.
    pub const TOTAL_TIMEOUT_MS: u64 = 600_000;
    /// Somebody waits at a terminal.
    pub const PAUSE_MAX_MS: u64 = 10_000;
    /// More are no list for people.
    pub const NAMES_MAX: usize = 10_000;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            blob_max_bytes: Self::BLOB_MAX_BYTES,
            chunk_bytes: Self::CHUNK_BYTES,
            tries_max: Self::TRIES_MAX,
            total_timeout_ms: Self::TOTAL_TIMEOUT_MS,
            pause_max_ms: Self::PAUSE_MAX_MS,
            names_max: Self::NAMES_MAX,
        }
    }
}

/// A way to one registry.
pub struct Client {
    settings: Settings,
    registry: Registry,
    /// `https://host[:port]/`
    origin: Url,
    /// To the registry, which somebody named: wherever it is.
    near: mortise_egress::Client,
    /// To where the registry sends us: only where everybody may go, and what the settings allow.
    far: mortise_egress::Client,
    credential: Option<Credential>,
    /// What the registry asked for, by scope.
    authorizations: Mutex<HashMap<String, HeaderValue>>,
}

impl Client {
    /// A client for a registry. `egress` has the certificate authorities to trust and the networks
    /// that a registry may send us to.
    ///
    /// # Errors
    /// Where the settings cannot be used.
    pub fn new(
        registry: &Registry,
        credential: Option<Credential>,
        settings: Settings,
        egress: &mortise_egress::Settings,
    ) -> Result<Self, SetupError> {
        let mut far = mortise_egress::Settings {
            body_max_bytes: settings.blob_max_bytes,
            total_timeout_ms: settings.total_timeout_ms,
            ..egress.clone()
        };
        if registry.is_loopback() {
            far.allow_private.extend(reference::loopback());
        }
        let near = mortise_egress::Settings {
            allow_private: reference::everywhere(),
            ..far.clone()
        };
        Ok(Self {
            settings,
            origin: registry.origin(),
            registry: registry.clone(),
            near: mortise_egress::Client::new(near)?,
            far: mortise_egress::Client::new(far)?,
            credential,
            authorizations: Mutex::default(),
        })
    }

    /// The registry that it is for.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// An address below `/v2/`.
    fn url(&self, path: &str) -> Url {
        let mut url = self.origin.clone();
        url.set_path(&format!("/v2/{path}"));
        url
    }
}
