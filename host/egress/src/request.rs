//! A request, and what makes one invalid.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri, uri::PathAndQuery};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Position, Url};

use crate::grant::{Place, Reach};
use crate::settings::Settings;

/// What is to be sent. Only [`Request::from_plugin`] takes a plugin's words; what is added to it
/// afterwards (credentials, an idempotency key) is the host's own.
#[derive(Debug, Clone)]
pub struct Request {
    /// Any method but `CONNECT` and `TRACE`.
    pub method: Method,
    /// `https` or `http`; a fragment is not sent.
    pub url: Url,
    /// Without those that belong to the connection or to the framing.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// The caller's limit for the whole request, in milliseconds, below the settings' own.
    pub timeout_ms: Option<u64>,
    /// The same for parts of it.
    pub timeouts: Timeouts,
}

/// A caller's limits for parts of a request, in milliseconds, below the settings' own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect_ms: Option<u64>,
    /// From the last byte sent to the end of the answer's header block.
    pub first_byte_ms: Option<u64>,
    /// Between two pieces of the answer's body.
    pub idle_ms: Option<u64>,
}

/// A request that no place could send.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Not a method, or one that is never sent.
    #[error("`{0}` is not a method that can be sent")]
    Method(String),
    /// Not a URL.
    #[error("the url cannot be read: {0}")]
    Url(String),
    /// Neither `https` nor `http`.
    #[error("the scheme `{0}` cannot be sent: use `https`")]
    Scheme(String),
    /// Credentials do not belong in a URL, which is logged.
    #[error("the url carries a user name or a password: put them into a connection")]
    UserInfo,
    /// Longer than the setting.
    #[error("the url has {size} bytes, and `egress.url-max-bytes` is {limit}")]
    UrlTooLong {
        /// Bytes.
        size: usize,
        /// Bytes.
        limit: usize,
    },
    /// Not a header name, or a value with control characters.
    #[error("the header `{0}` has a name or a value that HTTP does not allow")]
    Header(String),
    /// Belongs to the connection or to the framing.
    #[error("the header `{0}` is set by the host: leave it out")]
    HostHeader(String),
    /// Belongs to the connection's credential.
    #[error("the header `{header}` is set by the connection `{connection}`: leave it out")]
    CredentialHeader {
        /// The header's name.
        header: String,
        /// The connection's name.
        connection: String,
    },
    /// Larger than the setting.
    #[error("the headers have {size} bytes, and `egress.header-block-max-bytes` is {limit}")]
    HeadersTooLarge {
        /// Bytes.
        size: usize,
        /// Bytes.
        limit: usize,
    },
}

impl Request {
    /// A request as a plugin words it, for the place that `reach` describes.
    ///
    /// # Errors
    /// What is wrong with it, in words for the plugin's author.
    pub fn from_plugin<'a>(
        reach: &Reach,
        method: &str,
        url: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
    ) -> Result<Self, Invalid> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let invalid = || Invalid::Header(name.escape_debug().to_string());
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
            if let Place::Connection { name } = reach.place()
                && (key == header::AUTHORIZATION || key == header::COOKIE)
            {
                let (header, connection) = (key.to_string(), name.clone());
                return Err(Invalid::CredentialHeader { header, connection });
            }
            map.try_append(key, value).map_err(|_| invalid())?;
        }
        Ok(Self {
            method: Method::from_bytes(method.as_bytes())
                .map_err(|_| Invalid::Method(method.escape_debug().to_string()))?,
            url: Url::parse(url).map_err(|error| Invalid::Url(error.to_string()))?,
            headers: map,
            body,
            timeout_ms: None,
            timeouts: Timeouts::default(),
        })
    }

    /// What holds for every request, whoever made it.
    pub(crate) fn check(&self, settings: &Settings) -> Result<Target<'_>, Invalid> {
        // `CONNECT` would make a tunnel; `TRACE` would show the credential to the plugin.
        if self.method == Method::CONNECT || self.method == Method::TRACE {
            return Err(Invalid::Method(self.method.to_string()));
        }
        let (size, limit) = (self.url.as_str().len(), settings.url_max_bytes);
        if size > limit {
            return Err(Invalid::UrlTooLong { size, limit });
        }
        let mut size = 0;
        for (name, value) in &self.headers {
            if belongs_to_host(name) {
                return Err(Invalid::HostHeader(name.to_string()));
            }
            size += name.as_str().len() + value.len() + ": \r\n".len();
        }
        let limit = settings.header_block_max_bytes;
        if size > limit {
            return Err(Invalid::HeadersTooLarge { size, limit });
        }
        Target::of(&self.url)
    }

    /// The path and query, as they stand in the request line.
    pub(crate) fn origin_form(&self) -> Result<Uri, Invalid> {
        let text = &self.url[Position::BeforePath..Position::AfterQuery];
        let path = PathAndQuery::try_from(text).map_err(|error| Invalid::Url(error.to_string()))?;
        Ok(Uri::from(path))
    }
}

/// Headers that decide where a request ends and what becomes of the connection.
fn belongs_to_host(name: &HeaderName) -> bool {
    const NAMES: [HeaderName; 7] = [
        header::HOST,
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::CONTENT_LENGTH,
        header::TE,
        header::TRAILER,
        header::UPGRADE,
    ];
    let text = name.as_str();
    NAMES.contains(name)
        || text.starts_with("proxy-")
        || text == "keep-alive"
        || text == "http2-settings"
}

/// Where a URL leads, in the spelling of the URL parser: lower case, punycode, canonical addresses.
#[derive(Debug)]
pub(crate) struct Target<'u> {
    pub tls: bool,
    /// IPv6 addresses in brackets.
    pub host: &'u str,
    pub port: u16,
    /// `https://api.example.com`, without a default port.
    pub origin: &'u str,
    /// `api.example.com`, without a default port: the `host` header.
    pub authority: &'u str,
}

impl<'u> Target<'u> {
    pub fn of(url: &'u Url) -> Result<Self, Invalid> {
        let (tls, default_port) = match url.scheme() {
            "https" => (true, 443),
            "http" => (false, 80),
            other => return Err(Invalid::Scheme(other.to_owned())),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Invalid::UserInfo);
        }
        let port = url.port().unwrap_or(default_port);
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() || port == 0 {
            return Err(Invalid::Url("it names no host or port".to_owned()));
        }
        Ok(Self {
            tls,
            host,
            port,
            origin: &url[..Position::BeforePath],
            authority: &url[Position::BeforeHost..Position::BeforePath],
        })
    }

    /// Whether HTTP is spoken there.
    pub fn is_http(&self) -> bool {
        self.origin.starts_with("http")
    }

    /// The entry of `grants` that would allow it.
    pub fn as_grant(&self) -> String {
        match self {
            Self {
                tls: true,
                port: 443,
                host,
                ..
            } => (*host).to_owned(),
            Self { host, port, .. } => format!("{host}:{port}"),
        }
    }
}
