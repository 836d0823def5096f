//! What leads out of a call to mail servers: every check, the credential, the session, and a record of it. As
//! [`way`](super::way) has it for HTTP, what goes in and what comes out is plain data.

use std::sync::atomic::Ordering;

use mortise_mail::message::Refused as Reply;
use mortise_mail::{Asked, Error, Given, Mailer, Proof, Way};
use mortise_vault::{Connection, Credential};
use serde::{Deserialize, Serialize};

use crate::contract::mortise::plugin::http::Error as HttpError;
use crate::host::direct::Direct;
use crate::host::way;

/// The secret that mail servers are shown where there is no token.
const PASSWORD: &str = "password";

/// Why mail servers gave nothing.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Refused {
    Denied(String),
    NotSent(String),
    Unanswered(String),
    Limited(u64),
    Unauthorized(String),
    Invalid {
        field: String,
        why: String,
    },
    /// Of SMTP, at least one.
    Replies(Vec<Reply>),
    /// Of IMAP.
    No(String),
}

impl Direct {
    /// Sends or reads mail through the connection's servers.
    ///
    /// # Errors
    /// What became of it instead.
    pub async fn mail(&self, asked: Asked) -> Result<Given, Refused> {
        let uses = &self.operation.uses;
        if self.is_before_answer {
            return Err(Refused::Denied(format!(
                "`{uses}` runs before its sender is answered, so it sends and reads no mail: do that in a step of the workflow"
            )));
        }
        let Some(connection) = &self.connection else {
            return Err(Refused::Denied(format!(
                "`{uses}` wants a mail server and the step names no connection: add `connection: NAME` to the step"
            )));
        };
        let credential = self.in_time(connection.ready()).await?;
        // One key for each message of the call, in the order in which an attempt sends them.
        let number = self.messages.fetch_add(1, Ordering::Relaxed);
        let key = format!("{}/{number}", self.idempotency_key);
        let outcome = self
            .session(connection, credential.as_deref(), (&asked, &key))
            .await;
        let renewable = credential.filter(|one| one.scheme().kind.is_renewed());
        match (outcome, renewable) {
            // What the server refuses it has not done; with what it takes it is asked once more.
            (Err(Refused::Unauthorized(_)), Some(stale)) => {
                let renewed = self.in_time(connection.renewed(&stale)).await?;
                self.session(connection, Some(&renewed), (&asked, &key))
                    .await
            }
            (outcome, _) => outcome,
        }
    }

    async fn session(
        &self,
        connection: &Connection,
        credential: Option<&Credential>,
        (asked, key): (&Asked, &str),
    ) -> Result<Given, Refused> {
        let settings = connection.settings();
        let (method, origin) = match asked.sends() {
            true => ("SMTP", Mailer::sends_to(settings.as_str())),
            false => ("IMAP", Mailer::reads_from(settings.as_str())),
        };
        let origin = origin.map_err(|error| self.refused(error))?;
        self.take_turn()?;
        let noted = self.note(method, origin).map_err(Refused::Denied)?;
        let proof = credential.and_then(proof);
        let way = Way {
            settings: settings.as_str(),
            reach: connection.reach(),
            proof: proof.as_ref(),
            deadline: self.deadline,
        };
        let outcome = self.postman.carry(way, asked, (key, self.now())).await;
        self.answered(noted, status(&outcome));
        outcome.map_err(|error| self.refused(error))
    }

    fn refused(&self, error: Error) -> Refused {
        let text = |text: &str| self.scrubbed(text);
        match error {
            Error::Settings(why) => Refused::Denied(text(&why)),
            Error::Denied(denied) => Refused::Denied(text(&denied.to_string())),
            Error::NotSent(why) => Refused::NotSent(text(&why)),
            Error::Unanswered(why) => Refused::Unanswered(text(&why)),
            Error::Unauthorized(why) => Refused::Unauthorized(text(&why)),
            Error::Invalid { field, why } => Refused::Invalid {
                field,
                why: text(&why),
            },
            Error::Refused(replies) => {
                let replies = replies.into_iter().map(|reply| Reply {
                    text: text(&reply.text),
                    ..reply
                });
                Refused::Replies(replies.collect())
            }
            Error::No(why) => Refused::No(text(&why)),
        }
    }
}

/// The token, where the connection has one, or the password.
fn proof(credential: &Credential) -> Option<Proof> {
    match credential.tokens() {
        Some(tokens) => Some(Proof::Token(tokens.access.clone())),
        None => credential.injected(PASSWORD).map(Proof::Password),
    }
}

/// The code of SMTP's reply; IMAP has none.
fn status(outcome: &Result<Given, Error>) -> Option<u16> {
    match outcome {
        Ok(Given::Delivered(_)) => Some(250),
        Err(Error::Refused(replies)) => replies.first().map(|reply| reply.code),
        _ => None,
    }
}

/// What was refused before a mail server came into it.
impl From<way::Refused> for Refused {
    fn from(refused: way::Refused) -> Self {
        match refused.error {
            HttpError::Limited(wait_ms) => Self::Limited(wait_ms),
            HttpError::Unauthorized(text) => Self::Unauthorized(text),
            HttpError::NotSent(text) => Self::NotSent(text),
            _ => Self::Denied(refused.text),
        }
    }
}
