//! The one way out of a guest. Whatever interface a request comes by, `mortise:plugin/http` or
//! `wasi:http`, it becomes an [`Asked`] and passes [`Way::send`]. What goes in and what comes out is
//! plain data, so it makes no difference to a guest whether this process makes the request or the one
//! that started it.

use std::sync::Arc;

use bytes::Bytes;
use mortise_egress::Timeouts;
use mortise_mail as mail;
use serde::{Deserialize, Serialize};

use crate::contract::mortise::plugin::connection::Algorithm;
use crate::contract::mortise::plugin::http::Error;
use crate::contract::mortise::plugin::sql;
use crate::host::direct::Direct;
use crate::host::post;
use crate::isolate::Link;

/// Where a call leads out. Requests under way have a clone, and may outlive the call by a moment.
#[derive(Clone)]
pub(crate) enum Way {
    /// This process makes the requests and has the secrets.
    Direct(Arc<Direct>),
    /// It is a worker and has neither: the process that started it is asked.
    Parent(Link),
}

impl Way {
    /// Sends a request to where the step may reach, and gives the whole answer.
    ///
    /// # Errors
    /// What became of it instead.
    pub async fn send(&self, asked: Asked) -> Result<Answered, Refused> {
        match self {
            Self::Direct(direct) => direct.send(asked).await,
            Self::Parent(link) => link.send(asked).await,
        }
    }

    /// Sends or reads mail through the connection's servers.
    ///
    /// # Errors
    /// What became of it instead.
    pub async fn mail(&self, asked: mail::Asked) -> Result<mail::Given, post::Refused> {
        match self {
            Self::Direct(direct) => direct.mail(asked).await,
            Self::Parent(link) => link.mail(asked).await,
        }
    }

    /// Carries statements out in one transaction.
    ///
    /// # Errors
    /// What became of them instead.
    pub async fn transact(
        &self,
        statements: Vec<sql::Statement>,
    ) -> Result<Vec<sql::Rows>, sql::Error> {
        match self {
            Self::Direct(direct) => direct.transact(statements).await,
            Self::Parent(link) => link.transact(statements).await,
        }
    }

    /// Signs with a secret of the connection.
    ///
    /// # Errors
    /// Why it cannot, in words.
    pub async fn sign(
        &self,
        secret: String,
        algorithm: Algorithm,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, String> {
        match self {
            Self::Direct(direct) => direct.sign(&secret, algorithm, &data),
            Self::Parent(link) => link.sign(secret, algorithm, data).await,
        }
    }

    /// Verifies a signature with a secret of the connection.
    ///
    /// # Errors
    /// As above.
    pub async fn verify(
        &self,
        secret: String,
        algorithm: Algorithm,
        signed: Signed,
    ) -> Result<bool, String> {
        match self {
            Self::Direct(direct) => direct.verify(&secret, algorithm, &signed),
            Self::Parent(link) => link.verify(secret, algorithm, signed).await,
        }
    }
}

/// Data and its signature.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Signed {
    pub data: Vec<u8>,
    pub signature: Vec<u8>,
}

/// A request as a guest words it, with its whole body.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Whether the connection's credential is to be added.
    pub with_credential: bool,
    /// The guest's own limit for the whole of it.
    pub timeout_ms: Option<u64>,
    /// And for parts of it.
    pub timeouts: Timeouts,
}

/// A whole answer, without the connection's secrets.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came: what is compressed stays so.
    pub body: Bytes,
}

/// A request without an answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Refused {
    /// As the contract says it.
    pub error: Error,
    pub why: Why,
    /// In words, with what would allow it.
    pub text: String,
}

/// The reason, as fine as `wasi:http` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Why {
    /// Not from here, or not there.
    Denied,
    /// It is granted and has an address that is not allowed.
    Address,
    Method,
    Url,
    UrlTooLong,
    /// A header that cannot be sent.
    Header,
    /// The header block has so many bytes.
    Headers(usize),
    Name,
    Connect,
    Tls,
    ConnectTimeout,
    /// The time for the answer, or for the whole request, is over.
    AnswerTimeout,
    /// The answer stopped.
    ReadTimeout,
    Closed,
    Protocol,
    AnswerHeaders(u64),
    AnswerBody(u64),
    /// The connection's rate is used up.
    Rate,
    Credential,
}
