//! The admin listener: health, numbers, runs, what people decide about them, and workflows, behind a
//! bearer token.

mod auth;
mod body;
mod connections;
mod health;
mod metrics;
mod orders;
mod parked;
mod runs;
mod workflows;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode, Uri};
use mortise_ports::{Plugins, Store};
use serde::Serialize;

use crate::app::App;
use crate::problem::Problem;

/// The admin listener's routes.
pub fn router<S: Store, P: Plugins>(app: App<S, P>) -> Router {
    let guarded = Router::new()
        .route("/version", get(health::version))
        .route("/metrics", get(metrics::show::<S, P>))
        .nest("/api/v1", api())
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            app.clone(),
            auth::require_token::<S, P>,
        ));
    Router::new()
        .route("/healthz", get(health::healthz::<S, P>))
        .route("/readyz", get(health::readyz::<S, P>))
        .route("/api/v1/healthz", get(health::healthz::<S, P>))
        .route("/api/v1/readyz", get(health::readyz::<S, P>))
        .merge(guarded)
        .layer(DefaultBodyLimit::max(app.settings().body_max_bytes))
        .with_state(app)
}

fn api<S: Store, P: Plugins>() -> Router<App<S, P>> {
    Router::new()
        .route("/version", get(health::version))
        .route("/runs", get(runs::list::<S, P>))
        .route("/runs/{id}", get(runs::show::<S, P>))
        .route("/runs/{id}/cancel", post(orders::cancel::<S, P>))
        .route("/runs/{id}/move", post(orders::move_to::<S, P>))
        .route("/parked", get(parked::list::<S, P>))
        .route("/parked/replay", post(parked::replay::<S, P>))
        .route("/parked/discard", post(parked::discard::<S, P>))
        .route("/parked/{id}", get(parked::show::<S, P>))
        .route("/parked/{id}/replay", post(orders::replay::<S, P>))
        .route("/parked/{id}/discard", post(orders::discard::<S, P>))
        .route("/approvals", get(parked::approvals::<S, P>))
        .route("/approvals/{run}/{step}", post(orders::decide::<S, P>))
        .route(
            "/connections",
            get(connections::list::<S, P>).post(connections::add::<S, P>),
        )
        .route(
            "/connections/{name}/rotate",
            post(connections::rotate::<S, P>),
        )
        .route(
            "/connections/{name}/remove",
            post(connections::remove::<S, P>),
        )
        .route("/connections/{name}/test", post(connections::test::<S, P>))
        .route("/connections/{name}/link", post(connections::link::<S, P>))
        .route(
            "/connections/{name}/authorize",
            post(connections::authorize::<S, P>),
        )
        .route("/keys/rotate", post(connections::rotate_key::<S, P>))
        .route("/workflows", get(workflows::list::<S, P>))
        .route("/workflows/reload", post(workflows::reload::<S, P>))
        .route("/workflows/{name}/runs", post(workflows::start::<S, P>))
        .route("/workflows/{name}/pause", post(workflows::pause::<S, P>))
        .route("/workflows/{name}/resume", post(workflows::resume::<S, P>))
        .route(
            "/workflows/{name}/backfill",
            post(workflows::backfill::<S, P>),
        )
}

async fn unknown(uri: Uri) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-path",
        format!("there is nothing at `{}`", uri.path()),
    )
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "this path takes other methods, see `allow`",
    )
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.response().map(Body::new)
    }
}

/// 200 with a view.
fn json<T: Serialize>(view: &T) -> Response {
    match serde_json::to_vec(view) {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(error) => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "not-printable",
            error.to_string(),
        )
        .into_response(),
    }
}
