//! The server behind the sink: connections, and one request after the other.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Behaviour, Ledger, Received, State, lock};

/// What waits get that say no more.
const OK: &[u8] = b"{\"ok\":true}";

type Answer = Response<Full<Bytes>>;

/// Serves until it is dropped, and then closes all connections: that is what stopping means.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
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

async fn handle(request: Request<Incoming>, state: &State) -> Result<Answer, Closed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let (received, _under_way) = enter(&head, body, state);
    // Before the behaviour is looked up: a release that follows a change of it must not be missed.
    let releases = state.releases.subscribe();
    let behaviour = lock(&state.answers).next(&received);
    let answer = prepare(&behaviour, &received, state, releases).await;
    let status = answer.as_ref().map(Response::status).ok();
    account(&mut lock(&state.ledger), received, status);
    if matches!(behaviour, Behaviour::Kill) {
        // The account came first: who finds the process gone finds in it what the process did.
        kill(state).await?;
    }
    state.arrivals.send_modify(|count| *count += 1);
    answer
}

fn enter<'a>(head: &Parts, body: Bytes, state: &'a State) -> (Received, UnderWay<'a>) {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let path = head.uri.path_and_query();
    let route = head.uri.path().to_owned();
    let at_once = {
        let mut under_way = lock(&state.under_way);
        let count = under_way.entry(route.clone()).or_default();
        *count += 1;
        *count
    };
    let headers = head.headers.iter();
    let received = Received {
        method: head.method.to_string(),
        path: path.map_or_else(String::new, ToString::to_string),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body,
        at: Instant::now(),
        at_once,
    };
    (received, UnderWay { state, route })
}

/// A request until it is answered, or its sender is gone.
struct UnderWay<'a> {
    state: &'a State,
    route: String,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(count) = lock(&self.state.under_way).get_mut(&self.route) {
            *count -= 1;
        }
    }
}

/// A request that waits to be released, until it is or its sender is gone.
struct Held<'a>(&'a watch::Sender<usize>);

impl<'a> Held<'a> {
    fn by(held: &'a watch::Sender<usize>) -> Self {
        held.send_modify(|count| *count += 1);
        Self(held)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

async fn prepare(
    behaviour: &Behaviour,
    received: &Received,
    state: &State,
    mut releases: watch::Receiver<usize>,
) -> Result<Answer, Closed> {
    match behaviour {
        Behaviour::Reset | Behaviour::Kill => Err(Closed),
        Behaviour::Hold => {
            let _held = Held::by(&state.held);
            releases.changed().await.map_err(|_| Closed)?;
            Ok(Response::new(Full::new(Bytes::from_static(OK))))
        }
        Behaviour::Gather(count) => {
            gather(*count, received.route(), state).await?;
            Ok(Response::new(Full::new(Bytes::from_static(OK))))
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
            let body = json.as_ref().map(|json| Bytes::from(json.to_string()));
            let mut answer = Response::new(Full::new(body.unwrap_or_default()));
            *answer.status_mut() = StatusCode::from_u16(*status).map_err(|_| Closed)?;
            if json.is_some() {
                let json = HeaderValue::from_static("application/json");
                answer.headers_mut().insert("content-type", json);
            }
            for (name, value) in headers {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Closed)?;
                let value = HeaderValue::from_str(value).map_err(|_| Closed)?;
                answer.headers_mut().insert(name, value);
            }
            Ok(answer)
        }
    }
}

/// Waits until the group is complete that this request belongs to.
async fn gather(count: usize, route: &str, state: &State) -> Result<(), Closed> {
    let mut complete = 0;
    state.gathered.send_modify(|gathered| {
        let come = gathered.entry(route.to_owned()).or_default();
        *come += 1;
        complete = come.div_ceil(count) * count;
    });
    let mut gathered = state.gathered.subscribe();
    let group =
        gathered.wait_for(|gathered| gathered.get(route).is_some_and(|come| *come >= complete));
    group.await.map(drop).map_err(|_| Closed)
}

fn account(ledger: &mut Ledger, received: Received, status: Option<StatusCode>) {
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

/// A process may send before it is known who it is; one that is gone already needs no killing.
async fn kill(state: &State) -> Result<(), Closed> {
    let mut victim = state.victim.subscribe();
    let pid = *victim.wait_for(Option::is_some).await.map_err(|_| Closed)?;
    let pid = pid.and_then(|pid| i32::try_from(pid).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
    Ok(())
}

/// Makes hyper close the connection without an answer.
#[derive(Debug)]
pub(super) struct Closed;

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
