//! What a connection has under way: known to those who read it, who answer, and who end it.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, SizeHint};

use super::flaw::Flaw;

/// The state of one connection. Counters only grow, unless they say otherwise.
#[derive(Debug, Default)]
pub struct Exchange {
    /// Header blocks that were handed on, HTTP/1 alone.
    heads: AtomicU64,
    /// Requests that a service was asked for.
    calls: AtomicU64,
    /// Requests that are over, answered or not.
    done: AtomicU64,
    /// Answers that are not written yet; goes up and down.
    answers: AtomicU64,
    /// Grows whenever an answer gets on.
    progress: AtomicU64,
    /// Requests that their sender gave up, less those that were answered.
    abandoned: AtomicU64,
    /// An answer left a body unread.
    unread: AtomicBool,
    /// What is wrong with the last request, and which number it has.
    flaw: Mutex<Option<(u64, Flaw)>>,
    /// Who reads, and waits until nothing is under way.
    reader: Mutex<Option<Waker>>,
}

impl Exchange {
    /// Whether a request that was read waits for its answer.
    pub fn is_busy(&self) -> bool {
        self.heads.load(Ordering::Acquire) > self.done.load(Ordering::Acquire)
    }

    /// Whether a request that was read waits for its answer; where one does, whoever reads is polled again
    /// once it does not. The library reads on before it drops the answer that it wrote.
    pub fn poll_busy(&self, context: &Context<'_>) -> bool {
        if self.is_busy() {
            let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            *reader = Some(context.waker().clone());
        }
        self.is_busy()
    }

    /// Whether a first request came.
    pub fn has_begun(&self) -> bool {
        self.heads.load(Ordering::Acquire) > 0
    }

    /// Another header block is handed on.
    pub fn head(&self) -> u64 {
        self.heads.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The next header block stands for one that is refused; nothing comes after it.
    pub fn refuse(&self, flaw: Flaw) {
        let number = self.head();
        let mut last = self.flaw.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((number, flaw));
    }

    /// Another request is served, unless it is the one that is refused.
    pub fn begin(self: &Arc<Self>) -> Result<Pass, Flaw> {
        let number = self.calls.fetch_add(1, Ordering::AcqRel) + 1;
        let last = self.flaw.lock().unwrap_or_else(PoisonError::into_inner);
        match *last {
            Some((refused, flaw)) if refused == number => Err(flaw),
            _ => Ok(self.pass()),
        }
    }

    /// A request that is under way.
    pub fn pass(self: &Arc<Self>) -> Pass {
        Pass {
            exchange: Arc::clone(self),
            is_answer: false,
            is_whole: false,
        }
    }

    /// An answer left a body unread.
    pub fn leave_unread(&self) {
        self.unread.store(true, Ordering::Release);
    }

    /// Whether an answer left a body unread.
    pub fn is_unread(&self) -> bool {
        self.unread.load(Ordering::Acquire)
    }

    /// What somebody compares who looks now and then.
    pub fn look(&self) -> Look {
        Look {
            calls: self.calls.load(Ordering::Acquire),
            open: self
                .calls
                .load(Ordering::Acquire)
                .saturating_sub(self.done.load(Ordering::Acquire)),
            answers: self.answers.load(Ordering::Acquire),
            progress: self.progress.load(Ordering::Acquire),
            abandoned: self.abandoned.load(Ordering::Acquire),
        }
    }

    fn advance(&self) {
        self.progress.fetch_add(1, Ordering::AcqRel);
    }
}

/// A connection at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Requests so far.
    pub calls: u64,
    /// Of those, the ones that are not over.
    pub open: u64,
    /// Answers that are not written yet.
    pub answers: u64,
    /// Grows whenever an answer gets on.
    pub progress: u64,
    /// Requests that their sender gave up, less those that were answered.
    pub abandoned: u64,
}

/// A request under way, until its answer is written or nobody wants it any more.
#[derive(Debug)]
pub struct Pass {
    exchange: Arc<Exchange>,
    is_answer: bool,
    is_whole: bool,
}

impl Pass {
    /// Makes a body out of the answer's.
    pub fn answer<B>(mut self, body: Either<B, Full<Bytes>>) -> Answer<B>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.is_answer = true;
        self.is_whole = body.size_hint().exact() == Some(0);
        self.exchange.answers.fetch_add(1, Ordering::AcqRel);
        self.exchange.advance();
        Answer { body, pass: self }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let exchange = &self.exchange;
        if self.is_answer {
            exchange.answers.fetch_sub(1, Ordering::AcqRel);
            exchange.advance();
        }
        let count = |abandoned: u64| match self.is_whole {
            true => Some(abandoned.saturating_sub(1)),
            false => Some(abandoned + 1),
        };
        let order = (Ordering::AcqRel, Ordering::Acquire);
        let _ = exchange.abandoned.fetch_update(order.0, order.1, count);
        exchange.done.fetch_add(1, Ordering::AcqRel);
        let mut reader = exchange
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = reader.take() {
            reader.wake();
        }
    }
}

/// The body of an answer, which is under way as long as it lives.
#[derive(Debug)]
pub struct Answer<B> {
    body: Either<B, Full<Bytes>>,
    pass: Pass,
}

impl<B> Body for Answer<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(frame) = &polled {
            self.pass.exchange.advance();
            self.pass.is_whole |= frame.is_none() || self.body.is_end_stream();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
