//! What a sender writes to the hooks listener, up to the event that becomes of it.

use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::Service;
use mortise_api::Settings;
use mortise_api::hooks;
use mortise_api::listen::{Protocol, speak};
use mortise_model::plan::Body;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// Makes an event of each request, as its path says.
#[derive(Clone)]
struct Take(Settings);

impl Service<Request<Incoming>> for Take {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let settings = self.0.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let kind = match head.uri.path() {
                "/text" => Body::Text,
                "/bytes" => Body::Bytes,
                _ => Body::Json,
            };
            let _ = hooks::event_id(&head.headers);
            let _ = hooks::document(&head);
            let status = match body.collect().await {
                Err(_) => StatusCode::BAD_REQUEST,
                Ok(whole) => {
                    let bytes = whole.to_bytes().to_vec();
                    let made = hooks::of_bytes(&head, bytes, kind, &settings);
                    made.map_or_else(|problem| problem.status(), |_| StatusCode::ACCEPTED)
                }
            };
            let mut response = Response::new(Full::default());
            *response.status_mut() = status;
            Ok(response)
        })
    }
}

/// One connection: the first byte says in pieces of which size the others come.
pub fn run(data: &[u8]) {
    let Some((step, bytes)) = data.split_first() else {
        return;
    };
    let step = usize::from(*step).max(1) * 8;
    let said = RUNTIME.with_borrow_mut(|slot| {
        let runtime = slot.get_or_insert_with(runtime);
        runtime.block_on(exchange(bytes, step))
    });
    let is_one = !bytes.starts_with(b"PRI");
    assert!(
        said.is_empty() || !is_one || said.starts_with(b"HTTP/1."),
        "an answer that is none: {said:?}"
    );
}

#[allow(clippy::expect_used)]
fn runtime() -> Runtime {
    let made = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    made.expect("a runtime without a network needs nothing")
}

async fn exchange(bytes: &[u8], step: usize) -> Vec<u8> {
    let (mut client, server) = duplex(64 * 1024);
    let settings = Settings {
        header_max_bytes: 2_000,
        headers_max: 20,
        ..Settings::default()
    };
    let serving = tokio::spawn(async move {
        let take = Take(settings.clone());
        let stop = CancellationToken::new();
        speak(server, Protocol::Either, &settings, take, stop).await;
    });
    let mut said = Vec::new();
    for piece in bytes.chunks(step) {
        if client.write_all(piece).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let _ = client.shutdown().await;
    let _ = client.read_to_end(&mut said).await;
    drop(client);
    if let Err(error) = serving.await {
        std::panic::resume_unwind(error.into_panic());
    }
    said
}
