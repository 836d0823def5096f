//! The whole way of a request, in one function.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Uri};
use http_body_util::Full;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::connect::{ConnectError, Connector, trusting};
use crate::error::{Cause, Error, SetupError};
use crate::grant::Reach;
use crate::link::{Broken, Link, Why};
use crate::nameservers::NameServers;
use crate::peer::Peer;
use crate::pool::Pool;
use crate::request::{Request, Target, Timeouts};
use crate::resolve::{Resolve, SystemResolver};
use crate::settings::Settings;
use crate::watch::{Phase, Watch, Whole};

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status; redirects too are handed over as they are.
    pub status: u16,
    /// As they came.
    pub headers: HeaderMap,
    /// The whole body, still encoded if the request asked for that.
    pub body: Bytes,
    /// From the call of [`Client::send`] to the last byte.
    pub duration: Duration,
}

/// Sends requests. One for the whole process; it is used from many tasks at once, all of the same
/// tokio runtime, with its IO and time drivers on.
pub struct Client {
    settings: Settings,
    user_agent: HeaderValue,
    connector: Connector,
    pool: Arc<Pool>,
}

impl Client {
    /// With the name servers of the settings, or the system's resolver where they name none.
    ///
    /// # Errors
    /// Settings that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let (servers, lookups_max) = (settings.nameservers.clone(), settings.lookups_max);
        let resolver: Arc<dyn Resolve> = match servers.is_empty() {
            true => Arc::new(SystemResolver::new(lookups_max)),
            false => Arc::new(NameServers::new(servers, lookups_max)),
        };
        Self::with_resolver(settings, resolver)
    }

    /// With a resolver of the caller's.
    ///
    /// # Errors
    /// Settings that cannot be used.
    pub fn with_resolver(
        settings: Settings,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            user_agent: HeaderValue::from_str(&settings.user_agent)
                .map_err(|_| SetupError::UserAgent)?,
            connector: Connector::new(&settings, resolver)?,
            pool: Pool::new(&settings),
            settings,
        })
    }

    /// What this client was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sends `request` to where `reach` allows and waits for the whole answer, until `deadline` at
    /// the latest. Nothing is sent twice: only where a kept connection turns out to be closed
    /// before it took a byte does the request go to a new one.
    ///
    /// Dropping the future closes the connection; the request may have left.
    ///
    /// # Errors
    /// What became of the request, see [`Error`].
    pub async fn send(
        &self,
        request: Request,
        reach: &Reach,
        deadline: Option<Instant>,
    ) -> Result<Response, Error> {
        let start = Instant::now();
        let target = request.check(&self.settings)?;
        reach.check(&target)?;
        let message = Message::new(&request, &target, &self.user_agent)?;

        let whole = Whole::new(
            start,
            self.settings.total_timeout_ms,
            request.timeout_ms,
            deadline,
        );
        // Set to where it will most likely have to stand, so that it need not be moved.
        let usual = start + Duration::from_millis(self.settings.first_byte_timeout_ms);
        let sleep = pin!(tokio::time::sleep_until(whole.due.min(usual)));
        let mut watch = Watch::new(sleep, whole, request.timeouts);

        // A request to a kept connection leaves before any timer is looked at.
        if whole.due <= start {
            return Err(not_sent(&target, watch.expired()));
        }
        let shelf = self.pool.shelf(reach.partition(), target.origin);
        let place = self.pool.place(&shelf, &mut watch).await;
        let _place = place.map_err(|cause| not_sent(&target, cause))?;

        let kept = self.pool.take(&shelf);
        let is_fresh = kept.is_none();
        let mut link = match kept {
            Some(link) => link,
            None => self.connect(&target, &mut watch).await?,
        };
        let mut outcome = link
            .exchange(message.build(), &self.settings, &mut watch)
            .await;
        if !is_fresh && outcome.as_ref().is_err_and(Broken::is_stale) {
            link = self.connect(&target, &mut watch).await?;
            outcome = link
                .exchange(message.build(), &self.settings, &mut watch)
                .await;
        }
        let (parts, body) = outcome.map_err(|broken| failed(&target, broken))?;
        self.pool.put(&shelf, link);
        Ok(Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            duration: start.elapsed(),
        })
    }

    async fn connect(
        &self,
        target: &Target<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Box<Link>, Error> {
        watch.enter(Phase::Connect(self.settings.connect_timeout_ms));
        let outcome = watch.within(self.connector.connect(target)).await;
        match outcome {
            Ok(Ok(link)) => Ok(link),
            Ok(Err(ConnectError::Denied(denied))) => Err(denied.into()),
            Ok(Err(ConnectError::Cause(cause))) | Err(cause) => Err(not_sent(target, cause)),
        }
    }

    /// Connects to where something other than HTTP is spoken, which `reach` has to allow, within
    /// `egress.connect-timeout-ms` and until `deadline`. With `tls` the caller promises to encrypt before it says
    /// anything that matters; without it only addresses are connected to that the operator named.
    ///
    /// # Errors
    /// [`Error::Denied`], or [`Error::NotSent`].
    pub async fn dial(
        &self,
        peer: &Peer,
        tls: bool,
        reach: &Reach,
        deadline: Instant,
    ) -> Result<TcpStream, Error> {
        let target = peer.target(tls);
        reach.check(&target)?;
        let whole = Whole::new(
            Instant::now(),
            self.settings.total_timeout_ms,
            None,
            Some(deadline),
        );
        let sleep = pin!(tokio::time::sleep_until(whole.due));
        let mut watch = Watch::new(sleep, whole, Timeouts::default());
        watch.enter(Phase::Connect(self.settings.connect_timeout_ms));
        match watch.within(self.connector.tcp(&target)).await {
            Ok(Ok(tcp)) => Ok(tcp),
            Ok(Err(ConnectError::Denied(denied))) => Err(denied.into()),
            Ok(Err(ConnectError::Cause(cause))) | Err(cause) => Err(not_sent(&target, cause)),
        }
    }

    /// How those are trusted that [`Client::dial`] leads to: by the authorities that HTTP trusts, and by these.
    ///
    /// # Errors
    /// A certificate that is no authority's.
    pub fn tls(&self, more: &[CertificateDer<'static>]) -> Result<ClientConfig, SetupError> {
        trusting(&self.settings, more)
    }

    #[cfg(test)]
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }
}

fn not_sent(target: &Target<'_>, cause: Cause) -> Error {
    Error::NotSent {
        origin: target.origin.to_owned(),
        cause,
    }
}

fn failed(target: &Target<'_>, broken: Broken) -> Error {
    let origin = target.origin.to_owned();
    match broken.why {
        Why::TooLarge(part, limit_bytes) => Error::TooLarge {
            origin,
            part,
            limit_bytes,
        },
        Why::Cause(cause) if broken.sent => Error::Unanswered { origin, cause },
        Why::Cause(cause) => Error::NotSent { origin, cause },
    }
}

/// A request as it goes out, to be built once or twice.
struct Message {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Message {
    fn new(
        request: &Request,
        target: &Target<'_>,
        user_agent: &HeaderValue,
    ) -> Result<Self, Error> {
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 4);
        let host = HeaderValue::from_str(target.authority)
            .map_err(|_| crate::request::Invalid::Header(header::HOST.to_string()))?;
        headers.insert(header::HOST, host);
        for (name, value) in &request.headers {
            headers.append(name.clone(), value.clone());
        }
        if !headers.contains_key(header::USER_AGENT) {
            headers.insert(header::USER_AGENT, user_agent.clone());
        }
        // hyper adds the length of a body, but leaves it out where there is none; many servers
        // refuse these methods without one.
        let wants_length = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
        if wants_length && request.body.is_empty() {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(Self {
            method: request.method.clone(),
            uri: request.origin_form()?,
            headers,
            body: request.body.clone(),
        })
    }

    fn build(&self) -> http::Request<Full<Bytes>> {
        let mut message = http::Request::new(Full::new(self.body.clone()));
        *message.method_mut() = self.method.clone();
        *message.uri_mut() = self.uri.clone();
        *message.headers_mut() = self.headers.clone();
        message
    }
}
