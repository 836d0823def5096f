//! The server that receives what workflows send. It keeps a ledger by `idempotency-key`, as a
//! receiver that knows the key would: what comes twice with one key counts once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

mod behaviour;
mod serve;

pub use behaviour::{Behaviour, Rule, Target};

use behaviour::Answers;
use serve::serve;

/// Longest wait for something to arrive.
pub const ARRIVAL_MAX: Duration = Duration::from_secs(90);

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// When it came.
    pub at: Instant,
    /// How many requests to the same path were under way then, this one included.
    pub at_once: usize,
}

impl Received {
    /// The path without the query.
    #[must_use]
    pub fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// A header; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// What has come so far.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Every request, in order, also those that were refused or reset.
    pub received: Vec<Received>,
    /// Requests answered with 2xx: index of the first one of each idempotency key.
    pub delivered: HashMap<String, usize>,
    /// Requests answered with 2xx whose key had been delivered before.
    pub repeated: usize,
    /// Requests answered with 2xx without a key.
    pub keyless: usize,
}

impl Ledger {
    /// What was delivered, once for each key, as `of` reads it; twice the same is in it twice.
    pub fn delivered_as<T>(&self, of: impl Fn(&Received) -> T) -> Vec<T> {
        self.delivered
            .values()
            .map(|index| of(&self.received[*index]))
            .collect()
    }

    /// Values of a field of the delivered bodies: which came, and which came with two keys.
    #[must_use]
    pub fn counted(&self, field: &str) -> (HashSet<String>, Vec<String>) {
        let mut seen = HashSet::new();
        let mut twice = Vec::new();
        for value in self.delivered_as(|request| {
            request.json()[field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        }) {
            if !seen.insert(value.clone()) {
                twice.push(value);
            }
        }
        (seen, twice)
    }
}

struct State {
    ledger: Mutex<Ledger>,
    answers: Mutex<Answers>,
    /// How many requests have been dealt with, for those who wait.
    arrivals: watch::Sender<usize>,
    /// Rises with every release.
    releases: watch::Sender<usize>,
    /// How many requests wait for the next release.
    held: watch::Sender<usize>,
    /// How many requests to each path have come to be gathered.
    gathered: watch::Sender<HashMap<String, usize>>,
    /// How many requests to each path are under way.
    under_way: Mutex<HashMap<String, usize>>,
    /// The process that [`Behaviour::Kill`] kills.
    victim: watch::Sender<Option<u32>>,
}

/// A running server.
pub struct Sink {
    state: Arc<State>,
    address: SocketAddr,
    serving: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Sink {
    /// Starts on a free port of this machine and answers everything with 200.
    ///
    /// # Errors
    /// Where no port is free.
    pub async fn start() -> Result<Self> {
        Self::on(TcpListener::bind("127.0.0.1:0").await?)
    }

    /// Starts on an address that another one had, with nothing in its ledger.
    ///
    /// # Errors
    /// Where somebody else has it.
    pub async fn start_at(address: SocketAddr) -> Result<Self> {
        Self::on(listen(address)?)
    }

    fn on(listener: TcpListener) -> Result<Self> {
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            ledger: Mutex::default(),
            answers: Mutex::default(),
            arrivals: watch::channel(0).0,
            releases: watch::channel(0).0,
            held: watch::channel(0).0,
            gathered: watch::channel(HashMap::new()).0,
            under_way: Mutex::default(),
            victim: watch::channel(None).0,
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self {
            state,
            address,
            serving: Mutex::new(Some(serving)),
        })
    }

    /// `127.0.0.1:PORT`, which stays the same over stop and restart.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// What the next requests get, in order; then the default again.
    pub fn script(&self, script: impl IntoIterator<Item = Behaviour>) {
        lock(&self.state.answers).script.extend(script);
    }

    /// What requests get that fit one of these rules, and no rule given later.
    pub fn rules(&self, rules: impl IntoIterator<Item = Rule>) {
        let mut answers = lock(&self.state.answers);
        let known = std::mem::replace(&mut answers.rules, VecDeque::from_iter(rules));
        answers.rules.extend(known);
    }

    /// The process that is killed by requests that are to kill it; while there is none, they wait.
    pub fn aim_at(&self, pid: Option<u32>) {
        self.state.victim.send_replace(pid);
    }

    /// What requests get from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        lock(&self.state.answers).default = behaviour;
    }

    /// Lets every held request go.
    pub fn release(&self) {
        self.state.releases.send_modify(|count| *count += 1);
    }

    /// Looks at what has come so far.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.state.ledger)
    }

    /// Refuses connections and closes those that are open, as a machine that went down.
    pub async fn stop(&self) {
        let serving = lock(&self.serving).take();
        if let Some(serving) = serving {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Serves again, on the same port.
    ///
    /// # Errors
    /// Where somebody else has taken it.
    pub async fn restart(&self) -> Result<()> {
        self.stop().await;
        let listener = listen(self.address)?;
        *lock(&self.serving) = Some(tokio::spawn(serve(listener, Arc::clone(&self.state))));
        Ok(())
    }

    /// Waits until what has come is as it should be.
    ///
    /// # Errors
    /// Where it is not within [`ARRIVAL_MAX`].
    pub async fn until(&self, what: &str, condition: impl FnMut(&Ledger) -> bool) -> Result<()> {
        self.until_within(ARRIVAL_MAX, what, condition).await
    }

    /// The same with a deadline of its own.
    ///
    /// # Errors
    /// Where it is not by then.
    pub async fn until_within(
        &self,
        longest: Duration,
        what: &str,
        mut condition: impl FnMut(&Ledger) -> bool,
    ) -> Result<()> {
        let mut arrivals = self.state.arrivals.subscribe();
        let wait = arrivals.wait_for(|_| condition(&lock(&self.state.ledger)));
        if tokio::time::timeout(longest, wait).await.is_err() {
            let ledger = self.ledger();
            bail!(
                "after {longest:?} not {what}: {} received, {} delivered",
                ledger.received.len(),
                ledger.delivered.len()
            );
        }
        Ok(())
    }

    /// Waits until so many requests are held.
    ///
    /// # Errors
    /// Where there are fewer after [`ARRIVAL_MAX`].
    pub async fn until_held(&self, count: usize) -> Result<()> {
        let mut held = self.state.held.subscribe();
        let wait = tokio::time::timeout(ARRIVAL_MAX, held.wait_for(|held| *held >= count)).await;
        wait.with_context(|| format!("fewer than {count} requests are held"))??;
        Ok(())
    }

    /// Waits until no request is held, because those who sent them are gone.
    ///
    /// # Errors
    /// Where some are still held after [`ARRIVAL_MAX`].
    pub async fn until_none_held(&self) -> Result<()> {
        let mut held = self.state.held.subscribe();
        let wait = tokio::time::timeout(ARRIVAL_MAX, held.wait_for(|held| *held == 0)).await;
        wait.context("requests are still held")??;
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Some(serving) = lock(&self.serving).take() {
            serving.abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens on an address whose last connections may not be forgotten yet.
fn listen(address: SocketAddr) -> Result<TcpListener> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket.listen(1024)?)
}

#[cfg(test)]
mod tests;
