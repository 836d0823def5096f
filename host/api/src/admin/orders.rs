//! What people decide about one run: it is answered when it is durable, or with the run's view when
//! the run has read it.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use mortise_model::plan::Decision;
use mortise_model::{Fact, Json, Letter, RunId, duration};
use mortise_ports::inbox::Post;
use mortise_ports::tokens::Scope;
use mortise_ports::{Plugins, Store};
use serde::{Deserialize, Deserializer, Serialize};
use tokio::time::Instant;

use super::auth::{Acting, OWNER};
use super::body::{ABody, AQuery, bad_body, bad_query, object, query, run_id, step};
use super::{changed, json};
use crate::app::App;
use crate::audit;
use crate::hooks;
use crate::orders::parked::Replay;
use crate::orders::{self, OrderError, Said};
use crate::problem::Problem;
use crate::query::{self as read, Extent};

/// The longest that one request waits for a run.
pub const WAIT_MAX: Duration = Duration::from_secs(60);
/// Between two looks at whether a run has read what it was told; grows up to the second one.
const LOOK: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(200));
/// Who decided where nobody is named.
const SOMEBODY: &str = "admin";

/// How long the sender is ready to wait.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patience {
    wait: Option<String>,
}

/// What a body says beside what is decided.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    by: Option<String>,
    why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayBody {
    from: Option<String>,
    #[serde(default, deserialize_with = "given")]
    input: Option<Json>,
    by: Option<String>,
    why: Option<String>,
}

/// What is there counts, `null` as well.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(value).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveBody {
    to: u32,
    by: Option<String>,
    why: Option<String>,
}

/// A person's decision, as the admin API and the address of an approval take it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// `approve` or `reject`.
    pub decision: Decision,
    /// Who.
    pub by: Option<String>,
    /// Why.
    pub why: Option<String>,
}

/// Who decides and why, where a body may leave both out.
pub fn said<S: Store, P: Plugins>(
    app: &App<S, P>,
    by: Option<String>,
    why: Option<String>,
) -> Result<Said, Problem> {
    let token = app.caller().filter(|caller| caller.who != OWNER);
    words(by, why, token.map_or(SOMEBODY, |token| &token.who))
}

fn words(by: Option<String>, why: Option<String>, caller: &str) -> Result<Said, Problem> {
    let by = by.unwrap_or_else(|| caller.to_owned());
    if by.trim().is_empty() {
        return Err(bad_body("`by` is empty: name who decides, or leave it out"));
    }
    Ok(Said {
        by,
        why: why.unwrap_or_default(),
    })
}

pub async fn cancel<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(id): Path<String>,
    patience: AQuery<Patience>,
    body: ABody,
) -> Result<Response, Problem> {
    let (run, wait) = (run_id(&id)?, wait(patience)?);
    let Reason { by, why } = object(body, app.settings().body_max_bytes)?;
    let post = orders::cancel(app.store(), &app.namespace(), run, said(&app, by, why)?).await?;
    tell(&app, post, wait).await
}

pub async fn replay<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(id): Path<String>,
    patience: AQuery<Patience>,
    body: ABody,
) -> Result<Response, Problem> {
    let (run, wait) = (run_id(&id)?, wait(patience)?);
    let body: ReplayBody = object(body, app.settings().body_max_bytes)?;
    let input = body.input.map(|input| bounded(&app, input)).transpose()?;
    let replay = Replay {
        from: body.from.map(step).transpose()?,
        input,
    };
    let how = (replay, said(&app, body.by, body.why)?);
    let post = orders::parked::replay(app.store(), &app.namespace(), run, how).await?;
    tell(&app, post, wait).await
}

/// An event that nests no deeper than others may.
fn bounded<S: Store, P: Plugins>(app: &App<S, P>, input: Json) -> Result<Json, Problem> {
    let text = input.as_str().as_bytes().to_vec();
    hooks::json(text, app.settings().json_depth_max)
}

pub async fn discard<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(id): Path<String>,
    patience: AQuery<Patience>,
    body: ABody,
) -> Result<Response, Problem> {
    let (run, wait) = (run_id(&id)?, wait(patience)?);
    let Reason { by, why } = object(body, app.settings().body_max_bytes)?;
    let said = said(&app, by, why)?;
    let post = orders::parked::discard(app.store(), &app.namespace(), run, said).await?;
    tell(&app, post, wait).await
}

pub async fn move_to<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(id): Path<String>,
    patience: AQuery<Patience>,
    body: ABody,
) -> Result<Response, Problem> {
    let (run, wait) = (run_id(&id)?, wait(patience)?);
    let MoveBody { to, by, why } = object(body, app.settings().body_max_bytes)?;
    let said = said(&app, by, why)?;
    let post = orders::moving::move_to(app.store(), &app.namespace(), (run, to), said).await?;
    tell(&app, post, wait).await
}

pub async fn decide<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path((id, at)): Path<(String, String)>,
    patience: AQuery<Patience>,
    body: ABody,
) -> Result<Response, Problem> {
    let (run, wait) = (run_id(&id)?, wait(patience)?);
    let DecisionBody { decision, by, why } = object(body, app.settings().body_max_bytes)?;
    let at = step(at)?;
    let (namespace, decided) = (app.namespace(), (decision, said(&app, by, why)?));
    let post = orders::approval::decide(app.store(), &namespace, (run, at), decided).await?;
    tell(&app, post, wait).await
}

fn wait(patience: AQuery<Patience>) -> Result<Option<Duration>, Problem> {
    let Some(text) = query(patience)?.wait else {
        return Ok(None);
    };
    let ms = duration::parse_ms(&text).map_err(|error| bad_query(error.to_string()))?;
    Ok(Some(Duration::from_millis(ms).min(WAIT_MAX)))
}

#[derive(Serialize)]
struct Told {
    run: RunId,
}

/// Sends a letter; 202 with the run's id, or 200 with its view once it has read the letter.
async fn tell<S: Store, P: Plugins>(
    app: &App<S, P>,
    post: Post,
    wait: Option<Duration>,
) -> Result<Response, Problem> {
    let (run, letter) = (post.run, post.letter.clone());
    let change = audit::of_post(app.store(), &post).await?;
    // Whoever may decide and not look is told that it is decided.
    let wait = wait.filter(|_| app.caller().is_some_and(|caller| caller.may(Scope::Read)));
    let since = match wait {
        Some(_) => {
            app.store()
                .entries(&post.namespace, run)
                .await?
                .next_sequence
        }
        None => 0,
    };
    orders::delivered(run, app.runner().tell(post).await?)?;
    if let Some(wait) = wait
        && is_read(app, run, (&letter, since), wait).await?
    {
        let extent = Extent::UpTo(app.settings().print_max_bytes);
        let view = read::run(app.store(), &app.namespace(), run, &app.seen(extent)).await?;
        let response = named(json(&view.ok_or(OrderError::NoSuchRun(run))?), run);
        return Ok(changed(response, change));
    }
    let mut response = named(json(&Told { run }), run);
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(changed(response, change))
}

async fn is_read<S: Store, P: Plugins>(
    app: &App<S, P>,
    run: RunId,
    (letter, since): (&Letter, u32),
    wait: Duration,
) -> Result<bool, Problem> {
    let deadline = Instant::now() + wait;
    let mut pause = LOOK.0;
    loop {
        let history = app.store().entries(&app.namespace(), run).await?;
        let mut fresh = history.entries.iter().filter(|(at, _)| *at >= since);
        if fresh.any(|(_, entry)| matches!(&entry.fact, Fact::LetterRead { letter: read, .. } if read == letter))
        {
            return Ok(true);
        }
        if Instant::now() + pause > deadline {
            return Ok(false);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LOOK.1);
    }
}

fn named(mut response: Response<Body>, run: RunId) -> Response<Body> {
    if let Ok(id) = HeaderValue::try_from(run.to_string()) {
        response.headers_mut().insert("mortise-run", id);
    }
    response
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let detail = error.to_string();
        let (status, code, run) = match error {
            OrderError::NoSuchRun(run) => return Self::no_such_run(run),
            OrderError::Store(error) => return error.into(),
            OrderError::NoFilter => (StatusCode::BAD_REQUEST, "bad-body", None),
            OrderError::AtRest(run, _) => (StatusCode::CONFLICT, "at-rest", Some(run)),
            OrderError::NotParked(run, _) => (StatusCode::CONFLICT, "not-parked", Some(run)),
            OrderError::NoReplay { run, .. } => (StatusCode::CONFLICT, "not-replayable", Some(run)),
            OrderError::NoSuchVersion { .. } => (StatusCode::NOT_FOUND, "no-such-version", None),
            OrderError::Misfit { run, .. } => (StatusCode::CONFLICT, "does-not-fit", Some(run)),
            OrderError::NoSuchApproval { run, .. } => {
                (StatusCode::NOT_FOUND, "no-such-approval", Some(run))
            }
            OrderError::NotAsked { run, .. } => (StatusCode::CONFLICT, "not-asked", Some(run)),
            OrderError::Answered(run) => (StatusCode::CONFLICT, "answered", Some(run)),
            OrderError::TooMany(run) => {
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "overloaded", detail);
                return problem.with_run(run).with_retry_after(1);
            }
        };
        let problem = Self::new(status, code, detail);
        match run {
            Some(run) => problem.with_run(run),
            None => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_input_of_null_is_an_input() {
        for (body, wanted) in [
            ("{}", None),
            (r#"{"input": null}"#, Some("null")),
            (r#"{"input": {"a": null}}"#, Some(r#"{"a": null}"#)),
        ] {
            let body: ReplayBody = serde_json::from_str(body).unwrap();
            assert_eq!(body.input.as_ref().map(Json::as_str), wanted);
        }
    }

    #[test]
    fn whoever_decides_has_a_name() {
        for (by, name) in [
            (None, Some(SOMEBODY)),
            (Some("ann"), Some("ann")),
            (Some(""), None),
            (Some(" \t"), None),
        ] {
            let said = words(by.map(str::to_owned), None, SOMEBODY).ok();
            assert_eq!(said.as_ref().map(|said| said.by.as_str()), name, "{by:?}");
        }
    }
}
