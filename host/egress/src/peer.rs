//! Where something other than HTTP is spoken: a database, a mail server.

use mortise_model::origin::{self, Protocol};
use url::{Position, Url};

use crate::request::{Invalid, Target};

/// The origin of such a place, in the spelling of the URL parser, with its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    protocol: Protocol,
    host: String,
    port: u16,
    origin: String,
}

impl Peer {
    /// Reads `postgresql://db.example.com`; see [`mortise_model::origin::PROTOCOLS`] for what there is.
    ///
    /// # Errors
    /// It is no origin of such a protocol.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let Some((protocol, place)) = origin::split(text) else {
            let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
            return Err(Invalid::Scheme(scheme.to_owned()));
        };
        let no_origin = |why: &str| Invalid::Url(why.to_owned());
        // Read by the parser of HTTP's URLs, so that a host is written in one way.
        let url = Url::parse(&format!("http://{place}"));
        let url = url.map_err(|error| Invalid::Url(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Invalid::UserInfo);
        }
        if &url[Position::BeforePath..] != "/" || place.contains(['/', '*']) {
            return Err(no_origin("it names more than a host and a port"));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = match (url.port(), place.ends_with(":80")) {
            (Some(port), _) => port,
            (None, true) => 80,
            (None, false) => protocol.port,
        };
        if host.is_empty() || port == 0 {
            return Err(no_origin("it names no host or port"));
        }
        Ok(Self {
            protocol,
            origin: format!("{}://{host}:{port}", protocol.scheme),
            host,
            port,
        })
    }

    /// What stands before `://`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.protocol.scheme
    }

    /// The host; IPv6 addresses in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// `postgresql://db.example.com:5432`, always with its port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn target(&self, tls: bool) -> Target<'_> {
        Target {
            tls,
            host: &self.host,
            port: self.port,
            origin: &self.origin,
            authority: &self.origin[self.protocol.scheme.len() + "://".len()..],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_spelled_in_one_way() {
        for (text, origin) in [
            (
                "postgresql://DB.example.com",
                "postgresql://db.example.com:5432",
            ),
            (
                "postgresql://db.example.com:80",
                "postgresql://db.example.com:80",
            ),
            ("smtps://[::1]", "smtps://[::1]:465"),
            ("imap://127.1:1143", "imap://127.0.0.1:1143"),
        ] {
            assert_eq!(
                Peer::parse(text).map(|peer| peer.origin),
                Ok(origin.to_owned())
            );
        }
        for text in [
            "db.example.com",
            "https://db.example.com",
            "postgresql://",
            "postgresql://db:0",
            "postgresql://u:p@db",
            "postgresql://db/orders",
            "postgresql://db?sslmode=disable",
            "postgresql://*.example.com",
        ] {
            assert!(Peer::parse(text).is_err(), "{text}");
        }
    }
}
