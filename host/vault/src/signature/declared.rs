//! Verification as a plugin's descriptor declares it: the host does it, so the plugin needs no secret.

mod sign;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_model::Json;
use mortise_model::plan::SignatureScheme;
use serde::Deserialize;

use super::{SignatureError, Signed, TOLERANCE_MS, hex, verify};
use crate::scheme::Algorithm;

/// How the host knows that a request is its sender's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "scheme")]
pub enum Declared {
    /// Standard Webhooks.
    Standard(Key),
    /// As Stripe signs.
    Stripe(Key),
    /// As GitHub signs.
    Github(Key),
    /// As Shopify signs.
    Shopify(Key),
    /// As Slack signs.
    Slack(Key),
    /// A signature, spelled out.
    Signature(Spelled),
    /// A secret that the request carries.
    Token(Token),
}

/// The secret of a scheme that is known by name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Key {
    /// Its name.
    pub secret: String,
}

/// A signature over the request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Spelled {
    /// Name of the secret.
    pub secret: String,
    /// The header with the signature.
    pub header: String,
    /// Before the signature in the header.
    #[serde(default)]
    pub prefix: String,
    /// How it is computed.
    pub algorithm: Algorithm,
    /// How it is written.
    pub encoding: Encoding,
    /// What is signed: text with `{body}`, `{header.NAME}`, `{method}`, `{url}` and `{timestamp}`.
    pub content: String,
    /// The header with the time of sending, since 1970.
    #[serde(default)]
    pub timestamp_header: Option<String>,
    /// What it counts.
    #[serde(default)]
    pub timestamp_unit: TimestampUnit,
    /// How far that time may be off, in milliseconds.
    #[serde(default)]
    pub tolerance_ms: Option<u64>,
    /// How the secret is written where it is not plain text.
    #[serde(default)]
    pub key_encoding: Option<Encoding>,
}

/// What a time of sending counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum TimestampUnit {
    #[default]
    Seconds,
    Milliseconds,
}

impl TimestampUnit {
    /// How many milliseconds one is.
    fn ms(self) -> i64 {
        match self {
            Self::Seconds => 1_000,
            Self::Milliseconds => 1,
        }
    }
}

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Encoding {
    Hex,
    Base64,
}

/// A secret in a header or a query parameter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Token {
    /// Name of the secret.
    pub secret: String,
    /// The header.
    #[serde(default)]
    pub header: Option<String>,
    /// Or the query parameter.
    #[serde(default)]
    pub query: Option<String>,
}

/// A part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Body,
    Header(&'a str),
    Method,
    Url,
    Timestamp,
}

/// A request with what a declared signature may be made over.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Its headers, its body and its time.
    pub signed: Signed<'a>,
    /// Its method.
    pub method: &'a str,
    /// The address that its sender used.
    pub url: &'a str,
}

impl Declared {
    /// Reads what a descriptor says.
    ///
    /// # Errors
    /// What of it nobody can do.
    pub fn read(json: &Json) -> Result<Self, String> {
        let declared: Self = json.read().map_err(|error| error.to_string())?;
        match &declared {
            Self::Signature(spelled) => {
                let parts = spelled.parts()?;
                if !parts.contains(&Part::Body) {
                    return Err("`content` leaves `{body}` out, so anybody could change it".into());
                }
                if parts.contains(&Part::Timestamp) && spelled.timestamp_header.is_none() {
                    return Err("`content` has a `{timestamp}`, and no `timestamp-header`".into());
                }
                if spelled.header.trim().is_empty() {
                    return Err("`header` is empty".into());
                }
            }
            Self::Token(Token { header, query, .. }) if header.is_some() == query.is_some() => {
                return Err("a `token` stands either in a `header` or in the `query`".into());
            }
            _ => {}
        }
        Ok(declared)
    }

    /// Name of the secret that it takes.
    #[must_use]
    pub fn secret(&self) -> &str {
        match self {
            Self::Standard(key)
            | Self::Stripe(key)
            | Self::Github(key)
            | Self::Shopify(key)
            | Self::Slack(key) => &key.secret,
            Self::Signature(spelled) => &spelled.secret,
            Self::Token(token) => &token.secret,
        }
    }

    /// Holds a request against any of some secrets.
    ///
    /// # Errors
    /// Why the request is not the sender's.
    pub fn verify(&self, secrets: &[&str], asked: Asked<'_>) -> Result<(), SignatureError> {
        let scheme = match self {
            Self::Standard(_) => SignatureScheme::Standard,
            Self::Stripe(_) => SignatureScheme::Stripe,
            Self::Github(_) => SignatureScheme::Github,
            Self::Shopify(_) => SignatureScheme::Shopify,
            Self::Slack(_) => SignatureScheme::Slack,
            Self::Signature(spelled) => return spelled.verify(secrets, asked),
            Self::Token(token) => return token.verify(secrets, asked),
        };
        verify(scheme, secrets, asked.signed).map(drop)
    }
}

impl Spelled {
    fn parts(&self) -> Result<Vec<Part<'_>>, String> {
        let mut parts = Vec::new();
        let mut rest = self.content.as_str();
        while let Some((text, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or("`content` has a `{` without `}`")?;
            parts.push(Part::Text(text));
            parts.push(match (name, name.strip_prefix("header.")) {
                ("body", _) => Part::Body,
                ("method", _) => Part::Method,
                ("url", _) => Part::Url,
                ("timestamp", _) => Part::Timestamp,
                (_, Some(header)) if !header.is_empty() => Part::Header(header),
                _ => return Err(format!("`content` has `{{{name}}}`, which nobody knows")),
            });
            rest = after;
        }
        parts.push(Part::Text(rest));
        Ok(parts)
    }

    /// What is signed of a request that was sent at a time.
    fn content(&self, asked: Asked<'_>, stamp: &str) -> Result<Vec<u8>, SignatureError> {
        let mut content = Vec::with_capacity(asked.signed.body.len());
        for part in self.parts().map_err(|_| SignatureError::NoKey)? {
            content.extend_from_slice(match part {
                Part::Text(text) => text.as_bytes(),
                Part::Body => asked.signed.body,
                Part::Header(name) => asked.signed.named(name)?.as_bytes(),
                Part::Method => asked.method.as_bytes(),
                Part::Url => asked.url.as_bytes(),
                Part::Timestamp => stamp.as_bytes(),
            });
        }
        Ok(content)
    }

    /// The key that a secret is.
    fn key(&self, secret: &str) -> Result<Vec<u8>, SignatureError> {
        let key = match self.key_encoding {
            None => Some(secret.as_bytes().to_vec()),
            Some(encoding) => encoding.bytes(secret),
        };
        // Anybody can sign with nothing.
        key.filter(|key| !key.is_empty())
            .ok_or(SignatureError::NoKey)
    }

    fn verify(&self, secrets: &[&str], asked: Asked<'_>) -> Result<(), SignatureError> {
        let stamp = match &self.timestamp_header {
            None => "",
            Some(name) => {
                let stamp = asked.signed.named(name)?;
                let tolerance_ms = self.tolerance_ms.unwrap_or(TOLERANCE_MS);
                let unreadable = SignatureError::Timestamp;
                let time = (stamp, self.timestamp_unit.ms());
                asked.signed.is_within(time, tolerance_ms, unreadable)?;
                stamp
            }
        };
        let text = asked.signed.named(&self.header)?;
        let text = text.strip_prefix(self.prefix.as_str());
        let given = text.and_then(|text| self.encoding.bytes(text.trim()));
        let given = given.ok_or(SignatureError::Signature)?;
        let content = self.content(asked, stamp)?;
        let mut is_signed = false;
        for secret in secrets {
            let key = self.key(secret)?;
            let verified = self.algorithm.verify(&key, &content, &given);
            is_signed |= verified.map_err(|_| SignatureError::NoKey)?;
        }
        if is_signed {
            Ok(())
        } else {
            Err(SignatureError::Wrong)
        }
    }
}

impl Token {
    fn verify(&self, secrets: &[&str], asked: Asked<'_>) -> Result<(), SignatureError> {
        let given = match (&self.header, &self.query) {
            (Some(name), _) => asked.signed.named(name)?.to_owned(),
            (None, Some(name)) => {
                let (_, query) = asked.url.split_once('?').unwrap_or_default();
                let mut all = url::form_urlencoded::parse(query.as_bytes())
                    .filter(|(key, _)| key == name.as_str());
                match (all.next(), all.next()) {
                    (Some((_, value)), None) => value.into_owned(),
                    _ => return Err(SignatureError::Header),
                }
            }
            (None, None) => return Err(SignatureError::NoKey),
        };
        // Two tags are compared, so that neither length nor content show in the time that it takes.
        let tag = |text: &str| Algorithm::HmacSha256.sign(b"token", text.as_bytes());
        let given = tag(&given).map_err(|_| SignatureError::NoKey)?;
        let mut is_one = false;
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            let verified = Algorithm::HmacSha256.verify(b"token", secret.as_bytes(), &given);
            is_one |= verified == Ok(true);
        }
        if is_one {
            Ok(())
        } else {
            Err(SignatureError::Wrong)
        }
    }
}

impl Encoding {
    fn bytes(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex(text),
            Self::Base64 => STANDARD.decode(text).ok(),
        }
    }
}

#[cfg(test)]
mod tests;
