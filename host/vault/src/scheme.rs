//! How a connection proves who it is, as its plugin declares it (`wit/descriptor.schema.json`).

mod renewed;

use mortise_model::Json;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use renewed::{
    Assertion, Capture, CaptureFrom, ClientAuthentication, Grant, Oauth2, Session, SessionToken,
    Texts,
};

/// An authentication scheme. Keys that this version does not know are left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Scheme {
    /// Unique in the plugin.
    pub id: String,
    /// For people.
    #[serde(default)]
    pub title: String,
    /// What a person enters.
    #[serde(default)]
    pub secrets: Vec<SecretField>,
    /// Where the host puts the credential in each request.
    #[serde(default)]
    pub placements: Vec<Placement>,
    /// What the host does besides.
    #[serde(flatten)]
    pub kind: Kind,
    /// Where the credential may go, where the plugin says so.
    #[serde(default)]
    pub origins: Vec<String>,
}

/// What the host does with the secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// Puts them where the placements say.
    Secrets,
    /// Gets access tokens and renews them.
    Oauth2(Box<Oauth2>),
    /// Logs in, and again when the session ends.
    Session(Session),
    /// Signs each request with AWS Signature Version 4.
    AwsSigv4 {
        /// A template.
        service: String,
        /// A template.
        region: String,
    },
    /// Signs each request with OAuth 1.0a.
    Oauth1 {
        /// How it signs.
        signature: Oauth1Signature,
        /// Sent as `realm`; a template.
        #[serde(default)]
        realm: Option<String>,
    },
}

/// How OAuth 1.0a signs. `RSA-SHA1` is no more than history, and `PLAINTEXT` no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Oauth1Signature {
    HmacSha1,
    HmacSha256,
}

/// A value that only the host knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SecretField {
    /// Unique in the scheme.
    pub name: String,
    /// What may happen with it.
    #[serde(rename = "use")]
    pub usage: Usage,
    /// Algorithms that a secret for signing allows.
    #[serde(default)]
    pub algorithms: Vec<Algorithm>,
    /// May be left out.
    #[serde(default)]
    pub optional: bool,
}

/// What may happen with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    /// The host puts it into requests.
    Inject,
    /// The host signs and verifies with it when the plugin asks.
    Sign,
}

/// How something is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Algorithm {
    HmacSha1,
    HmacSha256,
    HmacSha512,
    Rs256,
    Es256,
    Ed25519,
}

/// Where a credential stands in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Placement {
    /// The part of the request.
    #[serde(rename = "in")]
    pub within: Within,
    /// Name of the header or parameter; JSON Pointer (RFC 6901) for a body; for a path, the
    /// placeholder in braces that the plugin writes into the URL. A template.
    pub name: String,
    /// The value: a template.
    pub template: String,
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Within {
    Header,
    Query,
    Path,
    Body,
}

/// Why there is no scheme to use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SchemeError {
    /// The plugin declares one that cannot be read.
    #[error("an authentication scheme of the plugin cannot be read: {0}")]
    Unreadable(String),
    /// The plugin has no scheme of this name.
    #[error("the plugin has no authentication scheme `{wanted}`: it has {known}")]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// No scheme takes the secrets that were given.
    #[error("no authentication scheme of the plugin takes the secrets {given}: it has {known}")]
    NoneFits {
        /// The names that were given.
        given: String,
        /// What there is.
        known: String,
    },
    /// Several do.
    #[error(
        "several authentication schemes of the plugin take these secrets ({fitting}): choose one with `--scheme`"
    )]
    SeveralFit {
        /// Which.
        fitting: String,
    },
}

impl Scheme {
    /// All schemes of a plugin.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn all(declared: &[Json]) -> Result<Vec<Self>, SchemeError> {
        let schemes = declared.iter().map(|one| one.read().map(Self::whole));
        let schemes = schemes.collect::<Result<_, _>>();
        schemes.map_err(|error| SchemeError::Unreadable(error.to_string()))
    }

    /// With the secrets that its kind needs anyhow. They are used by the host alone: no placement and no
    /// plugin can have them sent or signed with, whatever the descriptor says of them.
    fn whole(mut self) -> Self {
        for (name, optional) in self.kind.own_secrets() {
            let own = SecretField {
                name: name.clone(),
                usage: Usage::Sign,
                algorithms: Vec::new(),
                optional,
            };
            match self.secrets.iter_mut().find(|one| one.name == name) {
                Some(declared) => *declared = own,
                None => self.secrets.push(own),
            }
        }
        if matches!(self.kind, Kind::Oauth2(_)) && self.placements.is_empty() {
            self.placements.push(Placement {
                within: Within::Header,
                name: "authorization".to_owned(),
                template: format!("Bearer {{captured.{ACCESS_TOKEN}}}"),
            });
        }
        self
    }

    /// The scheme that a connection with these secrets uses: the one that is named, else the only
    /// one that takes them.
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn choose(
        schemes: &[Self],
        wanted: Option<&str>,
        given: &[&str],
    ) -> Result<Self, SchemeError> {
        if let Some(wanted) = wanted {
            let found = schemes.iter().find(|scheme| scheme.id == wanted);
            return found.cloned().ok_or_else(|| SchemeError::Unknown {
                wanted: wanted.to_owned(),
                known: known(schemes),
            });
        }
        let fitting: Vec<_> = schemes.iter().filter(|one| one.takes(given)).collect();
        match fitting.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(SchemeError::NoneFits {
                given: quoted(given.iter().copied()),
                known: known(schemes),
            }),
            several => Err(SchemeError::SeveralFit {
                fitting: quoted(several.iter().map(|scheme| scheme.id.as_str())),
            }),
        }
    }

    /// Whether these are all secrets that it needs, and none besides.
    fn takes(&self, given: &[&str]) -> bool {
        let has = |name: &str| self.secrets.iter().any(|secret| secret.name == name);
        given.iter().all(|name| has(name)) && self.lacking(given).next().is_none()
    }

    /// The secrets that it needs and that were not given.
    pub fn lacking<'a>(&'a self, given: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let needed = self.secrets.iter().filter(|secret| !secret.optional);
        let names = needed.map(|secret| secret.name.as_str());
        names.filter(|name| !given.contains(name))
    }

    /// A secret by its name.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&SecretField> {
        self.secrets.iter().find(|secret| secret.name == name)
    }
}

/// As templates name the access token of OAuth 2.0: `{captured.access-token}`.
pub const ACCESS_TOKEN: &str = "access-token";
/// As templates name what a login gave: `{captured.session}`.
pub const SESSION: &str = "session";
/// Secrets of OAuth 2.0.
pub(crate) const CLIENT_ID: &str = "client-id";
/// As above.
pub(crate) const CLIENT_SECRET: &str = "client-secret";

impl Kind {
    /// The secrets that only the host uses, and whether each may be missing.
    fn own_secrets(&self) -> Vec<(String, bool)> {
        match self {
            Self::Secrets | Self::Session(_) => Vec::new(),
            Self::Oauth2(oauth) => {
                let is_jwt = oauth.grant == Grant::JwtBearer;
                let with_secret = matches!(
                    oauth.client_authentication,
                    ClientAuthentication::Basic | ClientAuthentication::Body
                );
                let mut own = vec![(CLIENT_ID.to_owned(), is_jwt)];
                if with_secret {
                    own.push((CLIENT_SECRET.to_owned(), is_jwt));
                }
                own.extend(oauth.assertion.iter().map(|one| (one.key.clone(), false)));
                own
            }
            Self::AwsSigv4 { .. } => [
                ("access-key-id", false),
                ("secret-access-key", false),
                ("session-token", true),
            ]
            .map(|(name, optional)| (name.to_owned(), optional))
            .to_vec(),
            Self::Oauth1 { .. } => [
                ("consumer-key", false),
                ("consumer-secret", false),
                ("token", true),
                ("token-secret", true),
            ]
            .map(|(name, optional)| (name.to_owned(), optional))
            .to_vec(),
        }
    }

    /// Whether its credential is got from the application, and got again.
    #[must_use]
    pub fn is_renewed(&self) -> bool {
        matches!(self, Self::Oauth2(_) | Self::Session(_))
    }

    /// Whether a person has to agree before there is a credential.
    #[must_use]
    pub fn asks_a_person(&self) -> bool {
        matches!(self, Self::Oauth2(oauth) if oauth.grant == Grant::AuthorizationCode)
    }
}

fn known(schemes: &[Scheme]) -> String {
    if schemes.is_empty() {
        return "none".to_owned();
    }
    let each = schemes.iter().map(|scheme| {
        let names = scheme.secrets.iter().map(|secret| secret.name.as_str());
        format!("`{}` with {}", scheme.id, quoted(names))
    });
    each.collect::<Vec<_>>().join("; ")
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "no secrets".to_owned(),
        false => names.join(", "),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A scheme as a descriptor writes it.
    pub fn scheme(text: &str) -> Scheme {
        Json::parse(text).unwrap().read().unwrap()
    }

    fn two() -> Vec<Scheme> {
        let bearer = r#"{"id":"bearer","title":"Token","kind":"secrets","later":1,
            "secrets":[{"name":"token","use":"inject"},{"name":"hook","use":"sign","algorithms":["hmac-sha256"],"optional":true}],
            "placements":[{"in":"header","name":"authorization","template":"Bearer {secrets.token}"}]}"#;
        let basic = r#"{"id":"basic","title":"Password","kind":"secrets",
            "secrets":[{"name":"user","use":"inject"},{"name":"password","use":"inject"}]}"#;
        vec![scheme(bearer), scheme(basic)]
    }

    #[test]
    fn the_secrets_choose_the_scheme() {
        let schemes = two();
        for (given, id) in [
            (&["token"][..], "bearer"),
            (&["hook", "token"], "bearer"),
            (&["password", "user"], "basic"),
        ] {
            assert_eq!(Scheme::choose(&schemes, None, given).unwrap().id, id);
        }
        let wanted = Scheme::choose(&schemes, Some("basic"), &[]).unwrap();
        assert_eq!(wanted.lacking(&["user"]).collect::<Vec<_>>(), ["password"]);
    }

    #[test]
    fn a_choice_that_is_none_says_what_there_is() {
        let schemes = two();
        for given in [&[][..], &["key"], &["user"], &["token", "user"]] {
            let error = Scheme::choose(&schemes, None, given).unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("`basic` with `user`, `password`"),
                "{error}"
            );
        }
        let error = Scheme::choose(&schemes, Some("key"), &[]).unwrap_err();
        assert!(matches!(error, SchemeError::Unknown { .. }));
        let twice = [schemes[0].clone(), schemes[0].clone()];
        let error = Scheme::choose(&twice, None, &["token"]).unwrap_err();
        assert!(matches!(error, SchemeError::SeveralFit { .. }), "{error}");
    }
}
