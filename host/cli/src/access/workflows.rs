//! What operators do with workflows.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use mortise_api::audit::Change;
use mortise_api::query;
use mortise_model::{Letter, Namespace, Status, Timestamp};
use mortise_ports::inbox::Post;
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Catalog as _, Inbox as _, Runs as _};
use mortise_store::SledStore;
use serde_json::{Value, json};

use super::{Access, answered, audit, shown};
use crate::exit::{Outcome, Stop};

/// A daemon may have to compile plugins before it answers.
pub(super) const RELOAD_PATIENCE: Duration = Duration::from_secs(300);
/// Scheduled times of years may be accepted one by one.
const BACKFILL_PATIENCE: Duration = Duration::from_secs(3_600);

impl Access {
    /// The active workflows: `{"items", "next"}`.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn workflows(&self) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => answered(client.get("/api/v1/workflows", Duration::ZERO).await),
            Self::Store { store, .. } => {
                shown(&query::workflows(store, &self.namespace(), &[]).await?)
            }
        }
    }

    /// Starts a run by hand; only a daemon can.
    ///
    /// # Errors
    /// Where there is no such workflow, its input does not fit, or no daemon runs.
    pub async fn start(&self, workflow: &str, input: Vec<u8>) -> Outcome<Value> {
        let Self::Daemon(client) = self else {
            return Err(Stop::environment(
                "no daemon holds this data folder, so nothing would run: start `mortise serve`, \
                 or use `mortise run FILE` for a single run",
            ));
        };
        let path = path(workflow, "runs");
        answered(client.post(&path, Bytes::from(input), Duration::ZERO).await)
    }

    /// Has the daemon read its manifests again. The diagnostics of manifests with errors are given
    /// instead of what changed.
    ///
    /// # Errors
    /// Where no daemon runs, or it cannot read them.
    pub async fn reload(&self) -> Outcome<Result<Value, Vec<Value>>> {
        let Self::Daemon(client) = self else {
            return Err(Stop::environment(
                "no daemon holds this data folder: the next one reads the manifests when it starts",
            ));
        };
        let path = "/api/v1/workflows/reload";
        let answer = client.post(path, Bytes::new(), RELOAD_PATIENCE).await;
        match answer {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, mut body)) => {
                let found = body.get_mut("diagnostics").map(Value::take);
                Ok(Err(match found {
                    Some(Value::Array(diagnostics)) => diagnostics,
                    _ => Vec::new(),
                }))
            }
            answer => answered(answer).map(Ok),
        }
    }

    /// Pauses a workflow or lets it go on.
    ///
    /// # Errors
    /// `NotFound` where there is no such workflow.
    pub async fn pause(&self, workflow: &str, paused: bool) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let path = path(workflow, if paused { "pause" } else { "resume" });
                answered(client.post(&path, Bytes::new(), RELOAD_PATIENCE).await)
            }
            Self::Store { store, .. } => {
                let known = query::pausable(store, &self.namespace(), workflow).await?;
                let known = known.ok_or_else(|| {
                    Stop::not_found(format!("there is no active workflow `{workflow}`"))
                })?;
                let namespace = self.namespace();
                let before = mortise_api::audit::active(store, &namespace).await?;
                store.pause(&namespace, &known, paused).await?;
                if !paused {
                    wake(store, &namespace, known.as_str()).await?;
                }
                let change = Change {
                    target: known.to_string(),
                    before: Some(before),
                    after: Some(mortise_api::audit::active(store, &namespace).await?),
                };
                let what = match paused {
                    true => "workflows.pause",
                    false => "workflows.resume",
                };
                audit::tell(store, what, Some(namespace), change).await?;
                Ok(json!({ "name": known, "paused": paused }))
            }
        }
    }

    /// Starts the runs of a schedule's times in the past; only a daemon can.
    ///
    /// # Errors
    /// Where there is no such trigger, or no daemon runs.
    pub async fn backfill(
        &self,
        workflow: &str,
        trigger: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Outcome<Value> {
        let Self::Daemon(client) = self else {
            return Err(Stop::environment(
                "no daemon holds this data folder, so nothing would run: start `mortise serve`",
            ));
        };
        let body = json!({ "trigger": trigger, "from": from, "to": to }).to_string();
        let path = path(workflow, "backfill");
        answered(
            client
                .post(&path, Bytes::from(body), BACKFILL_PATIENCE)
                .await,
        )
    }
}

fn path(workflow: &str, what: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(workflow.as_bytes()).collect();
    format!("/api/v1/workflows/{name}/{what}")
}

/// Has the runs of a workflow that went on as far as its pause allowed be taken up again.
async fn wake(store: &SledStore, namespace: &Namespace, workflow: &str) -> Outcome {
    let filter = Filter {
        workflow: Some(workflow.into()),
        status: Some(Status::Waiting),
        ..Filter::default()
    };
    let mut page = Page {
        before: None,
        limit: query::PAGE_MAX,
    };
    loop {
        let listing = store.list(namespace, &filter, page).await?;
        for row in listing.runs {
            let post = Post::new(namespace.clone(), row.run, Letter::Wake);
            store.send(post).await?;
        }
        page.before = listing.next;
        if page.before.is_none() {
            return Ok(());
        }
    }
}
