//! Signatures of webhooks, as their senders make them: on the bytes that came, in constant time.

pub mod declared;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use mortise_model::Timestamp;
use mortise_model::plan::SignatureScheme;
use thiserror::Error;

use crate::scheme::Algorithm;

/// How far a sender's clock may be off, in milliseconds; an older request may have been recorded and
/// sent again.
pub const TOLERANCE_MS: u64 = 5 * 60_000;
/// More signatures than this in one request are no rotation of keys.
const SIGNATURES_MAX: usize = 16;

/// A request that may be signed.
#[derive(Clone, Copy)]
pub struct Signed<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, as it came.
    pub body: &'a [u8],
    /// When it came.
    pub now: Timestamp,
}

/// Why a request is not taken for its sender's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// A header that signs it is missing.
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    /// A header says something else than a signature.
    #[error("the header `{0}` cannot be read")]
    Unreadable(&'static str),
    /// It was signed too long ago, or will be.
    #[error("the time of signing is too far from now")]
    Stale,
    /// No key made the signature.
    #[error("the signature is not that of the body")]
    Wrong,
    /// A header or parameter that the plugin declares is missing, or stands there twice.
    #[error("a header or parameter that it is known by is missing, or stands there twice")]
    Header,
    /// The header that the plugin declares holds no signature.
    #[error("the signature cannot be read")]
    Signature,
    /// The header that the plugin declares holds no time.
    #[error("the time of sending cannot be read")]
    Timestamp,
    /// The secret that it is held against is none.
    #[error("the connection's secret is no key of this scheme")]
    NoKey,
}

/// Holds a request against any of some secrets. Gives the event's id, where the scheme has one.
///
/// # Errors
/// Why the request is not the sender's.
pub fn verify(
    scheme: SignatureScheme,
    secrets: &[&str],
    signed: Signed<'_>,
) -> Result<Option<String>, SignatureError> {
    match scheme {
        SignatureScheme::Standard => standard(secrets, signed),
        SignatureScheme::Stripe => stripe(secrets, signed),
        SignatureScheme::Github => github(secrets, signed),
        SignatureScheme::Shopify => shopify(secrets, signed),
        SignatureScheme::Slack => slack(secrets, signed),
    }
}

/// Standard Webhooks 1.0: `{id}.{timestamp}.{body}`, `v1` by HMAC-SHA256 and `v1a` by ed25519.
fn standard(secrets: &[&str], signed: Signed<'_>) -> Result<Option<String>, SignatureError> {
    const SIGNATURE: &str = "webhook-signature";
    let id = signed.header("webhook-id")?;
    let stamp = signed.header("webhook-timestamp")?;
    let all = signed.header(SIGNATURE)?;
    signed.is_fresh(stamp, "webhook-timestamp")?;
    let content = [id.as_bytes(), b".", stamp.as_bytes(), b".", signed.body].concat();
    let mut given = Vec::new();
    for one in all.split_ascii_whitespace().take(SIGNATURES_MAX) {
        let (version, text) = one
            .split_once(',')
            .ok_or(SignatureError::Unreadable(SIGNATURE))?;
        // Later versions may stand beside those that are known.
        let algorithm = match version {
            "v1" => Algorithm::HmacSha256,
            "v1a" => Algorithm::Ed25519,
            _ => continue,
        };
        let bytes = STANDARD.decode(text);
        given.push((
            algorithm,
            bytes.map_err(|_| SignatureError::Unreadable(SIGNATURE))?,
        ));
    }
    let mut is_signed = false;
    for secret in secrets {
        let (wanted, key) = match secret.strip_prefix("whpk_") {
            Some(public) => (Algorithm::Ed25519, public.as_bytes().to_vec()),
            None => {
                let text = secret.strip_prefix("whsec_").unwrap_or(secret);
                let key = STANDARD.decode(text).map_err(|_| SignatureError::NoKey)?;
                // Anybody can sign with nothing.
                if key.is_empty() {
                    return Err(SignatureError::NoKey);
                }
                (Algorithm::HmacSha256, key)
            }
        };
        for (_, signature) in given.iter().filter(|(algorithm, _)| *algorithm == wanted) {
            let verified = wanted.verify(&key, &content, signature);
            is_signed |= verified.map_err(|_| SignatureError::NoKey)?;
        }
    }
    done(is_signed, Some(id))
}

/// `Stripe-Signature: t=…,v1=…`, on `{t}.{body}`.
fn stripe(secrets: &[&str], signed: Signed<'_>) -> Result<Option<String>, SignatureError> {
    const SIGNATURE: &str = "stripe-signature";
    let parts = signed.header(SIGNATURE)?;
    let parts: Vec<_> = parts
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .take(SIGNATURES_MAX)
        .collect();
    let stamp = parts.iter().find(|(name, _)| *name == "t");
    let (_, stamp) = stamp.ok_or(SignatureError::Unreadable(SIGNATURE))?;
    signed.is_fresh(stamp, SIGNATURE)?;
    let content = [stamp.as_bytes(), b".", signed.body].concat();
    let given = parts.iter().filter(|(name, _)| *name == "v1");
    let given = given.filter_map(|(_, text)| hex(text)).collect::<Vec<_>>();
    done(is_any(secrets, &content, &given), None)
}

/// `X-Hub-Signature-256: sha256=…`, on the body.
fn github(secrets: &[&str], signed: Signed<'_>) -> Result<Option<String>, SignatureError> {
    const SIGNATURE: &str = "x-hub-signature-256";
    let text = signed.header(SIGNATURE)?.strip_prefix("sha256=");
    let given = text.and_then(hex);
    let given = given.ok_or(SignatureError::Unreadable(SIGNATURE))?;
    let id = signed.header("x-github-delivery").ok();
    done(is_any(secrets, signed.body, &[given]), id)
}

/// `X-Shopify-Hmac-Sha256: …` in base64, on the body.
fn shopify(secrets: &[&str], signed: Signed<'_>) -> Result<Option<String>, SignatureError> {
    const SIGNATURE: &str = "x-shopify-hmac-sha256";
    let given = STANDARD.decode(signed.header(SIGNATURE)?);
    let given = given.map_err(|_| SignatureError::Unreadable(SIGNATURE))?;
    let id = signed.header("x-shopify-webhook-id").ok();
    done(is_any(secrets, signed.body, &[given]), id)
}

/// `X-Slack-Signature: v0=…`, on `v0:{timestamp}:{body}`.
fn slack(secrets: &[&str], signed: Signed<'_>) -> Result<Option<String>, SignatureError> {
    const SIGNATURE: &str = "x-slack-signature";
    const TIMESTAMP: &str = "x-slack-request-timestamp";
    let stamp = signed.header(TIMESTAMP)?;
    signed.is_fresh(stamp, TIMESTAMP)?;
    let text = signed.header(SIGNATURE)?.strip_prefix("v0=");
    let given = text.and_then(hex);
    let given = given.ok_or(SignatureError::Unreadable(SIGNATURE))?;
    let content = [b"v0:", stamp.as_bytes(), b":", signed.body].concat();
    done(is_any(secrets, &content, &[given]), None)
}

impl<'a> Signed<'a> {
    /// A header that stands there once: of two nobody knows which the sender signed.
    fn header(&self, name: &'static str) -> Result<&'a str, SignatureError> {
        let mut all = self.headers.get_all(name).iter();
        let one = all.next().ok_or(SignatureError::Missing(name))?;
        match (one.to_str(), all.next()) {
            (Ok(text), None) => Ok(text.trim()),
            _ => Err(SignatureError::Unreadable(name)),
        }
    }

    /// A header by a name that a plugin declares, as [`Self::header`].
    fn named(&self, name: &str) -> Result<&'a str, SignatureError> {
        let mut all = self.headers.get_all(name).iter();
        match (all.next().map(HeaderValue::to_str), all.next()) {
            (Some(Ok(text)), None) => Ok(text.trim()),
            _ => Err(SignatureError::Header),
        }
    }

    fn is_fresh(&self, seconds: &str, header: &'static str) -> Result<(), SignatureError> {
        self.is_within(
            (seconds, 1_000),
            TOLERANCE_MS,
            SignatureError::Unreadable(header),
        )
    }

    /// Whether a time since 1970, in units of so many milliseconds, is near enough.
    fn is_within(
        &self,
        (time, unit_ms): (&str, i64),
        tolerance_ms: u64,
        unreadable: SignatureError,
    ) -> Result<(), SignatureError> {
        let time: i64 = time.parse().map_err(|_| unreadable)?;
        let at = Timestamp(time.checked_mul(unit_ms).ok_or(unreadable)?);
        let distance_ms = self.now.since_ms(at).max(at.since_ms(self.now));
        match distance_ms <= tolerance_ms {
            true => Ok(()),
            false => Err(SignatureError::Stale),
        }
    }
}

/// Whether any secret made any of the signatures. All are tried, so that time tells nothing.
fn is_any(secrets: &[&str], content: &[u8], given: &[Vec<u8>]) -> bool {
    let mut is_signed = false;
    for secret in secrets {
        for signature in given {
            let verified = Algorithm::HmacSha256.verify(secret.as_bytes(), content, signature);
            is_signed |= verified == Ok(true);
        }
    }
    is_signed
}

fn done(is_signed: bool, id: Option<&str>) -> Result<Option<String>, SignatureError> {
    match is_signed {
        true => Ok(id.map(str::to_owned)),
        false => Err(SignatureError::Wrong),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().as_bytes();
    // Half of a byte behind the last one would be passed over.
    let is_whole = !text.is_empty() && text.len().is_multiple_of(2);
    is_whole.then(|| crate::sign::hex(text)).flatten()
}

#[cfg(test)]
mod tests;
