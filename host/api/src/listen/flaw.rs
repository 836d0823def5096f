//! Requests that are refused before anything of them is a request.

use http::StatusCode;
use thiserror::Error;

use crate::problem::Problem;

/// What is wrong with how a request is written or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// The header block goes on and on.
    #[error("the header block is over `ingress.header-max-bytes` of {0}")]
    HeaderTooLarge(usize),
    /// It has too many lines.
    #[error("the request has more header lines than `ingress.headers-max` of {0}")]
    TooManyHeaders(usize),
    /// It does not end in time.
    #[error("the header block took longer than `ingress.header-timeout-ms` of {0}")]
    HeaderTooSlow(u64),
    /// The body does not end in time.
    #[error("the body took longer than `ingress.body-timeout-ms` of {0}")]
    BodyTooSlow(u64),
    /// The first line is none of HTTP/1.
    #[error("the request line is not `METHOD TARGET HTTP/1.1`")]
    RequestLine,
    /// A line that ends in half of a line break.
    #[error("a line of the header ends without a carriage return")]
    BareLineFeed,
    /// A line that goes on in the next one.
    #[error("a header line goes on in the line after it")]
    Folded,
    /// A line that is no header.
    #[error("a header line is not `NAME: VALUE`, with nothing before the colon but the name")]
    HeaderLine,
    /// Nobody knows whom the request is for.
    #[error("the request has no `host` header, or several")]
    Host,
    /// Nobody knows how long the body is.
    #[error("`content-length` stands there twice, or is no plain number")]
    Length,
    /// The body is written in a way that is not read here.
    #[error("`transfer-encoding` is something else than `chunked`, once, in HTTP/1.1")]
    Coding,
    /// The body's length is said in two ways.
    #[error("the request has both `content-length` and `transfer-encoding`")]
    TwoLengths,
    /// A piece of the body is not written as it has to be.
    #[error("a chunk of the body {0}")]
    Chunk(&'static str),
}

impl Flaw {
    /// What the sender is told.
    #[must_use]
    pub fn problem(self) -> Problem {
        let (status, code) = match self {
            Self::HeaderTooLarge(_) => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "header-too-large",
            ),
            Self::TooManyHeaders(_) => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "too-many-headers",
            ),
            Self::HeaderTooSlow(_) => (StatusCode::REQUEST_TIMEOUT, "header-too-slow"),
            Self::BodyTooSlow(_) => (StatusCode::REQUEST_TIMEOUT, "body-too-slow"),
            _ => (StatusCode::BAD_REQUEST, "malformed-request"),
        };
        Problem::new(status, code, self.to_string())
    }
}
