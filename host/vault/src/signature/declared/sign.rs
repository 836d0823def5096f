//! Signs as senders do, so that a plugin's author can test what it declares without the sender.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Asked, Declared, Encoding, Spelled};
use crate::scheme::Algorithm;
use crate::signature::SignatureError;

/// The id of a request that names none itself.
const MESSAGE_ID: &str = "msg_test";

impl Declared {
    /// The headers that prove a request to be its sender's, at the time that `asked` says.
    ///
    /// # Errors
    /// Where the secret is no key, or a query parameter would have to carry it.
    pub fn sign(
        &self,
        secret: &str,
        asked: Asked<'_>,
    ) -> Result<Vec<(String, String)>, SignatureError> {
        let body = asked.signed.body;
        let stamp = asked.signed.now.0.div_euclid(1_000).to_string();
        let owned = |headers: &[(&str, String)]| {
            let headers = headers.iter();
            headers
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect()
        };
        Ok(match self {
            Self::Standard(_) => {
                let id = asked.signed.named("webhook-id").unwrap_or(MESSAGE_ID);
                let text = secret.strip_prefix("whsec_").unwrap_or(secret);
                let key = STANDARD.decode(text).map_err(|_| SignatureError::NoKey)?;
                let content = [id.as_bytes(), b".", stamp.as_bytes(), b".", body].concat();
                let signature = STANDARD.encode(hmac(&key, &content)?);
                owned(&[
                    ("webhook-id", id.to_owned()),
                    ("webhook-timestamp", stamp),
                    ("webhook-signature", format!("v1,{signature}")),
                ])
            }
            Self::Stripe(_) => {
                let content = [stamp.as_bytes(), b".", body].concat();
                let signature = Encoding::Hex.text(&hmac(secret.as_bytes(), &content)?);
                owned(&[("stripe-signature", format!("t={stamp},v1={signature}"))])
            }
            Self::Github(_) => {
                let signature = Encoding::Hex.text(&hmac(secret.as_bytes(), body)?);
                owned(&[("x-hub-signature-256", format!("sha256={signature}"))])
            }
            Self::Shopify(_) => {
                let signature = STANDARD.encode(hmac(secret.as_bytes(), body)?);
                owned(&[("x-shopify-hmac-sha256", signature)])
            }
            Self::Slack(_) => {
                let content = [b"v0:", stamp.as_bytes(), b":", body].concat();
                let signature = Encoding::Hex.text(&hmac(secret.as_bytes(), &content)?);
                owned(&[
                    ("x-slack-request-timestamp", stamp),
                    ("x-slack-signature", format!("v0={signature}")),
                ])
            }
            Self::Signature(spelled) => {
                let now = asked.signed.now.0;
                let stamp = now.div_euclid(spelled.timestamp_unit.ms()).to_string();
                spelled.sign(secret, asked, &stamp)?
            }
            Self::Token(token) => match &token.header {
                Some(header) => owned(&[(header, secret.to_owned())]),
                None => return Err(SignatureError::Header),
            },
        })
    }
}

impl Spelled {
    fn sign(
        &self,
        secret: &str,
        asked: Asked<'_>,
        stamp: &str,
    ) -> Result<Vec<(String, String)>, SignatureError> {
        let content = self.content(asked, stamp)?;
        let signed = self.algorithm.sign(&self.key(secret)?, &content);
        let signature = self
            .encoding
            .text(&signed.map_err(|_| SignatureError::NoKey)?);
        let mut headers = vec![(self.header.clone(), format!("{}{signature}", self.prefix))];
        headers.extend(
            self.timestamp_header
                .clone()
                .map(|name| (name, stamp.to_owned())),
        );
        Ok(headers)
    }
}

impl Encoding {
    fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }
}

fn hmac(key: &[u8], content: &[u8]) -> Result<Vec<u8>, SignatureError> {
    let signed = Algorithm::HmacSha256.sign(key, content);
    signed.map_err(|_| SignatureError::NoKey)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::{HeaderMap, HeaderName};
    use mortise_model::{Json, Timestamp};

    use super::*;
    use crate::signature::Signed;

    /// What is signed is taken for its sender's, and nothing else is.
    #[test]
    fn every_scheme_takes_what_it_signed_itself() {
        let declared = [
            r#"{"scheme":"standard","secret":"s"}"#,
            r#"{"scheme":"stripe","secret":"s"}"#,
            r#"{"scheme":"github","secret":"s"}"#,
            r#"{"scheme":"shopify","secret":"s"}"#,
            r#"{"scheme":"slack","secret":"s"}"#,
            r#"{"scheme":"token","secret":"s","header":"x-token"}"#,
            r#"{"scheme":"signature","secret":"s","header":"x-sig","prefix":"v1=","algorithm":"hmac-sha512","encoding":"base64","content":"{timestamp}.{method}.{body}","timestamp-header":"x-at"}"#,
            r#"{"scheme":"signature","secret":"s","header":"x-sig","algorithm":"hmac-sha256","encoding":"base64","content":"{method}{url}{body}{timestamp}","timestamp-header":"x-at","timestamp-unit":"milliseconds"}"#,
        ];
        let now = Timestamp(1_700_000_000_000);
        for text in declared {
            let declared = Declared::read(&Json::parse(text).unwrap()).unwrap();
            let secret = "c2VjcmV0";
            let mut headers = HeaderMap::new();
            let signed = |headers, body| Asked {
                signed: Signed { headers, body, now },
                method: "POST",
                url: "https://hooks.example/x",
            };
            let unsigned = HeaderMap::new();
            let made = declared.sign(secret, signed(&unsigned, b"body")).unwrap();
            for (name, value) in made {
                let name = HeaderName::try_from(name).unwrap();
                headers.insert(name, value.try_into().unwrap());
            }
            declared
                .verify(&[secret], signed(&headers, b"body"))
                .unwrap();
            let other = declared.verify(&["b3RoZXI="], signed(&headers, b"body"));
            assert!(other.is_err(), "{text}");
            let changed = declared.verify(&[secret], signed(&headers, b"bodY"));
            assert_eq!(changed.is_err(), !text.contains("token\""), "{text}");
        }
    }
}
