//! Lists.

use mortise_model::{Fact, RunId, Status, WorkflowName};

use super::Subject;
use super::fixture::*;
use crate::Runs;
use crate::runs::{Filter, Page};

async fn status(subject: &impl Subject, number: u32) -> Status {
    let row = subject.store().get(&team(), run(number)).await.unwrap();
    let listing = list(subject, Filter::default(), None, 100).await;
    let row = row.expect("the run is known");
    assert!(listing.0.contains(&row.run), "a known run is listed");
    row.status
}

async fn list(
    subject: &impl Subject,
    filter: Filter,
    before: Option<RunId>,
    limit: usize,
) -> (Vec<RunId>, Option<RunId>) {
    let page = Page { before, limit };
    let store = subject.store();
    let listing = store.list(&team(), &filter, page).await.unwrap();
    (
        listing.runs.iter().map(|row| row.run).collect(),
        listing.next,
    )
}

/// From its acceptance to its rest.
pub async fn a_run_shows_where_it_stands(subject: &mut impl Subject) {
    accept(subject.store(), event(1)).await;
    assert_eq!(status(subject, 1).await, Status::Queued);
    let claim = claim_all(subject.store()).await.pop().unwrap().claim;
    assert_eq!(status(subject, 1).await, Status::Running);
    let wait = entry(1, Fact::Suspended { until: at(5) });
    commit(subject.store(), &claim, 1, vec![wait])
        .await
        .unwrap();
    assert_eq!(status(subject, 1).await, Status::Waiting);
    subject.crash().await;
    assert_eq!(status(subject, 1).await, Status::Waiting);
    let claim = claim_all(subject.store()).await.pop().unwrap().claim;
    commit(subject.store(), &claim, 2, vec![success(9)])
        .await
        .unwrap();
    assert_eq!(status(subject, 1).await, Status::Succeeded);
    let row = subject.store().get(&team(), run(1)).await.unwrap().unwrap();
    assert_eq!(row.workflow, WorkflowName::from("orders"));
    assert_eq!((row.version, row.event_id.as_str()), (3, "event-1"));
    assert_eq!((row.accepted_at, row.finished_at), (at(1), Some(at(9))));
    assert_eq!(row.failure, None);
}

/// With its step.
pub async fn a_failure_is_shown(subject: &mut impl Subject) {
    finish(subject.store(), event(1), parking(4)).await;
    let row = subject.store().get(&team(), run(1)).await.unwrap().unwrap();
    assert_eq!(row.status, Status::Parked);
    let (step, failure) = row.failure.unwrap();
    assert_eq!(step.unwrap().as_str(), "post");
    assert_eq!(failure.code, "no-answer");
}

/// Pages neither repeat nor leave out, whether runs are at rest or not.
pub async fn lists_are_newest_first_and_in_pages(subject: &mut impl Subject) {
    for number in 1..=7 {
        if number % 2 == 0 {
            finish(subject.store(), event(number), success(10)).await;
        } else {
            begin(subject.store(), number).await;
        }
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let (runs, next) = list(subject, Filter::default(), before, 3).await;
        assert!(runs.len() <= 3);
        seen.extend(runs);
        before = next;
        if next.is_none() {
            break;
        }
    }
    let wanted: Vec<_> = (1..=7).rev().map(run).collect();
    assert_eq!(seen, wanted);
    let (runs, next) = list(subject, Filter::default(), None, 7).await;
    assert_eq!((runs.len(), next), (7, None));
}

/// By workflow, by status, by both.
pub async fn lists_are_filtered(subject: &mut impl Subject) {
    finish(subject.store(), event(1), success(10)).await;
    finish(subject.store(), event(2), parking(10)).await;
    let other = event_of(&team(), "invoices", 3, json(1));
    finish(subject.store(), other, success(10)).await;
    accept(subject.store(), event(4)).await;
    let orders = Some(WorkflowName::from("orders"));
    let cases = [
        (orders.clone(), None, vec![4, 2, 1]),
        (None, Some(Status::Succeeded), vec![3, 1]),
        (orders, Some(Status::Succeeded), vec![1]),
        (None, Some(Status::Queued), vec![4]),
        (None, Some(Status::Running), vec![]),
        (Some(WorkflowName::from("none")), None, vec![]),
    ];
    for (workflow, status, wanted) in cases {
        let filter = Filter {
            workflow,
            status,
            ..Filter::default()
        };
        let (runs, next) = list(subject, filter.clone(), None, 10).await;
        let wanted: Vec<_> = wanted.into_iter().map(run).collect();
        assert_eq!((runs, next), (wanted, None), "{filter:?}");
    }
}

/// And by the code of their failure, and by the run that called them.
pub async fn lists_are_filtered_by_code_and_caller(subject: &mut impl Subject) {
    let store = subject.store();
    for number in 1..=6 {
        let mut event = event(number);
        if number > 2 {
            first(&mut event).parent = Some(parent(1 + number % 2));
        }
        match number {
            4 | 5 => finish(store, event, parking(10)).await,
            3 => finish(store, event, success(10)).await,
            _ => accept(store, event).await,
        }
        if number == 2 {
            // What waits is found among what does not.
            for claimed in claim_all(store).await {
                let wait = entry(1, Fact::Suspended { until: FAR });
                commit(store, &claimed.claim, 1, vec![wait]).await.unwrap();
            }
        }
    }
    let code = |code: &str| Filter {
        code: Some(code.to_owned()),
        ..Filter::default()
    };
    let of = |number, status| Filter {
        parent: Some(run(number)),
        status,
        ..Filter::default()
    };
    let status = |status| Filter {
        status: Some(status),
        ..Filter::default()
    };
    for (filter, wanted) in [
        (code("no-answer"), vec![5, 4]),
        (code("other"), vec![]),
        (of(1, None), vec![6, 4]),
        (of(2, None), vec![5, 3]),
        (of(2, Some(Status::Parked)), vec![5]),
        (of(3, None), vec![]),
        (status(Status::Parked), vec![5, 4]),
        (status(Status::Waiting), vec![2, 1]),
        (status(Status::Queued), vec![6]),
        (status(Status::Failed), vec![]),
    ] {
        let (runs, next) = list(subject, filter.clone(), None, 10).await;
        let wanted: Vec<_> = wanted.into_iter().map(run).collect();
        assert_eq!((runs, next), (wanted, None), "{filter:?}");
    }
}
