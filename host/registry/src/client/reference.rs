//! Where things lie: `host[:port]/namespace/name:version`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use mortise_model::Digest;
use thiserror::Error;
use url::Url;

/// The longest name of a repository, with its host, that registries take.
const NAME_MAX_BYTES: usize = 255;
/// The longest tag.
const TAG_MAX_BYTES: usize = 128;

/// Why something names no place in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// No host.
    #[error(
        "`{0}` names no registry: write `host[:port]/namespace/name[:version]`, such as `registry.example.com/acme/shop:1.2.0`"
    )]
    NoHost(String),
    /// A host that is none.
    #[error("`{0}` is no host of a registry: write `host` or `host:port`")]
    Host(String),
    /// A name that is none.
    #[error(
        "`{0}` is no name of a plugin in a registry: write `namespace/name` in lower-case letters and digits, with `-`, `_` or `.` between them"
    )]
    Name(String),
    /// A version that cannot be a tag.
    #[error(
        "`{0}` cannot be a tag: a version of a plugin has letters, digits, `-` and `.`, and no build metadata after a `+`"
    )]
    Tag(String),
    /// A digest that is none.
    #[error("{0}")]
    Digest(String),
    /// Unprotected, and not on this machine.
    #[error(
        "plain `http` to `{0}` shows everybody on the way what is sent: use `https`, or allow it with `--plain-http`"
    )]
    PlainHttp(String),
}

/// A registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    host: String,
    origin: Url,
    is_loopback: bool,
}

/// A place in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Which registry.
    pub registry: Registry,
    /// `namespace/name`, with more before it where the registry wants that.
    pub repository: String,
    /// The version, where one is named.
    pub tag: Option<String>,
    /// The digest of the manifest, where one is named.
    pub digest: Option<Digest>,
}

/// How somebody wants a registry to be reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct Way {
    /// Plain `http` is allowed wherever the registry is.
    pub plain_http: bool,
    /// There is a certificate to be trusted, so there is TLS on this machine too.
    pub tls: bool,
}

impl Registry {
    /// Reads `host[:port]`, with `https://` or `http://` before it where that matters. On this
    /// machine plain `http` is usual; elsewhere it has to be allowed.
    ///
    /// # Errors
    /// Where it is none, or cannot be reached that way.
    pub fn parse(text: &str, way: Way) -> Result<Self, ReferenceError> {
        let (scheme, host) = match text.split_once("://") {
            Some((scheme @ ("https" | "http"), host)) => (Some(scheme), host),
            Some(_) => return Err(ReferenceError::Host(text.to_owned())),
            None => (None, text),
        };
        let host = host.strip_suffix('/').unwrap_or(host);
        let bad = || ReferenceError::Host(host.to_owned());
        // As the parser of the addresses that are asked reads it, so that nothing is read twice.
        let url = Url::parse(&format!("https://{host}/")).map_err(|_| bad())?;
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_host) || url.host_str().is_none() {
            return Err(bad());
        }
        let host = host.to_ascii_lowercase();
        let is_loopback = is_loopback(&url);
        let is_plain = match scheme {
            Some(scheme) => scheme == "http",
            None => way.plain_http || (is_loopback && !way.tls),
        };
        if is_plain && !is_loopback && !way.plain_http {
            return Err(ReferenceError::PlainHttp(host));
        }
        let asked = match host.as_str() {
            // The name that people use is not the machine that answers.
            "docker.io" => "registry-1.docker.io",
            host => host,
        };
        let scheme = if is_plain { "http" } else { "https" };
        Ok(Self {
            origin: Url::parse(&format!("{scheme}://{asked}/")).map_err(|_| bad())?,
            host,
            is_loopback,
        })
    }

    /// `host[:port]`
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether it is reached without TLS.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.origin.scheme() == "http"
    }

    /// Where it is asked.
    pub(super) fn origin(&self) -> Url {
        self.origin.clone()
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)
    }
}

impl Reference {
    /// Reads `host[:port]/namespace/name[:version][@sha256:…]`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, way: Way) -> Result<Self, ReferenceError> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (format!("{scheme}://"), rest),
            None => (String::new(), text),
        };
        let no_host = || ReferenceError::NoHost(text.to_owned());
        let (host, path) = rest.split_once('/').ok_or_else(no_host)?;
        // `acme/shop` has no host: a host has a dot, a port, or is this machine.
        if !host.contains(['.', ':']) && host != "localhost" {
            return Err(no_host());
        }
        let registry = Registry::parse(&format!("{scheme}{host}"), way)?;
        let (path, digest) = match path.split_once('@') {
            None => (path, None),
            Some((path, digest)) => {
                let digest = Digest::from_str(digest);
                let digest = digest.map_err(|error| ReferenceError::Digest(error.to_string()))?;
                (path, Some(digest))
            }
        };
        let (path, tag) = match path.split_once(':') {
            None => (path, None),
            Some((path, tag)) => (path, Some(tag)),
        };
        let is_long = host.len() + 1 + path.len() > NAME_MAX_BYTES;
        if is_long || !path.contains('/') || !path.split('/').all(is_part) {
            return Err(ReferenceError::Name(path.to_owned()));
        }
        if let Some(tag) = tag {
            check_tag(tag)?;
        }
        Ok(Self {
            registry,
            repository: path.to_owned(),
            tag: tag.map(str::to_owned),
            digest,
        })
    }

    /// Whether these are a plugin's name, `namespace/name`, and a version that can be a tag.
    #[must_use]
    pub fn is_plugin(name: &str, version: &str) -> bool {
        let is_name = name.split('/').count() == 2 && name.split('/').all(is_part);
        is_name && check_tag(version).is_ok()
    }

    /// The plugin's name: the last two parts of the repository.
    #[must_use]
    pub fn name(&self) -> &str {
        let before = self.repository.rsplit('/').skip(2).map(str::len);
        let skipped: usize = before.map(|length| length + 1).sum();
        self.repository.get(skipped..).unwrap_or_default()
    }

    /// `host[:port]/namespace/name`: what signatures name.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The same place with a version.
    ///
    /// # Errors
    /// Where the version cannot be a tag.
    pub fn with_tag(mut self, version: &str) -> Result<Self, ReferenceError> {
        check_tag(version)?;
        self.tag = Some(version.to_owned());
        Ok(self)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Letters and digits, with one `.`, one or two `_`, or some `-` between them: no part is empty, and
/// none is `..`.
fn is_part(part: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(|byte| is_word(*byte));
    let between = part.split(|char: char| char.is_ascii_lowercase() || char.is_ascii_digit());
    ends(bytes.first())
        && ends(bytes.last())
        && between.into_iter().all(|sign| {
            matches!(sign, "" | "." | "_" | "__") || sign.bytes().all(|byte| byte == b'-')
        })
}

fn check_tag(tag: &str) -> Result<(), ReferenceError> {
    let is_tag = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let first = tag.bytes().next();
    let starts = first.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if starts && tag.len() <= TAG_MAX_BYTES && tag.bytes().all(is_tag) {
        return Ok(());
    }
    Err(ReferenceError::Tag(tag.to_owned()))
}

/// The networks of this machine.
pub(super) fn loopback() -> Vec<IpNet> {
    networks(&[("127.0.0.0", 8), ("::1", 128)])
}

/// Every network.
pub(super) fn everywhere() -> Vec<IpNet> {
    networks(&[("0.0.0.0", 0), ("::", 0)])
}

fn networks(all: &[(&str, u8)]) -> Vec<IpNet> {
    let all = all.iter();
    all.filter_map(|(address, prefix)| IpNet::new(address.parse().ok()?, *prefix).ok())
        .collect()
}
