//! Idle connections, and places for those under way.
//!
//! A connection is kept under the partition of the reach it was made for (namespace, then plugin
//! or connection) and its origin, and is used again only there. Addresses need no second check:
//! the settings they were judged by are those of the client for all its life. Grants are checked
//! for every request, before the pool is asked. The partition keeps teams apart where an
//! application ties something to a TCP connection: a login (NTLM), a session, or the leftovers of
//! an answer that one of them provoked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use crate::error::Cause;
use crate::link::Link;
use crate::settings::Settings;
use crate::watch::Watch;

/// All partitions' origins.
pub(crate) struct Pool {
    shelves: Mutex<Shelves>,
    places: Semaphore,
    idle: AtomicUsize,
    idle_max: usize,
    idle_per_origin_max: usize,
    per_origin_max: usize,
    keep: Duration,
}

#[derive(Default)]
struct Shelves {
    partitions: HashMap<Arc<str>, HashMap<Box<str>, Arc<Shelf>>>,
    sweeper: Option<JoinHandle<()>>,
}

/// One origin in one partition.
pub(crate) struct Shelf {
    /// The one used last is at the end, and taken first: the others may grow old.
    #[expect(
        clippy::vec_box,
        reason = "a connection moves with every request; it is large"
    )]
    idle: Mutex<Vec<Box<Link>>>,
    places: Semaphore,
}

/// A place for one request under way.
pub(crate) struct Place<'a> {
    _of_origin: SemaphorePermit<'a>,
    _of_all: SemaphorePermit<'a>,
}

impl Pool {
    pub fn new(settings: &Settings) -> Arc<Self> {
        Arc::new(Self {
            shelves: Mutex::default(),
            places: Semaphore::new(settings.requests_max.max(1)),
            idle: AtomicUsize::new(0),
            idle_max: settings.idle_max,
            idle_per_origin_max: settings.idle_per_origin_max,
            per_origin_max: settings.requests_per_origin_max.max(1),
            keep: Duration::from_millis(settings.idle_keep_ms),
        })
    }

    /// The shelf of an origin, new if need be.
    pub fn shelf(self: &Arc<Self>, partition: &Arc<str>, origin: &str) -> Arc<Shelf> {
        let mut shelves = lock(&self.shelves);
        if let Some(shelf) = shelves
            .partitions
            .get(partition)
            .and_then(|origins| origins.get(origin))
        {
            return Arc::clone(shelf);
        }
        let shelf = Arc::new(Shelf {
            idle: Mutex::default(),
            places: Semaphore::new(self.per_origin_max),
        });
        let origins = shelves.partitions.entry(Arc::clone(partition)).or_default();
        origins.insert(origin.into(), Arc::clone(&shelf));
        // Ended by itself, or with the runtime that it was started on.
        if shelves.sweeper.as_ref().is_none_or(JoinHandle::is_finished) {
            shelves.sweeper = Some(tokio::spawn(sweep(Arc::downgrade(self), self.keep)));
        }
        shelf
    }

    /// A place for one request, as soon as there is one.
    pub async fn place<'a>(
        &'a self,
        shelf: &'a Shelf,
        watch: &mut Watch<'_>,
    ) -> Result<Place<'a>, Cause> {
        // The origin's first: who waits for one origin must not hold what all could use.
        Ok(Place {
            _of_origin: permit(&shelf.places, watch).await?,
            _of_all: permit(&self.places, watch).await?,
        })
    }

    /// The idle connection that was used last and still lives.
    pub fn take(&self, shelf: &Shelf) -> Option<Box<Link>> {
        loop {
            let mut link = lock(&shelf.idle).pop()?;
            self.idle.fetch_sub(1, Ordering::Relaxed);
            if link.idle_since.elapsed() < self.keep && link.is_alive() {
                return Some(link);
            }
        }
    }

    /// Keeps a connection, unless it cannot take another request or there are enough.
    pub fn put(&self, shelf: &Shelf, mut link: Box<Link>) {
        if !link.is_free() {
            return;
        }
        link.idle_since = Instant::now();
        let mut idle = lock(&shelf.idle);
        if idle.len() >= self.idle_per_origin_max {
            return;
        }
        if self.idle.fetch_add(1, Ordering::Relaxed) >= self.idle_max {
            self.idle.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        idle.push(link);
    }

    /// Closes what has been idle for too long and forgets origins that nobody uses. False when
    /// nothing is left to sweep.
    fn sweep(&self) -> bool {
        let mut shelves = lock(&self.shelves);
        shelves.partitions.retain(|_, origins| {
            origins.retain(|_, shelf| {
                let mut idle = lock(&shelf.idle);
                let before = idle.len();
                idle.retain_mut(|link| link.idle_since.elapsed() < self.keep && link.is_alive());
                self.idle.fetch_sub(before - idle.len(), Ordering::Relaxed);
                // Shelves are given out under the lock of all shelves only, which is held.
                !idle.is_empty() || Arc::strong_count(shelf) > 1
            });
            !origins.is_empty()
        });
        if shelves.partitions.is_empty() {
            shelves.sweeper = None;
        }
        !shelves.partitions.is_empty()
    }

    /// Waits until the sweeper has found nothing left.
    #[cfg(test)]
    pub async fn swept(&self) {
        let sweeper = lock(&self.shelves).sweeper.take();
        if let Some(sweeper) = sweeper {
            sweeper.await.unwrap_or_default();
        }
    }

    /// Idle connections, and origins.
    #[cfg(test)]
    pub fn counts(&self) -> (usize, usize) {
        let shelves = lock(&self.shelves);
        let origins = shelves.partitions.values().map(HashMap::len).sum();
        (self.idle.load(Ordering::Relaxed), origins)
    }
}

async fn permit<'a>(
    places: &'a Semaphore,
    watch: &mut Watch<'_>,
) -> Result<SemaphorePermit<'a>, Cause> {
    if let Ok(permit) = places.try_acquire() {
        return Ok(permit);
    }
    // Never closed, so that an error cannot come; it would say that nothing can be sent any more.
    watch
        .within(places.acquire())
        .await?
        .map_err(|_| Cause::Closed)
}

async fn sweep(pool: Weak<Pool>, keep: Duration) {
    let period = (keep / 2).max(Duration::from_millis(10));
    let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if !pool.upgrade().is_some_and(|pool| pool.sweep()) {
            return;
        }
    }
}

/// What is behind these locks is whole at every moment, also where a thread panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
