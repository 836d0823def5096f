//! The hooks listener: requests become events, or answers that a step waits for.
//!
//! The order of checks is the order of their cost: path, method, headers, length, body. Nothing
//! that is refused ever reaches the engine.

mod answer;
mod body;
pub mod callback;
mod raw;
mod request;
mod signature;
mod unique;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::Service;
use mortise_model::plan::{OperationKind, Respond};
use mortise_ports::plugins::RawRequest;
use mortise_ports::{Plugins, Store};
use mortise_runner::{NewEvent, Refusal};

use crate::app::{App, Counters};
use crate::listen::BodyUnread;
use crate::problem::Problem;
use crate::routes::{Match, Route};

pub use answer::accepted;
pub use body::{json, of_bytes};
pub use request::document;

use body::Unacceptable;

/// The service of the hooks listener.
pub struct Hooks<S, P>(pub App<S, P>);

impl<S, P> Clone for Hooks<S, P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Store, P: Plugins> Service<Request<Incoming>> for Hooks<S, P> {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let app = self.0.clone();
        Box::pin(async move { Ok(handle(&app, request).await) })
    }
}

async fn handle<S: Store, P: Plugins>(
    app: &App<S, P>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    Counters::count(&app.counters().hook_requests);
    let (head, body) = request.into_parts();
    let answered = if head.uri.path().starts_with(callback::PREFIX) {
        callback::handle(app, &head, body).await
    } else {
        event(app, &head, body).await
    };
    match answered {
        Ok(response) => {
            Counters::count(&app.counters().hook_accepted);
            response
        }
        Err(Unacceptable { problem, unread }) => refuse(app, problem, unread),
    }
}

/// A request to a webhook becomes an event.
async fn event<S: Store, P: Plugins>(
    app: &App<S, P>,
    head: &Parts,
    body: Incoming,
) -> Result<Response<Full<Bytes>>, Unacceptable> {
    let unread = |problem| Unacceptable {
        problem,
        unread: true,
    };
    let route = match app.routes().find(head.uri.path(), head.method.as_str()) {
        Match::Found(route) => route,
        Match::OtherMethods(allow) => return Err(unread(Problem::method_not_allowed(allow))),
        Match::Unknown => return Err(unread(unknown_hook(head.uri.path()))),
    };
    let (id, payload) = match &route.webhook.uses {
        None => match &route.webhook.verify {
            None => {
                let payload = body::read(head, body, route.webhook.body, app.settings()).await?;
                (event_id(&head.headers)?, payload)
            }
            Some(verify) => signature::read(app, head, body, (&route, verify)).await?,
        },
        Some(operation) => {
            let bytes = body::bytes(body, app.settings()).await?;
            signature::declared(app, (head, &bytes), (&route, operation))?;
            let request = raw::request(head, bytes);
            if let OperationKind::Webhook { answers: true, .. } = operation.kind {
                return Ok(plugin_answer(app, &route, request).await?);
            }
            (None, raw::event(&request))
        }
    };
    let event = NewEvent {
        plan: route.plan.clone(),
        origin: route.origin.clone(),
        id,
        payload,
        request: document(head),
    };
    accept(app, &route, event)
        .await
        .map_err(|refusal| Problem::from(refusal).into())
}

/// The plugin understands the request at once, and says what the answer is.
async fn plugin_answer<S: Store, P: Plugins>(
    app: &App<S, P>,
    route: &Route,
    request: RawRequest,
) -> Result<Response<Full<Bytes>>, Problem> {
    let (plan, trigger) = (route.plan.clone(), &route.origin.trigger);
    let (response, runs) = app.runner().receive_now(plan, trigger, request).await?;
    Ok(answer::of_plugin(response, &runs))
}

async fn accept<S: Store, P: Plugins>(
    app: &App<S, P>,
    route: &Route,
    event: NewEvent,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let plan = &route.plan.plan;
    match route.webhook.respond {
        Respond::Accepted => {
            let accepted = app.runner().accept(event).await?;
            Ok(answer::accepted(&accepted, &plan.workflow))
        }
        Respond::Result { timeout_ms } => {
            let timeout = Duration::from_millis(timeout_ms);
            let (accepted, end) = app.runner().accept_and_wait(event, timeout).await?;
            Ok(answer::result(app.store(), plan, &accepted, end.as_deref()).await)
        }
    }
}

fn refuse<S: Store, P: Plugins>(
    app: &App<S, P>,
    problem: Problem,
    unread: bool,
) -> Response<Full<Bytes>> {
    let deferred = matches!(
        problem.status(),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    Counters::count(if deferred {
        &app.counters().hook_deferred
    } else {
        &app.counters().hook_rejected
    });
    let mut response = problem.response();
    if unread {
        // The sender must know, or its next request goes into a connection that is closing.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
        response.extensions_mut().insert(BodyUnread);
    }
    response
}

fn unknown_hook(path: &str) -> Problem {
    // The path is the sender's: as much of it as helps, no more.
    let shown: String = path.chars().take(200).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-hook",
        format!("no active workflow has a webhook at `{shown}`"),
    )
}

/// The longest event id in bytes: it is part of a key of the store.
const EVENT_ID_MAX_BYTES: usize = 256;

/// The sender's id of the event: `webhook-id`, else `idempotency-key`.
///
/// # Errors
/// Where it is empty, too long or no plain text.
pub fn event_id(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    for name in ["webhook-id", "idempotency-key"] {
        let Some(value) = headers.get(name) else {
            continue;
        };
        return match value.to_str() {
            Ok(id) if !id.trim().is_empty() && id.len() <= EVENT_ID_MAX_BYTES => {
                Ok(Some(id.trim().to_owned()))
            }
            _ => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "bad-event-id",
                format!(
                    "the header `{name}` must be 1 to {EVENT_ID_MAX_BYTES} characters of ASCII"
                ),
            )),
        };
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn the_webhook_id_comes_before_the_idempotency_key() {
        let both = headers(&[("idempotency-key", "b"), ("webhook-id", "a")]);
        assert_eq!(event_id(&both), Ok(Some("a".to_owned())));
        let one = headers(&[("idempotency-key", "b")]);
        assert_eq!(event_id(&one), Ok(Some("b".to_owned())));
        assert_eq!(event_id(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn an_id_that_no_key_holds_is_refused() {
        for bad in ["", " ", &"x".repeat(EVENT_ID_MAX_BYTES + 1)] {
            let problem = event_id(&headers(&[("webhook-id", bad)])).unwrap_err();
            assert_eq!(problem.code(), "bad-event-id");
        }
    }
}
