//! Connections: how many, how long, and how they end.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::settings::Settings;

/// Marks an answer that was given before the request's body was read. The connection then ends,
/// but not before the sender had a chance to read the answer.
#[derive(Clone, Copy, Debug)]
pub struct BodyUnread;

/// Whose request it is: the address at the other end of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Requests under way have so long to be answered once the listener stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);
/// After an answer that left a body unread, so much of the body is read and thrown away: closing at
/// once would reset the connection, and the sender would never see the answer.
const LINGER_MAX_BYTES: usize = 4 * 1024 * 1024;
/// And at most for so long.
const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
/// When the process is out of file descriptors, accepting again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// hyper keeps header lines on the stack up to this number, and allocates where it is set.
const HEADERS_ON_STACK: usize = 100;

/// Answers requests on a listener until `stop`, then lets those under way finish for a moment.
pub async fn serve<S, B>(
    listener: TcpListener,
    settings: &Settings,
    service: S,
    stop: CancellationToken,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let http = protocol(settings);
    let places = Arc::new(Semaphore::new(settings.connections_max));
    let tasks = TaskTracker::new();
    let kill = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let connection = connection(http.clone(), stream, service.clone(), stop.clone());
        let kill = kill.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = connection => {}
                () = kill.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    tasks.close();
    if timeout(STOP_TIMEOUT, tasks.wait()).await.is_err() {
        kill.cancel();
        tasks.wait().await;
    }
}

fn protocol(settings: &Settings) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(settings.header_timeout_ms))
        .max_header_size(settings.header_max_bytes);
    if settings.headers_max != HEADERS_ON_STACK {
        http.max_headers(settings.headers_max);
    }
    http
}

/// Waits for a free place first, so that connections past the limit wait in the kernel.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Without it small answers wait for the sender's acknowledgement.
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(%error, "could not take a connection");
            None
        }
    }
}

async fn connection<S, B>(
    http: http1::Builder,
    stream: TcpStream,
    service: S,
    stop: CancellationToken,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Send + Sync + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let service = Arc::new(service);
    let unread = Arc::new(AtomicBool::new(false));
    let peer = stream.peer_addr().map(|address| Peer(address.ip())).ok();
    let watched = service_fn(|mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let (service, unread) = (Arc::clone(&service), Arc::clone(&unread));
        Box::pin(async move {
            let response = service.call(request).await;
            if let Ok(response) = &response
                && response.extensions().get::<BodyUnread>().is_some()
            {
                unread.store(true, Ordering::Relaxed);
            }
            response
        })
    });
    let mut connection = http.serve_connection(TokioIo::new(stream), watched);
    let ended = {
        let mut stopping = pin!(stop.cancelled());
        let mut told = false;
        poll_fn(|context| {
            if !told && stopping.as_mut().poll(context).is_ready() {
                told = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            connection.poll_without_shutdown(context)
        })
        .await
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
        return;
    }
    let stream = connection.into_parts().io.into_inner();
    close(stream, unread.load(Ordering::Relaxed)).await;
}

async fn close(mut stream: TcpStream, unread: bool) {
    if stream.shutdown().await.is_err() || !unread {
        return;
    }
    let linger = async {
        let mut buffer = vec![0; 64 * 1024];
        let mut left = LINGER_MAX_BYTES;
        while left > 0 {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => left = left.saturating_sub(read),
            }
        }
    };
    let _ = timeout(LINGER_TIMEOUT, linger).await;
}
