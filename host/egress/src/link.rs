//! One connection and the exchange over it.
//!
//! The task that waits for an answer also drives the connection: no task of its own, so nothing is
//! handed between threads, and what is dropped half-way is closed at once.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use http::response::Parts;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use crate::error::{Cause, MessagePart};
use crate::settings::Settings;
use crate::watch::{Phase, Watch};
use crate::wire::{Gauge, Stream};

/// hyper asks for no less.
const BUFFER_MIN_BYTES: usize = 8192;

/// A connection that is free, or lent to one request.
pub(crate) struct Link {
    sender: SendRequest<Full<Bytes>>,
    driver: Connection<TokioIo<Stream>, Full<Bytes>>,
    ended: bool,
    gauge: Arc<Gauge>,
    /// When it was put into the pool.
    pub idle_since: Instant,
}

/// Why an exchange has no answer, and whether any of the request left.
#[derive(Debug)]
pub(crate) struct Broken {
    pub why: Why,
    pub sent: bool,
}

#[derive(Debug)]
pub(crate) enum Why {
    Cause(Cause),
    TooLarge(MessagePart, u64),
}

impl Broken {
    /// The connection was gone before it took a byte: another one may do.
    pub fn is_stale(&self) -> bool {
        !self.sent && matches!(self.why, Why::Cause(Cause::Closed | Cause::Http(_)))
    }
}

/// How connections speak HTTP under these settings.
pub(crate) fn http(settings: &Settings) -> Builder {
    let mut http = Builder::new();
    http.max_header_size(settings.header_block_max_bytes)
        // Bounds a header block that never ends, and what one read takes of a body.
        .max_buf_size(settings.header_block_max_bytes.max(BUFFER_MIN_BYTES));
    http
}

impl Link {
    pub async fn new(
        http: &Builder,
        stream: Stream,
        gauge: Arc<Gauge>,
    ) -> hyper::Result<Box<Self>> {
        let (sender, driver) = http.handshake(TokioIo::new(stream)).await?;
        Ok(Box::new(Self {
            sender,
            driver,
            ended: false,
            gauge,
            idle_since: Instant::now(),
        }))
    }

    /// Whether the connection can take a request now. Without a waker: an idle connection wakes
    /// nobody, and holds on to no task.
    pub fn is_free(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        !self.ended && self.sender.is_ready()
    }

    /// As [`Link::is_free`], and asks the kernel whether the other side has closed.
    pub fn is_alive(&mut self) -> bool {
        self.gauge.probe();
        self.is_free()
    }

    /// Sends `request` and takes in the whole answer, within the settings' limits. After an error
    /// the connection is of no more use.
    pub async fn exchange(
        &mut self,
        request: http::Request<Full<Bytes>>,
        settings: &Settings,
        watch: &mut Watch<'_>,
    ) -> Result<(Parts, Bytes), Broken> {
        let before = self.gauge.written();
        let outcome = self.talk(request, settings, watch).await;
        outcome.map_err(|why| Broken {
            why,
            sent: self.gauge.written() != before,
        })
    }

    async fn talk(
        &mut self,
        request: http::Request<Full<Bytes>>,
        settings: &Settings,
        watch: &mut Watch<'_>,
    ) -> Result<(Parts, Bytes), Why> {
        let phase = Phase::FirstByte(settings.first_byte_timeout_ms);
        watch.enter(phase);
        let mut written = self.gauge.written();
        let mut answer = pin!(self.sender.send_request(request));
        let response = std::future::poll_fn(|cx| {
            self.drive(cx);
            if let Poll::Ready(outcome) = answer.as_mut().poll(cx) {
                return Poll::Ready(outcome.map_err(|error| head_error(error, settings)));
            }
            if self.ended {
                return Poll::Ready(Err(Why::Cause(Cause::Closed)));
            }
            // The wait for the answer begins anew as long as the request is still going out.
            let now_written = self.gauge.written();
            if now_written != written {
                written = now_written;
                watch.enter(phase);
            }
            watch.poll_expired(cx).map(|cause| Err(Why::Cause(cause)))
        })
        .await?;
        let (parts, body) = response.into_parts();
        let body = self.collect(body, settings, watch).await?;
        Ok((parts, body))
    }

    async fn collect(
        &mut self,
        mut body: Incoming,
        settings: &Settings,
        watch: &mut Watch<'_>,
    ) -> Result<Bytes, Why> {
        let limit = settings.body_max_bytes;
        let too_large = || Why::TooLarge(MessagePart::Body, limit);
        // What is announced as too large is not read at all.
        if body.size_hint().lower() > limit {
            return Err(too_large());
        }
        let mut pieces = Pieces::default();
        std::future::poll_fn(|cx| {
            loop {
                self.drive(cx);
                let before = pieces.len();
                while let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(cx) {
                    let Some(frame) = frame else {
                        return Poll::Ready(Ok(()));
                    };
                    let frame = frame.map_err(|error| Why::Cause(Cause::Http(error)))?;
                    pieces.push(
                        frame.into_data().unwrap_or_default(),
                        body.size_hint().lower(),
                    );
                    if pieces.len() as u64 > limit {
                        return Poll::Ready(Err(too_large()));
                    }
                }
                // What was taken makes room for more; only where nothing came is there a wait.
                if pieces.len() > before {
                    watch.enter(Phase::Idle(settings.idle_timeout_ms));
                } else if self.ended {
                    return Poll::Ready(Err(Why::Cause(Cause::Closed)));
                } else {
                    return watch.poll_expired(cx).map(|cause| Err(Why::Cause(cause)));
                }
            }
        })
        .await?;
        Ok(pieces.whole())
    }

    /// Reads and writes as far as possible. An error of the connection also comes to the request
    /// that is under way, so it needs no keeping here.
    fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.ended {
            self.ended = Pin::new(&mut self.driver).poll(cx).is_ready();
        }
    }
}

fn head_error(error: hyper::Error, settings: &Settings) -> Why {
    if error.is_parse_too_large() {
        return Why::TooLarge(MessagePart::Headers, settings.header_block_max_bytes as u64);
    }
    if error.is_canceled() || error.is_closed() {
        return Why::Cause(Cause::Closed);
    }
    Why::Cause(Cause::Http(error))
}

/// A body, copied only if it comes in more than one piece.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    all: BytesMut,
}

impl Pieces {
    fn push(&mut self, piece: Bytes, expected_more: u64) {
        if self.len() == 0 {
            self.first = piece;
            return;
        }
        if self.all.is_empty() {
            self.all
                .reserve(self.first.len() + piece.len() + expected_more as usize);
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&piece);
    }

    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn whole(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.freeze()
        }
    }
}
