//! Signed assertions: JSON Web Tokens (RFC 7519) for grants and for clients (RFC 7523).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mortise_model::Timestamp;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::credential::Credential;
use crate::key::random;
use crate::obtain::ObtainError;
use crate::scheme::{Algorithm, Assertion, CLIENT_ID};

/// An assertion for the token endpoint at `audience`. What the plugin declares comes first; a client
/// that says nothing of itself is issuer and subject.
pub(super) fn assertion(
    credential: &Credential,
    declared: &Assertion,
    audience: &str,
    now: Timestamp,
) -> Result<Zeroizing<String>, ObtainError> {
    let algorithm = match declared.algorithm {
        Algorithm::Rs256 => "RS256",
        Algorithm::Es256 => "ES256",
        other => return Err(ObtainError::Assertion(other.word())),
    };
    let mut claims = Map::new();
    for (name, template) in &declared.claims {
        let value = credential.filled(template)?;
        claims.insert(name.clone(), Value::String(value.to_string()));
    }
    let mut otherwise = |name: &str, value: &str| {
        let value = Value::String(value.to_owned());
        claims.entry(name).or_insert(value);
    };
    if let Some(client) = credential.own(CLIENT_ID) {
        otherwise("iss", client);
        otherwise("sub", client);
    }
    otherwise("aud", audience);
    let seconds = now.0 / 1_000;
    let lifetime = i64::try_from(declared.lifetime_ms / 1_000).unwrap_or(i64::MAX);
    claims.insert("iat".to_owned(), seconds.into());
    claims.insert("exp".to_owned(), seconds.saturating_add(lifetime).into());
    let jti = URL_SAFE_NO_PAD.encode(random::<16>()?.as_slice());
    claims.insert("jti".to_owned(), jti.into());
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({"alg": algorithm, "typ": "JWT"}));
    let signed = format!("{head}.{}", part(&Value::Object(claims)));
    let key = credential.own(&declared.key).unwrap_or_default();
    let signature = declared.algorithm.sign(key.as_bytes(), signed.as_bytes())?;
    let signature = URL_SAFE_NO_PAD.encode(signature);
    Ok(Zeroizing::new(format!("{signed}.{signature}")))
}
