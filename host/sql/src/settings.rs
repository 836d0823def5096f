//! What the operator may set, each with its default and the reason for it.

/// Limits of everything that is asked of databases, the `sql.…` settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Connections to the database of one connection, in use and idle; more calls wait.
    pub connections_max: usize,
    /// How long a connection is kept idle.
    pub idle_keep_ms: u64,
    /// How long a connection is used at all.
    pub life_max_ms: u64,
    /// From the socket to the end of TLS and the login.
    pub handshake_timeout_ms: u64,
    /// For each statement; what is left of the call counts where it is less.
    pub statement_timeout_ms: u64,
    /// Statements of one transaction.
    pub statements_max: usize,
    /// What the rows of one transaction may take altogether.
    pub answer_max_bytes: usize,
}

impl Settings {
    /// A database process costs a server megabytes, and servers commonly allow a hundred.
    pub const CONNECTIONS_MAX: usize = 8;
    /// Longer than the usual pause between two polls.
    pub const IDLE_KEEP_MS: u64 = 60_000;
    /// So that a server that was moved or grew is found again.
    pub const LIFE_MAX_MS: u64 = 30 * 60_000;
    /// As `egress.connect-timeout-ms`.
    pub const HANDSHAKE_TIMEOUT_MS: u64 = 10_000;
    /// The usual timeout of a step is 30 seconds as well.
    pub const STATEMENT_TIMEOUT_MS: u64 = 30_000;
    /// A batch has a few statements, not a few for each row.
    pub const STATEMENTS_MAX: usize = 1_000;
    /// As much as an answer of HTTP: what a plugin can take in one piece beside its own memory.
    pub const ANSWER_MAX_BYTES: usize = 8 * 1024 * 1024;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connections_max: Self::CONNECTIONS_MAX,
            idle_keep_ms: Self::IDLE_KEEP_MS,
            life_max_ms: Self::LIFE_MAX_MS,
            handshake_timeout_ms: Self::HANDSHAKE_TIMEOUT_MS,
            statement_timeout_ms: Self::STATEMENT_TIMEOUT_MS,
            statements_max: Self::STATEMENTS_MAX,
            answer_max_bytes: Self::ANSWER_MAX_BYTES,
        }
    }
}
