//! OAuth 2.0 (RFC 6749): links for people, requests for tokens, and what comes back. Nothing here sends
//! anything.

mod answer;
mod assertion;
mod link;
mod request;

pub(crate) use answer::read;
pub(crate) use link::link;
pub use link::{Consent, challenge};
pub(crate) use request::{Ask, request};

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// What a person's consent gave: how a command that served the callback hands it over.
pub struct Code {
    /// Single use.
    pub code: Zeroizing<String>,
    /// What PKCE's challenge was made of (RFC 7636).
    pub verifier: Zeroizing<String>,
    /// As in the link.
    pub redirect_uri: String,
    /// All parameters of the callback.
    pub parameters: BTreeMap<String, String>,
}
