//! The application that a plugin talks to: a server on loopback that answers as a script says, and
//! breaks as a check wants.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::matching::{self, Seen};
use crate::script::{Answer, Exchange};

/// The largest request that it takes in, in bytes.
const BODY_MAX_BYTES: usize = 64 << 20;

/// How an answer fails to be what the script says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another status, and the seconds that `retry-after` names.
    Status(u16, Option<u32>),
    /// The connection is reset before the request is read.
    ResetBefore,
    /// The connection is reset after the request was read.
    ResetAfter,
    /// The body ends in the middle.
    BrokenJson,
    /// There is no body.
    Empty,
}

/// A server for one plugin.
pub struct Application {
    origin: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

/// What it answers now, and what it saw.
#[derive(Default)]
struct State {
    exchanges: Vec<Exchange>,
    used: Vec<bool>,
    key: String,
    /// The exchange that breaks, by its number.
    fault: Option<(usize, Fault)>,
    /// Every request gets the first answer.
    is_stuck: bool,
    arrived: usize,
    seen: Vec<Seen>,
    strange: Vec<String>,
}

/// What it saw since it was told what to answer.
pub struct Observed {
    /// Requests in the order in which they came.
    pub requests: Vec<Seen>,
    /// Requests that the script does not know, as sentences.
    pub strange: Vec<String>,
    /// Exchanges that nobody asked for, by number.
    pub unused: Vec<usize>,
}

impl Application {
    /// Starts to listen.
    ///
    /// # Errors
    /// Where no port is to be had.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let state = Arc::default();
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Self {
            origin,
            state,
            task,
        })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Says what to answer from now on to a call with this idempotency key.
    pub fn play(&self, exchanges: &[Exchange], key: &str, fault: Option<(usize, Fault)>) {
        *lock(&self.state) = State {
            exchanges: exchanges.to_vec(),
            used: vec![false; exchanges.len()],
            key: key.to_owned(),
            fault,
            ..State::default()
        };
    }

    /// Gives the first answer to every request from now on.
    pub fn stick(&self) {
        lock(&self.state).is_stuck = true;
    }

    /// What came so far.
    #[must_use]
    pub fn observed(&self) -> Observed {
        let state = lock(&self.state);
        let unused = state.used.iter().enumerate().filter(|(_, used)| !**used);
        Observed {
            requests: state.seen.clone(),
            strange: state.strange.clone(),
            unused: unused.map(|(n, _)| n).collect(),
        }
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    loop {
        // A connection that was gone at once is the plugin's affair.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let is_reset = {
            let mut state = lock(&state);
            state.arrived += 1;
            state.fault == Some((state.arrived - 1, Fault::ResetBefore))
        };
        if is_reset {
            // Nothing is waited for: dropping it sends a reset.
            let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            continue;
        }
        tokio::spawn(serve(stream, Arc::clone(&state)));
    }
}

/// One connection with one request: so the number of a connection is that of its request.
async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    let service = service_fn(|request| {
        let state = Arc::clone(&state);
        async move { answer(request, &state).await.ok_or("reset") }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// None where the connection is reset instead.
async fn answer(request: Request<Incoming>, state: &Mutex<State>) -> Option<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_MAX_BYTES).collect().await.ok()?;
    let seen = Seen::new(&head, body.to_bytes());
    let mut state = lock(state);
    let found = matching::find(&state.exchanges, &state.used, &seen, &state.key);
    state.seen.push(seen);
    let found = if state.is_stuck { Ok(0) } else { found };
    match found {
        Ok(n) => {
            state.used[n] = true;
            let fault = state
                .fault
                .filter(|(at, _)| *at == n)
                .map(|(_, fault)| fault);
            let answer = &state.exchanges[n].answer;
            match fault {
                Some(Fault::ResetBefore | Fault::ResetAfter) => None,
                Some(Fault::Status(status, after)) => Some(failing(status, after)),
                Some(Fault::BrokenJson) => {
                    let body = answer.bytes();
                    // At least something, and never all of it.
                    let half =
                        body.slice(..body.len().div_ceil(2).min(body.len().saturating_sub(1)));
                    let half = if half.is_empty() {
                        Bytes::from_static(b"{")
                    } else {
                        half
                    };
                    Some(answer.response(half))
                }
                Some(Fault::Empty) => Some(answer.response(Bytes::new())),
                None => Some(answer.response(answer.bytes())),
            }
        }
        Err(why) => {
            state.strange.push(why.clone());
            Some(text(501, &why))
        }
    }
}

fn failing(status: u16, retry_after_s: Option<u32>) -> Response<Full<Bytes>> {
    let mut response = text(status, r#"{"error":"made by the conformance kit"}"#);
    let headers = response.headers_mut();
    headers.insert(
        "content-type",
        http::HeaderValue::from_static("application/json"),
    );
    if let Some(seconds) = retry_after_s {
        headers.insert("retry-after", seconds.into());
    }
    response
}

fn text(status: u16, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text.to_owned()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}

impl Answer {
    pub(crate) fn bytes(&self) -> Bytes {
        match (&self.json, &self.text) {
            (Some(json), _) => json.to_string().into(),
            (None, Some(text)) => text.clone().into(),
            (None, None) => Bytes::new(),
        }
    }

    fn response(&self, body: Bytes) -> Response<Full<Bytes>> {
        let mut response = Response::builder().status(self.status);
        if self.json.is_some() && !self.headers.contains_key("content-type") {
            response = response.header("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response
            .body(Full::from(body))
            .unwrap_or_else(|error| text(500, &format!("the script's answer is none: {error}")))
    }
}
