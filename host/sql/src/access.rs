//! How a connection of a database is opened, read from its settings and secrets.

use std::fmt;

use mortise_egress::Peer;
use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::dialect::Dialect;

/// A connection's secrets, by name: only those that are there to be sent.
pub trait Credentials {
    /// A secret's value.
    fn secret(&self, name: &str) -> Option<Zeroizing<String>>;
}

/// Where a database is and who asks there. Two that are equal may share connections.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    pub(crate) dialect: Dialect,
    pub(crate) peer: Peer,
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) password: Option<Zeroizing<String>>,
    pub(crate) is_encrypted: bool,
    /// Authorities that are trusted beside the public ones, in PEM: read where a connection is opened, which is
    /// seldom.
    pub(crate) authorities: Option<String>,
    /// A certificate of ours and its key, both PEM.
    pub(crate) certificate: Option<(Zeroizing<String>, Zeroizing<String>)>,
}

/// Why a connection says too little, or nothing that makes sense.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum AccessError {
    /// None of its origins is a database's.
    #[error(
        "the connection has no origin of a database, such as `postgresql://db.example.com:5432`"
    )]
    NoOrigin,
    /// A setting is missing.
    #[error("the connection has no setting `{0}`, which is text")]
    Missing(&'static str),
    /// `tls` is something else.
    #[error(
        "the connection's setting `tls` is `{0}`: it is `require`, as without it, or `disable`"
    )]
    Tls(String),
}

impl Access {
    /// Reads a connection: the first of its origins that is a database's, the settings `user`, `database`,
    /// `tls` and `tls-ca`, and the secrets `password`, `client-certificate` and `client-key`.
    ///
    /// # Errors
    /// What is missing.
    pub fn read(
        origins: &[String],
        settings: &Value,
        secrets: &dyn Credentials,
    ) -> Result<Self, AccessError> {
        let found = origins.iter().find_map(|origin| {
            let peer = Peer::parse(origin).ok()?;
            Some((Dialect::of(peer.scheme())?, peer))
        });
        let (dialect, peer) = found.ok_or(AccessError::NoOrigin)?;
        let text = |name: &'static str| {
            let text = settings.get(name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty())
        };
        let needed = |name| text(name).ok_or(AccessError::Missing(name));
        let is_encrypted = match text("tls") {
            None | Some("require") => true,
            Some("disable") => false,
            Some(other) => return Err(AccessError::Tls(other.to_owned())),
        };
        let certificate = secrets.secret("client-certificate");
        Ok(Self {
            dialect,
            peer,
            user: needed("user")?.to_owned(),
            database: needed("database")?.to_owned(),
            password: secrets.secret("password"),
            is_encrypted,
            authorities: text("tls-ca").map(str::to_owned),
            certificate: certificate.zip(secrets.secret("client-key")),
        })
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.peer.origin()
    }
}

/// Says where it leads and nothing of who asks.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("origin", &self.origin())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// Secrets for tests.
    pub struct Secrets(pub Vec<(&'static str, &'static str)>);

    impl Credentials for Secrets {
        fn secret(&self, name: &str) -> Option<Zeroizing<String>> {
            let found = self.0.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| Zeroizing::new((*value).to_owned()))
        }
    }

    fn read(origin: &str, settings: &Value) -> Result<Access, AccessError> {
        let origins = ["https://example.com".to_owned(), origin.to_owned()];
        Access::read(&origins, settings, &Secrets(vec![("password", "hunter22")]))
    }

    #[test]
    fn a_connection_says_where_and_who() {
        let settings = json!({ "user": "app", "database": "shop" });
        let access = read("postgresql://db.example.com", &settings);
        let access = access.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(access.origin(), "postgresql://db.example.com:5432");
        assert!(access.is_encrypted);
        let shown = format!("{access:?}");
        assert!(
            !shown.contains("hunter22") && !shown.contains("app"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let whole = json!({ "user": "app", "database": "shop" });
        let with = |name: &str, value: &str| {
            let mut settings = whole.clone();
            settings[name] = json!(value);
            settings
        };
        let origin = "postgresql://db.example.com";
        for (origin, settings, error) in [
            (
                "smtp://mail.example.com",
                whole.clone(),
                AccessError::NoOrigin,
            ),
            (
                origin,
                json!({ "user": "app" }),
                AccessError::Missing("database"),
            ),
            (origin, with("user", ""), AccessError::Missing("user")),
            (
                origin,
                with("tls", "prefer"),
                AccessError::Tls("prefer".to_owned()),
            ),
        ] {
            assert_eq!(read(origin, &settings).err(), Some(error));
        }
    }
}
