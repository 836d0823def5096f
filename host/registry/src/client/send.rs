//! One request to a registry: who asks, again where that does no harm, and where it leads.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderMap, LOCATION, RETRY_AFTER};
use http::{Method, StatusCode};
use mortise_egress::{Cause, Error, Reach, Request, Response, Timeouts};
use url::{Position, Url};

use super::error::said;
use super::{Client, ClientError};

/// How often one request is led elsewhere.
const REDIRECTS_MAX: usize = 5;
/// The first pause before another try; each is twice the one before.
const PAUSE_FIRST: Duration = Duration::from_millis(250);

/// A request.
#[derive(Clone)]
pub(super) struct Call {
    pub method: Method,
    pub url: Url,
    headers: HeaderMap,
    body: Bytes,
    /// What it needs to be allowed, such as `repository:acme/shop:pull`.
    scope: String,
}

impl Call {
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            scope: String::new(),
        }
    }

    pub fn headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }

    pub fn body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }

    /// Needs to be allowed `actions` in a repository.
    pub fn within(self, repository: &str, actions: &str) -> Self {
        let scope = format!("repository:{repository}:{actions}");
        Self { scope, ..self }
    }

    /// Needs to be allowed something else.
    pub fn scope(self, scope: &str) -> Self {
        let scope = scope.to_owned();
        Self { scope, ..self }
    }

    fn is_safe(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }
}

impl Client {
    /// Sends a request and gives the answer, whatever it says; one that asks for a login is answered
    /// once.
    ///
    /// # Errors
    /// Where no answer comes, or the login does not work.
    pub(super) async fn send(&self, call: &Call) -> Result<Response, ClientError> {
        let answer = self.follow(call).await?;
        if answer.status != StatusCode::UNAUTHORIZED.as_u16() {
            return Ok(answer);
        }
        let had_one = self.known(&call.scope).is_some();
        let header = self.authorization(&answer.headers, &call.scope).await?;
        if let Ok(mut known) = self.authorizations.lock() {
            known.insert(call.scope.clone(), header);
        }
        let answer = self.follow(call).await?;
        if answer.status == StatusCode::UNAUTHORIZED.as_u16() {
            let why = match (&self.credential, had_one) {
                (None, _) => "",
                (Some(_), true) => ", and this one counts no more",
                (Some(_), false) => ", and refused this one",
            };
            return Err(self.unauthorized(why));
        }
        Ok(answer)
    }

    fn known(&self, scope: &str) -> Option<http::HeaderValue> {
        let known = self.authorizations.lock().ok()?;
        known.get(scope).cloned()
    }

    /// Follows where an answer leads. Only reading is led elsewhere: what is put somewhere else than
    /// where it was meant to go is lost.
    async fn follow(&self, call: &Call) -> Result<Response, ClientError> {
        let mut call = call.clone();
        for _ in 0..=REDIRECTS_MAX {
            let mut sent = call.clone();
            // Never to anybody else.
            if self.is_own(&call.url)
                && let Some(header) = self.known(&call.scope)
            {
                sent.headers.insert(AUTHORIZATION, header);
            }
            let answer = self.plainly(&sent).await?;
            let is_redirect = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
            if !is_redirect || !call.is_safe() {
                return Ok(answer);
            }
            call.url = self.led(&call.url, &answer)?;
        }
        Err(self.strange(format!("it leads elsewhere {REDIRECTS_MAX} times")))
    }

    /// The address that an answer's `location` names.
    pub(super) fn led(&self, from: &Url, answer: &Response) -> Result<Url, ClientError> {
        let location = answer.headers.get(LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let location = location.ok_or_else(|| self.strange("its answer has no `location`"))?;
        let url = from.join(location);
        let url = url.map_err(|_| self.strange("its `location` is no address"))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.registry.is_plain() => Ok(url),
            _ => Err(self.strange(format!("it leads to `{url}`, which is not `https`"))),
        }
    }

    fn is_own(&self, url: &Url) -> bool {
        url[..Position::BeforePath] == self.origin[..Position::BeforePath]
    }

    /// Sends a request as it is; again where nothing of it left, or where it does no harm.
    pub(super) async fn plainly(&self, call: &Call) -> Result<Response, ClientError> {
        let origin = &call.url[..Position::BeforePath];
        let reach = Reach::connection("", "registry", [origin])
            .map_err(|error| self.strange(format!("it leads to `{origin}`: {error}")))?;
        let request = Request {
            method: call.method.clone(),
            url: call.url.clone(),
            headers: call.headers.clone(),
            body: call.body.clone(),
            timeout_ms: None,
            timeouts: Timeouts::default(),
        };
        let way = match self.is_own(&call.url) {
            true => &self.near,
            false => &self.far,
        };
        let mut pause = PAUSE_FIRST;
        for _ in 1..self.settings.tries_max {
            let outcome = way.send(request.clone(), &reach, None).await;
            let Some(wanted) = again(call, &outcome) else {
                return self.answer(outcome);
            };
            let longest = Duration::from_millis(self.settings.pause_max_ms);
            tokio::time::sleep(wanted.unwrap_or(pause).min(longest)).await;
            pause *= 2;
        }
        self.answer(way.send(request, &reach, None).await)
    }

    fn answer(&self, outcome: Result<Response, Error>) -> Result<Response, ClientError> {
        outcome.map_err(|error| match error {
            Error::TooLarge { limit_bytes, .. } => ClientError::TooLarge {
                what: "answer",
                size: limit_bytes + 1,
                limit: limit_bytes,
                setting: "oci.blob-max-bytes",
            },
            source => ClientError::Unreachable {
                registry: self.registry.to_string(),
                source: Box::new(source),
            },
        })
    }

    /// What an answer that is not good means; `what` was asked for.
    pub(super) fn bad(&self, answer: &Response, what: &str) -> ClientError {
        let (registry, said) = (self.registry.to_string(), said(&answer.body));
        let status = answer.status;
        match status {
            401 => self.unauthorized(""),
            403 => ClientError::Denied { registry, said },
            404 => ClientError::NotFound {
                registry,
                what: what.to_owned(),
            },
            429 | 500..=599 => ClientError::Unwell {
                registry,
                status,
                said,
            },
            _ => ClientError::Refused {
                registry,
                status,
                said,
            },
        }
    }

    pub(super) fn strange(&self, why: impl Into<String>) -> ClientError {
        ClientError::Strange {
            registry: self.registry.to_string(),
            why: why.into(),
        }
    }
}

/// Whether to try again, and the pause that is asked for.
fn again(call: &Call, outcome: &Result<Response, Error>) -> Option<Option<Duration>> {
    match outcome {
        // It says itself that it did nothing.
        Ok(answer) if answer.status == 429 => Some(asked(answer)),
        Ok(answer) if call.is_safe() && matches!(answer.status, 502..=504) => Some(asked(answer)),
        // Neither a wrong name nor a wrong certificate gets better.
        Err(Error::NotSent { cause, .. }) => {
            let is_lasting = matches!(cause, Cause::Tls(_) | Cause::Resolve(_));
            (!is_lasting).then_some(None)
        }
        Err(Error::Unanswered { .. }) if call.is_safe() => Some(None),
        _ => None,
    }
}

fn asked(answer: &Response) -> Option<Duration> {
    let text = answer.headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}
