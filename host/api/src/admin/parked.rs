//! Parked runs and approvals: what waits for people.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use mortise_model::{Status, WorkflowName};
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Plugins, Store};
use serde::Deserialize;

use super::auth::Acting;
use super::body::{ABody, AQuery, cursor, limit, object, query, run_id, step};
use super::orders::said;
use super::{changed, json};
use crate::app::App;
use crate::audit::{self, Change};
use crate::orders::OrderError;
use crate::orders::bulk::{self, What, Which};
use crate::problem::Problem;
use crate::query::{self as read, Extent};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    workflow: Option<String>,
    code: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkBody {
    workflow: Option<String>,
    code: Option<String>,
    #[serde(default)]
    all: bool,
    from: Option<String>,
    by: Option<String>,
    why: Option<String>,
}

pub async fn list<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    list: AQuery<ListQuery>,
) -> Result<Response, Problem> {
    let list = query(list)?;
    let filter = Filter {
        workflow: list.workflow.as_deref().map(WorkflowName::from),
        code: list.code,
        status: Some(Status::Parked),
        ..Filter::default()
    };
    let page = page(list.limit, list.cursor.as_deref())?;
    Ok(json(
        &read::parked(app.store(), &app.namespace(), &filter, page).await?,
    ))
}

/// The run as `/runs/ID` shows it, as long as it is parked.
pub async fn show<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let run = run_id(&id)?;
    let seen = app.seen(Extent::UpTo(app.settings().print_max_bytes));
    let view = read::run(app.store(), &app.namespace(), run, &seen).await?;
    let view = view.ok_or(OrderError::NoSuchRun(run))?;
    if view.status != Status::Parked.word() {
        let detail = format!("run `{run}` is {} and not parked", view.status);
        return Err(Problem::new(StatusCode::NOT_FOUND, "not-parked", detail).with_run(run));
    }
    Ok(json(&view))
}

pub async fn replay<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    body: ABody,
) -> Result<Response, Problem> {
    let mut body: BulkBody = object(body, app.settings().body_max_bytes)?;
    let what = What::Replay(body.from.take().map(step).transpose()?);
    tell(&app, body, what).await
}

pub async fn discard<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    body: ABody,
) -> Result<Response, Problem> {
    let body: BulkBody = object(body, app.settings().body_max_bytes)?;
    if body.from.is_some() {
        return Err(super::body::bad_body("`from` is for replaying"));
    }
    tell(&app, body, What::Discard).await
}

async fn tell<S: Store, P: Plugins>(
    app: &App<S, P>,
    body: BulkBody,
    what: What,
) -> Result<Response, Problem> {
    let which = Which {
        workflow: body.workflow.as_deref().map(WorkflowName::from),
        code: body.code,
        all: body.all,
    };
    let mut change = Change::of(which.to_string());
    let order = (which, what, said(app, body.by, body.why)?);
    let send = |post| {
        let runner = app.runner().clone();
        async move { runner.tell(post).await }
    };
    let done = bulk::tell(app.store(), &app.namespace(), order, send).await?;
    change.after = Some(audit::digest(&done));
    Ok(changed(json(&done), change))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    limit: Option<usize>,
    cursor: Option<String>,
}

pub async fn approvals<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    list: AQuery<PageQuery>,
) -> Result<Response, Problem> {
    let list = query(list)?;
    let page = page(list.limit, list.cursor.as_deref())?;
    let seen = app.seen(Extent::UpTo(0));
    let approvals = read::approvals(app.store(), &app.namespace(), &seen, page).await?;
    Ok(json(&approvals))
}

fn page(wanted: Option<usize>, before: Option<&str>) -> Result<Page, Problem> {
    Ok(Page {
        before: before.map(cursor).transpose()?,
        limit: limit(wanted)?,
    })
}
