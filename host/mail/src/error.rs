//! Why mail was not sent or read.

use mortise_egress::{Denied, Error as Refusal};
use thiserror::Error;

use crate::message::Refused;

/// Why mail was not sent or read. The variants are what a caller decides by.
#[derive(Debug, Error)]
pub enum Error {
    /// The connection's settings do not say where to go, or how.
    #[error("{0}")]
    Settings(String),
    /// It is not allowed to go there.
    #[error(transparent)]
    Denied(Denied),
    /// Nothing was handed over: trying again does no harm.
    #[error("{0}")]
    NotSent(String),
    /// A whole message left, and nobody said what became of it.
    #[error("{0}")]
    Unanswered(String),
    /// The server does not take the credential.
    #[error("{0}")]
    Unauthorized(String),
    /// A field of what is asked for makes no sense.
    #[error("`{field}` {why}")]
    Invalid {
        /// JSON Pointer.
        field: String,
        /// What is wrong with it.
        why: String,
    },
    /// The server refuses: replies of SMTP, at least one.
    #[error("{}", .0.first().map_or("", |one| one.text.as_str()))]
    Refused(Vec<Refused>),
    /// The server refuses: an answer of IMAP.
    #[error("{0}")]
    No(String),
}

impl Error {
    pub(crate) fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            why: why.into(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Denied(denied) => Self::Denied(denied),
            other => Self::NotSent(other.to_string()),
        }
    }
}
