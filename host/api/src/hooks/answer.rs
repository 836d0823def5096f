//! What the sender of an accepted event is told.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use mortise_model::entry::End;
use mortise_model::id::WorkflowName;
use mortise_model::path::RECEIVE;
use mortise_model::{Failure, Plan, RunId, Status, StepPath};
use mortise_ports::Store;
use mortise_ports::plugins::RawResponse;
use mortise_runner::Accepted;
use serde::Serialize;

use crate::problem::Problem;
use crate::query;

/// The code of an event whose id is known with another body.
const EVENT_CONFLICT: &str = "event-conflict";

#[derive(Serialize)]
struct Runs<'a> {
    runs: [Started<'a>; 1],
}

#[derive(Serialize)]
struct Started<'a> {
    id: RunId,
    event_id: &'a str,
    workflow: &'a str,
    duplicate: bool,
}

/// 202: the event is durable.
#[must_use]
pub fn accepted(accepted: &Accepted, workflow: &WorkflowName) -> Response<Full<Bytes>> {
    let body = Runs {
        runs: [Started {
            id: accepted.run,
            event_id: &accepted.event_id,
            workflow: workflow.as_str(),
            duplicate: accepted.duplicate,
        }],
    };
    let body = serde_json::to_vec(&body).unwrap_or_default();
    answer(StatusCode::ACCEPTED, body, accepted.run)
}

/// 200 with the output of a run that has succeeded; 202 where it takes longer than the sender is
/// ready to wait.
pub async fn result<S: Store>(
    store: &S,
    plan: &Plan,
    event: &Accepted,
    end: Option<&End>,
) -> Response<Full<Bytes>> {
    match end {
        None => accepted(event, &plan.workflow),
        Some(End::Succeeded { output }) => {
            match query::whole(store, &plan.namespace, event.run, output).await {
                Ok(output) => answer(StatusCode::OK, output.as_str().to_owned(), event.run),
                Err(error) => Problem::from(error).with_run(event.run).response(),
            }
        }
        // The plugin found an event that has a run already.
        Some(End::Skipped { of: Some(of), .. }) => {
            let known = Accepted {
                run: of.run,
                event_id: of.event.clone(),
                duplicate: true,
            };
            accepted(&known, &plan.workflow)
        }
        Some(End::Skipped { of: None, .. }) => answer(StatusCode::OK, "null", event.run),
        Some(End::Parked { step, failure }) if is_conflict(step.as_ref(), failure) => {
            let detail = format!(
                "{}; run {} is parked with this one",
                failure.message, event.run
            );
            let problem = Problem::new(StatusCode::CONFLICT, EVENT_CONFLICT, detail);
            let mut response = problem.with_run(event.run).response();
            name_run(&mut response, event.run);
            response
        }
        Some(end) => not_succeeded(event.run, end.status()),
    }
}

/// Whether what the plugin found is known with another body.
fn is_conflict(step: Option<&StepPath>, failure: &Failure) -> bool {
    failure.code == EVENT_CONFLICT && step.is_some_and(|step| step.as_str() == RECEIVE)
}

/// The sender learns that it failed and which run to ask about; why is for those who may read runs.
fn not_succeeded(run: RunId, status: Status) -> Response<Full<Bytes>> {
    let (code, id, what) = match status {
        Status::Parked => (StatusCode::BAD_GATEWAY, "run-parked", "was parked"),
        Status::Cancelled => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "run-cancelled",
            "was cancelled",
        ),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "run-failed", "failed"),
    };
    let detail = format!("the run {what}: `mortise runs show {run}` says why");
    let mut response = Problem::new(code, id, detail).with_run(run).response();
    name_run(&mut response, run);
    response
}

/// What the plugin of a webhook answers. The connection is the listener's business, so headers about
/// it are left out.
#[must_use]
pub fn of_plugin(response: RawResponse, runs: &[Accepted]) -> Response<Full<Bytes>> {
    const OURS: [&str; 4] = [
        "connection",
        "content-length",
        "keep-alive",
        "transfer-encoding",
    ];
    let Ok(status) = StatusCode::from_u16(response.status) else {
        let detail = format!(
            "the plugin answers with {}, which is no status",
            response.status
        );
        return Problem::new(StatusCode::BAD_GATEWAY, "bad-answer", detail).response();
    };
    let mut answer = Response::new(Full::from(response.body));
    *answer.status_mut() = status;
    for (name, value) in response.headers {
        let name = name.to_ascii_lowercase();
        let header = HeaderName::try_from(&name).ok();
        let header = header.zip(HeaderValue::try_from(value).ok());
        if let Some((name, value)) = header.filter(|_| !OURS.contains(&name.as_str())) {
            answer.headers_mut().append(name, value);
        }
    }
    if let Some(first) = runs.first() {
        name_run(&mut answer, first.run);
    }
    answer
}

fn answer(status: StatusCode, body: impl Into<Bytes>, run: RunId) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    name_run(&mut response, run);
    response
}

fn name_run(response: &mut Response<Full<Bytes>>, run: RunId) {
    if let Ok(id) = HeaderValue::try_from(run.to_string()) {
        response.headers_mut().insert("mortise-run", id);
    }
}
