//! `/callbacks/SECRET`: an application or a person answers a step that waits.
//!
//! The secret names the step and carries a code that only this store can make, so nothing is looked
//! up for a wrong one. It is good for one answer: which ones were read stands in the journal, and the
//! store keeps no second letter under the same word.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use mortise_model::entry::{End, Waiting};
use mortise_model::path::Part;
use mortise_model::run::{StepState, StepStatus};
use mortise_model::{Json, Letter, Run, RunId, Status, StepPath};
use mortise_ports::inbox::{Delivery, Post};
use mortise_ports::{Plugins, Store};
use mortise_runner::Address;
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Unacceptable};
use crate::app::App;
use crate::audit;
use crate::orders::approval::waits_for_approval;
use crate::orders::{self, OrderError, Said};
use crate::problem::Problem;

/// Where callbacks begin on the listener.
pub const PREFIX: &str = "/callbacks/";

/// A person's decision at the address of an approval.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    decision: mortise_model::plan::Decision,
    by: Option<String>,
    #[serde(default)]
    why: String,
}

/// Who decided where nobody is named: whoever has the address may.
const SOMEBODY: &str = "the address of the step";

impl Decided {
    /// Who decides and why; none where whoever decides is named by nothing.
    fn said(self) -> Option<Said> {
        let by = self.by.unwrap_or_else(|| SOMEBODY.to_owned());
        let why = self.why;
        (!by.trim().is_empty()).then_some(Said { by, why })
    }
}

/// Answers a request to the address of a step.
///
/// # Errors
/// Why the answer was not kept, and whether its body was left unread.
pub async fn handle<S: Store, P: Plugins>(
    app: &App<S, P>,
    head: &Parts,
    body: Incoming,
) -> Result<Response<Full<Bytes>>, Unacceptable> {
    let unread = |problem| Unacceptable {
        problem,
        unread: true,
    };
    if head.method != http::Method::POST {
        return Err(unread(Problem::method_not_allowed("POST".to_owned())));
    }
    let secret = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let address = app.runner().links().open(secret);
    let address = address.ok_or_else(|| unread(unknown()))?;
    let body = body::read_json(head, body, app.settings()).await?;
    keep(app, address, body).await.map_err(Unacceptable::from)
}

async fn keep<S: Store, P: Plugins>(
    app: &App<S, P>,
    address: Address,
    body: Json,
) -> Result<Response<Full<Bytes>>, Problem> {
    let Address {
        namespace,
        run,
        step,
    } = address;
    let row = app.store().get(&namespace, run).await?;
    let row = row.ok_or_else(|| gone(run, &step))?;
    if row.status.is_rest() && row.status != Status::Parked {
        return Err(gone(run, &step));
    }
    let history = app.store().entries(&namespace, run).await?;
    let (plan, state) = orders::state(app.store(), &namespace, &row).await?;
    if is_over(&state, &step) {
        return Err(gone(run, &step));
    }
    if waits_for_approval(&plan, &step) {
        return decide(app, (&namespace, run, step), &body).await;
    }
    let body = orders::payload(app.store(), &namespace, run, body).await?;
    let once = Some(orders::once(&step, &history));
    let letter = Letter::Callback {
        step: step.clone(),
        body,
    };
    let post = Post {
        once,
        ..Post::new(namespace, run, letter)
    };
    match app.runner().tell(post).await? {
        Delivery::Kept => Ok(accepted(run, &step)),
        Delivery::TooMany => Err(OrderError::TooMany(run).into()),
        _ => Err(gone(run, &step)),
    }
}

async fn decide<S: Store, P: Plugins>(
    app: &App<S, P>,
    (namespace, run, step): (&mortise_model::Namespace, RunId, StepPath),
    body: &Json,
) -> Result<Response<Full<Bytes>>, Problem> {
    let bad_body = |detail| Problem::new(StatusCode::BAD_REQUEST, "bad-body", detail);
    let decided: Decided = body.read().map_err(|error| {
        bad_body(format!(
            "this address takes `{{\"decision\": \"approve\" or \"reject\", \"by\", \"why\"}}`: {error}"
        ))
    })?;
    let decision = decided.decision;
    let said = decided
        .said()
        .ok_or_else(|| bad_body("`by` is empty: name who decides, or leave it out".to_owned()))?;
    let place = (run, step.clone());
    let post = orders::approval::decide(app.store(), namespace, place, (decision, said)).await?;
    let change = audit::of_post(app.store(), &post).await?;
    let deed = change.deed(
        (SOMEBODY, "approvals.decide"),
        Some(namespace.clone()),
        app.runner().now(),
    );
    // Whoever goes away in the middle has decided all the same, and the log has to have it.
    let (app, answer) = (app.clone(), accepted(run, &step));
    let deciding = tokio::spawn(async move {
        orders::delivered(run, app.runner().tell(post).await?)?;
        app.store().audit(deed).await?;
        Ok::<_, Problem>(answer)
    });
    deciding.await.unwrap_or_else(|_| Err(unknown()))
}

/// Whether a step takes no answer any more: it has one, it is done, or what it stood in is.
fn is_over(run: &Run, step: &StepPath) -> bool {
    if run.early.contains_key(step) || is_parked_with(run, step) {
        return true;
    }
    if let Some(state) = run.steps.get(step) {
        return match state.status {
            StepStatus::Waiting { wait, .. } => {
                !matches!(wait, Waiting::Callback | Waiting::Approval { .. })
            }
            StepStatus::Suspended { callback, .. } => callback && state.answer.is_some(),
            StepStatus::Entered
            | StepStatus::Held(_)
            | StepStatus::Running
            | StepStatus::Retrying(_) => state.answer.is_some(),
            _ => true,
        };
    }
    let scope = step.scope();
    let mut around = scope.outward().filter_map(|scope| scope.owner());
    around.any(|(owner, part)| {
        let state = run.steps.get(&owner);
        state.is_some_and(|state| is_past(state, &part))
    })
}

/// Whether this step is what the run is parked with, such as one that nobody answered in time; a
/// replay makes its address good again.
fn is_parked_with(run: &Run, step: &StepPath) -> bool {
    matches!(&run.end, Some(End::Parked { step: Some(at), .. }) if at == step)
}

/// Whether a part of a block is done, or the block is.
fn is_past(block: &StepState, part: &Part) -> bool {
    match (block.status, &block.items, part) {
        (
            StepStatus::Succeeded
            | StepStatus::Skipped
            | StepStatus::Failed
            | StepStatus::Cancelled,
            ..,
        ) => true,
        (_, Some(items), Part::Index(item)) => {
            items.complete || (*item < items.fresh && !items.open.contains(item))
        }
        _ => false,
    }
}

fn accepted(run: RunId, step: &StepPath) -> Response<Full<Bytes>> {
    let body = json!({ "run": run, "step": step }).to_string();
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(http::header::CONTENT_TYPE, json);
    if let Ok(id) = HeaderValue::try_from(run.to_string()) {
        headers.insert("mortise-run", id);
    }
    response
}

fn unknown() -> Problem {
    let detail = "no step has this address";
    Problem::new(StatusCode::NOT_FOUND, "unknown-callback", detail)
}

fn gone(run: RunId, step: &StepPath) -> Problem {
    let detail = format!("step `{step}` takes no answer any more: each address takes one, in time");
    Problem::new(StatusCode::GONE, "gone", detail).with_run(run)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::view::fixture::{accepted, entry, json, nested};
    use mortise_model::entry::ItemFailure;
    use mortise_model::failure::{Disposition, Failure};
    use mortise_model::{Fact, Timestamp};

    fn state(facts: Vec<Fact>) -> Run {
        let entries: Vec<_> = std::iter::once(accepted())
            .chain(facts.into_iter().map(|fact| entry(1, fact)))
            .collect();
        let entries: Vec<_> = (0..).zip(entries).collect();
        let next = u32::try_from(entries.len()).unwrap();
        mortise_runner::fold(&nested(), &entries, next).unwrap()
    }

    fn waiting(step: &str) -> Fact {
        Fact::StepWaiting {
            step: step.into(),
            until: Timestamp(i64::MAX),
            wait: Waiting::Callback,
        }
    }

    fn called_back(step: &str) -> Fact {
        let letter = Letter::Callback {
            step: step.into(),
            body: json("1").into(),
        };
        Fact::LetterRead { number: 0, letter }
    }

    #[test]
    fn an_answer_is_taken_before_the_step_waits_and_once() {
        let ok = StepPath::from("ok");
        assert!(!is_over(&state(vec![]), &ok));
        assert!(is_over(&state(vec![called_back("ok")]), &ok));
        assert!(!is_over(&state(vec![waiting("ok")]), &ok));
        let output = json("1").into();
        let done = Fact::StepSucceeded {
            step: ok.clone(),
            output,
        };
        assert!(is_over(&state(vec![waiting("ok"), done]), &ok));
        let expired = Fact::Ended(End::Parked {
            step: Some(ok.clone()),
            failure: Failure::new(Disposition::Timeout, "callback-expired", "late"),
        });
        assert!(is_over(&state(vec![waiting("ok"), expired]), &ok));
        let step = ok.clone();
        let cancelled = vec![waiting("ok"), Fact::StepCancelled { step }];
        assert!(is_over(&state(cancelled), &ok));
    }

    #[test]
    fn whoever_decides_at_an_address_has_a_name() {
        for (body, by) in [
            (r#"{"decision":"reject"}"#, Some(SOMEBODY)),
            (r#"{"decision":"reject","by":null}"#, Some(SOMEBODY)),
            (r#"{"decision":"reject","by":"ann"}"#, Some("ann")),
            (r#"{"decision":"reject","by":""}"#, None),
            (r#"{"decision":"reject","by":" "}"#, None),
        ] {
            let decided: Decided = json(body).read().unwrap();
            let said = decided.said();
            assert_eq!(said.as_ref().map(|said| said.by.as_str()), by, "{body}");
        }
    }

    #[test]
    fn an_item_that_is_done_takes_no_answer() {
        let items = Fact::ItemsTaken {
            step: "lines".into(),
            items: json("[1,2,3]").into(),
            count: 3,
            next: None,
        };
        let failed = Fact::ItemFailed {
            step: "lines".into(),
            item: ItemFailure {
                item: 0,
                step: "lines[0].stock".into(),
                failure: Failure::new(Disposition::Reject, "x", "no"),
            },
        };
        let state = state(vec![items, failed]);
        for (step, over) in [
            ("lines[0].stock", true),
            ("lines[1].stock", false),
            ("lines[2].stock", false),
        ] {
            assert_eq!(is_over(&state, &step.into()), over, "{step}");
        }
    }
}
