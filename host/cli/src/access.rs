//! Two ways to the runs of a data folder with the same answers: ask the daemon that holds it, or,
//! where none runs, open the store. Reading is here, what people decide is in [`orders`], what
//! operators do with workflows in [`workflows`], what has secrets in [`connections`], who may ask in
//! [`tokens`], what they did in [`audit`], what is published in [`registry`], and what is tried out in [`rollouts`].

pub mod audit;
pub mod connections;
pub mod orders;
mod registry;
mod rollouts;
pub mod tokens;
mod workflows;

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use mortise_api::problem::Problem;
use mortise_api::query::{self, Extent, Seen};
use mortise_model::id::Namespace;
use mortise_model::{Digest, RunId, Status, WorkflowName};
use mortise_ports::Inbox as _;
use mortise_ports::runs::{Filter, Page};
use mortise_runner::Links;
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
        /// The addresses of steps.
        links: Links,
        /// Larger values are shown as references.
        print_max_bytes: usize,
        /// The namespace that the command names; none where it names none.
        named: Option<Namespace>,
    },
}

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Only of this workflow.
    pub workflow: Option<String>,
    /// Only with this status.
    pub status: Option<Status>,
    /// Only those whose failure has this code.
    pub code: Option<String>,
    /// Only those that this run called.
    pub parent: Option<RunId>,
    /// Only older ones: `next` of an earlier list.
    pub cursor: Option<RunId>,
}

impl ListQuery {
    fn path(&self, what: &str, limit: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &limit.to_string());
        let status = self.status.map(|status| status.word().to_owned());
        for (name, value) in [
            ("workflow", self.workflow.clone()),
            ("status", status),
            ("code", self.code.clone()),
            ("parent", self.parent.map(|run| run.to_string())),
            ("cursor", self.cursor.map(|run| run.to_string())),
        ] {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        format!("/api/v1/{what}?{}", query.finish())
    }

    fn filter(&self, limit: usize) -> (Filter, Page) {
        let filter = Filter {
            workflow: self.workflow.as_deref().map(WorkflowName::from),
            status: self.status,
            code: self.code.clone(),
            parent: self.parent,
        };
        let page = Page {
            before: self.cursor,
            limit,
        };
        (filter, page)
    }
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
            return Ok(Self::Daemon(client.about(settings.namespace.clone())));
        }
        if !data.join("FORMAT").exists() {
            return Err(Stop::environment(format!(
                "`{}` is not a data folder: `mortise serve --data` makes one",
                data.display()
            )));
        }
        let store = wire::open_store(data, &settings.store).await?;
        let url = match settings.runner.public_url.as_str() {
            "" if settings.tls_cert_file.is_some() => format!("https://{}", settings.listen),
            "" => format!("http://{}", settings.listen),
            url => url.to_owned(),
        };
        Ok(Self::Store {
            links: Links::new(&url, store.callback_key()),
            store,
            print_max_bytes: settings.api.print_max_bytes,
            named: settings.namespace.clone(),
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
                let path = wanted.path("runs", limit);
                answered(client.get(&path, Duration::ZERO).await)
            }
            Self::Store { store, .. } => {
                let (filter, page) = wanted.filter(limit);
                shown(&query::runs(store, &self.namespace(), &filter, page).await?)
            }
        }
    }

    /// A page of parked runs, newest first: `{"items", "next"}`.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn parked(&self, wanted: &ListQuery, limit: usize) -> Outcome<Value> {
        let limit = limit.clamp(1, query::PAGE_MAX);
        match self {
            Self::Daemon(client) => {
                let path = wanted.path("parked", limit);
                answered(client.get(&path, Duration::ZERO).await)
            }
            Self::Store { store, .. } => {
                let (mut filter, page) = wanted.filter(limit);
                filter.status = Some(Status::Parked);
                shown(&query::parked(store, &self.namespace(), &filter, page).await?)
            }
        }
    }

    /// A page of the approvals that are asked for, newest run first: `{"items", "next"}`.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn approvals(&self, wanted: &ListQuery, limit: usize) -> Outcome<Value> {
        let limit = limit.clamp(1, query::PAGE_MAX);
        match self {
            Self::Daemon(client) => {
                let path = wanted.path("approvals", limit);
                answered(client.get(&path, Duration::ZERO).await)
            }
            Self::Store { store, links, .. } => {
                let (_, page) = wanted.filter(limit);
                let seen = Seen {
                    extent: Extent::UpTo(0),
                    links,
                };
                shown(&query::approvals(store, &self.namespace(), &seen, page).await?)
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
                links,
                print_max_bytes,
                ..
            } => {
                let extent = if full {
                    Extent::Full
                } else {
                    Extent::UpTo(*print_max_bytes)
                };
                let seen = Seen { extent, links };
                let view = query::run(store, &self.namespace(), run, &seen).await?;
                shown(&view.ok_or_else(|| Stop::not_found(format!("there is no run `{run}`")))?)
            }
        }
    }

    /// The content of a file of a run.
    ///
    /// # Errors
    /// `NotFound` where there is no such run, or it has no such file.
    pub async fn file(&self, run: RunId, file: Digest) -> Outcome<Bytes> {
        match self {
            Self::Daemon(client) => {
                let path = format!("/api/v1/runs/{run}/files/{file}");
                let (status, body) = client.content(&path).await.map_err(Stop::environment)?;
                if !status.is_success() {
                    answered(client.parsed(&body).map(|body| (status, body)))?;
                }
                Ok(body)
            }
            Self::Store { store, .. } => {
                let content = query::file(store, &self.namespace(), (run, file)).await?;
                content.ok_or_else(|| {
                    Stop::not_found(Problem::no_such_file(run, &file.to_string()).detail())
                })
            }
        }
    }

    /// The namespace that the command is about, where it reads the store itself.
    fn namespace(&self) -> Namespace {
        let named = match self {
            Self::Store { named, .. } => named.clone(),
            Self::Daemon(_) => None,
        };
        named.unwrap_or_else(Namespace::default_namespace)
    }

    /// Whether runs go on while this command looks.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Daemon(_))
    }
}

/// The daemon that holds a data folder, where its file is not left over from one that was killed.
async fn running(data: &Path) -> Option<Client> {
    let daemon = Daemon::read(data)?;
    let certificate = daemon.certificate.as_deref();
    let client = Client::new(&daemon.ready.admin, &daemon.token, certificate).ok()?;
    let version = client.get("/version", Duration::ZERO).await.ok()?;
    (version.0 == StatusCode::OK).then_some(client)
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
