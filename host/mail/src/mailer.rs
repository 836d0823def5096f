//! Mail for whoever has a connection's settings and its credential.

use std::sync::Arc;

use mortise_egress::{Client, Reach};
use mortise_model::Timestamp;
use tokio::time::Instant;

use crate::compose::compose;
use crate::deliver;
use crate::error::Error;
use crate::fetch;
use crate::login::{Login, Proof};
use crate::message::{Found, Outgoing, Query, Receipt, Status};
use crate::server::{Kind, Server};
use crate::settings::Settings;

/// Sends and reads. One for the whole process.
pub struct Mailer {
    egress: Arc<Client>,
    settings: Settings,
}

/// Where a connection leads.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// The connection's settings, JSON.
    pub settings: &'a str,
    /// Where the connection may go.
    pub reach: &'a Reach,
    /// What the connection proves itself with, if it has that.
    pub proof: Option<&'a Proof>,
    /// When it has to be done.
    pub deadline: Instant,
}

impl Mailer {
    /// Through this way out, within these limits.
    #[must_use]
    pub fn new(egress: Arc<Client>, settings: Settings) -> Self {
        Self { egress, settings }
    }

    /// The origin that messages are sent to, with its port.
    ///
    /// # Errors
    /// The settings name none.
    pub fn sends_to(settings: &str) -> Result<String, Error> {
        Server::of(Kind::Smtp, settings).map(|server| server.peer.origin().to_owned())
    }

    /// The origin that messages are read from, with its port.
    ///
    /// # Errors
    /// The settings name none.
    pub fn reads_from(settings: &str) -> Result<String, Error> {
        Server::of(Kind::Imap, settings).map(|server| server.peer.origin().to_owned())
    }

    /// Sends a message in one session of SMTP. `key` makes its id: the same key gives the same id. Where a recipient is refused
    /// nobody gets the message, unless `partial` says that the others do.
    ///
    /// Dropping the future closes the connection; the message may have left.
    ///
    /// # Errors
    /// What became of it, see [`Error`].
    pub async fn deliver(
        &self,
        way: Way<'_>,
        message: &Outgoing,
        (key, now): (&str, Timestamp),
        partial: bool,
    ) -> Result<Receipt, Error> {
        let message = compose(message, &self.settings, (key, now))?;
        deliver::deliver((&self.egress, &self.settings), &way, message, partial).await
    }

    /// Logs in and sends nothing; gives the name that the server calls itself.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn probe(&self, way: Way<'_>) -> Result<String, Error> {
        deliver::probe((&self.egress, &self.settings), &way).await
    }

    /// Reads messages in one session of IMAP.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch(&self, way: Way<'_>, query: &Query) -> Result<Found, Error> {
        fetch::fetch((&self.egress, &self.settings), &way, query).await
    }

    /// Says what a mailbox holds.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn examine(&self, way: Way<'_>, mailbox: &str) -> Result<Status, Error> {
        fetch::examine((&self.egress, &self.settings), &way, mailbox).await
    }

    /// Names the mailboxes.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn mailboxes(&self, way: Way<'_>) -> Result<Vec<String>, Error> {
        fetch::mailboxes((&self.egress, &self.settings), &way).await
    }
}

impl Way<'_> {
    /// What the server is shown; none where the connection has neither a user nor a secret.
    pub(crate) fn login_of(&self, server: &Server) -> Result<Option<Login>, Error> {
        let login = match (&server.user, self.proof) {
            (Some(user), Some(proof)) => Login {
                user: user.clone(),
                proof: proof.clone(),
            },
            (None, None) => return Ok(None),
            (Some(_), None) => {
                let why = "the connection has a `user` and no secret: `mortise connections add` makes one that has";
                return Err(Error::Settings(why.to_owned()));
            }
            (None, Some(_)) => {
                let why = "the connection has no setting `user`: name there who logs in";
                return Err(Error::Settings(why.to_owned()));
            }
        };
        match login.is_fit() {
            true => Ok(Some(login)),
            false => Err(Error::Settings(
                "the user or the secret of the connection has characters that no mail server takes"
                    .to_owned(),
            )),
        }
    }
}
