//! Two ways to the runs of a data folder with the same answers: ask the daemon that holds it, or,
//! where none runs, open the store.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use mortise_api::query::{self, Extent};
use mortise_model::id::Namespace;
use mortise_model::{RunId, Status, WorkflowName};
use mortise_ports::runs::{Filter, Page};
use mortise_store::SledStore;
use serde::Serialize;
use serde_json::Value;

use crate::client::{Answer, Client, ClientError};
use crate::daemon::Daemon;
use crate::exit::{Code, Outcome, Stop};
use crate::settings::Settings;
use crate::wire;

/// A way to the runs.
pub enum Access {
    /// Through the admin listener.
    Daemon(Client),
    /// Through the store itself; nothing runs meanwhile.
    Store {
        /// The store.
        store: SledStore,
        /// Larger values are shown as references.
        print_max_bytes: usize,
    },
}

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Only of this workflow.
    pub workflow: Option<String>,
    /// Only with this status.
    pub status: Option<Status>,
    /// Only older ones: `next` of an earlier list.
    pub cursor: Option<RunId>,
}

impl Access {
    /// Finds the daemon that holds a data folder, else opens the folder's store.
    ///
    /// # Errors
    /// Where there is no data folder, or something else holds it.
    pub async fn find(settings: &Settings) -> Outcome<Self> {
        let Some(data) = &settings.data else {
            return Err(Stop::usage(
                "say which data folder: `--data DIR`, or the variable `MORTISE_DATA`",
            ));
        };
        if let Some(client) = running(data).await {
            return Ok(Self::Daemon(client));
        }
        if !data.join("FORMAT").exists() {
            return Err(Stop::environment(format!(
                "`{}` is not a data folder: `mortise serve --data` makes one",
                data.display()
            )));
        }
        Ok(Self::Store {
            store: wire::open_store(data, &settings.store).await?,
            print_max_bytes: settings.api.print_max_bytes,
        })
    }

    /// A page of runs, newest first: `{"items", "next"}`.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn runs(&self, wanted: &ListQuery, limit: usize) -> Outcome<Value> {
        let limit = limit.clamp(1, query::PAGE_MAX);
        match self {
            Self::Daemon(client) => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("limit", &limit.to_string());
                if let Some(workflow) = &wanted.workflow {
                    query.append_pair("workflow", workflow);
                }
                if let Some(status) = wanted.status {
                    query.append_pair("status", status.word());
                }
                if let Some(cursor) = wanted.cursor {
                    query.append_pair("cursor", &cursor.to_string());
                }
                let path = format!("/api/v1/runs?{}", query.finish());
                answered(client.get(&path, Duration::ZERO).await)
            }
            Self::Store { store, .. } => {
                let filter = Filter {
                    workflow: wanted.workflow.as_deref().map(WorkflowName::from),
                    status: wanted.status,
                };
                let page = Page {
                    before: wanted.cursor,
                    limit,
                };
                shown(&query::runs(store, &namespace(), &filter, page).await?)
            }
        }
    }

    /// A run, whole. `full` shows every value; a daemon waits up to `wait` for it to come to rest.
    ///
    /// # Errors
    /// `NotFound` where there is no such run.
    pub async fn run(&self, run: RunId, full: bool, wait: Duration) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let ms = wait.as_millis();
                let path = format!("/api/v1/runs/{run}?full={full}&wait={ms}ms");
                answered(client.get(&path, wait).await)
            }
            Self::Store {
                store,
                print_max_bytes,
            } => {
                let extent = if full {
                    Extent::Full
                } else {
                    Extent::UpTo(*print_max_bytes)
                };
                let view = query::run(store, &namespace(), run, extent).await?;
                shown(&view.ok_or_else(|| Stop::not_found(format!("there is no run `{run}`")))?)
            }
        }
    }

    /// The active workflows: `{"items", "next"}`.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn workflows(&self) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => answered(client.get("/api/v1/workflows", Duration::ZERO).await),
            Self::Store { store, .. } => shown(&query::workflows(store, &namespace()).await?),
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
        let name: String = url::form_urlencoded::byte_serialize(workflow.as_bytes()).collect();
        let path = format!("/api/v1/workflows/{name}/runs");
        answered(client.post(&path, Bytes::from(input)).await)
    }

    /// Whether runs go on while this command looks.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Daemon(_))
    }
}

/// The daemon that holds a data folder, where its file is not left over from one that was killed.
async fn running(data: &Path) -> Option<Client> {
    let daemon = Daemon::read(data)?;
    let client = Client::new(&daemon.ready.admin, &daemon.token);
    let version = client.get("/version", Duration::ZERO).await.ok()?;
    (version.0 == StatusCode::OK).then_some(client)
}

fn namespace() -> Namespace {
    Namespace::default_namespace()
}

fn shown<T: Serialize>(view: &T) -> Outcome<Value> {
    serde_json::to_value(view).map_err(Stop::defect)
}

/// The body of a good answer; of a problem document its detail.
fn answered(answer: Result<Answer, ClientError>) -> Outcome<Value> {
    let (status, body) = answer.map_err(Stop::environment)?;
    if status.is_success() {
        return Ok(body);
    }
    let code = match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Code::NotAllowed,
        _ if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => Code::Failed,
        _ => Code::Environment,
    };
    let detail = body.get("detail").and_then(Value::as_str);
    let detail = detail.map_or_else(|| format!("the daemon answered {status}"), str::to_owned);
    Err(Stop::new(code, detail))
}
