//! A worker's life, as the host sees it.

use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use mortise_model::entry::LogLine;
use tokio::sync::{mpsc, watch};

use super::frame;
use super::pipe::{Inbox, Outbox};
use super::pool::{Pool, Slot};
use super::protocol::{Came, FromWorker, ToWorker, Wanted};
use super::start::{Fresh, Process};

/// A worker that takes calls.
pub(crate) struct Worker {
    outbox: Outbox,
    process: Process,
    /// Whom to tell what comes of a call.
    calls: Mutex<HashMap<u64, mpsc::Sender<Said>>>,
    /// Its end is no crash.
    is_dismissed: AtomicBool,
    /// Set when it is over.
    is_over: watch::Sender<bool>,
    /// Why it is.
    why: OnceLock<String>,
}

/// What a worker says about a call.
pub(crate) enum Said {
    Wants {
        number: u32,
        wanted: Wanted,
        log: Vec<LogLine>,
    },
    Done {
        came: Came,
        log: Vec<LogLine>,
    },
}

/// What of it waits to be heard; then the worker waits.
const UNHEARD_MAX: usize = 4;

impl Worker {
    /// Takes care of a worker as long as it lives.
    pub fn of(fresh: Fresh, pool: Weak<Pool>, slot: Weak<Slot>) -> Arc<Self> {
        let worker = Arc::new(Self {
            outbox: fresh.outbox,
            process: fresh.process,
            calls: Mutex::default(),
            is_dismissed: AtomicBool::new(false),
            is_over: watch::Sender::new(false),
            why: OnceLock::new(),
        });
        let life = Arc::clone(&worker).live(fresh.inbox, pool, slot);
        tokio::spawn(life);
        worker
    }

    /// Begins to listen for what it says about a call.
    pub fn hear(&self, call: u64) -> mpsc::Receiver<Said> {
        let (teller, heard) = mpsc::channel(UNHEARD_MAX);
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        // Who comes too late hears at once that it is over.
        if !*self.is_over.borrow() {
            calls.insert(call, teller);
        }
        heard
    }

    /// Tells it something; what cannot be told ends it.
    pub fn tell(&self, message: &ToWorker) {
        if let Err(error) = self.outbox.put(message) {
            self.end(&format!("could not be told what to do: {error}"));
        }
    }

    /// Ends it, which counts as a crash.
    pub fn end(&self, why: &str) {
        let _ = self.why.set(why.to_owned());
        self.process.kill();
    }

    /// Ends it because nobody needs it.
    pub fn dismiss(&self) {
        self.is_dismissed.store(true, Ordering::Relaxed);
        self.process.kill();
    }

    /// Waits until it is over.
    pub async fn over(&self) {
        // The sender is in here, so waiting cannot fail.
        let _ = self.is_over.subscribe().wait_for(|over| *over).await;
    }

    /// Why it is over.
    pub fn why(&self) -> &str {
        self.why.get().map_or("ended", String::as_str)
    }

    async fn live(self: Arc<Self>, mut inbox: Inbox, pool: Weak<Pool>, slot: Weak<Slot>) {
        let flushing = async {
            // Where it takes nothing any more it is gone, which the inbox sees.
            let _ = self.outbox.flush().await;
            pending::<()>().await;
        };
        let is_crash = tokio::select! {
            is_crash = self.listen(&mut inbox, &pool, &slot) => is_crash,
            () = flushing => true,
        };
        let ended = self.process.end().await;
        let _ = self.why.set(ended);
        if is_crash
            && !self.is_dismissed.load(Ordering::Relaxed)
            && let (Some(pool), Some(slot)) = (pool.upgrade(), slot.upgrade())
        {
            pool.crashed(&slot, Some(self.process.pid()), self.why());
        }
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_over.send_replace(true);
        // Whoever still listens hears that there is nothing more to hear.
        calls.clear();
    }

    /// Hands over what it says. True where it ended and should not have.
    async fn listen(&self, inbox: &mut Inbox, pool: &Weak<Pool>, slot: &Weak<Slot>) -> bool {
        loop {
            let Some(idle_ms) = pool.upgrade().map(|pool| pool.idle_ms()) else {
                return false;
            };
            tokio::select! {
                frame = inbox.next() => match frame {
                    Ok(Some(frame)) => {
                        if let Err(what) = self.hand_over(&frame).await {
                            let _ = self.why.set(format!("broke its protocol: {what}"));
                            return true;
                        }
                    }
                    Ok(None) => return true,
                    Err(error) => {
                        let _ = self.why.set(format!("broke its protocol: {error}"));
                        return true;
                    }
                },
                () = tokio::time::sleep(Duration::from_millis(idle_ms)) => {
                    let (pool, slot) = (pool.upgrade(), slot.upgrade());
                    if pool.zip(slot).is_none_or(|(pool, slot)| pool.retire(&slot)) {
                        return false;
                    }
                }
            }
        }
    }

    async fn hand_over(&self, frame: &[u8]) -> Result<(), String> {
        let (call, said) = match frame::decode(frame).map_err(|error| error.to_string())? {
            FromWorker::Ask {
                call,
                number,
                wanted,
                log,
            } => (
                call,
                Said::Wants {
                    number,
                    wanted,
                    log,
                },
            ),
            FromWorker::Done { call, came, log } => (call, Said::Done { came, log }),
            FromWorker::Ready | FromWorker::Refused(_) => {
                return Err("it is ready already".to_owned());
            }
        };
        let teller = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            match said {
                Said::Done { .. } => calls.remove(&call),
                Said::Wants { .. } => calls.get(&call).cloned(),
            }
        };
        let teller = teller.ok_or_else(|| format!("there is no call {call}"))?;
        // Where nobody listens nobody wants to know.
        let _ = teller.send(said).await;
        Ok(())
    }
}
