//! What one place may reach.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use url::{Position, Url};

use crate::error::Denied;
use crate::peer::Peer;
use crate::request::Target;

/// Where a request is made from, for the sentence that says what to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A step without a connection: the manifest's `grants` for a plugin (`mortise/http`).
    Grants {
        /// The plugin's name, with its namespace.
        plugin: String,
    },
    /// A step with a connection: the origins that were fixed when it was made.
    Connection {
        /// The connection's name.
        name: String,
    },
}

/// A grant that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not {wanted}")]
pub struct GrantError {
    /// What was written.
    pub text: String,
    /// What was expected, with an example.
    pub wanted: &'static str,
}

/// What one place may reach: made once for a plan, asked for every request.
pub struct Reach {
    place: Place,
    rules: Vec<Rule>,
    partition: Arc<str>,
}

enum Rule {
    /// A host as the URL parser writes it, and a port: `https`, or `http` if the port was named.
    Host { host: String, port: u16, http: bool },
    /// Any name below a suffix that starts with a dot.
    Below {
        suffix: String,
        port: u16,
        http: bool,
    },
    /// An origin as the URL parser writes it.
    Origin(String),
}

impl Reach {
    /// What the manifest grants to a plugin: each a `host` or `host:port`, or `*.example.com` for any
    /// name below `example.com`. No port means 443. Naming another port also allows plain
    /// `http` to it, as far as `egress.allow-private` covers the address.
    ///
    /// # Errors
    /// The first entry that is not of this form.
    pub fn grants<S: AsRef<str>>(
        namespace: &str,
        plugin: &str,
        hosts: impl IntoIterator<Item = S>,
    ) -> Result<Self, GrantError> {
        let rules = hosts.into_iter().map(|host| host_rule(host.as_ref()));
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
            partition: format!("{namespace}/grants/{plugin}").into(),
            place: Place::Grants {
                plugin: plugin.to_owned(),
            },
        })
    }

    /// A connection's exact origins, such as `https://api.example.com`.
    ///
    /// # Errors
    /// The first entry that is not an origin.
    pub fn connection<S: AsRef<str>>(
        namespace: &str,
        name: &str,
        origins: impl IntoIterator<Item = S>,
    ) -> Result<Self, GrantError> {
        let rules = origins
            .into_iter()
            .map(|origin| origin_rule(origin.as_ref()));
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
            partition: format!("{namespace}/connection/{name}").into(),
            place: Place::Connection {
                name: name.to_owned(),
            },
        })
    }

    /// Where the requests are made from.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Requests of different partitions never share a connection, see [`crate::pool`].
    pub(crate) fn partition(&self) -> &Arc<str> {
        &self.partition
    }

    pub(crate) fn check(&self, target: &Target<'_>) -> Result<(), Denied> {
        if self.rules.iter().any(|rule| rule.allows(target)) {
            return Ok(());
        }
        let wanted = match self.place {
            Place::Grants { .. } => target.as_grant(),
            Place::Connection { .. } => target.origin.to_owned(),
        };
        Err(Denied::NotGranted {
            place: self.place.clone(),
            wanted,
        })
    }
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach")
            .field("partition", &self.partition)
            .finish_non_exhaustive()
    }
}

impl Rule {
    fn allows(&self, target: &Target<'_>) -> bool {
        match self {
            Self::Host { host, port, http } => {
                target.port == *port && (target.tls || *http) && target.host == host
            }
            Self::Below { suffix, port, http } => {
                target.port == *port
                    && (target.tls || *http)
                    && target.host.len() > suffix.len()
                    && target.host.ends_with(suffix.as_str())
            }
            Self::Origin(origin) => target.origin == origin,
        }
    }
}

const HOST: &str = "a host with or without a port, such as `api.example.com` or `127.0.0.1:9000`";
const WILDCARD: &str =
    "a wildcard of the form `*.example.com`, with at least two names after the star";
const ORIGIN: &str =
    "an origin, such as `https://api.example.com` or `postgresql://db.example.com:5432`";

fn host_rule(text: &str) -> Result<Rule, GrantError> {
    let wanted = |wanted| GrantError {
        text: text.to_owned(),
        wanted,
    };
    let (plain, wildcard) = match text.strip_prefix("*.") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    // Read by the parser that reads the URLs, so that both write a host in the same way.
    let url = Url::parse(&format!("https://{plain}/")).map_err(|_| wanted(HOST))?;
    let after_host = &url[Position::AfterPort..];
    if plain.contains(['/', '?', '#', '@', '\\', '*']) || after_host != "/" {
        return Err(wanted(HOST));
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    let (port, http) = (url.port().unwrap_or(443), url.port().is_some());
    if port == 0 {
        return Err(wanted(HOST));
    }
    if !wildcard {
        return Ok(Rule::Host { host, port, http });
    }
    if url
        .domain()
        .is_none_or(|domain| !domain.trim_end_matches('.').contains('.'))
    {
        return Err(wanted(WILDCARD));
    }
    Ok(Rule::Below {
        suffix: format!(".{host}"),
        port,
        http,
    })
}

fn origin_rule(text: &str) -> Result<Rule, GrantError> {
    if let Ok(peer) = Peer::parse(text) {
        return Ok(Rule::Origin(peer.origin().to_owned()));
    }
    let wanted = || GrantError {
        text: text.to_owned(),
        wanted: ORIGIN,
    };
    let url = Url::parse(text).map_err(|_| wanted())?;
    let target = Target::of(&url).map_err(|_| wanted())?;
    if &url[Position::BeforePath..] != "/" || text.contains('*') {
        return Err(wanted());
    }
    Ok(Rule::Origin(target.origin.to_owned()))
}
