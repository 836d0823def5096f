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
use mortise_mail::Postman;
use mortise_sql::Transactor;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::database::Database;
use crate::mail::{Broken, Servers};
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
    /// The database says so instead; with an empty SQLSTATE nothing came back. And whether anything had left.
    Sql(&'static str, bool),
    /// The mail server fails like this instead.
    Mail(Broken),
}

/// A server for one plugin.
pub struct Application {
    origin: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

/// What it answers now, and what it saw.
#[derive(Default)]
pub(crate) struct State {
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

impl State {
    /// Notes what is wrong with the script.
    pub fn complain(&mut self, why: &str) {
        self.strange.push(why.to_owned());
    }

    /// Notes what came, and gives the answer to it with the fault that breaks it.
    ///
    /// # Errors
    /// That the script does not know it.
    pub fn answer(&mut self, seen: Seen) -> Result<(&Answer, Option<Fault>), String> {
        let found = matching::find(&self.exchanges, &self.used, &seen, &self.key);
        self.seen.push(seen);
        let found = if self.is_stuck { Ok(0) } else { found };
        let n = found.inspect_err(|why| self.strange.push(why.clone()))?;
        self.used[n] = true;
        let fault = self.fault.filter(|(at, _)| *at == n);
        Ok((&self.exchanges[n].answer, fault.map(|(_, fault)| fault)))
    }
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

    /// The same application as a database.
    #[must_use]
    pub fn database(&self) -> Arc<dyn Transactor> {
        Arc::new(Database(Arc::clone(&self.state)))
    }

    /// The same application as mail servers.
    #[must_use]
    pub fn postman(&self) -> Arc<dyn Postman> {
        Arc::new(Servers(Arc::clone(&self.state)))
    }

    #[cfg(test)]
    pub(crate) fn state(&self) -> Arc<Mutex<State>> {
        Arc::clone(&self.state)
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

pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
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
    Some(match state.answer(seen) {
        Ok((_, Some(Fault::ResetBefore | Fault::ResetAfter))) => return None,
        Ok((_, Some(Fault::Status(status, after)))) => failing(status, after),
        Ok((answer, Some(Fault::BrokenJson))) => {
            let body = answer.bytes();
            // At least something, and never all of it.
            let half = body.slice(..body.len().div_ceil(2).min(body.len().saturating_sub(1)));
            let half = if half.is_empty() {
                Bytes::from_static(b"{")
            } else {
                half
            };
            answer.response(half)
        }
        Ok((answer, Some(Fault::Empty))) => answer.response(Bytes::new()),
        // Others break in other ways.
        Ok((answer, Some(Fault::Sql(..) | Fault::Mail(_)) | None)) => {
            answer.response(answer.bytes())
        }
        Err(why) => text(501, &why),
    })
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
