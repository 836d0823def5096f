//! Workflows: a list, and a run of one of them.

use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use mortise_ports::{Plugins, Store};

use super::json;
use crate::app::App;
use crate::hooks;
use crate::problem::Problem;
use crate::query;
use crate::start::{StartError, by_hand};

pub async fn list<S: Store, P: Plugins>(State(app): State<App<S, P>>) -> Result<Response, Problem> {
    let workflows = query::workflows(app.store(), &app.namespace()).await?;
    Ok(json(&workflows))
}

pub async fn start<S: Store, P: Plugins>(
    State(app): State<App<S, P>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let settings = app.settings();
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::body_too_large(settings.body_max_bytes),
        status => Problem::new(status, "body-unreadable", error.body_text()),
    })?;
    let active = app.store().active(&app.namespace()).await?;
    let plan = active
        .plans
        .into_iter()
        .find(|active| active.plan.workflow.as_str() == name)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "no-such-workflow",
                format!("there is no active workflow `{name}`"),
            )
        })?;
    let input = hooks::json(body.into(), settings.json_depth_max)?;
    let id = hooks::event_id(&headers)?;
    let event = by_hand(plan, input, id)?;
    let workflow = event.plan.plan.workflow.clone();
    let accepted = app.runner().accept(event).await.map_err(Problem::from)?;
    Ok(hooks::accepted(&accepted, &workflow).map(Body::new))
}

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        let code = match error {
            StartError::Input { .. } => "input-invalid",
            StartError::Schema { .. } => "schema-invalid",
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, error.to_string())
    }
}
