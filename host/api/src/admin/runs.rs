//! Runs: a list, one of them whole, and its files.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use mortise_model::{Digest, Status, WorkflowName, duration};
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Plugins, Store};
use serde::Deserialize;

use super::auth::Acting;
use super::body::{AQuery, bad_query, cursor, limit, query, run_id};
use super::json;
use super::orders::WAIT_MAX;
use crate::problem::Problem;
use crate::query::{self as read, Extent};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    workflow: Option<String>,
    status: Option<String>,
    code: Option<String>,
    parent: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

pub async fn list<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    list: AQuery<ListQuery>,
) -> Result<Response, Problem> {
    let list = query(list)?;
    let filter = Filter {
        workflow: list.workflow.as_deref().map(WorkflowName::from),
        status: list.status.as_deref().map(status).transpose()?,
        code: list.code,
        parent: list.parent.as_deref().map(run_id).transpose()?,
    };
    let page = Page {
        before: list.cursor.as_deref().map(cursor).transpose()?,
        limit: limit(list.limit)?,
    };
    let runs = read::runs(app.store(), &app.namespace(), &filter, page).await?;
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
    Acting(app): Acting<S, P>,
    Path(id): Path<String>,
    show: AQuery<ShowQuery>,
) -> Result<Response, Problem> {
    let show = query(show)?;
    let run = run_id(&id)?;
    if let Some(wait) = &show.wait {
        let ms = duration::parse_ms(wait).map_err(|error| bad_query(error.to_string()))?;
        let wait = Duration::from_millis(ms).min(WAIT_MAX);
        app.runner().wait(&app.namespace(), run, wait).await;
    }
    let seen = app.seen(if show.full {
        Extent::Full
    } else {
        Extent::UpTo(app.settings().print_max_bytes)
    });
    match read::run(app.store(), &app.namespace(), run, &seen).await? {
        Some(view) => Ok(json(&view)),
        None => Err(Problem::no_such_run(run)),
    }
}

/// The content of a file. It is what a plugin says it is, so no browser may guess and show it.
pub async fn file<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let run = run_id(&id)?;
    let missing = || Problem::no_such_file(run, &file);
    let digest: Digest = file.parse().map_err(|_| missing())?;
    let content = read::file(app.store(), &app.namespace(), (run, digest)).await?;
    let mut response = Response::new(Body::from(content.ok_or_else(missing)?));
    for (name, value) in [
        (CONTENT_TYPE, "application/octet-stream"),
        (CONTENT_DISPOSITION, "attachment"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
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
