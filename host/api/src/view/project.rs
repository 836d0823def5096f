//! From the journal of a run to the view of it.

use std::collections::BTreeMap;

use mortise_model::entry::{Accepted, End, LogLine};
use mortise_model::id::{RunId, idempotency_key};
use mortise_model::plan::Action;
use mortise_model::{Entry, Fact, Plan, Status, StepPath, Timestamp};
use mortise_ports::logs::AttemptKey;

use super::failure::FailureView;
use super::run::{AttemptView, RunView, StepView, TriggerView, WaitView};
use super::sentence::Place;
use super::value::Values;

/// What a view of a run is made of.
pub struct Record<'a> {
    /// The journal, the acceptance first.
    pub entries: &'a [Entry],
    /// The plan, for the steps that have not begun; without it only the others are shown.
    pub plan: Option<&'a Plan>,
    /// What plugins said, attempt by attempt.
    pub logs: Vec<(AttemptKey, Vec<LogLine>)>,
    /// Where the store says that the run stands; the journal knows better once it is at rest.
    pub status: Status,
}

/// The view of a run; none where the journal does not begin with an acceptance.
#[must_use]
pub fn project(record: Record<'_>, values: &Values) -> Option<RunView> {
    let (first, rest) = record.entries.split_first()?;
    let Fact::Accepted(accepted) = &first.fact else {
        return None;
    };
    let mut projection = Projection {
        run: accepted.run,
        view: queued(accepted, first.at, record.status, values),
        values,
        logs: record.logs.into_iter().collect(),
    };
    if let Some(plan) = record.plan {
        projection.pending(plan);
    }
    for entry in rest {
        projection.apply(entry);
    }
    Some(projection.view)
}

fn queued(accepted: &Accepted, at: Timestamp, status: Status, values: &Values) -> RunView {
    RunView {
        id: accepted.run,
        workflow: accepted.workflow.clone(),
        namespace: accepted.namespace.clone(),
        plan: accepted.plan,
        version: accepted.version,
        parent: None,
        status: status.word(),
        trigger: TriggerView {
            id: accepted.origin.trigger.clone(),
            kind: accepted.origin.kind,
            event_id: accepted.event.id.clone(),
        },
        accepted_at: at,
        started_at: None,
        finished_at: None,
        input: values.show(&accepted.event.payload),
        request: accepted.event.request.clone(),
        output: None,
        why: None,
        failure: None,
        steps: Vec::new(),
    }
}

fn step_view(path: &StepPath) -> StepView {
    StepView {
        path: path.clone(),
        uses: None,
        digest: None,
        status: "pending",
        input: None,
        records: None,
        output: None,
        failures: Vec::new(),
        wait: None,
        attempts: Vec::new(),
    }
}

struct Projection<'a> {
    run: RunId,
    view: RunView,
    values: &'a Values,
    logs: BTreeMap<AttemptKey, Vec<LogLine>>,
}

impl Projection<'_> {
    fn pending(&mut self, plan: &Plan) {
        self.view.steps.extend(plan.steps.iter().map(|step| {
            let Action::Operation(operation) = &step.action;
            StepView {
                uses: Some(operation.uses.clone()),
                digest: Some(operation.digest),
                ..step_view(&step.id)
            }
        }));
    }

    fn step(&mut self, path: &StepPath) -> &mut StepView {
        let steps = &mut self.view.steps;
        let index = steps.iter().position(|step| step.path == *path);
        let index = index.unwrap_or_else(|| {
            steps.push(step_view(path));
            steps.len() - 1
        });
        &mut steps[index]
    }

    fn apply(&mut self, entry: &Entry) {
        let values = self.values;
        match &entry.fact {
            Fact::Accepted(_) | Fact::Resumed | Fact::Suspended { .. } => {}
            Fact::Started => self.view.started_at = Some(entry.at),
            Fact::StepSkipped { step } => self.step(step).status = "skipped",
            Fact::AttemptStarted {
                step,
                attempt,
                turn,
                input,
            } => {
                let view = self.attempt(step, *attempt, *turn, entry.at);
                if let Some(input) = input {
                    view.input = Some(values.show(&input.with));
                    view.records = input.records.as_ref().map(|records| values.show(records));
                }
            }
            Fact::AttemptSucceeded {
                step,
                output,
                failures,
                requests,
            } => {
                let view = self.step(step);
                view.status = "succeeded";
                view.output = Some(values.show(output));
                view.failures.clone_from(failures);
                if let Some(attempt) = view.attempts.last_mut() {
                    attempt.finished_at = Some(entry.at);
                    attempt.requests.clone_from(requests);
                }
            }
            Fact::AttemptFailed {
                step,
                failure,
                retry_at,
                requests,
            } => {
                let view = self.step(step);
                view.status = retry_at.map_or("failed", |_| "waiting");
                view.wait = retry_at.map(|until| WaitView {
                    url: None,
                    until: Some(until),
                });
                let place = Place {
                    step: Some(step),
                    uses: view.uses.as_deref(),
                    attempts: 1,
                };
                let failure = FailureView::new(failure, place);
                if let Some(attempt) = view.attempts.last_mut() {
                    attempt.finished_at = Some(entry.at);
                    attempt.failure = Some(failure);
                    attempt.requests.clone_from(requests);
                }
            }
            Fact::Ended(end) => self.end(end, entry.at),
        }
    }

    fn attempt(&mut self, step: &StepPath, number: u32, turn: u32, at: Timestamp) -> &mut StepView {
        let key = AttemptKey {
            step: step.clone(),
            turn,
            attempt: number,
        };
        let log = self.logs.remove(&key).unwrap_or_default();
        let idempotency_key = idempotency_key(self.run, step, turn);
        let view = self.step(step);
        view.status = "running";
        view.wait = None;
        view.attempts.push(AttemptView {
            number,
            turn,
            idempotency_key,
            started_at: at,
            finished_at: None,
            failure: None,
            requests: Vec::new(),
            log: log.into_iter().map(Into::into).collect(),
        });
        view
    }

    fn end(&mut self, end: &End, at: Timestamp) {
        self.view.status = end.status().word();
        self.view.finished_at = Some(at);
        match end {
            End::Succeeded { output } => self.view.output = Some(self.values.show(output)),
            End::Cancelled { why } => {
                self.view.why = Some(why.clone());
                for step in &mut self.view.steps {
                    if matches!(step.status, "running" | "waiting") {
                        step.status = "cancelled";
                        step.wait = None;
                    }
                }
            }
            End::Skipped { why } => self.view.why = Some(why.clone()),
            End::Failed { step, failure } | End::Parked { step, failure } => {
                let mut uses = None;
                let mut attempts = 0;
                if let Some(path) = step {
                    let view = self.step(path);
                    view.status = "failed";
                    view.wait = None;
                    attempts = view.attempts.len();
                    uses.clone_from(&view.uses);
                }
                let place = Place {
                    step: step.as_ref(),
                    uses: uses.as_deref(),
                    attempts,
                };
                self.view.failure = Some(FailureView::new(failure, place));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::view::fixture::{accepted, entry, json, plan};
    use mortise_model::entry::{RequestRecord, StepInput};
    use mortise_model::failure::RecordFailure;
    use mortise_model::{Cause, Disposition, Failure, Payload};

    fn payload(text: &str) -> Payload {
        Payload::Inline(json(text))
    }

    fn started(step: &str, attempt: u32, input: Option<&str>) -> Fact {
        Fact::AttemptStarted {
            step: step.into(),
            attempt,
            turn: 0,
            input: input.map(|text| StepInput {
                with: payload(text),
                records: None,
            }),
        }
    }

    fn requests() -> Vec<RequestRecord> {
        vec![RequestRecord {
            method: "POST".to_owned(),
            url: "https://api.example.com/invoices".to_owned(),
            status: Some(503),
            duration_ms: 12,
        }]
    }

    fn unavailable(retry_at: Option<Timestamp>) -> Fact {
        let mut failure = Failure::new(
            Disposition::Retry { after_ms: None },
            "http-503",
            "the application answered 503",
        );
        failure.cause = Some(Cause {
            status: Some(503),
            ..Cause::default()
        });
        Fact::AttemptFailed {
            step: "book".into(),
            failure,
            retry_at,
            requests: requests(),
        }
    }

    fn shown(entries: &[Entry], status: Status) -> String {
        let record = Record {
            entries,
            plan: Some(&plan()),
            logs: vec![(
                AttemptKey {
                    step: "book".into(),
                    turn: 0,
                    attempt: 1,
                },
                vec![LogLine {
                    at: entry(2, Fact::Started).at,
                    level: "info".to_owned(),
                    message: "booking".to_owned(),
                    fields: vec![("id".to_owned(), "1".to_owned())],
                }],
            )],
            status,
        };
        let view = project(record, &Values::up_to(100)).unwrap();
        serde_json::to_string_pretty(&view).unwrap() + "\n"
    }

    /// Compares with a golden file; `UPDATE=1` writes it.
    fn check(name: &str, actual: &str) {
        let path = format!("{}/src/view/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, actual).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(actual, expected, "{path}");
    }

    #[test]
    fn a_queued_run_shows_every_step_as_pending() {
        check("queued", &shown(&[accepted()], Status::Queued));
    }

    #[test]
    fn a_run_that_waits_for_a_retry_says_until_when() {
        let until = entry(900, Fact::Started).at;
        let entries = [
            accepted(),
            entry(1, Fact::Started),
            entry(1, started("book", 1, Some(r#"{"a":1}"#))),
            entry(20, unavailable(Some(until))),
            entry(20, Fact::Suspended { until }),
        ];
        check("waiting", &shown(&entries, Status::Waiting));
    }

    #[test]
    fn a_succeeded_run_shows_what_each_step_did() {
        let entries = [
            accepted(),
            entry(1, Fact::Started),
            entry(1, started("book", 1, Some(r#"{"a":1}"#))),
            entry(
                30,
                Fact::AttemptSucceeded {
                    step: "book".into(),
                    output: payload(&format!("\"{}\"", "x".repeat(200))),
                    failures: vec![RecordFailure {
                        record: 2,
                        field: Some("/price".to_owned()),
                        message: "`abc` is not a number".to_owned(),
                    }],
                    requests: requests(),
                },
            ),
            entry(
                30,
                Fact::StepSkipped {
                    step: "tell".into(),
                },
            ),
            entry(
                31,
                Fact::Ended(End::Succeeded {
                    output: payload("null"),
                }),
            ),
        ];
        // The store's status is older than the journal.
        check("succeeded", &shown(&entries, Status::Running));
    }

    #[test]
    fn a_parked_run_says_why_in_a_sentence() {
        let entries = [
            accepted(),
            entry(1, Fact::Started),
            entry(1, started("book", 1, Some("{}"))),
            entry(20, unavailable(Some(Timestamp(0)))),
            entry(20, started("book", 2, None)),
            entry(40, unavailable(None)),
            entry(
                40,
                Fact::Ended(End::Parked {
                    step: Some("book".into()),
                    failure: Failure::new(
                        Disposition::Retry { after_ms: None },
                        "http-503",
                        "the application answered 503",
                    ),
                }),
            ),
        ];
        check("parked", &shown(&entries, Status::Parked));
    }
}
