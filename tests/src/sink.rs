//! The server that receives what workflows send. It keeps a ledger by `idempotency-key`, as a
//! receiver that knows the key would: what comes twice with one key counts once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Longest wait for something to arrive.
pub const ARRIVAL_MAX: Duration = Duration::from_secs(90);

/// What the sink does with a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Behaviour {
    /// Answers.
    Answer {
        /// The status.
        status: u16,
        /// Headers.
        #[serde(default)]
        headers: HashMap<String, String>,
        /// The body, as JSON; none for an empty one.
        #[serde(default)]
        json: Option<Value>,
        /// How long it takes about it, in milliseconds.
        #[serde(default)]
        after_ms: u64,
    },
    /// Closes the connection without an answer.
    Reset,
    /// Answers 200 once [`Sink::release`] was called.
    Hold,
}

impl Behaviour {
    /// Answers with a status and nothing else.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            headers: HashMap::new(),
            json: None,
            after_ms: 0,
        }
    }

    /// Answers 200 with `{"ok":true}`.
    #[must_use]
    pub fn ok() -> Self {
        Self::Answer {
            status: 200,
            headers: HashMap::new(),
            json: Some(serde_json::json!({ "ok": true })),
            after_ms: 0,
        }
    }
}

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
}

impl Received {
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
    script: Mutex<VecDeque<Behaviour>>,
    default: Mutex<Behaviour>,
    /// How many requests have been dealt with, for those who wait.
    arrivals: watch::Sender<usize>,
    /// Rises with every release.
    releases: watch::Sender<usize>,
    /// How many requests wait for the next release.
    held: watch::Sender<usize>,
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
            script: Mutex::default(),
            default: Mutex::new(Behaviour::ok()),
            arrivals: watch::channel(0).0,
            releases: watch::channel(0).0,
            held: watch::channel(0).0,
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
        lock(&self.state.script).extend(script);
    }

    /// What requests get from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *lock(&self.state.default) = behaviour;
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

async fn serve(listener: TcpListener, state: Arc<State>) {
    // The connections end with this task, which is what stopping means.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let state = Arc::clone(&state);
                connections.spawn(async move {
                    let service = service_fn(|request| handle(request, &state));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn handle(
    request: Request<Incoming>,
    state: &State,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let received = Received {
        method: head.method.to_string(),
        path: head
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body,
    };
    // Before the behaviour is looked up: a release that follows a change of it must not be missed.
    let releases = state.releases.subscribe();
    let behaviour = lock(&state.script)
        .pop_front()
        .unwrap_or_else(|| lock(&state.default).clone());
    let answer = prepare(&behaviour, state, releases).await;
    enter(
        &mut lock(&state.ledger),
        received,
        answer.as_ref().map(|answer| answer.status()).ok(),
    );
    state.arrivals.send_modify(|count| *count += 1);
    answer
}

async fn prepare(
    behaviour: &Behaviour,
    state: &State,
    mut releases: watch::Receiver<usize>,
) -> Result<Response<Full<Bytes>>, Closed> {
    match behaviour {
        Behaviour::Reset => Err(Closed),
        Behaviour::Hold => {
            state.held.send_modify(|count| *count += 1);
            let released = releases.changed().await;
            state.held.send_modify(|count| *count -= 1);
            released.map_err(|_| Closed)?;
            Ok(Response::new(Full::new(Bytes::from_static(
                b"{\"ok\":true}",
            ))))
        }
        Behaviour::Answer {
            status,
            headers,
            json,
            after_ms,
        } => {
            if *after_ms > 0 {
                tokio::time::sleep(Duration::from_millis(*after_ms)).await;
            }
            let body = json
                .as_ref()
                .map(|json| Bytes::from(json.to_string()))
                .unwrap_or_default();
            let mut answer = Response::new(Full::new(body));
            *answer.status_mut() = StatusCode::from_u16(*status).map_err(|_| Closed)?;
            if json.is_some() {
                answer
                    .headers_mut()
                    .insert("content-type", HeaderValue::from_static("application/json"));
            }
            for (name, value) in headers {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Closed)?;
                answer
                    .headers_mut()
                    .insert(name, HeaderValue::from_str(value).map_err(|_| Closed)?);
            }
            Ok(answer)
        }
    }
}

fn enter(ledger: &mut Ledger, received: Received, status: Option<StatusCode>) {
    if status.is_some_and(|status| status.is_success()) {
        let key = received.header("idempotency-key").to_owned();
        if key.is_empty() {
            ledger.keyless += 1;
        } else if ledger.delivered.contains_key(&key) {
            ledger.repeated += 1;
        } else {
            ledger.delivered.insert(key, ledger.received.len());
        }
    }
    ledger.received.push(received);
}

/// Makes hyper close the connection without an answer.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is closed without an answer")
    }
}

impl std::error::Error for Closed {}

impl From<Infallible> for Closed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests;
