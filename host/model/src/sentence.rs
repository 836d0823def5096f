//! The one place where a failure becomes text: what happened, where, why, and what helps.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::failure::{Cause, Disposition, Failure};
use crate::id::StepPath;
use crate::path::{FINALLY, Part, RECEIVE, UNDO};
use crate::plan::{Action, Plan};
use crate::run::Run;

/// Where a failure happened, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The step.
    pub step: Option<&'a StepPath>,
    /// What the step calls, such as `http/request`.
    pub uses: Option<&'a str>,
    /// How many attempts were made.
    pub attempts: usize,
    /// Tells the items of a `foreach` from the cases of a `switch`.
    pub plan: Option<&'a Plan>,
}

/// One sentence for the person who reads the run: lower case, no full stop.
#[must_use]
pub fn sentence(failure: &Failure, place: Place<'_>) -> String {
    let mut special = SPECIAL
        .iter()
        .chain(OF_WAITS.iter().filter(|_| is_wait(place)));
    let special = special.find(|(code, ..)| *code == failure.code);
    let (verb, mut remedy) = match special {
        Some((_, verb, remedy)) => ((*verb).to_owned(), *remedy),
        None => (
            verb(failure.disposition, place.attempts),
            remedy(failure.disposition),
        ),
    };
    if place.step.is_some_and(|step| step.id() == UNDO) {
        remedy = "take it back in the application itself and discard the run, or replay the run";
    }
    let mut text = format!("{} {verb}: {}", subject(place), message(failure));
    if let Some(cause) = &failure.cause {
        text.push_str(&origin(cause, &failure.message));
    }
    let _ = write!(text, "; {remedy}");
    text
}

/// The message. Who decides at a step's own address need not say who they are.
#[must_use]
pub fn message(failure: &Failure) -> Cow<'_, str> {
    let text = failure.message.as_str();
    let unnamed = text.strip_prefix("`` ");
    match unnamed.filter(|_| failure.code == "rejected") {
        Some(rest) => format!("somebody {rest}").into(),
        None => text.into(),
    }
}

/// The same for the failure that a run ends with.
#[must_use]
pub fn of_run(plan: &Plan, run: &Run, (step, failure): (Option<&StepPath>, &Failure)) -> String {
    let operation = step.and_then(|step| plan.operation(step, &run.accepted.origin));
    let state = step.and_then(|step| run.steps.get(step));
    let place = Place {
        step,
        uses: operation.map(|operation| operation.uses.as_str()),
        attempts: state.map_or(0, |state| state.attempts as usize),
        plan: Some(plan),
    };
    sentence(failure, place)
}

/// The same for a trigger, which goes on trying whatever happens.
#[must_use]
pub fn of_trigger(failure: &Failure) -> String {
    let verb = match failure.disposition {
        // Nothing is for good that is tried again.
        Disposition::Reject => "was refused".to_owned(),
        disposition => verb(disposition, 0),
    };
    let mut text = format!("the trigger {verb}: {}", failure.message);
    if let Some(cause) = &failure.cause {
        text.push_str(&origin(cause, &failure.message));
    }
    text.push_str("; it is tried again");
    text
}

/// Findings of the engine that say more than their disposition: code, what happened, what helps.
const SPECIAL: &[(&str, &str, &str)] = &[
    (
        "interrupted",
        "was under way when the host stopped",
        "find out what takes the host down before the run is replayed",
    ),
    (
        "run-timeout",
        "was not done in time",
        "raise `timeout` of the workflow, move the run to that version (`runs move ID --to VERSION`), \
         then replay it",
    ),
    (
        "event-conflict",
        "holds an event that is known already",
        "compare it with the run that is named, then discard this one, or replay it with the event as `--input`",
    ),
];

/// The same for steps that wait; plugins have codes of their own, some of which read the same.
const OF_WAITS: &[(&str, &str, &str)] = &[
    (
        "callback-expired",
        "was not called back",
        "look at the application, then replay the run from this step",
    ),
    (
        "approval-expired",
        "was not approved",
        "replay the run from this step to ask again, or discard it",
    ),
    (
        "rejected",
        "was not approved",
        "replay the run from this step to ask again, or discard it",
    ),
    (
        "call-depth-max",
        "called no workflow",
        "see whether the workflows call each other in a circle, or raise the limit that is named, \
         then replay the run",
    ),
    (
        "child-failed",
        "got no output from the workflow it called",
        "see to the run that is named, then replay this one",
    ),
    (
        "child-cancelled",
        "got no output from the workflow it called",
        "replay the run to call it again, or discard it",
    ),
];

/// ``item 3 of `lines`: step `stock` (`http/request`)``.
fn subject(place: Place<'_>) -> String {
    let Some(step) = place.step else {
        return "the run".to_owned();
    };
    let (around, inner) = item(step, place.plan);
    let mut text = around;
    match inner.rsplit_once('.') {
        None if inner == RECEIVE => text.push_str("the webhook's request"),
        Some((step, UNDO)) => {
            let _ = write!(text, "taking back step `{step}`");
        }
        _ => {
            let inner = inner.strip_prefix(FINALLY).unwrap_or(inner);
            let _ = write!(text, "step `{}`", inner.trim_start_matches('.'));
        }
    }
    if let Some(uses) = place.uses {
        let _ = write!(text, " (`{uses}`)");
    }
    if inner.starts_with(FINALLY) && inner != FINALLY {
        text.push_str(" under `finally`");
    }
    text
}

/// The items of `foreach` steps that a step lies in, as the beginning of a sentence, and the rest of
/// its path.
fn item<'a>(step: &'a StepPath, plan: Option<&Plan>) -> (String, &'a str) {
    let whole = step.as_str();
    let scopes: Vec<_> = step.seen_from().outward().collect();
    let innermost = scopes.iter().find_map(|scope| match scope.owner()? {
        (owner, Part::Index(index)) if is_foreach(plan, &owner) => Some((owner, index, scope)),
        _ => None,
    });
    let Some((owner, index, scope)) = innermost else {
        return (String::new(), whole);
    };
    let (around, name) = item(&owner, plan);
    let rest = whole.strip_prefix(scope.as_str()).unwrap_or(whole);
    (
        format!("{around}item {index} of `{name}`: "),
        rest.trim_start_matches('.'),
    )
}

fn is_foreach(plan: Option<&Plan>, step: &StepPath) -> bool {
    let step = plan.and_then(|plan| plan.step(step));
    step.is_some_and(|step| matches!(step.action, Action::Foreach(_)))
}

fn is_wait(place: Place<'_>) -> bool {
    let step = place.step.and_then(|path| place.plan?.step(path));
    step.is_some_and(|step| matches!(step.action, Action::Wait(_) | Action::Call(_)))
}

fn verb(disposition: Disposition, attempts: usize) -> String {
    match disposition {
        Disposition::Retry { .. } if attempts > 1 => format!("failed in all {attempts} attempts"),
        Disposition::Retry { .. } => "failed and may work later".to_owned(),
        Disposition::Unclear => "may or may not have been carried out".to_owned(),
        Disposition::Reject => "was refused for good".to_owned(),
        Disposition::Reauthorize => "was refused for its credential".to_owned(),
        Disposition::Misconfigured => "is not set up right".to_owned(),
        Disposition::Limit => "hit a limit".to_owned(),
        Disposition::Trap => "broke down in its plugin".to_owned(),
        Disposition::Timeout => "ran out of time".to_owned(),
    }
}

fn remedy(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Retry { .. } => "look at the application, then replay the run",
        Disposition::Unclear => {
            "look in the application whether it happened, before the run is replayed or discarded"
        }
        Disposition::Reject => {
            "replay the run with a corrected event, or change the step that makes this input of it, \
             move the run to that version (`runs move ID --to VERSION`) and replay it"
        }
        Disposition::Reauthorize => {
            "give the connection a credential that the application takes, then replay the run"
        }
        Disposition::Misconfigured => {
            "change the connection that it names, or change the step and move the run to that \
             version (`runs move ID --to VERSION`), then replay it"
        }
        Disposition::Limit => "make the data smaller, or raise the limit that is named",
        Disposition::Trap => "report it to the plugin's authors with this run's input",
        Disposition::Timeout => {
            "find out what takes so long, or raise `timeout` and move the run to that version \
             (`runs move ID --to VERSION`), then replay it"
        }
    }
}

/// ` (status 422, code `card_declined`, record 3, field `/lines/2/price`)`, without a status that the
/// message names.
fn origin(cause: &Cause, message: &str) -> String {
    let is_named = |status: &u16| {
        let mut words = message.split(|c: char| !c.is_alphanumeric());
        let status = status.to_string();
        words.any(|word| word == status)
    };
    let status = cause.status.filter(|status| !is_named(status));
    let field = cause.field.as_ref().filter(|field| !field.is_empty());
    let parts: Vec<String> = [
        status.map(|status| format!("status {status}")),
        cause.code.as_ref().map(|code| format!("code `{code}`")),
        cause.record.map(|record| format!("record {record}")),
        // An empty pointer is the whole of it.
        field.map(|field| format!("field `{field}`")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A `foreach` named `lines` and an approval named `ok`.
    fn plan() -> Plan {
        let lines = serde_json::json!({
            "id": "lines",
            "condition": null,
            "action": { "foreach": {
                "items": { "list": { "literal": [] } }, "name": "line", "at_once": 1,
                "on_failure": "collect", "steps": [],
            } },
        });
        let ok = serde_json::json!({
            "id": "ok",
            "condition": null,
            "action": { "wait": { "approval": { "within_ms": 1, "otherwise": "reject" } } },
        });
        let plan = serde_json::json!({
            "format": 1, "namespace": "default", "workflow": "w", "description": null, "vars": {},
            "triggers": [], "steps": [lines, ok], "output": null, "timeout_ms": null, "retain_ms": null,
        });
        serde_json::from_str(&plan.to_string()).unwrap()
    }

    fn said(step: &str, uses: &str, failure: &Failure) -> String {
        let (step, plan) = (StepPath::from(step), plan());
        let place = Place {
            step: Some(&step),
            uses: (!uses.is_empty()).then_some(uses),
            attempts: 8,
            plan: Some(&plan),
        };
        sentence(failure, place)
    }

    fn rejected() -> Failure {
        let mut failure = Failure::new(Disposition::Reject, "price", "the price is negative");
        failure.cause = Some(Cause {
            status: Some(422),
            code: Some("bad_price".to_owned()),
            record: Some(3),
            field: Some("/lines/2/price".to_owned()),
            body: Some("…".to_owned()),
        });
        failure
    }

    #[test]
    fn a_sentence_says_what_where_why_and_what_helps() {
        assert_eq!(
            said("book", "quickbooks/create-invoice", &rejected()),
            "step `book` (`quickbooks/create-invoice`) was refused for good: the price is negative \
             (status 422, code `bad_price`, record 3, field `/lines/2/price`); replay the run with a \
             corrected event, or change the step that makes this input of it, move the run to that \
             version (`runs move ID --to VERSION`) and replay it"
        );
        let failure = Failure::new(
            Disposition::Retry { after_ms: None },
            "http-503",
            "the application answered 503",
        );
        assert_eq!(
            said("book", "quickbooks/create-invoice", &failure),
            "step `book` (`quickbooks/create-invoice`) failed in all 8 attempts: the application \
             answered 503; look at the application, then replay the run"
        );
    }

    #[test]
    fn a_status_is_said_once() {
        let mut failure = rejected();
        for (message, why) in [
            (
                "the server rejected the request with 422: no price",
                "no price (code `bad_price`, record 3, field `/lines/2/price`); ",
            ),
            ("line 4220 is bad", "line 4220 is bad (status 422, code "),
        ] {
            message.clone_into(&mut failure.message);
            let texts = [said("book", "a/b", &failure), of_trigger(&failure)];
            assert!(texts.iter().all(|text| text.contains(why)), "{texts:?}");
        }
        failure.cause = Some(Cause {
            status: Some(422),
            ..Cause::default()
        });
        "refused with 422".clone_into(&mut failure.message);
        let text = of_trigger(&failure);
        assert!(
            text.ends_with("refused with 422; it is tried again"),
            "{text}"
        );
    }

    #[test]
    fn a_step_is_named_by_where_it_stands() {
        let failure = Failure::new(Disposition::Limit, "x", "too much");
        for (step, subject) in [
            ("lines[3].stock", "item 3 of `lines`: step `stock` (`a/b`)"),
            ("size[1].tell", "step `size[1].tell` (`a/b`)"),
            ("book.undo", "taking back step `book` (`a/b`)"),
            (
                "lines[3].stock.undo",
                "item 3 of `lines`: taking back step `stock` (`a/b`)",
            ),
            ("finally.clean", "step `clean` (`a/b`) under `finally`"),
            ("receive-event", "the webhook's request (`a/b`)"),
            (
                "book.on-failure.tell",
                "step `book.on-failure.tell` (`a/b`)",
            ),
        ] {
            let text = said(step, "a/b", &failure);
            assert!(
                text.starts_with(&format!("{subject} hit a limit")),
                "{text}"
            );
        }
    }

    #[test]
    fn what_people_and_other_runs_decided_has_words_of_its_own() {
        let failure = Failure::new(
            Disposition::Reject,
            "rejected",
            "`ann` rejected it: too dear",
        );
        assert_eq!(
            said("ok", "", &failure),
            "step `ok` was not approved: `ann` rejected it: too dear; replay the run from this step \
             to ask again, or discard it"
        );
        let text = said("book", "shop/order", &failure);
        assert!(text.contains("was refused for good"), "{text}");
    }

    #[test]
    fn a_run_fails_without_a_step() {
        let failure = Failure::new(
            Disposition::Misconfigured,
            "output",
            "`.steps.x` is missing",
        );
        assert_eq!(
            sentence(&failure, Place::default()),
            "the run is not set up right: `.steps.x` is missing; change the connection that it names, \
             or change the step and move the run to that version (`runs move ID --to VERSION`), then \
             replay it"
        );
    }

    #[test]
    fn nobody_is_named_who_did_not_say_who_they_are() {
        let failure = Failure::new(Disposition::Reject, "rejected", "`` rejected it: no");
        let text = said("ok", "", &failure);
        let start = "step `ok` was not approved: somebody rejected it: no; ";
        assert!(text.starts_with(start), "{text}");
    }

    #[test]
    fn a_plan_that_was_changed_is_moved_to_before_the_replay() {
        for disposition in [
            Disposition::Reject,
            Disposition::Misconfigured,
            Disposition::Timeout,
        ] {
            let text = said("book", "a/b", &Failure::new(disposition, "x", "no"));
            let moving = text.find("`runs move ID --to VERSION`");
            assert!(
                moving.is_some() && moving < text.rfind("replay it"),
                "{text}"
            );
        }
        let late = Failure::new(Disposition::Timeout, "run-timeout", "it took 2 hours");
        let text = sentence(&late, Place::default());
        assert!(text.contains("`runs move ID --to VERSION`"), "{text}");
    }

    #[test]
    fn a_trigger_that_was_refused_is_tried_again() {
        let failure = Failure::new(Disposition::Reject, "http-422", "the server answered 422");
        assert_eq!(
            of_trigger(&failure),
            "the trigger was refused: the server answered 422; it is tried again"
        );
    }

    #[test]
    fn calls_that_are_too_deep_have_nothing_to_do_with_data() {
        let failure = Failure::new(Disposition::Limit, "call-depth-max", "17 deep");
        let text = said("ok", "", &failure);
        assert!(text.contains("in a circle"), "{text}");
        assert!(!text.contains("data"), "{text}");
    }
}
