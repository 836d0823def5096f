//! What became of a request that has no answer.

use std::fmt;
use std::io;
use std::net::IpAddr;

use thiserror::Error;

use crate::address::AddressClass;
use crate::grant::Place;
use crate::request::Invalid;

/// A client that cannot be made.
#[derive(Debug, Error)]
pub enum SetupError {
    /// One of `extra_roots` is not a certificate authority's certificate.
    #[error("`egress.extra-roots` holds a certificate that cannot be used: {0}")]
    Root(rustls::Error),
    /// The TLS library refuses its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Tls(rustls::Error),
    /// `user_agent` is not a header value.
    #[error("`egress.user-agent` has characters that a header cannot carry")]
    UserAgent,
}

/// What became of a request that has no answer. The variants are what a caller decides by.
#[derive(Debug, Error)]
pub enum Error {
    /// It makes no sense, whoever sends it. Nothing left.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is not allowed from here. Nothing left.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Not one byte of the request left: sending again is safe.
    #[error("nothing was sent to `{origin}`: {cause}")]
    NotSent {
        /// Scheme, host and port.
        origin: String,
        /// Why.
        cause: Cause,
    },
    /// Some of it left and no whole answer came: it may have been carried out.
    #[error("the request to `{origin}` was sent and not answered: {cause}")]
    Unanswered {
        /// Scheme, host and port.
        origin: String,
        /// Why.
        cause: Cause,
    },
    /// The answer is larger than the limit. The request has been carried out.
    #[error("the answer of `{origin}` is too large: its {part} more than {limit_bytes} bytes (`{}`)", .part.setting())]
    TooLarge {
        /// Scheme, host and port.
        origin: String,
        /// Which part.
        part: MessagePart,
        /// The limit.
        limit_bytes: u64,
    },
}

/// A part of an answer that has a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagePart {
    /// Status line and headers.
    Headers,
    /// The body.
    Body,
}

impl MessagePart {
    fn setting(self) -> &'static str {
        match self {
            Self::Headers => "egress.header-block-max-bytes",
            Self::Body => "egress.body-max-bytes",
        }
    }
}

impl fmt::Display for MessagePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Headers => "headers have",
            Self::Body => "body has",
        })
    }
}

/// A refusal; its text names the line that would allow it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Denied {
    /// No grant or origin covers it.
    #[error("{}", not_granted(.place, .wanted))]
    NotGranted {
        /// Where it was asked from.
        place: Place,
        /// The entry that would allow it.
        wanted: String,
    },
    /// The host is granted, its address is not public.
    #[error(
        "`{host}` is at the {class} address `{address}`: allow it with the setting `egress.allow-private: [{network}]`",
        network = network(.address)
    )]
    PrivateAddress {
        /// The host as the URL names it.
        host: String,
        /// What it resolves to.
        address: IpAddr,
        /// What that address is for.
        class: AddressClass,
    },
    /// Another protocol than HTTP, without TLS, to an address that the operator did not name.
    #[error(
        "a connection to `{host}` at `{address}` that is not encrypted is not allowed: use TLS, or allow the address with the setting `egress.allow-private: [{network}]`",
        network = network(.address)
    )]
    Unencrypted {
        /// The host as the origin names it.
        host: String,
        /// What it resolves to.
        address: IpAddr,
    },
    /// Plain `http` to an address that the operator did not name.
    #[error(
        "plain `http` to `{host}` at `{address}` is not allowed: use `https`, or allow the address with the setting `egress.allow-private: [{network}]`",
        network = network(.address)
    )]
    PlainHttp {
        /// The host as the URL names it.
        host: String,
        /// What it resolves to.
        address: IpAddr,
    },
}

fn not_granted(place: &Place, wanted: &str) -> String {
    match place {
        Place::Grants { plugin } => format!(
            "`{wanted}` is not granted: add it under `grants: {{ {plugin}: {{ hosts: [\"{wanted}\"] }} }}`"
        ),
        Place::Connection { name } => format!(
            "`{wanted}` is not an origin of the connection `{name}`: add it under `{name}: {{ origins: [\"{wanted}\"] }}` in `connections.yaml`"
        ),
    }
}

fn network(address: &IpAddr) -> String {
    format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum Cause {
    /// The name has no address, or the resolver failed.
    #[error("the name cannot be resolved: {0}")]
    Resolve(io::Error),
    /// No address took the connection; the last error.
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    /// No trusted TLS connection came about.
    #[error("no TLS connection: {0}")]
    Tls(io::Error),
    /// `egress.connect-timeout-ms` passed.
    #[error("no connection within {0} ms (`egress.connect-timeout-ms`)")]
    ConnectTimeout(u64),
    /// `egress.first-byte-timeout-ms` passed.
    #[error("no answer within {0} ms (`egress.first-byte-timeout-ms`)")]
    FirstByteTimeout(u64),
    /// `egress.idle-timeout-ms` passed.
    #[error("the answer stopped for {0} ms (`egress.idle-timeout-ms`)")]
    IdleTimeout(u64),
    /// `egress.total-timeout-ms` passed.
    #[error("not done within {0} ms (`egress.total-timeout-ms`)")]
    TotalTimeout(u64),
    /// The request's own timeout passed.
    #[error("not done within {0} ms, the request's timeout")]
    RequestTimeout(u64),
    /// The request's own limit for a part of it passed.
    #[error("{0} within {1} ms, the request's own limit")]
    OwnTimeout(Part, u64),
    /// The caller's deadline passed.
    #[error("not done by the deadline of the call")]
    Deadline,
    /// The other side closed the connection.
    #[error("the connection was closed")]
    Closed,
    /// The connection broke, or what came was not HTTP.
    #[error("the connection failed: {}", deepest(.0))]
    Http(#[source] hyper::Error),
}

/// What a request may limit by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Until there is a connection.
    Connection,
    /// From the last byte sent to the end of the answer's header block.
    Answer,
    /// Between two pieces of the answer's body.
    Rest,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "no connection",
            Self::Answer => "no answer",
            Self::Rest => "no more of the answer",
        })
    }
}

/// hyper's own text names the layer, its source the reason.
fn deepest(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
