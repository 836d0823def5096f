//! What leads out of a call in this process: every check, the credential, the request, and a record of it.

use std::borrow::Cow;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use http::header::ACCEPT_ENCODING;
use mortise_egress::{
    Cause, Client, Denied, Error as Refusal, Invalid, MessagePart, Part, Reach,
    Request as Outgoing, Response as Answer,
};
use mortise_mail::Postman;
use mortise_model::entry::RequestRecord;
use mortise_model::plan::Operation;
use mortise_model::{Namespace, Timestamp};
use mortise_sql::Transactor;
use mortise_vault::credential::UseError;
use mortise_vault::{Algorithm, Connection, Credential, RenewError};
use tokio::time::Instant;

use crate::contract::mortise::plugin::connection::Algorithm as Wanted;
use crate::contract::mortise::plugin::http::Error;
use crate::failure;
use crate::host::way::{Answered, Asked, Refused, Signed, Why};
use crate::reach::Reaches;

/// What a call may reach, and with which credential.
pub(crate) struct Direct {
    pub namespace: Namespace,
    pub operation: Arc<Operation>,
    pub connection: Option<Arc<Connection>>,
    /// A sender waits for the answer, so there is no time for requests.
    pub is_before_answer: bool,
    /// When the call began: by the clock, and for measuring.
    pub called_at: Timestamp,
    pub begun: Instant,
    pub deadline: Instant,
    /// `sandbox.header-block-max-bytes`
    pub header_block_max_bytes: usize,
    /// `sandbox.requests-max`
    pub requests_max: usize,
    pub egress: Arc<Client>,
    pub postman: Arc<dyn Postman>,
    /// Of the call; what is made of it is recognised when it comes again.
    pub idempotency_key: String,
    /// Messages that the call has asked to be sent.
    pub messages: AtomicU32,
    pub databases: Arc<dyn Transactor>,
    pub reaches: Arc<Reaches>,
    pub requests: Mutex<Vec<RequestRecord>>,
}

/// A request that makes sense; whether it may leave, egress decides.
#[derive(Clone)]
struct Prepared {
    /// Without the credential.
    outgoing: Outgoing,
    reach: Arc<Reach>,
    with_credential: bool,
}

/// A request that stands in the record and has no answer yet.
pub(super) struct Noted {
    index: usize,
    begun: Instant,
}

impl Direct {
    /// Sends a request to where the step may reach, and gives the whole answer.
    ///
    /// # Errors
    /// What became of it instead.
    pub async fn send(&self, asked: Asked) -> Result<Answered, Refused> {
        let prepared = self.prepare(asked)?;
        let connection = self.connection.as_ref();
        let connection = connection.filter(|_| prepared.with_credential);
        let credential = match connection {
            Some(connection) => self.in_time(connection.ready()).await?,
            None => None,
        };
        let renewable = credential.clone();
        let renewable = renewable.filter(|one| one.scheme().kind.is_renewed());
        // Only what may have to be sent twice is kept.
        let again = renewable.map(|stale| (stale, prepared.clone()));
        let answer = self.send_with(prepared, credential.as_deref()).await?;
        if let (401, Some((stale, prepared)), Some(connection)) = (answer.status, again, connection)
        {
            // What the application refuses it has not done; with what it takes it is asked once more.
            let renewed = self.in_time(connection.renewed(&stale)).await?;
            let answer = self.send_with(prepared, Some(&renewed)).await?;
            return Ok(without_secrets(answer, Some(&renewed)));
        }
        Ok(without_secrets(answer, self.credential().as_deref()))
    }

    async fn send_with(
        &self,
        prepared: Prepared,
        credential: Option<&Credential>,
    ) -> Result<Answer, Refused> {
        self.take_turn()?;
        let Prepared {
            mut outgoing,
            reach,
            ..
        } = prepared;
        // The record is shown, so it is made before the credential is in the URL.
        let (method, url) = (outgoing.method.to_string(), shown(&outgoing));
        if let Some(credential) = credential {
            add(credential, &mut outgoing, self.now())?;
        }
        let noted = self.note(&method, url);
        let noted = noted.map_err(denied)?;
        let outcome = self
            .egress
            .send(outgoing, &reach, Some(self.deadline))
            .await;
        self.answered(noted, outcome.as_ref().ok().map(|answer| answer.status));
        outcome.map_err(|refusal| self.in_words(&refusal))
    }

    /// Counts a request against the connection's rate.
    pub(super) fn take_turn(&self) -> Result<(), Refused> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let turn = connection.take_turn();
        turn.map_err(|wait_ms| self.over_the_rate(wait_ms))
    }

    /// Notes a request before it leaves: a call that is ended half-way has asked all the same.
    ///
    /// # Errors
    /// That there were too many, in words.
    pub(super) fn note(&self, method: &str, url: String) -> Result<Noted, String> {
        let mut requests = self.requests();
        if requests.len() >= self.requests_max {
            return Err(format!(
                "the call made as many requests as the limit `sandbox.requests-max` of {} allows",
                self.requests_max
            ));
        }
        requests.push(RequestRecord {
            method: method.to_owned(),
            url,
            status: None,
            duration_ms: 0,
        });
        Ok(Noted {
            index: requests.len() - 1,
            begun: Instant::now(),
        })
    }

    /// Notes how long it took, and its status where it has one.
    pub(super) fn answered(&self, noted: Noted, status: Option<u16>) {
        let passed = noted.begun.elapsed().as_millis();
        if let Some(record) = self.requests().get_mut(noted.index) {
            record.duration_ms = u64::try_from(passed).unwrap_or(u64::MAX);
            record.status = status;
        }
    }

    /// A credential that has to be got first, as long as the call may wait.
    pub(super) async fn in_time<T>(
        &self,
        getting: impl Future<Output = Result<T, RenewError>>,
    ) -> Result<T, Refused> {
        let name = self.operation.connection.as_ref();
        let name = name.map_or("", |name| name.as_str());
        let text = match tokio::time::timeout_at(self.deadline, getting).await {
            Ok(Ok(credential)) => return Ok(credential),
            Ok(Err(RenewError::Attention(attention))) => {
                return Err(unauthorized(failure::attention(name, &attention)));
            }
            Ok(Err(RenewError::Away(why))) => {
                format!("the connection `{name}` has no token: {why}")
            }
            Err(_) => format!("the connection `{name}` got no token in the time of the step"),
        };
        Err(Refused {
            error: Error::NotSent(text.clone()),
            why: Why::Credential,
            text,
        })
    }

    /// Signs with a secret of the connection.
    pub fn sign(&self, secret: &str, algorithm: Wanted, data: &[u8]) -> Result<Vec<u8>, String> {
        self.using(|credential| credential.sign(secret, algorithm.into(), data))
    }

    /// Verifies a signature with a secret of the connection.
    pub fn verify(&self, secret: &str, algorithm: Wanted, signed: &Signed) -> Result<bool, String> {
        let signed = (signed.data.as_slice(), signed.signature.as_slice());
        let now = self.now();
        self.using(|credential| credential.verify(secret, algorithm.into(), signed, now))
    }

    fn using<T>(
        &self,
        use_it: impl FnOnce(&Credential) -> Result<T, UseError>,
    ) -> Result<T, String> {
        let no_secrets = || match &self.operation.connection {
            Some(name) => format!(
                "the connection `{name}` has no secrets: `mortise connections add` makes one that has"
            ),
            None => "the step names no connection: add `connection: NAME` to it".to_owned(),
        };
        let credential = self.credential().ok_or_else(no_secrets)?;
        use_it(&credential).map_err(|error| error.to_string())
    }

    /// What time it is for a request that is signed.
    pub(super) fn now(&self) -> Timestamp {
        let passed_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.called_at.plus_ms(passed_ms)
    }

    /// The requests that were made, leaving none.
    pub fn take_requests(&self) -> Vec<RequestRecord> {
        std::mem::take(&mut *self.requests())
    }

    fn requests(&self) -> MutexGuard<'_, Vec<RequestRecord>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secrets of the connection, where it has any.
    pub(super) fn credential(&self) -> Option<Arc<Credential>> {
        self.connection.as_deref().and_then(Connection::credential)
    }

    /// A text without them.
    pub(super) fn scrubbed(&self, text: &str) -> String {
        match self.credential() {
            Some(credential) => credential.scrubber().text(text).into_owned(),
            None => text.to_owned(),
        }
    }

    /// # Errors
    /// Why this operation asks nothing of others, in words.
    pub(super) fn may_ask(&self) -> Result<(), String> {
        match self.is_before_answer {
            true => Err(format!(
                "`{}` runs before its sender is answered, so it sends no requests: make them in a \
                 step of the workflow",
                self.operation.uses
            )),
            false => Ok(()),
        }
    }

    fn prepare(&self, asked: Asked) -> Result<Prepared, Refused> {
        self.may_ask().map_err(denied)?;
        let headers = asked.headers.iter();
        let size: usize = headers
            .map(|(k, v)| k.len() + v.len() + ": \r\n".len())
            .sum();
        if size > self.header_block_max_bytes {
            let text = format!(
                "the headers have {size} bytes, over the limit `sandbox.header-block-max-bytes` of {}",
                self.header_block_max_bytes
            );
            return Err(other(Why::Headers(size), text));
        }
        let reach = self.reach(asked.with_credential)?;
        let headers = asked.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        let outgoing =
            Outgoing::from_plugin(&reach, &asked.method, &asked.url, headers, asked.body);
        let mut outgoing = outgoing.map_err(|invalid| self.invalid(&invalid))?;
        outgoing.timeout_ms = asked.timeout_ms;
        outgoing.timeouts = asked.timeouts;
        Ok(Prepared {
            outgoing,
            reach,
            with_credential: asked.with_credential,
        })
    }

    fn reach(&self, with_credential: bool) -> Result<Arc<Reach>, Refused> {
        match &self.connection {
            Some(connection) => Ok(Arc::clone(connection.reach())),
            None if with_credential => Err(denied(format!(
                "`{}` asks for a credential and the step names no connection: add `connection: NAME` \
                 to the step",
                self.operation.uses
            ))),
            None => {
                let reach = self.reaches.of(&self.namespace, &self.operation);
                reach.map_err(|error| denied(error.to_string()))
            }
        }
    }

    fn over_the_rate(&self, wait_ms: u64) -> Refused {
        Refused {
            error: Error::Limited(wait_ms),
            why: Why::Rate,
            text: self.used_up(wait_ms),
        }
    }

    pub(super) fn used_up(&self, wait_ms: u64) -> String {
        let name = self.operation.connection.as_ref();
        let name = name.map_or_else(String::new, ToString::to_string);
        format!("the rate of the connection `{name}` is used up for {wait_ms} ms")
    }

    fn invalid(&self, invalid: &Invalid) -> Refused {
        let why = match invalid {
            Invalid::Method(_) => Why::Method,
            Invalid::Url(_) | Invalid::Scheme(_) | Invalid::UserInfo => Why::Url,
            Invalid::UrlTooLong { .. } => Why::UrlTooLong,
            Invalid::Header(_) | Invalid::HostHeader(_) | Invalid::CredentialHeader { .. } => {
                Why::Header
            }
            Invalid::HeadersTooLarge { size, .. } => Why::Headers(*size),
        };
        other(why, self.scrubbed(&invalid.to_string()))
    }

    fn in_words(&self, refusal: &Refusal) -> Refused {
        let text = self.scrubbed(&refusal.to_string());
        let (error, why) = match refusal {
            Refusal::Invalid(invalid) => return self.invalid(invalid),
            Refusal::Denied(Denied::NotGranted { .. }) => {
                (Error::Denied(text.clone()), Why::Denied)
            }
            Refusal::Denied(
                Denied::PrivateAddress { .. }
                | Denied::PlainHttp { .. }
                | Denied::Unencrypted { .. },
            ) => (Error::Denied(text.clone()), Why::Address),
            Refusal::NotSent { cause, .. } => (Error::NotSent(text.clone()), why(cause)),
            Refusal::Unanswered { cause, .. } => (Error::Unanswered(text.clone()), why(cause)),
            Refusal::TooLarge {
                part, limit_bytes, ..
            } => {
                let why = match part {
                    MessagePart::Headers => Why::AnswerHeaders(*limit_bytes),
                    MessagePart::Body => Why::AnswerBody(*limit_bytes),
                };
                (Error::TooLarge(*limit_bytes), why)
            }
        };
        Refused { error, why, text }
    }
}

fn without_secrets(answer: Answer, credential: Option<&Credential>) -> Answered {
    let body = match credential {
        Some(credential) => match credential.scrubber().bytes(&answer.body) {
            Cow::Borrowed(_) => answer.body.clone(),
            Cow::Owned(scrubbed) => scrubbed.into(),
        },
        None => answer.body.clone(),
    };
    let is_as_it_came = body.len() == answer.body.len();
    let headers = answer.headers.iter();
    let headers = headers
        // The length of what a guest never sees would only confuse it.
        .filter(|(name, _)| is_as_it_came || *name != http::header::CONTENT_LENGTH)
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let scrubbed = credential.map(|one| one.scrubber().text(&value).into_owned());
            (
                name.as_str().to_owned(),
                scrubbed.unwrap_or_else(|| value.into_owned()),
            )
        })
        .collect();
    Answered {
        status: answer.status,
        headers,
        body,
    }
}

fn why(cause: &Cause) -> Why {
    match cause {
        Cause::Resolve(_) => Why::Name,
        Cause::Connect(_) => Why::Connect,
        Cause::Tls(_) => Why::Tls,
        Cause::ConnectTimeout(_) | Cause::OwnTimeout(Part::Connection, _) => Why::ConnectTimeout,
        Cause::FirstByteTimeout(_)
        | Cause::OwnTimeout(Part::Answer, _)
        | Cause::TotalTimeout(_)
        | Cause::RequestTimeout(_)
        | Cause::Deadline => Why::AnswerTimeout,
        Cause::IdleTimeout(_) | Cause::OwnTimeout(Part::Rest, _) => Why::ReadTimeout,
        Cause::Closed => Why::Closed,
        Cause::Http(_) => Why::Protocol,
    }
}

fn denied(text: String) -> Refused {
    Refused {
        error: Error::Denied(text.clone()),
        why: Why::Denied,
        text,
    }
}

fn unauthorized(text: String) -> Refused {
    Refused {
        error: Error::Unauthorized(text.clone()),
        why: Why::Credential,
        text,
    }
}

fn other(why: Why, text: String) -> Refused {
    Refused {
        error: Error::Other(text.clone()),
        why,
        text,
    }
}

/// Adds the connection's credential. Egress lets the request leave only to the connection's origins, and
/// follows no redirect. The answer comes as it is, so that the credential is found in it.
fn add(credential: &Credential, outgoing: &mut Outgoing, now: Timestamp) -> Result<(), Refused> {
    let headers = &mut outgoing.headers;
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let applied = credential.apply(outgoing, now);
    applied.map_err(|error| unauthorized(error.to_string()))
}

/// Query, user and password may carry secrets, and the record is shown.
fn shown(request: &Outgoing) -> String {
    let mut url = request.url.origin().ascii_serialization();
    url.push_str(request.url.path());
    url
}

impl From<Wanted> for Algorithm {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::HmacSha1 => Self::HmacSha1,
            Wanted::HmacSha256 => Self::HmacSha256,
            Wanted::HmacSha512 => Self::HmacSha512,
            Wanted::Rs256 => Self::Rs256,
            Wanted::Es256 => Self::Es256,
            Wanted::Ed25519 => Self::Ed25519,
        }
    }
}
