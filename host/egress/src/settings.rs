//! What the operator may set, each with its default and the reason for it.

use std::net::SocketAddr;

use ipnet::IpNet;
use rustls::pki_types::CertificateDer;

/// Limits and permissions of everything that leaves the host, the `egress.…` settings.
///
/// They are fixed for the life of a [`Client`](crate::Client): a pooled connection was checked
/// under the same settings as the request that uses it again.
#[derive(Debug, Clone)]
pub struct Settings {
    /// For resolving the name, the TCP handshake and the TLS handshake together.
    pub connect_timeout_ms: u64,
    /// From the last byte sent to the end of the answer's header block.
    pub first_byte_timeout_ms: u64,
    /// Between two pieces of the answer's body.
    pub idle_timeout_ms: u64,
    /// For the whole request, including the wait for a free place.
    pub total_timeout_ms: u64,
    /// The largest body of an answer.
    pub body_max_bytes: u64,
    /// The largest header block, of a request and of an answer.
    pub header_block_max_bytes: usize,
    /// The longest URL.
    pub url_max_bytes: usize,
    /// Networks that may be reached although they are not public, and by plain `http`.
    pub allow_private: Vec<IpNet>,
    /// Name servers to ask; the system's resolver where none is named.
    pub nameservers: Vec<SocketAddr>,
    /// Requests under way at once; more wait for a place.
    pub requests_max: usize,
    /// Requests under way at once to one origin from one place, so that one origin that hangs
    /// cannot take every place.
    pub requests_per_origin_max: usize,
    /// Idle connections kept, altogether.
    pub idle_max: usize,
    /// Idle connections kept to one origin for one place.
    pub idle_per_origin_max: usize,
    /// How long a connection is kept idle.
    pub idle_keep_ms: u64,
    /// Name look-ups under way at once. The system's resolver cannot be interrupted: a look-up
    /// that hangs holds a thread.
    pub lookups_max: usize,
    /// The `user-agent` of requests that bring none; many applications refuse those without.
    pub user_agent: String,
    /// Certificate authorities to trust beside the public ones.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl Settings {
    /// Enough for a slow network, short enough to retry within a step's timeout.
    pub const CONNECT_TIMEOUT_MS: u64 = 10_000;
    /// Applications that take longer answer 202 and are asked again.
    pub const FIRST_BYTE_TIMEOUT_MS: u64 = 30_000;
    /// As for the first byte.
    pub const IDLE_TIMEOUT_MS: u64 = 30_000;
    /// Bounds an answer that trickles, which no other timeout ends.
    pub const TOTAL_TIMEOUT_MS: u64 = 120_000;
    /// What a plugin can take in one piece beside its own memory.
    pub const BODY_MAX_BYTES: u64 = 8 * 1024 * 1024;
    /// Four times what common servers accept.
    pub const HEADER_BLOCK_MAX_BYTES: usize = 32 * 1024;
    /// Twice what common servers accept.
    pub const URL_MAX_BYTES: usize = 16 * 1024;
    /// With the idle ones below it, under the usual limit of 1,024 open files.
    pub const REQUESTS_MAX: usize = 512;
    /// Half of all.
    pub const REQUESTS_PER_ORIGIN_MAX: usize = 256;
    /// See [`Settings::REQUESTS_MAX`].
    pub const IDLE_MAX: usize = 256;
    /// As many as a busy origin has under way.
    pub const IDLE_PER_ORIGIN_MAX: usize = 128;
    /// Servers commonly close after 60 or more seconds; some close after 5, which is noticed.
    pub const IDLE_KEEP_MS: u64 = 15_000;
    /// A small part of the blocking pool's 512 threads.
    pub const LOOKUPS_MAX: usize = 32;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout_ms: Self::CONNECT_TIMEOUT_MS,
            first_byte_timeout_ms: Self::FIRST_BYTE_TIMEOUT_MS,
            idle_timeout_ms: Self::IDLE_TIMEOUT_MS,
            total_timeout_ms: Self::TOTAL_TIMEOUT_MS,
            body_max_bytes: Self::BODY_MAX_BYTES,
            header_block_max_bytes: Self::HEADER_BLOCK_MAX_BYTES,
            url_max_bytes: Self::URL_MAX_BYTES,
            allow_private: Vec::new(),
            nameservers: Vec::new(),
            requests_max: Self::REQUESTS_MAX,
            requests_per_origin_max: Self::REQUESTS_PER_ORIGIN_MAX,
            idle_max: Self::IDLE_MAX,
            idle_per_origin_max: Self::IDLE_PER_ORIGIN_MAX,
            idle_keep_ms: Self::IDLE_KEEP_MS,
            lookups_max: Self::LOOKUPS_MAX,
            user_agent: concat!("mortise/", env!("CARGO_PKG_VERSION")).to_owned(),
            extra_roots: Vec::new(),
        }
    }
}
