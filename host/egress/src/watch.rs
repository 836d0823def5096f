//! One timer for all limits of one request.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use crate::error::{Cause, Part};
use crate::request::Timeouts;

/// A part of a request that has a limit of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Phase {
    /// Waiting for a free place: only the whole is limited.
    Queue,
    Connect(u64),
    FirstByte(u64),
    Idle(u64),
}

/// The limit of the whole request and why there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole {
    pub due: Instant,
    pub limit: WholeLimit,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum WholeLimit {
    Total(u64),
    Request(u64),
    Deadline,
}

/// Ends a request at the first limit that passes. The timer is set once and moved only where a
/// limit comes earlier: one that moves away costs nothing until the timer fires in vain.
pub(crate) struct Watch<'a> {
    sleep: Pin<&'a mut Sleep>,
    whole: Whole,
    own: Timeouts,
    phase: Phase,
    due: Instant,
}

impl<'a> Watch<'a> {
    pub fn new(sleep: Pin<&'a mut Sleep>, whole: Whole, own: Timeouts) -> Self {
        Self {
            sleep,
            whole,
            own,
            phase: Phase::Queue,
            due: whole.due,
        }
    }

    /// A new phase, from now on; also the same phase again, where something moved.
    pub fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.due = match self.limit() {
            None => self.whole.due,
            Some((ms, _)) => self.whole.due.min(after(Instant::now(), ms)),
        };
        if self.due < self.sleep.deadline() {
            self.sleep.as_mut().reset(self.due);
        }
    }

    /// Ready with the limit that passed.
    pub fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Cause> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            if self.sleep.deadline() >= self.due {
                return Poll::Ready(self.expired());
            }
            self.sleep.as_mut().reset(self.due);
        }
    }

    /// The outcome of `work`, or the limit that passed before.
    pub async fn within<F: Future>(&mut self, work: F) -> Result<F::Output, Cause> {
        let mut work = pin!(work);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            self.poll_expired(cx).map(Err)
        })
        .await
    }

    /// The limit of the phase, and whether it is the request's own, which can only be shorter.
    fn limit(&self) -> Option<(u64, bool)> {
        let (ms, own) = match self.phase {
            Phase::Queue => return None,
            Phase::Connect(ms) => (ms, self.own.connect_ms),
            Phase::FirstByte(ms) => (ms, self.own.first_byte_ms),
            Phase::Idle(ms) => (ms, self.own.idle_ms),
        };
        let own = own.filter(|own| *own < ms);
        Some((own.unwrap_or(ms), own.is_some()))
    }

    /// What has passed, or would pass next.
    pub fn expired(&self) -> Cause {
        let limit = self.limit().filter(|_| self.due < self.whole.due);
        match (self.phase, limit) {
            (Phase::Connect(_), Some((ms, true))) => Cause::OwnTimeout(Part::Connection, ms),
            (Phase::FirstByte(_), Some((ms, true))) => Cause::OwnTimeout(Part::Answer, ms),
            (Phase::Idle(_), Some((ms, true))) => Cause::OwnTimeout(Part::Rest, ms),
            (Phase::Connect(_), Some((ms, false))) => Cause::ConnectTimeout(ms),
            (Phase::FirstByte(_), Some((ms, false))) => Cause::FirstByteTimeout(ms),
            (Phase::Idle(_), Some((ms, false))) => Cause::IdleTimeout(ms),
            (Phase::Queue, _) | (_, None) => match self.whole.limit {
                WholeLimit::Total(ms) => Cause::TotalTimeout(ms),
                WholeLimit::Request(ms) => Cause::RequestTimeout(ms),
                WholeLimit::Deadline => Cause::Deadline,
            },
        }
    }
}

impl Whole {
    /// The earliest of the settings' limit, the request's and the caller's.
    pub fn new(
        start: Instant,
        total_ms: u64,
        request_ms: Option<u64>,
        deadline: Option<Instant>,
    ) -> Self {
        let mut whole = Self {
            due: after(start, total_ms),
            limit: WholeLimit::Total(total_ms),
        };
        if let Some(ms) = request_ms.filter(|ms| *ms < total_ms) {
            whole = Self {
                due: after(start, ms),
                limit: WholeLimit::Request(ms),
            };
        }
        match deadline {
            Some(due) if due < whole.due => Self {
                due,
                limit: WholeLimit::Deadline,
            },
            _ => whole,
        }
    }
}

/// A limit that no clock can hold is as good as none: thirty years.
fn after(start: Instant, ms: u64) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    start
        .checked_add(Duration::from_millis(ms))
        .unwrap_or(start + FAR)
}
