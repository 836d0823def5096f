use mortise_model::entry::{End, ItemFailure};
use mortise_model::plan::{Action, Items};
use mortise_model::{Disposition, Fact, Plan, Status};

use super::{failure, journal, payload, shown, started, succeeded};
use crate::view::fixture::{json, nested};

/// [`nested`], where nothing inside of `lines` is ever undone: its parts can be forgotten.
fn forgetful() -> Plan {
    let mut plan = nested();
    for step in &mut plan.steps {
        if let Action::Foreach(foreach) = &mut step.action {
            foreach.steps.iter_mut().for_each(|step| step.undo = None);
        }
    }
    plan
}

/// The same, where `lines` goes through pages.
fn paged() -> Plan {
    let mut plan = forgetful();
    for step in &mut plan.steps {
        if let Action::Foreach(foreach) = &mut step.action {
            foreach.items = Items::Pages("book".into());
        }
    }
    plan
}

fn taken(count: u32) -> Fact {
    Fact::ItemsTaken {
        step: "lines".into(),
        items: payload("[1,2]"),
        count,
        next: Some(json("\"p2\"")),
    }
}

fn page_done(page: u32) -> Fact {
    Fact::PageDone {
        step: "lines".into(),
        page,
        output: None,
        succeeded: u64::from(page + 1) * 2,
        failed: 0,
        failures: Vec::new(),
        next: Some(json("\"p\"")),
    }
}

/// Path, status and why of every step inside of `lines`.
fn inside(plan: &Plan, facts: Vec<Fact>, status: Status) -> Vec<(String, String, String)> {
    let view = json(&shown(plan, &journal(facts), status));
    let view: serde_json::Value = view.read().unwrap();
    let text = |step: &serde_json::Value, at: &str| {
        step.pointer(at)
            .and_then(|v| v.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let steps = view["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            (
                text(step, "/path"),
                text(step, "/status"),
                text(step, "/failure/code"),
            )
        })
        .filter(|(path, ..)| path.starts_with("lines["))
        .collect()
}

/// What stays in a journal of a part that is done: the entries of turns that are about more.
fn remains(count: u32) -> Vec<Fact> {
    vec![
        Fact::Started,
        taken(count),
        started("lines[0].stock", 1, Some("{}")),
        succeeded("lines[1].stock", "{}"),
        page_done(0),
        started("lines[2].stock", 1, Some("{}")),
    ]
}

fn step(path: &str, status: &str, code: &str) -> (String, String, String) {
    (path.to_owned(), status.to_owned(), code.to_owned())
}

#[test]
fn what_is_left_of_parts_that_are_done_is_not_shown() {
    let under_way = [step("lines[2].stock", "running", "")];
    assert_eq!(inside(&paged(), remains(2), Status::Running), under_way);
    assert_eq!(
        inside(&forgetful(), remains(1001), Status::Running),
        under_way
    );

    let mut done = remains(2);
    done.extend([
        page_done(1),
        Fact::Ended(End::Succeeded {
            output: payload("null"),
        }),
    ]);
    assert_eq!(inside(&paged(), done, Status::Succeeded), []);
}

fn parked_and_replayed(step: &str) -> [Fact; 2] {
    let parked = End::Parked {
        step: Some(step.into()),
        failure: failure(Disposition::Reject, "x", "no"),
    };
    let replayed = Fact::Replayed {
        from: None,
        event: None,
    };
    [Fact::Ended(parked), replayed]
}

#[test]
fn what_parked_the_run_is_past_when_its_part_is_done() {
    let mut facts = remains(2);
    facts.extend(parked_and_replayed("lines[2].stock"));
    facts.extend([page_done(1), started("lines[4].stock", 1, Some("{}"))]);
    let under_way = [step("lines[4].stock", "running", "")];
    assert_eq!(inside(&paged(), facts, Status::Running), under_way);
}

#[test]
fn a_short_list_is_shown_whole() {
    // So is a longer one whose items may have to be undone.
    for (plan, count) in [(forgetful(), 2), (nested(), 1001)] {
        let paths = inside(&plan, remains(count), Status::Running);
        let paths: Vec<&str> = paths.iter().map(|(path, ..)| path.as_str()).collect();
        assert_eq!(
            paths,
            ["lines[0].stock", "lines[1].stock", "lines[2].stock"]
        );
    }
}

#[test]
fn a_step_that_an_item_failed_with_failed() {
    let item_failed = |item: u64| Fact::ItemFailed {
        step: "lines".into(),
        item: ItemFailure {
            item,
            step: format!("lines[{item}].stock").as_str().into(),
            failure: failure(Disposition::Reject, "rejected", "no"),
        },
    };
    let mut facts = vec![
        Fact::Started,
        taken(2),
        Fact::StepEntered {
            step: "lines[0].stock".into(),
            input: None,
        },
        item_failed(0),
        // It was never begun: its input could not be made.
        item_failed(1),
    ];
    let failed = [
        step("lines[0].stock", "failed", "rejected"),
        step("lines[1].stock", "failed", "rejected"),
    ];
    assert_eq!(inside(&nested(), facts.clone(), Status::Running), failed);

    // A replay from a step behind it leaves it as it is.
    facts.extend(parked_and_replayed("archive"));
    assert_eq!(inside(&nested(), facts, Status::Running), failed);
}

#[test]
fn a_request_that_there_was_nothing_to_do_about_was_understood() {
    let facts = vec![
        Fact::Started,
        started("receive-event", 1, None),
        Fact::Ended(End::Skipped {
            why: "the event came before".to_owned(),
            of: None,
        }),
    ];
    let view = json(&shown(&nested(), &journal(facts), Status::Skipped));
    let view: serde_json::Value = view.read().unwrap();
    assert_eq!(view["why"], "the event came before");
    assert_eq!(view["steps"][0]["path"], "receive-event");
    assert_eq!(view["steps"][0]["status"], "succeeded");
    assert!(view["steps"][0]["attempts"][0]["finished_at"].is_string());
}
