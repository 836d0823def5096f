//! Where a person is sent to agree.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::credential::Credential;
use crate::obtain::ObtainError;
use crate::scheme::{CLIENT_ID, Oauth2};

/// What the one who serves the callback made up.
pub struct Consent {
    /// Where the person comes back to.
    pub redirect_uri: String,
    /// Nobody can guess it, and it comes back with the person.
    pub state: String,
    /// sha256 of the verifier in base64url (RFC 7636).
    pub challenge: String,
}

/// The link that a person opens.
///
/// # Errors
/// Where the scheme has no place to send anybody.
pub(crate) fn link(
    credential: &Credential,
    oauth: &Oauth2,
    consent: &Consent,
) -> Result<String, ObtainError> {
    let url = oauth.authorize_url.as_deref().unwrap_or_default();
    let url = credential.filled(url)?;
    let mut url = Url::parse(&url).map_err(|_| ObtainError::Url(url.to_string()))?;
    let scopes = scopes(credential, oauth);
    let mut pairs = url.query_pairs_mut();
    pairs
        .append_pair("response_type", "code")
        .append_pair("client_id", credential.own(CLIENT_ID).unwrap_or_default())
        .append_pair("redirect_uri", &consent.redirect_uri)
        .append_pair("state", &consent.state);
    if !scopes.is_empty() {
        pairs.append_pair("scope", &scopes);
    }
    if oauth.pkce {
        pairs
            .append_pair("code_challenge", &consent.challenge)
            .append_pair("code_challenge_method", "S256");
    }
    for (name, value) in &oauth.authorize_parameters {
        pairs.append_pair(name, &credential.filled(value)?);
    }
    drop(pairs);
    Ok(url.into())
}

/// What goes into the link for a verifier of 43 to 128 letters, digits, `-` and `_` (RFC 7636, section 4.2).
#[must_use]
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// What is asked for: what the connection's setting `scopes` lists, else what the plugin says.
pub(super) fn scopes(credential: &Credential, oauth: &Oauth2) -> String {
    let settings = credential.settings();
    let chosen = settings.get("scopes").and_then(|scopes| scopes.as_array());
    match chosen {
        Some(chosen) => {
            let chosen: Vec<_> = chosen.iter().filter_map(|one| one.as_str()).collect();
            chosen.join(&oauth.scope_separator)
        }
        None => oauth.scopes.join(&oauth.scope_separator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_as_the_standard_has_it() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            challenge(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
