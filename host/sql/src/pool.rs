//! Connections of one database that wait for their next use.
//!
//! A pool lives as long as somebody uses it or something idle is in it: whoever has a connection holds
//! the pool, and so does the task that ends what is idle for too long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::access::Access;
use crate::dialect::Link;
use crate::settings::Settings;

/// A pool.
pub(crate) struct Pool {
    access: Access,
    places: Arc<Semaphore>,
    idle: Mutex<Idle>,
    keep: Duration,
    life_max: Duration,
}

#[derive(Default)]
struct Idle {
    /// The one used last is at the end, and is used first.
    kept: Vec<Kept>,
    /// There is a task that ends them.
    is_watched: bool,
}

/// A connection and what is known of it.
pub(crate) struct Kept {
    pub link: Link,
    /// No longer than this.
    until: Instant,
    idle_since: Instant,
}

impl Kept {
    /// The server's side may have gone without anybody having asked.
    fn is_good(&self, now: Instant) -> bool {
        self.until > now && self.link.is_fit()
    }
}

impl Pool {
    pub fn new(access: Access, settings: &Settings) -> Arc<Self> {
        Arc::new(Self {
            access,
            places: Arc::new(Semaphore::new(settings.connections_max)),
            idle: Mutex::default(),
            keep: Duration::from_millis(settings.idle_keep_ms),
            life_max: Duration::from_millis(settings.life_max_ms),
        })
    }

    /// Whether it leads there, as the same user.
    pub fn is_of(&self, access: &Access) -> bool {
        self.access == *access
    }

    /// A place for one more connection in use, as soon as there is one; none where the deadline comes first.
    pub async fn place(&self, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.places).acquire_owned();
        let place = tokio::time::timeout_at(deadline, place).await.ok()?;
        place.ok()
    }

    /// The one that was used last, if it can be used still.
    pub fn take(&self) -> Option<Kept> {
        let now = Instant::now();
        let mut idle = self.lock();
        while let Some(kept) = idle.kept.pop() {
            if kept.is_good(now) {
                return Some(kept);
            }
        }
        None
    }

    /// Nothing idle is of any use: the server was away.
    pub fn forget(&self) {
        self.lock().kept.clear();
    }

    /// One that was just opened.
    pub fn opened(&self, link: Link) -> Kept {
        let now = Instant::now();
        Kept {
            link,
            until: now + self.life_max,
            idle_since: now,
        }
    }

    /// Keeps one for the next.
    pub fn put(self: &Arc<Self>, mut kept: Kept) {
        kept.idle_since = Instant::now();
        let mut idle = self.lock();
        idle.kept.push(kept);
        if !std::mem::replace(&mut idle.is_watched, true) {
            tokio::spawn(watch(Arc::clone(self)));
        }
    }

    /// Ends what is idle for too long, and says when to look again; none where nothing is left.
    fn end_idle(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut idle = self.lock();
        idle.kept
            .retain(|kept| kept.is_good(now) && kept.idle_since + self.keep > now);
        let next = idle
            .kept
            .iter()
            .map(|kept| kept.until.min(kept.idle_since + self.keep));
        let next = next.min();
        idle.is_watched = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn watch(pool: Arc<Pool>) {
    while let Some(next) = pool.end_idle() {
        tokio::time::sleep_until(next).await;
    }
}
