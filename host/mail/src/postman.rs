//! What mail servers are asked and what they give, as plain data, and who carries it there.

use std::future::Future;
use std::pin::Pin;

use mortise_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::mailer::{Mailer, Way};
use crate::message::{Found, Outgoing, Query, Receipt, Status};

/// What is asked of a connection's mail servers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Asked {
    /// Send a message; with `partial` to those recipients that the server takes.
    Deliver {
        /// The message.
        message: Box<Outgoing>,
        /// A refused recipient does not keep the others from getting it.
        partial: bool,
    },
    /// Log in and send nothing.
    Probe,
    /// Read messages.
    Fetch(Query),
    /// Say what a mailbox holds.
    Examine(String),
    /// Name the mailboxes.
    Mailboxes,
}

impl Asked {
    /// Whether it is the server that messages are sent through, and not the one that they are read from.
    #[must_use]
    pub fn sends(&self) -> bool {
        matches!(self, Self::Deliver { .. } | Self::Probe)
    }
}

/// What they gave.
#[derive(Debug, Serialize, Deserialize)]
pub enum Given {
    /// The message was taken.
    Delivered(Receipt),
    /// What the server calls itself.
    Probed(String),
    /// Messages.
    Found(Found),
    /// What a mailbox holds.
    Status(Status),
    /// The names of mailboxes.
    Mailboxes(Vec<String>),
}

/// What carries mail: servers, or what takes their place in a rehearsal.
pub trait Postman: Send + Sync {
    /// Asks in one session. `key` makes the id of a message: the same key gives the same id. Dropping the future
    /// closes the connection; a message may have left.
    fn carry<'a>(
        &'a self,
        way: Way<'a>,
        asked: &'a Asked,
        key: (&'a str, Timestamp),
    ) -> Carrying<'a>;
}

/// Mail under way.
pub type Carrying<'a> = Pin<Box<dyn Future<Output = Result<Given, Error>> + Send + 'a>>;

impl Postman for Mailer {
    fn carry<'a>(
        &'a self,
        way: Way<'a>,
        asked: &'a Asked,
        key: (&'a str, Timestamp),
    ) -> Carrying<'a> {
        Box::pin(async move {
            match asked {
                Asked::Deliver { message, partial } => {
                    let delivered = self.deliver(way, message, key, *partial).await;
                    delivered.map(Given::Delivered)
                }
                Asked::Probe => self.probe(way).await.map(Given::Probed),
                Asked::Fetch(query) => self.fetch(way, query).await.map(Given::Found),
                Asked::Examine(mailbox) => self.examine(way, mailbox).await.map(Given::Status),
                Asked::Mailboxes => self.mailboxes(way).await.map(Given::Mailboxes),
            }
        })
    }
}
