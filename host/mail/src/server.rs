//! What a connection's settings say of its servers.

use mortise_egress::Peer;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Deserializer};

use crate::error::Error;

/// How what is said is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Security {
    /// From the first byte on (RFC 8314).
    Tls,
    /// Asked for before anything that matters is said; a server that has none is refused.
    Starttls,
    /// Not at all: only to addresses that the operator named.
    None,
}

/// A server, and who a connection is there.
#[derive(Debug)]
pub(crate) struct Server {
    pub peer: Peer,
    pub security: Security,
    /// None where nobody logs in.
    pub user: Option<String>,
    /// Authorities that are trusted besides.
    pub authorities: Vec<CertificateDer<'static>>,
}

/// Which of a connection's servers.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Smtp,
    Imap,
}

/// The settings; others are left alone.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Settings {
    smtp_host: Option<String>,
    #[serde(deserialize_with = "port")]
    smtp_port: Option<u16>,
    smtp_tls: Option<Security>,
    imap_host: Option<String>,
    #[serde(deserialize_with = "port")]
    imap_port: Option<u16>,
    imap_tls: Option<Security>,
    user: Option<String>,
    tls_ca: Option<String>,
}

impl Kind {
    /// Schemes of an origin, encrypted from the first byte and not.
    fn schemes(self) -> (&'static str, &'static str) {
        match self {
            Self::Smtp => ("smtps", "smtp"),
            Self::Imap => ("imaps", "imap"),
        }
    }

    fn setting(self) -> &'static str {
        match self {
            Self::Smtp => "smtp-host",
            Self::Imap => "imap-host",
        }
    }
}

impl Server {
    /// The server of a connection with these settings.
    ///
    /// # Errors
    /// [`Error::Settings`], with the setting's name.
    pub fn of(kind: Kind, settings: &str) -> Result<Self, Error> {
        let unreadable = |error| {
            Error::Settings(format!(
                "the connection's settings are not those of mail: {error}"
            ))
        };
        let settings: Option<Settings> = serde_json::from_str(settings).map_err(unreadable)?;
        let settings = settings.unwrap_or_default();
        let (host, port, security) = match kind {
            Kind::Smtp => (settings.smtp_host, settings.smtp_port, settings.smtp_tls),
            Kind::Imap => (settings.imap_host, settings.imap_port, settings.imap_tls),
        };
        let name = kind.setting();
        let host = host.filter(|host| !host.is_empty()).ok_or_else(|| {
            Error::Settings(format!(
                "the connection has no setting `{name}`: name the server there"
            ))
        })?;
        let security = security.unwrap_or(Security::Tls);
        let (tls, plain) = kind.schemes();
        let scheme = if security == Security::Tls {
            tls
        } else {
            plain
        };
        // An IPv6 address stands in brackets, as in every origin.
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let peer = Peer::parse(&format!("{scheme}://{host}{port}"));
        let peer =
            peer.map_err(|error| Error::Settings(format!("the setting `{name}`: {error}")))?;
        Ok(Self {
            peer,
            security,
            user: settings.user.filter(|user| !user.is_empty()),
            authorities: authorities(settings.tls_ca.as_deref().unwrap_or_default())?,
        })
    }
}

fn authorities(pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let wrong = |why: &str| Error::Settings(format!("the setting `tls-ca` {why}"));
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let read = read.map_err(|error| wrong(&format!("is no certificate in PEM: {error}")))?;
    match read.is_empty() && !pem.trim().is_empty() {
        true => Err(wrong("holds no certificate in PEM")),
        false => Ok(read),
    }
}

/// A number, or a text of one as templates of origins have it.
fn port<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<u16>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Port {
        Number(u16),
        Text(String),
    }
    match Option::<Port>::deserialize(reader)? {
        None => Ok(None),
        Some(Port::Number(number)) => Ok(Some(number)),
        Some(Port::Text(text)) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn settings_name_an_origin() {
        for (kind, settings, origin) in [
            (
                Kind::Smtp,
                r#"{"smtp-host":"m.example"}"#,
                "smtps://m.example:465",
            ),
            (
                Kind::Smtp,
                r#"{"smtp-host":"m.example","smtp-tls":"starttls","user":"u"}"#,
                "smtp://m.example:587",
            ),
            (
                Kind::Smtp,
                r#"{"smtp-host":"[::1]","smtp-tls":"none","smtp-port":"2525"}"#,
                "smtp://[::1]:2525",
            ),
            (
                Kind::Imap,
                r#"{"imap-host":"m.example"}"#,
                "imaps://m.example:993",
            ),
            (
                Kind::Imap,
                r#"{"imap-host":"M.example","imap-tls":"starttls","imap-port":1143}"#,
                "imap://m.example:1143",
            ),
        ] {
            assert_eq!(Server::of(kind, settings).unwrap().peer.origin(), origin);
        }
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_named() {
        for (settings, wanted) in [
            ("null", "`smtp-host`"),
            (r#"{"smtp-host":""}"#, "`smtp-host`"),
            (r#"{"smtp-host":"a/b"}"#, "`smtp-host`"),
            (r#"{"smtp-host":"a","smtp-port":"x"}"#, "settings"),
            (r#"{"smtp-host":"a","smtp-tls":"maybe"}"#, "maybe"),
            (r#"{"smtp-host":"a","tls-ca":"x"}"#, "`tls-ca`"),
        ] {
            let error = Server::of(Kind::Smtp, settings).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
