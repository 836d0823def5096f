//! Workflows: a list, a run of one of them, and what operators do with them.

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use mortise_model::Timestamp;
use mortise_ports::catalog::ActivePlan;
use mortise_ports::{Plugins, Store};
use serde::Deserialize;
use serde_json::json as document;

use super::auth::Acting;
use super::body::{ABody, bytes, object};
use super::{changed, json};
use crate::app::App;
use crate::audit::{self, Change};
use crate::hooks;
use crate::problem::Problem;
use crate::query;
use crate::start::{StartError, by_hand};

pub async fn list<S: Store, P: Plugins>(Acting(app): Acting<S, P>) -> Result<Response, Problem> {
    app.settled().await;
    let namespace = app.namespace();
    let states = app.runner().triggers(&namespace);
    let workflows = query::workflows(app.store(), &namespace, &states).await?;
    Ok(json(&workflows))
}

pub async fn start<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: ABody,
) -> Result<Response, Problem> {
    let settings = app.settings();
    let body = bytes(body, settings.body_max_bytes)?;
    let plan = active(&app, &name).await?;
    let input = hooks::json(body.into(), settings.json_depth_max)?;
    let id = hooks::event_id(&headers)?;
    let event = by_hand(plan, input, id)?;
    let workflow = event.plan.plan.workflow.clone();
    let accepted = app.runner().accept(event).await.map_err(Problem::from)?;
    Ok(hooks::accepted(&accepted, &workflow).map(Body::new))
}

pub async fn reload<S: Store, P: Plugins>(Acting(app): Acting<S, P>) -> Result<Response, Problem> {
    let (changes, change) = app.reload().await?;
    Ok(changed(json(&changes), change))
}

pub async fn pause<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    set_paused(&app, &name, true).await
}

pub async fn resume<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    set_paused(&app, &name, false).await
}

async fn set_paused<S: Store, P: Plugins>(
    app: &App<S, P>,
    name: &str,
    paused: bool,
) -> Result<Response, Problem> {
    let namespace = app.namespace();
    let workflow = query::pausable(app.store(), &namespace, name).await?;
    let workflow = workflow.ok_or_else(|| unknown(name))?;
    let before = audit::active(app.store(), &namespace).await?;
    app.runner().pause(&namespace, &workflow, paused).await?;
    tracing::info!(%namespace, %workflow, paused, "a workflow was paused or resumed");
    let change = Change {
        target: workflow.to_string(),
        before: Some(before),
        after: Some(audit::active(app.store(), &namespace).await?),
    };
    let answer = json(&document!({ "name": workflow, "paused": paused }));
    Ok(changed(answer, change))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BackfillBody {
    trigger: String,
    from: Timestamp,
    to: Timestamp,
}

pub async fn backfill<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
    body: ABody,
) -> Result<Response, Problem> {
    let body: BackfillBody = object(body, app.settings().body_max_bytes)?;
    let workflow = active(&app, &name).await?.plan.workflow.clone();
    let BackfillBody { trigger, from, to } = body;
    let filled = app
        .runner()
        .backfill((&app.namespace(), &workflow), &trigger, (from, to))
        .await?;
    Ok(json(&document!({
        "workflow": workflow,
        "trigger": trigger,
        "accepted": filled.accepted,
        "duplicates": filled.duplicates,
    })))
}

async fn active<S: Store, P: Plugins>(app: &App<S, P>, name: &str) -> Result<ActivePlan, Problem> {
    let active = app.store().active(&app.namespace()).await?;
    let mut plans = active.plans.into_iter();
    plans
        .find(|active| active.plan.workflow.as_str() == name)
        .ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-workflow",
        format!("there is no active workflow `{name}`"),
    )
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
