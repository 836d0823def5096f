//! Runs: a list, and one of them whole.

use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use mortise_model::{RunId, Status, WorkflowName, duration};
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Plugins, Store};
use serde::Deserialize;

use super::json;
use crate::app::App;
use crate::problem::Problem;
use crate::query::{self, Extent};

/// The longest that one request waits for a run to come to rest.
const WAIT_MAX: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    workflow: Option<String>,
    status: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

pub async fn list<S: Store, P: Plugins>(
    State(app): State<App<S, P>>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|error| bad_query(error.body_text()))?;
    let filter = Filter {
        workflow: query.workflow.as_deref().map(WorkflowName::from),
        status: query.status.as_deref().map(status).transpose()?,
    };
    let page = Page {
        before: query.cursor.as_deref().map(cursor).transpose()?,
        limit: query
            .limit
            .unwrap_or(query::PAGE_DEFAULT)
            .clamp(1, query::PAGE_MAX),
    };
    let runs = query::runs(app.store(), &app.namespace(), &filter, page).await?;
    Ok(json(&runs))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowQuery {
    /// Every value whole.
    #[serde(default)]
    full: bool,
    /// Answer when the run is at rest, or after so long.
    wait: Option<String>,
}

pub async fn show<S: Store, P: Plugins>(
    State(app): State<App<S, P>>,
    Path(id): Path<String>,
    query: Result<Query<ShowQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|error| bad_query(error.body_text()))?;
    let run: RunId = id.parse().map_err(|error: mortise_model::id::IdError| {
        Problem::new(StatusCode::NOT_FOUND, "no-such-run", error.to_string())
    })?;
    if let Some(wait) = &query.wait {
        let ms = duration::parse_ms(wait).map_err(|error| bad_query(error.to_string()))?;
        let wait = Duration::from_millis(ms).min(WAIT_MAX);
        app.runner().wait(&app.namespace(), run, wait).await;
    }
    let extent = if query.full {
        Extent::Full
    } else {
        Extent::UpTo(app.settings().print_max_bytes)
    };
    match query::run(app.store(), &app.namespace(), run, extent).await? {
        Some(view) => Ok(json(&view)),
        None => Err(Problem::no_such_run(run)),
    }
}

fn status(word: &str) -> Result<Status, Problem> {
    Status::of_word(word).ok_or_else(|| {
        let known: Vec<&str> = Status::ALL.into_iter().map(Status::word).collect();
        bad_query(format!(
            "`{word}` is not a status: it is one of {}",
            known.join(", ")
        ))
    })
}

fn cursor(text: &str) -> Result<RunId, Problem> {
    text.parse()
        .map_err(|_| bad_query(format!("`{text}` is not a cursor: take `next` of a list")))
}

fn bad_query(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad-query", detail)
}
