//! `mortise:plugin/http`: requests to what was granted, through egress.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use http::header::ACCEPT_ENCODING;
use mortise_egress::{Error as Refusal, Reach, Request as Outgoing, Response as Answer};
use mortise_model::Timestamp;
use mortise_model::entry::RequestRecord;
use mortise_vault::{Credential, RenewError};
use tokio::time::Instant;

use crate::contract::mortise::plugin::http::{Auth, Body, Error, Host, Request, Response};
use crate::failure;
use crate::guest::{Guest, Work};
use crate::host::multipart;

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Error>> {
        let header_block_max_bytes = self.settings.header_block_max_bytes;
        let work = self.work()?;
        Ok(match prepare(work, request, header_block_max_bytes) {
            Ok(prepared) => prepared.send(work).await,
            Err(error) => Err(error),
        })
    }
}

/// A request that makes sense; whether it may leave, egress decides.
struct Prepared {
    /// Without the credential.
    outgoing: Outgoing,
    reach: Arc<Reach>,
    with_credential: bool,
    save_as_file: bool,
}

fn prepare(work: &Work, request: Request, header_max_bytes: usize) -> Result<Prepared, Error> {
    if work.is_before_answer {
        return Err(Error::Denied(format!(
            "`{}` runs before its sender is answered, so it sends no requests: make them in a step \
             of the workflow",
            work.call.operation.uses
        )));
    }
    let headers = request.headers.iter();
    let size: usize = headers
        .map(|(k, v)| k.len() + v.len() + ": \r\n".len())
        .sum();
    if size > header_max_bytes {
        return Err(Error::Other(format!(
            "the headers have {size} bytes, over the limit `sandbox.header-block-max-bytes` of \
             {header_max_bytes}"
        )));
    }
    let reach = reach(work, request.auth)?;
    let (body, content_type) = body(work, request.body)?;
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
    let added = content_type.as_deref().map(|value| ("content-type", value));
    let outgoing = Outgoing::from_plugin(
        &reach,
        &request.method,
        &request.url,
        headers.chain(added),
        body,
    );
    let mut outgoing = outgoing.map_err(|invalid| Error::Other(invalid.to_string()))?;
    outgoing.timeout_ms = request.timeout_ms.map(u64::from);
    Ok(Prepared {
        outgoing,
        reach,
        with_credential: request.auth == Auth::Connection,
        save_as_file: request.save_as_file,
    })
}

/// Adds the connection's credential. Egress lets the request leave only to the connection's origins, and
/// follows no redirect. The answer comes as it is, so that the credential is found in it.
fn add(credential: &Credential, outgoing: &mut Outgoing, now: Timestamp) -> Result<(), Error> {
    let headers = &mut outgoing.headers;
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let applied = credential.apply(outgoing, now);
    applied.map_err(|error| Error::Unauthorized(error.to_string()))
}

fn reach(work: &Work, auth: Auth) -> Result<Arc<Reach>, Error> {
    let operation = &work.call.operation;
    match (&work.connection, auth) {
        (Some(connection), _) => Ok(Arc::clone(connection.reach())),
        (None, Auth::Connection) => Err(Error::Denied(format!(
            "`{}` asks for a credential and the step names no connection: add `connection: NAME` \
             to the step",
            operation.uses
        ))),
        (None, Auth::None) => work
            .reaches
            .of(&work.call.namespace, operation)
            .map_err(|error| Error::Denied(error.to_string())),
    }
}

/// The bytes, and the content type that comes with them where the plugin cannot know it.
fn body(work: &Work, body: Body) -> Result<(Bytes, Option<String>), Error> {
    match body {
        Body::Empty => Ok((Bytes::new(), None)),
        Body::Bytes(bytes) => Ok((bytes.into(), None)),
        Body::File(id) => {
            let file = work.files.content(&id);
            file.map(|(data, ..)| (data, None)).map_err(Error::Other)
        }
        Body::Multipart(parts) => multipart::encode(parts, &work.files)
            .map(|(data, content_type)| (data, Some(content_type)))
            .map_err(Error::Other),
    }
}

impl Prepared {
    async fn send(self, work: &mut Work) -> Result<Response, Error> {
        let connection = work.connection.clone().filter(|_| self.with_credential);
        let credential = match &connection {
            Some(connection) => in_time(work, connection.ready()).await?,
            None => None,
        };
        let answer = self.send_with(work, credential.as_deref()).await?;
        let renewable = credential.filter(|one| one.scheme().kind.is_renewed());
        if let (401, Some(stale), Some(connection)) = (answer.status, renewable, &connection) {
            // What the application refuses it has not done; with what it takes it is asked once more.
            let renewed = in_time(work, connection.renewed(&stale)).await?;
            let answer = self.send_with(work, Some(&renewed)).await?;
            return take_in(work, answer, Some(&renewed), self.save_as_file);
        }
        let credential = work.credential();
        take_in(work, answer, credential.as_deref(), self.save_as_file)
    }

    async fn send_with(
        &self,
        work: &mut Work,
        credential: Option<&Credential>,
    ) -> Result<Answer, Error> {
        if let Some(connection) = &work.connection {
            connection.take_turn().map_err(Error::Limited)?;
        }
        // Noted before it leaves: a call that is ended half-way has asked all the same.
        let index = work.requests.len();
        work.requests.push(RequestRecord {
            method: self.outgoing.method.to_string(),
            url: without_secrets(&self.outgoing),
            status: None,
            duration_ms: 0,
        });
        let mut outgoing = self.outgoing.clone();
        if let Some(credential) = credential {
            add(credential, &mut outgoing, work.now())?;
        }
        let begun = Instant::now();
        let outcome = work
            .egress
            .send(outgoing, &self.reach, Some(work.deadline))
            .await;
        let record = &mut work.requests[index];
        record.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let answer = outcome.map_err(|refusal| in_words(work, &refusal))?;
        work.requests[index].status = Some(answer.status);
        Ok(answer)
    }
}

/// A credential that has to be got first, as long as the call may wait.
async fn in_time<T>(
    work: &Work,
    getting: impl Future<Output = Result<T, RenewError>>,
) -> Result<T, Error> {
    let name = work.call.operation.connection.as_ref();
    let name = name.map_or("", |name| name.as_str());
    match tokio::time::timeout_at(work.deadline, getting).await {
        Ok(Ok(credential)) => Ok(credential),
        Ok(Err(RenewError::Attention(attention))) => {
            Err(Error::Unauthorized(failure::attention(name, &attention)))
        }
        Ok(Err(RenewError::Away(why))) => Err(Error::NotSent(format!(
            "the connection `{name}` has no token: {why}"
        ))),
        Err(_) => Err(Error::NotSent(format!(
            "the connection `{name}` got no token in the time of the step"
        ))),
    }
}

/// Query, user and password may carry secrets, and the record is shown.
fn without_secrets(request: &Outgoing) -> String {
    let mut url = request.url.origin().ascii_serialization();
    url.push_str(request.url.path());
    url
}

fn take_in(
    work: &mut Work,
    answer: Answer,
    credential: Option<&Credential>,
    save_as_file: bool,
) -> Result<Response, Error> {
    let headers = answer.headers.iter();
    let headers: Vec<_> = headers
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let scrubbed = credential.map(|one| one.scrubber().text(&value).into_owned());
            let value = scrubbed.unwrap_or_else(|| value.into_owned());
            (name.as_str().to_owned(), value)
        })
        .collect();
    let body = match credential {
        Some(credential) => match credential.scrubber().bytes(&answer.body) {
            Cow::Borrowed(_) => answer.body.clone(),
            Cow::Owned(scrubbed) => scrubbed.into(),
        },
        None => answer.body,
    };
    let body = if save_as_file {
        let content_type = headers.iter().find(|(name, _)| name == "content-type");
        let content_type = content_type.map_or("application/octet-stream", |(_, value)| value);
        let content_type = content_type.to_owned();
        let id = work.files.create(None, content_type, body);
        Body::File(id.map_err(Error::Other)?)
    } else if body.is_empty() {
        Body::Empty
    } else {
        Body::Bytes(body.into())
    };
    Ok(Response {
        status: answer.status,
        headers,
        body,
    })
}

fn in_words(work: &Work, refusal: &Refusal) -> Error {
    let words = |text: String| work.scrubbed(&text);
    match refusal {
        Refusal::Invalid(invalid) => Error::Other(words(invalid.to_string())),
        Refusal::Denied(denied) => Error::Denied(words(denied.to_string())),
        Refusal::NotSent { .. } => Error::NotSent(words(refusal.to_string())),
        Refusal::Unanswered { .. } => Error::Unanswered(words(refusal.to_string())),
        Refusal::TooLarge { limit_bytes, .. } => Error::TooLarge(*limit_bytes),
    }
}
