//! The admin listener: health, numbers, runs, what people decide about them, and workflows. `auth`
//! says who asks, `rights` what each route asks for; what is not in the table there is answered to
//! nobody.

mod audit;
pub(crate) mod auth;
mod body;
mod connections;
mod health;
pub mod logins;
mod metrics;
mod orders;
mod parked;
mod published;
mod rights;
mod rollouts;
mod runs;
#[cfg(test)]
mod tests;
mod tokens;
mod workflows;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode, Uri};
use mortise_ports::{Plugins, Store};
use serde::Serialize;

pub use auth::{Caller, OWNER};
pub use rights::{Place, Right, Row, Told};

use crate::app::App;
use crate::audit::Change;
use crate::problem::Problem;
use rights::Table;

/// The admin listener's routes.
pub fn router<S: Store, P: Plugins>(app: App<S, P>) -> Router {
    let (routes, _) = table(app.clone()).finish();
    let guarded = routes
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            app.clone(),
            auth::authenticate::<S, P>,
        ));
    // Nothing but these answers without a token.
    Router::new()
        .route("/healthz", get(health::healthz::<S, P>))
        .route("/readyz", get(health::readyz::<S, P>))
        .route("/api/v1/healthz", get(health::healthz::<S, P>))
        .route("/api/v1/readyz", get(health::readyz::<S, P>))
        .merge(guarded)
        .layer(DefaultBodyLimit::max(app.settings().body_max_bytes))
        .with_state(app)
}

/// Every route that asks for a token, and what else it asks for.
pub fn routes<S: Store, P: Plugins>(app: App<S, P>) -> Vec<Row> {
    table(app).finish().1
}

fn table<S: Store, P: Plugins>(app: App<S, P>) -> Table<S, P> {
    let table = Table::new(app)
        .get("/version", Right::anyone(), health::version)
        .get(
            "/metrics",
            Right::read().of_process(),
            metrics::show::<S, P>,
        );
    about_runs(about_workflows(about_access(table)))
}

#[rustfmt::skip]
fn about_runs<S: Store, P: Plugins>(table: Table<S, P>) -> Table<S, P> {
    table
        .get("/api/v1/runs", Right::read(), runs::list::<S, P>)
        .get("/api/v1/runs/{id}", Right::read(), runs::show::<S, P>)
        .get("/api/v1/runs/{id}/files/{file}", Right::read(), runs::file::<S, P>)
        .post("/api/v1/runs/{id}/cancel", Right::run("runs.cancel"), orders::cancel::<S, P>)
        .post("/api/v1/runs/{id}/move", Right::deploy("runs.move"), orders::move_to::<S, P>)
        .get("/api/v1/parked", Right::read(), parked::list::<S, P>)
        .post("/api/v1/parked/replay", Right::run("parked.replay"), parked::replay::<S, P>)
        .post("/api/v1/parked/discard", Right::run("parked.discard"), parked::discard::<S, P>)
        .get("/api/v1/parked/{id}", Right::read(), parked::show::<S, P>)
        .post("/api/v1/parked/{id}/replay", Right::run("parked.replay"), orders::replay::<S, P>)
        .post("/api/v1/parked/{id}/discard", Right::run("parked.discard"), orders::discard::<S, P>)
        .get("/api/v1/approvals", Right::read(), parked::approvals::<S, P>)
        .post("/api/v1/approvals/{run}/{step}", Right::run("approvals.decide"), orders::decide::<S, P>)
}

#[rustfmt::skip]
fn about_workflows<S: Store, P: Plugins>(table: Table<S, P>) -> Table<S, P> {
    table
        .get("/api/v1/version", Right::anyone(), health::version)
        .get("/api/v1/workflows", Right::read(), workflows::list::<S, P>)
        .post("/api/v1/workflows/reload", Right::deploy("workflows.reload"), workflows::reload::<S, P>)
        .post("/api/v1/workflows/{name}/runs", Right::start(), workflows::start::<S, P>)
        .post("/api/v1/workflows/{name}/pause", Right::deploy("workflows.pause"), workflows::pause::<S, P>)
        .post("/api/v1/workflows/{name}/resume", Right::deploy("workflows.resume"), workflows::resume::<S, P>)
        .post("/api/v1/workflows/{name}/backfill", Right::start(), workflows::backfill::<S, P>)
        .get("/api/v1/plugins/rollouts", Right::read(), rollouts::list::<S, P>)
        .get("/api/v1/plugins/{owner}/{name}/rollout", Right::read(), rollouts::look::<S, P>)
        .post("/api/v1/plugins/{owner}/{name}/rollout", Right::deploy("plugins.rollout"), rollouts::roll_out::<S, P>)
        .post("/api/v1/plugins/{owner}/{name}/rollback", Right::deploy("plugins.rollback"), rollouts::roll_back::<S, P>)
}

#[rustfmt::skip]
fn about_access<S: Store, P: Plugins>(table: Table<S, P>) -> Table<S, P> {
    table
        .get("/api/v1/connections", Right::read(), connections::list::<S, P>)
        .post("/api/v1/connections", Right::secrets("connections.add"), connections::add::<S, P>)
        .post("/api/v1/connections/{name}/rotate", Right::secrets("connections.rotate"), connections::rotate::<S, P>)
        .post("/api/v1/connections/{name}/remove", Right::secrets("connections.remove"), connections::remove::<S, P>)
        .post("/api/v1/connections/{name}/test", Right::secrets("connections.test"), connections::test::<S, P>)
        .post("/api/v1/connections/{name}/link", Right::secrets("connections.link"), connections::link::<S, P>)
        .post("/api/v1/connections/{name}/authorize", Right::secrets("connections.authorize"), connections::authorize::<S, P>)
        .post("/api/v1/keys/rotate", Right::admin(Told::Before("keys.rotate")).of_process(), connections::rotate_key::<S, P>)
        .get("/api/v1/tokens", Right::look(), tokens::list::<S, P>)
        .post("/api/v1/tokens", Right::admin(Told::Within("tokens.create")), tokens::create::<S, P>)
        .post("/api/v1/tokens/{id}/revoke", Right::admin(Told::Within("tokens.revoke")), tokens::revoke::<S, P>)
        .get("/api/v1/registry/{owner}/{name}/{version}", Right::look().of_process(), published::show::<S, P>)
        .post("/api/v1/registry/{owner}/{name}/{version}/state", Right::admin(Told::Within("registry.approve")).of_process(), published::decide::<S, P>)
        .get("/api/v1/audit", Right::look(), audit::list::<S, P>)
        .get("/api/v1/audit/verify", Right::look().of_process(), audit::verify::<S, P>)
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

/// The same answer, with what it changed for the audit log.
fn changed(mut response: Response, change: Change) -> Response {
    response.extensions_mut().insert(change);
    response
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
