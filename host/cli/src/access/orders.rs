//! What people decide about runs. Where no daemon runs, a run reads it after the next start.

use std::time::Duration;

use bytes::Bytes;
use mortise_api::audit::Change;
use mortise_api::orders::bulk::{self, What, Which};
use mortise_api::orders::parked::Replay;
use mortise_api::orders::{self, OrderError, Said};
use mortise_model::plan::Decision;
use mortise_model::{Json, RunId, StepPath};
use mortise_ports::Inbox as _;
use mortise_ports::inbox::Post;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Access, answered, audit, shown};
use crate::exit::{Outcome, Stop};
use crate::progress;

/// A bulk order goes through many runs before it is answered.
const BULK_PATIENCE: Duration = Duration::from_secs(3_600);

/// A decision about one run.
pub enum Order {
    /// It stops.
    Cancel(Said),
    /// It goes on with a version of its workflow.
    Move(u32, Said),
    /// Parked, it goes on.
    Replay(Replay, Said),
    /// Parked, it is given up.
    Discard(Said),
    /// A step's question is answered.
    Decide(StepPath, Decision, Said),
}

impl Access {
    /// Tells a run what was decided; returns when that is durable.
    ///
    /// # Errors
    /// Where there is no such run, or it cannot be told that.
    pub async fn order(&self, run: RunId, order: Order) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let (path, body) = order.request(run)?;
                answered(client.post(&path, body.into(), Duration::ZERO).await)
            }
            Self::Store { store, .. } => {
                let namespace = self.namespace();
                let what = order.word();
                let post: Result<Post, OrderError> = match order {
                    Order::Cancel(said) => orders::cancel(store, &namespace, run, said).await,
                    Order::Move(to, said) => {
                        orders::moving::move_to(store, &namespace, (run, to), said).await
                    }
                    Order::Replay(replay, said) => {
                        orders::parked::replay(store, &namespace, run, (replay, said)).await
                    }
                    Order::Discard(said) => {
                        orders::parked::discard(store, &namespace, run, said).await
                    }
                    Order::Decide(step, decision, said) => {
                        let (place, decided) = ((run, step), (decision, said));
                        orders::approval::decide(store, &namespace, place, decided).await
                    }
                };
                let post = post?;
                let change = mortise_api::audit::of_post(store, &post).await?;
                orders::delivered(run, store.send(post).await?)?;
                audit::tell(store, what, Some(namespace), change).await?;
                later();
                Ok(json!({ "run": run }))
            }
        }
    }

    /// Tells many parked runs; the answer counts them.
    ///
    /// # Errors
    /// Where it is not said which, or the store fails on the way.
    pub async fn bulk(&self, which: Which, what: What, said: Said) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let (path, from) = match what {
                    What::Replay(from) => ("/api/v1/parked/replay", from),
                    What::Discard => ("/api/v1/parked/discard", None),
                };
                let body = json!({
                    "workflow": which.workflow, "code": which.code, "all": which.all,
                    "from": from, "by": said.by, "why": said.why,
                });
                let body = Bytes::from(body.to_string());
                answered(client.post(path, body, BULK_PATIENCE).await)
            }
            Self::Store { store, .. } => {
                let send = |post| store.send(post);
                let word = match what {
                    What::Replay(_) => "parked.replay",
                    What::Discard => "parked.discard",
                };
                let mut change = Change::of(which.to_string());
                let done = bulk::tell(store, &self.namespace(), (which, what, said), send).await?;
                change.after = Some(mortise_api::audit::digest(&done));
                audit::tell(store, word, Some(self.namespace()), change).await?;
                if done.done > 0 {
                    later();
                }
                shown(&done)
            }
        }
    }
}

impl Order {
    /// As the audit log calls it.
    fn word(&self) -> &'static str {
        match self {
            Self::Cancel(_) => "runs.cancel",
            Self::Move(..) => "runs.move",
            Self::Replay(..) => "parked.replay",
            Self::Discard(_) => "parked.discard",
            Self::Decide(..) => "approvals.decide",
        }
    }

    /// The path and the body that ask a daemon for it.
    fn request(self, run: RunId) -> Outcome<(String, String)> {
        let (path, body) = match self {
            Self::Cancel(said) => (format!("runs/{run}/cancel"), Body::of(said)),
            Self::Discard(said) => (format!("parked/{run}/discard"), Body::of(said)),
            Self::Move(to, said) => {
                let body = Body {
                    to: Some(to),
                    ..Body::of(said)
                };
                (format!("runs/{run}/move"), body)
            }
            Self::Replay(Replay { from, input }, said) => {
                let body = Body {
                    from,
                    input,
                    ..Body::of(said)
                };
                (format!("parked/{run}/replay"), body)
            }
            Self::Decide(step, decision, said) => {
                let step: String =
                    url::form_urlencoded::byte_serialize(step.as_str().as_bytes()).collect();
                let body = Body {
                    decision: Some(decision),
                    ..Body::of(said)
                };
                (format!("approvals/{run}/{step}"), body)
            }
        };
        let body = serde_json::to_string(&body).map_err(Stop::defect)?;
        Ok((format!("/api/v1/{path}"), body))
    }
}

/// The body of a request; what an order does not have is left out.
#[derive(Default, Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<StepPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl Body {
    fn of(said: Said) -> Self {
        Self {
            by: said.by,
            why: Some(said.why),
            ..Self::default()
        }
    }
}

fn later() {
    progress::note("no daemon holds this data folder: it is read when the next one starts");
}
