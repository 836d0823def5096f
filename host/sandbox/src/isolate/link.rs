//! How a call in a worker asks for what lies outside of it.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use mortise_mail as mail;
use tokio::sync::oneshot;

use super::frame;
use super::protocol::{Answer, FromWorker, Wanted};
use crate::contract::mortise::plugin::connection::Algorithm;
use crate::contract::mortise::plugin::http::Error;
use crate::contract::mortise::plugin::sql;
use crate::host::post;
use crate::host::way::{Answered, Asked, Refused, Signed, Why};
use crate::log::Log;

/// The worker's way to its host.
pub(crate) struct Voice(Mutex<File>);

impl Voice {
    pub fn new(pipe: File) -> Self {
        Self(Mutex::new(pipe))
    }

    /// Says something, whole. Where the host does not listen any more, this process is about to end.
    pub fn say(&self, message: &FromWorker) {
        if let Ok(frame) = frame::encode(message) {
            let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = pipe.write_all(&frame);
        }
    }
}

/// A call's way to its host. Clones ask for the same call.
#[derive(Clone)]
pub(crate) struct Link(Arc<Asking>);

struct Asking {
    call: u64,
    voice: Arc<Voice>,
    log: Log,
    open: Mutex<Open>,
}

/// What is asked and not answered.
#[derive(Default)]
struct Open {
    asked: u32,
    waiting: HashMap<u32, oneshot::Sender<Answer>>,
}

/// What is said where an answer does not fit or does not come: the host sees to it that it does.
const NO_ANSWER: &str = "the host gave no answer";

impl Link {
    pub fn new(call: u64, voice: Arc<Voice>, log: Log) -> Self {
        Self(Arc::new(Asking {
            call,
            voice,
            log,
            open: Mutex::default(),
        }))
    }

    /// Has a request sent.
    pub async fn send(&self, asked: Asked) -> Result<Answered, Refused> {
        match self.ask(Wanted::Send(asked)).await {
            Some(Answer::Sent(outcome)) => outcome,
            _ => Err(Refused {
                error: Error::Unanswered(NO_ANSWER.to_owned()),
                why: Why::Closed,
                text: NO_ANSWER.to_owned(),
            }),
        }
    }

    /// Has statements carried out.
    pub async fn transact(
        &self,
        statements: Vec<sql::Statement>,
    ) -> Result<Vec<sql::Rows>, sql::Error> {
        match self.ask(Wanted::Transact(statements)).await {
            Some(Answer::Transacted(outcome)) => outcome,
            _ => Err(sql::Error {
                sqlstate: String::new(),
                message: NO_ANSWER.to_owned(),
                sent: true,
            }),
        }
    }

    /// Has something signed.
    pub async fn sign(
        &self,
        secret: String,
        algorithm: Algorithm,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, String> {
        let wanted = Wanted::Sign {
            secret,
            algorithm,
            data,
        };
        match self.ask(wanted).await {
            Some(Answer::Signed(outcome)) => outcome,
            _ => Err(NO_ANSWER.to_owned()),
        }
    }

    /// Has a signature verified.
    pub async fn verify(
        &self,
        secret: String,
        algorithm: Algorithm,
        signed: Signed,
    ) -> Result<bool, String> {
        let wanted = Wanted::Verify {
            secret,
            algorithm,
            signed,
        };
        match self.ask(wanted).await {
            Some(Answer::Verified(outcome)) => outcome,
            _ => Err(NO_ANSWER.to_owned()),
        }
    }

    /// Has mail sent or read.
    pub async fn mail(&self, asked: mail::Asked) -> Result<mail::Given, post::Refused> {
        match self.ask(Wanted::Mail(asked)).await {
            Some(Answer::Mailed(outcome)) => outcome,
            _ => Err(post::Refused::Unanswered(NO_ANSWER.to_owned())),
        }
    }

    async fn ask(&self, wanted: Wanted) -> Option<Answer> {
        let (teller, answer) = oneshot::channel();
        let number = {
            let mut open = self.open();
            open.asked += 1;
            let number = open.asked;
            open.waiting.insert(number, teller);
            number
        };
        self.0.voice.say(&FromWorker::Ask {
            call: self.0.call,
            number,
            wanted,
            log: self.0.log.take(),
        });
        answer.await.ok()
    }

    /// What was asked is answered.
    pub fn answered(&self, number: u32, answer: Answer) {
        if let Some(teller) = self.open().waiting.remove(&number) {
            let _ = teller.send(answer);
        }
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
