//! A connection's secrets in use: put into requests, signed with, and kept out of everything else.

mod place;

use std::collections::BTreeMap;
use std::fmt;

use mortise_egress::Request;
use mortise_model::Timestamp;
use mortise_model::plan::SignatureScheme;
use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

use self::place::{in_body, in_header, in_path, in_query};
use crate::oauth1;
use crate::scheme::{Algorithm, Kind, Placement, Scheme, Usage, Within};
use crate::scrub::Scrubber;
use crate::sign::SignError;
use crate::signature::declared::{Asked, Declared};
use crate::signature::{self, SignatureError, Signed};
use crate::sigv4;
use crate::template::{Missing, Reference, Source, Template};
use crate::tokens::Tokens;

/// The secret that senders of webhooks sign with.
pub const SIGNING_SECRET: &str = "signing-secret";

/// A secret's value, and the one before it as long as both count.
pub struct Secret {
    /// What is put into requests and signed with.
    pub value: Zeroizing<String>,
    /// What is still accepted in signatures of others, and until when.
    pub former: Option<(Zeroizing<String>, Timestamp)>,
}

impl Secret {
    /// What is accepted in signatures of others.
    fn accepted(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let former = self.former.as_ref().filter(|(_, until)| *until > now);
        let former = former.map(|(value, _)| value);
        [Some(&self.value), former]
            .into_iter()
            .flatten()
            .map(|text| text.as_str())
    }
}

/// The secrets of a connection with what may happen with them.
pub struct Credential {
    scheme: Scheme,
    secrets: BTreeMap<String, Secret>,
    settings: Value,
    tokens: Option<Tokens>,
    scrubber: Scrubber,
}

/// Why a request has no credential. Nothing of a secret is in the words.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// A template names what is not there.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A header cannot hold it.
    #[error(
        "the header `{0}` cannot hold the credential: it has characters that HTTP does not allow"
    )]
    Header(String),
    /// The URL has no place for it.
    #[error("the url has no `{{{0}}}` in its path, where the credential goes")]
    Path(String),
    /// The body has no place for it.
    #[error("the body is no JSON with a place at `{0}`, where the credential goes")]
    Body(String),
    /// What makes one request unlike all others cannot be had.
    #[error("{0}")]
    Randomness(String),
}

/// Why nothing was signed or verified.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum UseError {
    /// The connection has no such secret.
    #[error("the connection has no secret `{0}`")]
    NoSecret(String),
    /// It is there for something else.
    #[error("the secret `{0}` is not declared for signing")]
    NotForSigning(String),
    /// It is there for other algorithms.
    #[error("the secret `{name}` is not declared for `{}`", algorithm.word())]
    OtherAlgorithm {
        /// The secret.
        name: String,
        /// What was asked for.
        algorithm: Algorithm,
    },
    /// It is no key.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Credential {
    /// Secrets of a scheme, and what the application gave for them. Templates may also name the
    /// settings.
    #[must_use]
    pub fn new(
        scheme: Scheme,
        secrets: BTreeMap<String, Secret>,
        settings: Value,
        tokens: Option<Tokens>,
    ) -> Self {
        let mut credential = Self {
            scrubber: Scrubber::default(),
            scheme,
            secrets,
            settings,
            tokens,
        };
        // What is made of secrets is one as well: a password in `basic` stands in base64 with the user.
        let made = credential.scheme.placements.iter();
        let made: Vec<_> = made
            .filter_map(|placement| credential.filled(&placement.template).ok())
            .collect();
        let values = credential.secrets.values();
        let values = values.flat_map(|secret| {
            let former = secret.former.as_ref().map(|(value, _)| value);
            [Some(&secret.value), former]
        });
        let tokens = credential.tokens.iter().flat_map(Tokens::secrets);
        let values = values.flatten().chain(&made).map(|text| text.as_str());
        credential.scrubber = Scrubber::new(values.chain(tokens));
        credential
    }

    /// How it proves who it is.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// What the application gave for the secrets.
    #[must_use]
    pub fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    /// What anybody may read, with what the application told.
    #[must_use]
    pub fn settings(&self) -> Value {
        let mut settings = self.settings.clone();
        if let (Some(tokens), Some(object)) = (&self.tokens, settings.as_object_mut()) {
            for (name, value) in &tokens.captured {
                object.insert(name.clone(), Value::String(value.clone()));
            }
        }
        settings
    }

    /// A secret that is there to be sent, for what is no request of HTTP: a login of a database.
    #[must_use]
    pub fn to_send(&self, name: &str) -> Option<Zeroizing<String>> {
        self.value(&Reference {
            source: Source::Secrets,
            name: name.to_owned(),
        })
    }

    /// A secret that only the host uses.
    pub(crate) fn own(&self, name: &str) -> Option<&str> {
        self.secrets.get(name).map(|one| one.value.as_str())
    }

    /// Takes the secrets out of what others get to see.
    #[must_use]
    pub fn scrubber(&self) -> &Scrubber {
        &self.scrubber
    }

    /// Puts the credential into a request. Whatever a plugin wrote in its place is gone.
    ///
    /// # Errors
    /// Where there is no place for it.
    pub fn apply(&self, request: &mut Request, now: Timestamp) -> Result<(), PlaceError> {
        for placement in &self.scheme.placements {
            self.place(placement, request)?;
        }
        let own = |name: &str| self.own(name).unwrap_or_default();
        let signed = match &self.scheme.kind {
            Kind::AwsSigv4 { service, region } => {
                let key = sigv4::Key {
                    id: own("access-key-id"),
                    secret: own("secret-access-key"),
                    session: self.own("session-token"),
                };
                let (service, region) = (self.filled(service)?, self.filled(region)?);
                sigv4::sign(request, &key, (&service, &region), now)
            }
            Kind::Oauth1 { signature, realm } => {
                let key = oauth1::Key {
                    consumer: (own("consumer-key"), own("consumer-secret")),
                    token: self.own("token").map(|token| (token, own("token-secret"))),
                };
                let realm = realm.as_ref().map(|realm| self.filled(realm));
                let realm = realm.transpose()?;
                let once = oauth1::Once::new(now)
                    .map_err(|error| PlaceError::Randomness(error.to_string()))?;
                let realm = realm.as_ref().map(|realm| realm.as_str());
                oauth1::sign(request, &key, (*signature, realm), &once)
            }
            Kind::Secrets | Kind::Oauth2(_) | Kind::Session(_) => Ok(()),
        };
        signed.map_err(|header| PlaceError::Header(header.to_owned()))
    }

    fn place(&self, placement: &Placement, request: &mut Request) -> Result<(), PlaceError> {
        let name = self.filled(&placement.name)?;
        let value = self.filled(&placement.template)?;
        match placement.within {
            Within::Header => in_header(request, &name, &value),
            Within::Query => {
                in_query(request, &name, &value);
                Ok(())
            }
            Within::Path => in_path(request, &name, &value),
            Within::Body => in_body(request, &name, &value),
        }
    }

    pub(crate) fn filled(&self, template: &str) -> Result<Zeroizing<String>, Missing> {
        Template::parse(template).fill(|reference| self.value(reference))
    }

    /// The same with each value escaped for the place where it stands.
    pub(crate) fn filled_with(
        &self,
        template: &str,
        escape: impl Fn(&str) -> String,
    ) -> Result<Zeroizing<String>, Missing> {
        let value = |reference: &Reference| {
            let value = self.value(reference)?;
            Some(Zeroizing::new(escape(&value)))
        };
        Template::parse(template).fill(value)
    }

    fn value(&self, reference: &Reference) -> Option<Zeroizing<String>> {
        match reference.source {
            Source::Secrets => {
                let secret = self.secrets.get(&reference.name)?;
                // A key for signing is never sent.
                let usage = self.scheme.secret(&reference.name)?.usage;
                (usage == Usage::Inject).then(|| secret.value.clone())
            }
            Source::Settings => {
                let mut names = reference.name.split('.');
                let value = names.try_fold(&self.settings, |value, name| value.get(name))?;
                Some(Zeroizing::new(match value {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => return None,
                }))
            }
            Source::Captured => {
                let value = self.tokens.as_ref()?.value(&reference.name)?;
                Some(Zeroizing::new(value.to_owned()))
            }
        }
    }

    /// Holds a request to a webhook against the secret that its sender signs with. Gives the event's id,
    /// where the scheme has one.
    ///
    /// # Errors
    /// Why the request is not the sender's.
    pub fn verify_webhook(
        &self,
        scheme: SignatureScheme,
        signed: Signed<'_>,
    ) -> Result<Option<String>, SignatureError> {
        signature::verify(scheme, &self.verifying(SIGNING_SECRET, signed.now)?, signed)
    }

    /// The same as the plugin's descriptor declares it.
    ///
    /// # Errors
    /// Why the request is not the sender's.
    pub fn verify_declared(
        &self,
        declared: &Declared,
        asked: Asked<'_>,
    ) -> Result<(), SignatureError> {
        declared.verify(&self.verifying(declared.secret(), asked.signed.now)?, asked)
    }

    /// The values of a secret that senders may sign with.
    fn verifying(&self, name: &str, now: Timestamp) -> Result<Vec<&str>, SignatureError> {
        let declared = self.scheme.secret(name);
        let is_for_signing = declared.is_some_and(|one| one.usage == Usage::Sign);
        let secret = self.secrets.get(name).filter(|_| is_for_signing);
        let secret = secret.ok_or(SignatureError::NoKey)?;
        Ok(secret.accepted(now).collect())
    }

    /// Signs data with a secret that is declared for it.
    ///
    /// # Errors
    /// Where there is none for this algorithm.
    pub fn sign(&self, name: &str, algorithm: Algorithm, data: &[u8]) -> Result<Vec<u8>, UseError> {
        let secret = self.for_signing(name, algorithm)?;
        Ok(algorithm.sign(secret.value.as_bytes(), data)?)
    }

    /// Whether data was signed with a secret, or with the one before it while both count.
    ///
    /// # Errors
    /// Where there is none for this algorithm.
    pub fn verify(
        &self,
        name: &str,
        algorithm: Algorithm,
        (data, signed): (&[u8], &[u8]),
        now: Timestamp,
    ) -> Result<bool, UseError> {
        let secret = self.for_signing(name, algorithm)?;
        let mut is_signed = false;
        for key in secret.accepted(now) {
            is_signed |= algorithm.verify(key.as_bytes(), data, signed)?;
        }
        Ok(is_signed)
    }

    fn for_signing(&self, name: &str, algorithm: Algorithm) -> Result<&Secret, UseError> {
        let no_secret = || UseError::NoSecret(name.to_owned());
        let declared = self.scheme.secret(name).ok_or_else(no_secret)?;
        if declared.usage != Usage::Sign {
            return Err(UseError::NotForSigning(name.to_owned()));
        }
        if !declared.algorithms.contains(&algorithm) {
            return Err(UseError::OtherAlgorithm {
                name: name.to_owned(),
                algorithm,
            });
        }
        self.secrets.get(name).ok_or_else(no_secret)
    }
}

/// Says whose it is and nothing of what it is.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("scheme", &self.scheme.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;
    use mortise_egress::Reach;
    use serde_json::json;

    use super::*;
    use crate::scheme::tests::scheme;

    fn credential(placements: &str, secrets: &[(&str, &str)]) -> Credential {
        let settings = json!({"header": "x-api-key", "shop": {"id": 7}});
        of(placements, secrets, settings)
    }

    /// A credential with these secrets, and one for signing that was rotated.
    pub fn of(placements: &str, secrets: &[(&str, &str)], settings: Value) -> Credential {
        let names: Vec<_> = secrets
            .iter()
            .map(|(name, _)| json!({"name": name, "use": "inject"}))
            .chain([json!({"name": "hook", "use": "sign", "algorithms": ["hmac-sha256"]})])
            .collect();
        let scheme = scheme(&format!(
            r#"{{"id":"key","kind":"secrets","secrets":{},"placements":{placements}}}"#,
            serde_json::to_string(&names).unwrap()
        ));
        let secret = |text: &str, former: Option<&str>| Secret {
            value: Zeroizing::new(text.to_owned()),
            former: former.map(|text| (Zeroizing::new(text.to_owned()), Timestamp(2))),
        };
        let values = secrets
            .iter()
            .map(|(name, value)| ((*name).to_owned(), secret(value, None)))
            .chain([("hook".to_owned(), secret("new-key", Some("old-key")))]);
        Credential::new(scheme, values.collect(), settings, None)
    }

    fn request(url: &str, body: &'static str) -> Request {
        let reach = Reach::connection("n", "c", ["https://a.example"]).unwrap();
        let headers = [("x-api-key", "mine"), ("accept", "*/*")];
        Request::from_plugin(&reach, "POST", url, headers, Bytes::from(body)).unwrap()
    }

    #[test]
    fn a_credential_goes_where_the_scheme_says() {
        let all = r#"[
            {"in":"header","name":"{settings.header}","template":"Key {secrets.key}"},
            {"in":"query","name":"key","template":"{secrets.key}"},
            {"in":"path","name":"token","template":"bot{secrets.key}-{settings.shop.id}"},
            {"in":"body","name":"/auth/a~1b","template":"{secrets.key}"}]"#;
        let credential = credential(all, &[("key", "k&y/a1")]);
        let url = "https://a.example/{token}/send?a=b%20c&key=mine";
        let mut request = request(url, r#"{"auth":{},"rest":[1]}"#);
        credential.apply(&mut request, Timestamp(0)).unwrap();
        assert_eq!(request.headers["x-api-key"], "Key k&y/a1");
        assert!(request.headers["x-api-key"].is_sensitive());
        assert_eq!(
            request.url.as_str(),
            "https://a.example/botk%26y%2Fa1%2D7/send?a=b+c&key=k%26y%2Fa1"
        );
        assert_eq!(request.body, r#"{"auth":{"a/b":"k&y/a1"},"rest":[1]}"#);
    }

    #[test]
    fn a_request_without_a_place_for_it_is_refused() {
        for (placement, wanted) in [
            (
                r#"{"in":"path","name":"token","template":"{secrets.key}"}"#,
                "`{token}`",
            ),
            (
                r#"{"in":"body","name":"/auth/key","template":"{secrets.key}"}"#,
                "`/auth/key`",
            ),
            (
                r#"{"in":"header","name":"a b","template":"{secrets.key}"}"#,
                "`a b`",
            ),
            (
                r#"{"in":"header","name":"a","template":"{secrets.other}"}"#,
                "`secrets.other`",
            ),
            (
                r#"{"in":"header","name":"a","template":"{secrets.hook}"}"#,
                "`secrets.hook`",
            ),
        ] {
            let credential = credential(&format!("[{placement}]"), &[("key", "s3cret-value")]);
            let mut request = request("https://a.example/send", "[]");
            let error = credential
                .apply(&mut request, Timestamp(0))
                .unwrap_err()
                .to_string();
            assert!(error.contains(wanted), "{error}");
            assert!(!error.contains("s3cret-value"), "{error}");
        }
    }

    #[test]
    fn what_is_made_of_secrets_is_scrubbed_too() {
        let basic = r#"[{"in":"header","name":"authorization","template":"Basic {basic(secrets.user, secrets.pass)}"}]"#;
        let credential = credential(basic, &[("user", "ann"), ("pass", "pw")]);
        let scrubbed = credential
            .scrubber()
            .text("sent Basic YW5uOnB3 and new-key");
        assert!(
            !scrubbed.contains("YW5uOnB3") && !scrubbed.contains("new-key"),
            "{scrubbed}"
        );
        assert!(!format!("{credential:?}").contains("pw"));
    }

    #[test]
    fn a_key_signs_only_as_it_is_declared() {
        let credential = credential("[]", &[("key", "secret")]);
        let hmac = Algorithm::HmacSha256;
        let signed = credential.sign("hook", hmac, b"data").unwrap();
        assert_eq!(signed, hmac.sign(b"new-key", b"data").unwrap());
        let former = hmac.sign(b"old-key", b"data").unwrap();
        for (signed, now, is_valid) in [
            (&signed[..], 2, true),
            (&former[..], 1, true),
            (&former[..], 2, false),
            (b"x", 1, false),
        ] {
            let verified = credential.verify("hook", hmac, (b"data", signed), Timestamp(now));
            assert_eq!(verified, Ok(is_valid));
        }
        for (name, algorithm) in [
            ("hook", Algorithm::HmacSha1),
            ("key", hmac),
            ("other", hmac),
        ] {
            assert!(credential.sign(name, algorithm, b"data").is_err(), "{name}");
        }
    }
}
