//! A connection as the HTTP library sees it: screened, and cut off where nothing moves.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::chunks::Chunks;
use super::exchange::Exchange;
use super::flaw::Flaw;
use super::head::{Bounds, Framing, Scan, framing};
use crate::settings::Settings;

/// What stands in for a request that is refused: the library asks the service, which knows better,
/// and the refusal keeps its place behind the answers that are under way.
const REFUSED: &[u8] = b"POST / HTTP/1.1\r\nconnection: close\r\n\r\n";
/// So much is read at once where nothing is known of what comes.
const READ_BYTES: usize = 8 * 1024;

/// A connection between the network and the HTTP library.
pub struct Wire<I> {
    io: I,
    reading: Reading,
    /// What came and was not handed on.
    raw: BytesMut,
    /// So much of it may be handed on.
    ready: usize,
    exchange: Arc<Exchange>,
    limits: Limits,
    /// A line break before the request was skipped.
    has_skipped: bool,
    wait: Wait,
    read_timer: Option<Pin<Box<Sleep>>>,
    write_timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Copy)]
struct Limits {
    head: Bounds,
    header_timeout_ms: u64,
    idle_timeout_ms: u64,
    answer_timeout_ms: u64,
}

/// What the next byte belongs to.
enum Reading {
    /// Nothing is screened: HTTP/2 frames itself.
    Through,
    /// A header block, at the beginning of what came.
    Head(Scan),
    /// A body that has so many bytes to come.
    Sized(u64),
    /// A body in chunks.
    Chunked(Chunks),
    /// Nobody: what comes is thrown away.
    Over,
}

/// What the sender has to do in time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// Nothing: it is not its turn.
    Nothing,
    /// To begin a request.
    Begin,
    /// To end a header block.
    Head,
}

impl<I> Wire<I> {
    /// A connection that speaks HTTP/1 and has said so much already.
    pub fn screened(io: I, raw: BytesMut, exchange: Arc<Exchange>, settings: &Settings) -> Self {
        Self::new(io, raw, exchange, settings, Reading::Head(Scan::default()))
    }

    /// A connection that speaks HTTP/2 and has said so much already.
    pub fn through(io: I, raw: BytesMut, exchange: Arc<Exchange>, settings: &Settings) -> Self {
        Self::new(io, raw, exchange, settings, Reading::Through)
    }

    fn new(
        io: I,
        raw: BytesMut,
        exchange: Arc<Exchange>,
        settings: &Settings,
        reading: Reading,
    ) -> Self {
        Self {
            io,
            reading,
            raw,
            ready: 0,
            exchange,
            limits: Limits {
                head: Bounds {
                    bytes_max: settings.header_max_bytes,
                    lines_max: settings.headers_max,
                },
                header_timeout_ms: settings.header_timeout_ms,
                idle_timeout_ms: settings.idle_timeout_ms,
                answer_timeout_ms: settings.answer_timeout_ms,
            },
            has_skipped: false,
            wait: Wait::Nothing,
            read_timer: None,
            write_timer: None,
        }
    }

    /// The connection itself.
    pub fn into_inner(self) -> I {
        self.io
    }

    /// Understands what came, and says how much of it may be handed on.
    fn understand(&mut self) -> io::Result<()> {
        match &mut self.reading {
            Reading::Through => self.ready = self.raw.len(),
            Reading::Head(scan) => {
                // Some senders end a body with a line break that belongs to nothing.
                let may_skip = self.exchange.has_begun() && !self.has_skipped;
                if may_skip && self.raw.starts_with(b"\r\n") {
                    self.has_skipped = true;
                    self.raw.advance(2);
                    *scan = Scan::default();
                }
                match scan.look(&self.raw, self.limits.head) {
                    Ok(None) => {}
                    Ok(Some(length)) => match framing(&self.raw[..length]) {
                        Ok(framing) => self.hand_on(length, framing),
                        Err(flaw) => self.refuse(flaw),
                    },
                    Err(flaw) => self.refuse(flaw),
                }
            }
            Reading::Sized(left) => {
                let there = self.raw.len() as u64;
                let taken = there.min(*left);
                self.ready = usize::try_from(taken).unwrap_or(self.raw.len());
                *left -= taken;
                if *left == 0 {
                    self.reading = Reading::Head(Scan::default());
                }
            }
            Reading::Chunked(chunks) => {
                let followed = chunks.follow(&self.raw);
                self.ready = followed.map_err(|flaw| {
                    self.raw.clear();
                    io::Error::new(io::ErrorKind::InvalidData, flaw)
                })?;
                if chunks.is_over() {
                    self.reading = Reading::Head(Scan::default());
                }
            }
            Reading::Over => self.raw.clear(),
        }
        Ok(())
    }

    fn hand_on(&mut self, length: usize, framing: Framing) {
        self.exchange.head();
        self.has_skipped = false;
        self.wait = Wait::Nothing;
        self.ready = length;
        self.reading = match framing {
            Framing::Sized(0) => Reading::Head(Scan::default()),
            Framing::Sized(length) => Reading::Sized(length),
            Framing::Chunked => Reading::Chunked(Chunks::new()),
        };
    }

    fn refuse(&mut self, flaw: Flaw) {
        self.exchange.refuse(flaw);
        self.reading = Reading::Over;
        self.raw = BytesMut::from(REFUSED);
        self.ready = REFUSED.len();
    }

    /// Ready once the sender's time is over.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let wait = match &self.reading {
            Reading::Head(_) if self.exchange.poll_busy(context) => Wait::Nothing,
            Reading::Head(_) if self.raw.is_empty() => Wait::Begin,
            Reading::Head(_) => Wait::Head,
            // Whoever reads the body or the frames has a clock of their own.
            _ => Wait::Nothing,
        };
        if wait == Wait::Nothing {
            self.wait = wait;
            return Poll::Pending;
        }
        let after_ms = match wait {
            Wait::Begin if self.exchange.has_begun() => self.limits.idle_timeout_ms,
            _ => self.limits.header_timeout_ms,
        };
        let timer = timer(&mut self.read_timer, after_ms, self.wait != wait);
        self.wait = wait;
        timer.poll(context)
    }
}

/// A timer that is set anew where that is wanted, and kept for the next time.
fn timer(slot: &mut Option<Pin<Box<Sleep>>>, after_ms: u64, is_new: bool) -> Pin<&mut Sleep> {
    let after = Duration::from_millis(after_ms);
    let is_made = slot.is_none();
    let timer = slot.get_or_insert_with(|| Box::pin(sleep(after)));
    if is_new && !is_made {
        timer.as_mut().reset(Instant::now() + after);
    }
    timer.as_mut()
}

impl<I: AsyncRead + Unpin> AsyncRead for Wire<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        loop {
            if wire.ready > 0 {
                let length = wire.ready.min(out.remaining());
                out.put_slice(&wire.raw[..length]);
                wire.raw.advance(length);
                wire.ready -= length;
                return Poll::Ready(Ok(()));
            }
            if matches!(wire.reading, Reading::Over) {
                // An end would take the answer from under whoever writes it; nobody waits for more.
                return match wire.exchange.poll_busy(context) {
                    true => Poll::Pending,
                    false => Poll::Ready(Ok(())),
                };
            }
            if !wire.raw.is_empty() {
                wire.understand()?;
                if wire.ready > 0 {
                    continue;
                }
            }
            if let Reading::Through = wire.reading {
                // Its own buffer takes it without a copy.
                return Pin::new(&mut wire.io).poll_read(context, out);
            }
            match poll_more(&mut wire.io, &mut wire.raw, context)? {
                // A header block that has no end is nobody's business any more.
                Poll::Ready(0) => return Poll::Ready(Ok(())),
                Poll::Ready(_) => {}
                Poll::Pending => {
                    ready!(wire.poll_late(context));
                    match wire.raw.is_empty() {
                        true => wire.reading = Reading::Over,
                        false => wire.refuse(Flaw::HeaderTooSlow(wire.limits.header_timeout_ms)),
                    }
                }
            }
        }
    }
}

/// Reads what there is behind what came before; 0 at the end.
fn poll_more<I: AsyncRead + Unpin>(
    io: &mut I,
    raw: &mut BytesMut,
    context: &mut Context<'_>,
) -> io::Result<Poll<usize>> {
    let before = raw.len();
    raw.resize(before + READ_BYTES, 0);
    let mut space = ReadBuf::new(&mut raw[before..]);
    let polled = Pin::new(io).poll_read(context, &mut space);
    let read = space.filled().len();
    raw.truncate(before + read);
    match polled {
        Poll::Ready(read_well) => read_well.map(|()| Poll::Ready(read)),
        Poll::Pending => Ok(Poll::Pending),
    }
}

impl<I: AsyncWrite + Unpin> Wire<I> {
    /// Cuts the connection off where its other end takes nothing for too long.
    fn taken<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.write_timer = None;
            return polled;
        }
        let after_ms = self.limits.answer_timeout_ms;
        ready!(timer(&mut self.write_timer, after_ms, false).poll(context));
        let why = format!("nothing was taken for `ingress.answer-timeout-ms` of {after_ms}");
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Wire<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let polled = Pin::new(&mut wire.io).poll_write(context, bytes);
        wire.taken(polled, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let polled = Pin::new(&mut wire.io).poll_write_vectored(context, bytes);
        wire.taken(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let polled = Pin::new(&mut wire.io).poll_flush(context);
        wire.taken(polled, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let polled = Pin::new(&mut wire.io).poll_shutdown(context);
        wire.taken(polled, context)
    }
}
