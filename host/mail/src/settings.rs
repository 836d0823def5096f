//! What the operator may set, each with its default and the reason for it.

/// Limits of mail, the `mail.…` settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest message, as it lies on the wire, in bytes: sent, or read with more than its header.
    pub message_max_bytes: usize,
    /// Recipients of one message, all kinds together.
    pub recipients_max: usize,
    /// Messages that one reading gives.
    pub fetch_messages_max: u32,
    /// What one reading takes from the server, in bytes.
    pub fetch_max_bytes: usize,
    /// For the answer to one command, in milliseconds.
    pub command_timeout_ms: u64,
    /// For the answer to a whole message, in milliseconds: servers scan it before they say anything.
    pub message_timeout_ms: u64,
}

impl Settings {
    /// What the large providers take.
    pub const MESSAGE_MAX_BYTES: usize = 25 << 20;
    /// RFC 5321 obliges every server to take a hundred.
    pub const RECIPIENTS_MAX: usize = 100;
    /// As pages of applications.
    pub const FETCH_MESSAGES_MAX: u32 = 100;
    /// What the files of one call may have, base64 undone, and a little more.
    pub const FETCH_MAX_BYTES: usize = 32 << 20;
    /// RFC 5321 would wait for five minutes, longer than a step may take.
    pub const COMMAND_TIMEOUT_MS: u64 = 30_000;
    /// As above, where it would wait for ten.
    pub const MESSAGE_TIMEOUT_MS: u64 = 120_000;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            message_max_bytes: Self::MESSAGE_MAX_BYTES,
            recipients_max: Self::RECIPIENTS_MAX,
            fetch_messages_max: Self::FETCH_MESSAGES_MAX,
            fetch_max_bytes: Self::FETCH_MAX_BYTES,
            command_timeout_ms: Self::COMMAND_TIMEOUT_MS,
            message_timeout_ms: Self::MESSAGE_TIMEOUT_MS,
        }
    }
}
