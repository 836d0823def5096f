//! Bodies that have to come in time, whoever reads them.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::Service;
use tokio::time::{Sleep, sleep};
use tower::ServiceExt as _;

use super::BodyUnread;
use super::flaw::Flaw;

/// Routes whose requests have `ingress.body-timeout-ms` for their bodies.
#[derive(Clone)]
pub struct Timed {
    router: Router,
    timeout_ms: u64,
}

impl Timed {
    /// Gives each body so long.
    #[must_use]
    pub fn new(router: Router, timeout_ms: u64) -> Self {
        Self { router, timeout_ms }
    }
}

impl Service<Request<Incoming>> for Timed {
    type Response = Response<axum::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let is_late = Arc::new(AtomicBool::new(false));
        let request = request.map(|body| {
            axum::body::Body::new(InTime {
                body,
                timer: None,
                timeout_ms: self.timeout_ms,
                is_late: Arc::clone(&is_late),
            })
        });
        let (router, timeout_ms) = (self.router.clone(), self.timeout_ms);
        Box::pin(async move {
            let response = router.oneshot(request).await?;
            if !is_late.load(Ordering::Acquire) {
                return Ok(response);
            }
            let problem = Flaw::BodyTooSlow(timeout_ms).problem();
            let mut response = problem.response().map(axum::body::Body::new);
            response.extensions_mut().insert(BodyUnread);
            Ok(response)
        })
    }
}

/// A body that fails once its time is over.
struct InTime {
    body: Incoming,
    /// Runs from the first time that the body had nothing to give.
    timer: Option<Pin<Box<Sleep>>>,
    timeout_ms: u64,
    is_late: Arc<AtomicBool>,
}

impl Body for InTime {
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            return polled.map_err(Into::into);
        }
        let after = Duration::from_millis(self.timeout_ms);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(after)));
        std::task::ready!(timer.as_mut().poll(context));
        self.is_late.store(true, Ordering::Release);
        Poll::Ready(Some(Err(Flaw::BodyTooSlow(self.timeout_ms).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
