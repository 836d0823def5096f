//! One connection, from its first byte to its end.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http::{Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::exchange::{Answer, Exchange};
use super::flaw::Flaw;
use super::wire::Wire;
use super::{Answers, BodyUnread};
use crate::settings::Settings;

/// How every HTTP/2 connection begins; no request of HTTP/1 does.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// After an answer that left a body unread, so much of the body is read and thrown away: closing at
/// once would reset the connection, and the sender would never see the answer.
const LINGER_MAX_BYTES: usize = 4 * 1024 * 1024;
/// And at most for so long.
const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
/// hyper keeps header lines on the stack up to this number, and allocates where it is set.
const HEADERS_ON_STACK: usize = 100;
/// How often somebody looks whether an HTTP/2 connection gets on, at most and at least.
const LOOK_EVERY_MS: (u64, u64) = (10, 1_000);

/// Which HTTP a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Its first bytes say so.
    Either,
    /// HTTP/1.1 and HTTP/1.0.
    One,
    /// HTTP/2.
    Two,
}

/// Serves a connection until it ends, or ends it.
pub async fn speak<I, S>(
    mut io: I,
    protocol: Protocol,
    settings: &Settings,
    service: S,
    stop: CancellationToken,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Answers,
{
    let mut seen = BytesMut::new();
    let is_two = match protocol {
        Protocol::One => false,
        Protocol::Two => true,
        Protocol::Either => {
            let within = Duration::from_millis(settings.header_timeout_ms);
            let preface = tokio::select! {
                preface = timeout(within, preface(&mut io, &mut seen)) => preface,
                () = stop.cancelled() => return,
            };
            match preface {
                Ok(Ok(is_two)) => is_two,
                // Nobody said anything that could be answered.
                Ok(Err(_)) | Err(_) => return,
            }
        }
    };
    let exchange = Arc::new(Exchange::default());
    let watched = Watched {
        service,
        exchange: Arc::clone(&exchange),
        headers_max: settings.headers_max,
    };
    if is_two {
        let wire = Wire::through(io, seen, Arc::clone(&exchange), settings);
        two(wire, settings, watched, stop).await;
    } else {
        let wire = Wire::screened(io, seen, exchange, settings);
        one(wire, settings, watched, stop).await;
    }
}

/// Reads until it is clear whether a connection begins as those of HTTP/2 do.
async fn preface<I: AsyncRead + Unpin>(io: &mut I, seen: &mut BytesMut) -> std::io::Result<bool> {
    while PREFACE.starts_with(&seen[..seen.len().min(PREFACE.len())]) {
        if seen.len() >= PREFACE.len() {
            return Ok(true);
        }
        if io.read_buf(seen).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(seen.starts_with(PREFACE))
}

async fn one<I, S>(wire: Wire<I>, settings: &Settings, watched: Watched<S>, stop: CancellationToken)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Answers,
{
    let mut http = http1::Builder::new();
    // The wire has clocks and bounds of its own, and says which of them was passed.
    http.timer(TokioTimer::new()).header_read_timeout(None);
    if settings.headers_max > HEADERS_ON_STACK {
        http.max_headers(settings.headers_max);
    }
    let exchange = Arc::clone(&watched.exchange);
    let mut connection = http.serve_connection(TokioIo::new(wire), watched);
    let ended = {
        let mut stopping = pin!(stop.cancelled());
        let mut told = false;
        poll_fn(|context| {
            if !told && stopping.as_mut().poll(context).is_ready() {
                told = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            connection.poll_without_shutdown(context)
        })
        .await
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
        return;
    }
    let wire = connection.into_parts().io.into_inner();
    close(wire.into_inner(), exchange.is_unread()).await;
}

async fn close<I: AsyncRead + AsyncWrite + Unpin>(mut io: I, unread: bool) {
    let linger = async {
        if io.shutdown().await.is_err() || !unread {
            return;
        }
        let mut buffer = vec![0; 64 * 1024];
        let mut left = LINGER_MAX_BYTES;
        while left > 0 {
            match io.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => left = left.saturating_sub(read),
            }
        }
    };
    let _ = timeout(LINGER_TIMEOUT, linger).await;
}

async fn two<I, S>(wire: Wire<I>, settings: &Settings, watched: Watched<S>, stop: CancellationToken)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Answers,
{
    let mut http = http2::Builder::new(TokioExecutor::new());
    let header_max = u32::try_from(settings.header_max_bytes).unwrap_or(u32::MAX);
    http.timer(TokioTimer::new())
        .max_concurrent_streams(settings.streams_max)
        .max_header_list_size(header_max)
        .max_pending_accept_reset_streams(settings.resets_max)
        .max_local_error_reset_streams(settings.resets_max)
        // Whoever went away without a word is noticed.
        .keep_alive_interval(Duration::from_millis(settings.idle_timeout_ms))
        .keep_alive_timeout(Duration::from_millis(settings.answer_timeout_ms));
    let exchange = Arc::clone(&watched.exchange);
    let mut connection = pin!(http.serve_connection(TokioIo::new(wire), watched));
    tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
            return;
        }
        found = watch(&exchange, settings, &stop) => if let Ended::Bad(why) = found {
            tracing::debug!(why, "a connection is cut off");
            return;
        },
    }
    // What is under way is answered, within the time that an answer has.
    connection.as_mut().graceful_shutdown();
    let within = Duration::from_millis(settings.answer_timeout_ms);
    if timeout(within, connection).await.is_err() {
        tracing::debug!("an idle connection is cut off: its other end does not close it");
    }
}

/// Why an HTTP/2 connection shall end.
enum Ended {
    /// Nobody asks anything, or the process stops.
    Idle,
    /// Its other end does what it should not.
    Bad(&'static str),
}

/// Looks at a connection now and then: HTTP/2 has ways to hold one that no single read or write shows.
async fn watch(exchange: &Exchange, settings: &Settings, stop: &CancellationToken) -> Ended {
    let (idle_ms, answer_ms) = (settings.idle_timeout_ms, settings.answer_timeout_ms);
    let (least, most) = LOOK_EVERY_MS;
    let every_ms = (idle_ms.min(answer_ms) / 4).clamp(least, most);
    let (mut still_ms, mut stuck_ms) = (0, 0);
    let mut last = exchange.look();
    loop {
        tokio::select! {
            () = sleep(Duration::from_millis(every_ms)) => {}
            () = stop.cancelled() => return Ended::Idle,
        }
        let now = exchange.look();
        if now.abandoned > settings.resets_max as u64 {
            return Ended::Bad("more requests were given up than `ingress.resets-max`");
        }
        let is_still = now.open == 0 && now.calls == last.calls;
        still_ms = if is_still { still_ms + every_ms } else { 0 };
        let is_stuck = now.answers > 0 && now.progress == last.progress;
        stuck_ms = if is_stuck { stuck_ms + every_ms } else { 0 };
        if still_ms >= idle_ms {
            return Ended::Idle;
        }
        if stuck_ms >= answer_ms {
            return Ended::Bad("answers were not taken within `ingress.answer-timeout-ms`");
        }
        last = now;
    }
}

/// A service whose requests are counted, and refused where the wire found a flaw.
struct Watched<S> {
    service: S,
    exchange: Arc<Exchange>,
    headers_max: usize,
}

impl<S: Answers> Service<Request<Incoming>> for Watched<S> {
    type Response = Response<Answer<S::Body>>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let begun = self.exchange.begin().and_then(|pass| {
            // HTTP/1 was counted line by line.
            match request.headers().len() <= self.headers_max {
                true => Ok(pass),
                false => Err(Flaw::TooManyHeaders(self.headers_max)),
            }
        });
        let exchange = Arc::clone(&self.exchange);
        let pass = match begun {
            Ok(pass) => pass,
            Err(flaw) => {
                exchange.leave_unread();
                let pass = exchange.pass();
                let response = flaw.problem().response();
                let response = response.map(|body| pass.answer(Either::Right(body)));
                return Box::pin(std::future::ready(Ok(response)));
            }
        };
        let answered = self.service.call(request);
        Box::pin(async move {
            let response = answered.await?;
            if response.extensions().get::<BodyUnread>().is_some() {
                exchange.leave_unread();
            }
            Ok(response.map(|body| pass.answer(Either::Left(body))))
        })
    }
}
