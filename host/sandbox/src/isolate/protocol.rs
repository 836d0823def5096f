//! What the host and a worker say to each other.

use bytes::Bytes;
use mortise_mail as mail;
use mortise_model::entry::LogLine;
use mortise_ports::plugins::File;
use serde::{Deserialize, Serialize};

use crate::contract::mortise::plugin::connection::Algorithm;
use crate::contract::mortise::plugin::sql;
use crate::guest::About;
use crate::host::post;
use crate::host::way::{Answered, Asked as Request, Refused, Signed};
use crate::invoke::{Asked, Ended, Given};
use crate::records::Outcomes;
use crate::settings::Settings;

/// From the host.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToWorker {
    /// The first of all.
    Start(Box<Start>),
    /// Make a call.
    Call(Box<Begin>),
    /// What became of what a call asked for.
    Answer {
        call: u64,
        number: u32,
        answer: Answer,
    },
    /// Nobody wants the call's result any more; the guest may know.
    Cancel { call: u64 },
    /// The call ends here and now. It is `Done` all the same.
    Abandon { call: u64 },
}

/// What a worker works with as long as it lives.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    /// With the numbers of a worker.
    pub settings: Settings,
    /// None to see whether a worker can be confined at all.
    pub plugin: Option<Compiled>,
}

/// A plugin's code.
#[derive(Serialize, Deserialize)]
pub(crate) struct Compiled {
    /// The interfaces that it exports; none where it only describes itself.
    pub roles: Vec<String>,
    /// What wasmtime made of it.
    pub code: Bytes,
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Compiled({:?}, {} bytes)", self.roles, self.code.len())
    }
}

/// A call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Begin {
    pub call: u64,
    /// The plugin's name, for sentences.
    pub plugin: String,
    /// Which of its operations.
    pub operation: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub made_at: i64,
    /// What is left of its time.
    pub remaining_ms: u64,
    pub task: Task,
}

/// What is to be done.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Of a connector, with what its guest may know of the call.
    Act {
        about: Box<About>,
        asked: Asked,
        files: Vec<File>,
    },
    /// Of a transform.
    Apply {
        config: String,
        records: Vec<String>,
        files: Vec<File>,
    },
    /// Of any plugin, before it is known what it is.
    Describe,
}

/// From a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum FromWorker {
    /// It is confined and takes calls.
    Ready,
    /// It cannot be confined, or cannot use what it was given.
    Refused(String),
    /// A guest wants something of the outside.
    Ask {
        call: u64,
        /// Of this question, in this call.
        number: u32,
        wanted: Wanted,
        /// What the guest said until then.
        log: Vec<LogLine>,
    },
    /// A call is over.
    Done {
        call: u64,
        came: Came,
        /// What the guest said since.
        log: Vec<LogLine>,
    },
}

/// What a guest wants of the outside.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Wanted {
    Send(Request),
    Transact(Vec<sql::Statement>),
    Sign {
        secret: String,
        algorithm: Algorithm,
        data: Vec<u8>,
    },
    Verify {
        secret: String,
        algorithm: Algorithm,
        signed: Signed,
    },
    Mail(mail::Asked),
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Sent(Result<Answered, Refused>),
    Transacted(Result<Vec<sql::Rows>, sql::Error>),
    Signed(Result<Vec<u8>, String>),
    Verified(Result<bool, String>),
    Mailed(Result<mail::Given, post::Refused>),
}

/// What came of a call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Came {
    /// With the files that the call made and names.
    Acted(Ended<Given>, Vec<File>),
    /// As above.
    Applied(Ended<Outcomes>, Vec<File>),
    /// What it says, or in words why it says nothing.
    Described(Result<String, String>),
}

/// The longest message of a worker: what a guest hands over at most, the files that it sends, and
/// names around them.
pub(crate) fn message_max_bytes(settings: &Settings) -> usize {
    settings
        .hostcall_max_bytes
        .saturating_add(settings.payload_max_bytes)
        .saturating_add(settings.files_max_bytes)
        .saturating_add(settings.log_max_bytes)
        .saturating_add(1 << 20)
}
