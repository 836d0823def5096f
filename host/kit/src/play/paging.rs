//! Actions that give their output page by page.

use mortise_model::Json;
use mortise_model::descriptor::OperationDescriptor;
use mortise_ports::Plugins;
use mortise_ports::plugins::{Invocation, Outcome, Turn};
use serde_json::Value;

use super::{action, faults, input, judge, start};
use crate::lab::{How, Lab};
use crate::report::Report;
use crate::script::{Case, Script};

/// Pages beyond those that a script has exchanges for: then it does not end.
const PAGES_BEYOND: usize = 3;

/// A page as it was given.
#[derive(Debug, PartialEq)]
struct Page {
    records: Vec<Value>,
    next: Option<Json>,
}

pub async fn play<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    declared: &OperationDescriptor,
    report: &mut Report,
) {
    let operation = script.operation.as_str();
    let mut is_broken = false;
    for case in &script.cases {
        let pages = walk(lab, script, case).await;
        let pages = match (pages, &case.expect.failure) {
            (Ok(pages), None) => pages,
            (Ok(_), Some(expected)) => {
                let why = format!("it should fail with `{}`", expected.disposition);
                report.put(operation, &case.name, "case", Err(why));
                continue;
            }
            (Err(Stopped::Failed(found)), Some(expected)) => {
                report.put(
                    operation,
                    &case.name,
                    "case",
                    judge::failure(&found, expected),
                );
                continue;
            }
            (Err(stopped), _) => {
                report.put(operation, &case.name, "case", Err(stopped.told()));
                continue;
            }
        };
        judge_pages(case, declared, &pages, report);
        resume(lab, script, case, &pages, report).await;
        let first = start(case);
        let played = lab
            .call(script, first.clone(), How::plain(&case.exchanges))
            .await;
        action::again(lab, script, (case, &first), &played, report).await;
        if !is_broken && !case.exchanges.is_empty() {
            is_broken = true;
            faults::play(lab, script, (case, &first), report).await;
            stuck(lab, script, case, report).await;
        }
    }
}

/// Why there are no pages.
enum Stopped {
    Failed(mortise_model::Failure),
    Other(String),
}

impl Stopped {
    fn told(self) -> String {
        match self {
            Self::Failed(failure) => judge::told(&failure),
            Self::Other(why) => why,
        }
    }
}

async fn walk<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    case: &Case,
) -> Result<Vec<Page>, Stopped> {
    let pages_max = case.exchanges.len() + PAGES_BEYOND;
    let mut pages = Vec::new();
    let mut next = Turn::Start;
    lab.application.play(&case.exchanges, lab.key(), None);
    while pages.len() < pages_max {
        let page = one(lab, script, case, next).await?;
        let token = page.next.clone();
        pages.push(page);
        match token {
            Some(token) => next = Turn::Next(token),
            None => {
                let observed = lab.application.observed();
                if let Some(strange) = observed.strange.into_iter().next() {
                    return Err(Stopped::Other(strange));
                }
                if let Some(n) = observed.unused.first() {
                    let named = case.exchanges[*n].named();
                    return Err(Stopped::Other(format!(
                        "`{named}` was not asked for to the end"
                    )));
                }
                return Ok(pages);
            }
        }
    }
    Err(Stopped::Other(format!(
        "it does not end: {} pages were given",
        pages.len()
    )))
}

/// One page, of an application that goes on as it does.
async fn one<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    case: &Case,
    turn: Turn,
) -> Result<Page, Stopped> {
    let invocation = Invocation::Action {
        input: input(case),
        turn,
    };
    let report = lab.call_again(script, invocation, 1).await;
    match report.result {
        Ok(Outcome::Page { records, next, .. }) => Ok(Page {
            records: records.read().unwrap_or_default(),
            next,
        }),
        Ok(_) => Err(Stopped::Other(
            "it gave something else than a page".to_owned(),
        )),
        Err(failure) => Err(Stopped::Failed(failure)),
    }
}

fn judge_pages(case: &Case, declared: &OperationDescriptor, pages: &[Page], report: &mut Report) {
    let operation = declared.name.as_str();
    let records: Vec<Value> = pages.iter().flat_map(|page| page.records.clone()).collect();
    let found = match &case.expect.records {
        None => Ok(()),
        Some(expected) => judge::same(
            "list of records",
            &Value::from(records.clone()),
            &Value::from(expected.clone()),
        ),
    };
    report.put(operation, &case.name, "case", found);
    let schema = judge::validator(&declared.output);
    let fits = records
        .iter()
        .try_for_each(|record| judge::fits(schema.as_ref(), record));
    report.put(operation, &case.name, "output-schema", fits);
    let twice = records
        .iter()
        .enumerate()
        .find(|(n, record)| records[..*n].contains(record));
    let found = match twice {
        None => Ok(()),
        Some((_, record)) => Err(format!("the record `{record}` is given twice")),
    };
    report.put(operation, &case.name, "no-record-twice", found);
}

/// Asks for each page again, as after a crash, in an instance that knows nothing of the others.
async fn resume<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    case: &Case,
    pages: &[Page],
    report: &mut Report,
) {
    for (n, page) in pages.iter().enumerate().skip(1) {
        lab.application.play(&case.exchanges, lab.key(), None);
        let Some(token) = pages[n - 1].next.clone() else {
            break;
        };
        let found = match one(lab, script, case, Turn::Next(token)).await {
            Ok(again) if again == *page => Ok(()),
            Ok(again) => Err(format!(
                "page {} asked for again holds {} records instead of {}, or others",
                n + 1,
                again.records.len(),
                page.records.len()
            )),
            Err(stopped) => Err(format!(
                "page {} asked for again: {}",
                n + 1,
                stopped.told()
            )),
        };
        report.put(&script.operation, &case.name, "page-resumes", found);
    }
}

/// An application whose page names itself as the next one must not be followed for ever.
async fn stuck<P: Plugins>(lab: &Lab<P>, script: &Script, case: &Case, report: &mut Report) {
    lab.application.play(&case.exchanges, lab.key(), None);
    lab.application.stick();
    let mut next = Turn::Start;
    let mut records: Vec<Value> = Vec::new();
    let mut found = Err("it follows a page that repeats for ever".to_owned());
    for _ in 0..case.exchanges.len() + PAGES_BEYOND {
        match one(lab, script, case, next).await {
            Err(Stopped::Failed(failure)) if judge::is_own(&failure) => {
                found = Ok(());
                break;
            }
            Err(stopped) => {
                found = Err(stopped.told());
                break;
            }
            Ok(page) => {
                if page.records.iter().any(|record| records.contains(record)) {
                    found = Err("it gives the records of a page that repeats twice".to_owned());
                    break;
                }
                records.extend(page.records);
                match page.next {
                    Some(token) => next = Turn::Next(token),
                    None => {
                        found = Ok(());
                        break;
                    }
                }
            }
        }
    }
    report.put(&script.operation, &case.name, "page-repeats", found);
}
