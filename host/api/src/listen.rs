//! Connections: how many, how long, and how they end.
//!
//! [`wire`] stands between the network and the HTTP library: it reads header blocks and chunks
//! strictly ([`head`], [`chunks`]), and refuses what is a [`flaw`] in a way that keeps the order of
//! answers. [`exchange`] is what a connection has under way; [`speak`] serves one; [`peers`] counts
//! them; [`slow`] gives bodies a time; [`tls`] has the certificates.

mod chunks;
mod exchange;
pub mod flaw;
mod head;
mod peers;
mod slow;
mod speak;
pub mod tls;
mod wire;

use std::convert::Infallible;
use std::error::Error as StdError;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::settings::Settings;

pub use slow::Timed;
pub use speak::{Protocol, speak};
pub use tls::Tls;

use peers::Peers;

/// Marks an answer that was given before the request's body was read. The connection then ends,
/// but not before the sender had a chance to read the answer.
#[derive(Clone, Copy, Debug)]
pub struct BodyUnread;

/// Whose request it is: the address at the other end of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Requests under way have so long to be answered once the listener stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);
/// When the process is out of file descriptors, accepting again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What answers requests.
pub trait Answers:
    Service<
        Request<Incoming>,
        Response = Response<Self::Body>,
        Error = Infallible,
        Future: Send + 'static,
    > + Clone
    + Send
    + Sync
    + Unpin
    + 'static
{
    /// The body of an answer.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn StdError + Send + Sync>>>
        + Send
        + Unpin
        + 'static;
}

impl<S, B> Answers for S
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + Sync + Unpin + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Body = B;
}

/// What answers the requests of one connection: each is told whose it is.
#[derive(Clone)]
struct Known<S> {
    service: S,
    peer: Peer,
}

impl<S: Answers> Service<Request<Incoming>> for Known<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, mut request: Request<Incoming>) -> S::Future {
        request.extensions_mut().insert(self.peer);
        self.service.call(request)
    }
}

/// What a listener asks of connections.
#[derive(Clone, Debug)]
pub struct Door {
    /// The limits.
    pub settings: Settings,
    /// The certificate; without one connections are plain.
    pub tls: Option<Arc<Tls>>,
}

/// Answers requests on a listener until `stop`, then lets those under way finish for a moment.
pub async fn serve<S: Answers>(
    listener: TcpListener,
    door: Door,
    service: S,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(door.settings.connections_max));
    let peers = Peers::new(door.settings.connections_per_peer_max);
    let door = Arc::new(door);
    let tasks = TaskTracker::new();
    let kill = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, address, place)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some(peer) = peers.enter(address.ip()) else {
            let max = door.settings.connections_per_peer_max;
            tracing::debug!(%address, max, "past `ingress.connections-per-peer-max`");
            continue;
        };
        let known = Known {
            service: service.clone(),
            peer: Peer(address.ip()),
        };
        let connection = connection(Arc::clone(&door), stream, known, stop.clone());
        let kill = kill.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = connection => {}
                () = kill.cancelled() => {}
            }
            drop((place, peer));
        });
    }
    drop(listener);
    tasks.close();
    if timeout(STOP_TIMEOUT, tasks.wait()).await.is_err() {
        kill.cancel();
        tasks.wait().await;
    }
}

/// Waits for a free place first, so that connections past the limit wait in the kernel.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => {
            // Without it small answers wait for the sender's acknowledgement.
            let _ = stream.set_nodelay(true);
            Some((stream, address, place))
        }
        Err(error) => {
            tracing::warn!(%error, "could not take a connection");
            None
        }
    }
}

async fn connection<S: Answers>(
    door: Arc<Door>,
    stream: TcpStream,
    service: S,
    stop: CancellationToken,
) {
    let settings = &door.settings;
    let Some(tls) = &door.tls else {
        return speak(stream, Protocol::Either, settings, service, stop).await;
    };
    let within = Duration::from_millis(settings.tls_handshake_timeout_ms);
    let handshake = tokio::select! {
        handshake = timeout(within, tls.acceptor().accept(stream)) => handshake,
        () = stop.cancelled() => return,
    };
    match handshake {
        Ok(Ok(stream)) => {
            let protocol = match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => Protocol::Two,
                _ => Protocol::One,
            };
            speak(stream, protocol, settings, service, stop).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake took longer than `tls.handshake-timeout-ms`"),
    }
}

#[cfg(test)]
mod tests;
