//! Limits of the listeners, each with its name and default.

/// What a listener takes, the `ingress.…` and `admin.…` settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `ingress.body-max-bytes`: the largest body of an event.
    pub body_max_bytes: usize,
    /// `ingress.body-timeout-ms`: from the end of the header block to the end of the body.
    pub body_timeout_ms: u64,
    /// `ingress.header-max-bytes`: the largest header block, the request line included.
    pub header_max_bytes: usize,
    /// `ingress.headers-max`: the most header lines.
    pub headers_max: usize,
    /// `ingress.header-timeout-ms`: from the first byte of a request, or from the beginning of the
    /// connection, to the end of the header block.
    pub header_timeout_ms: u64,
    /// `ingress.idle-timeout-ms`: how long a connection may stay open between two requests.
    pub idle_timeout_ms: u64,
    /// `ingress.answer-timeout-ms`: how long whoever asked may take nothing of the answer.
    pub answer_timeout_ms: u64,
    /// `ingress.connections-max`: connections open at once, on each listener; more wait in the
    /// kernel's queue.
    pub connections_max: usize,
    /// `ingress.connections-per-peer-max`: of those, the ones from one address, or from one /64 of
    /// version 6; more are closed at once.
    pub connections_per_peer_max: usize,
    /// `ingress.streams-max`: requests under way at once on one connection of HTTP/2.
    pub streams_max: u32,
    /// `ingress.resets-max`: requests that one connection of HTTP/2 may give up, less those that were
    /// answered.
    pub resets_max: usize,
    /// `tls.handshake-timeout-ms`: from the beginning of a connection to the end of its handshake.
    pub tls_handshake_timeout_ms: u64,
    /// `ingress.json-depth-max`: how deep the arrays and objects of an event may nest.
    pub json_depth_max: usize,
    /// `admin.print-max-bytes`: a larger value is shown as its digest and size.
    pub print_max_bytes: usize,
    /// `admin.tokens-max`: tokens that are kept, expired ones among them.
    pub tokens_max: usize,
    /// `admin.token-life-max-ms`: the longest life of a token.
    pub token_life_max_ms: u64,
    /// `admin.failed-logins-max`: wrong tokens of one address that are not forgotten; past it the
    /// address is not heard.
    pub failed_logins_max: usize,
    /// `admin.failed-logins-total-max`: the same of all addresses; past it those that failed get one
    /// try at a time.
    pub failed_logins_total_max: usize,
    /// `admin.failed-login-ms`: after so long one wrong token is forgotten.
    pub failed_login_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // Webhooks of the large applications stay under 256 KiB, almost all under 32 KiB.
            body_max_bytes: 1024 * 1024,
            body_timeout_ms: 30_000,
            // Twice what common servers send.
            header_max_bytes: 32 * 1024,
            headers_max: 100,
            header_timeout_ms: 30_000,
            // Longer than proxies commonly keep one, so that it is they who close it.
            idle_timeout_ms: 75_000,
            answer_timeout_ms: 30_000,
            connections_max: 2_048,
            // Everybody behind one proxy is one address; and one address alone never has all.
            connections_per_peer_max: 1_024,
            streams_max: 64,
            // A sender that is cancelled itself gives up what it has under way, and not more.
            resets_max: 64,
            tls_handshake_timeout_ms: 10_000,
            // What JSON parsers commonly hold.
            json_depth_max: 127,
            print_max_bytes: 64 * 1024,
            // Each request with a token is held against all of them.
            tokens_max: 1_000,
            token_life_max_ms: 366 * 86_400_000,
            // A person who mistypes is not kept out; who guesses gets ten tries a minute.
            failed_logins_max: 10,
            failed_logins_total_max: 100,
            failed_login_ms: 6_000,
        }
    }
}
