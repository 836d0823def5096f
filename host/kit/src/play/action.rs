//! Actions that give their output at once, and `check`.

use mortise_model::descriptor::{OperationDescriptor, Repeat};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Invocation, Outcome};

use super::{faults, judge, start};
use crate::lab::{How, Lab, Played};
use crate::matching::Seen;
use crate::report::Report;
use crate::script::{CHECK, Case, Script};

pub async fn play<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    declared: &OperationDescriptor,
    report: &mut Report,
) {
    let operation = script.operation.as_str();
    let schema = judge::validator(&declared.output);
    let mut is_broken = false;
    for case in &script.cases {
        let invocation = start(case);
        let played = lab
            .call(script, invocation.clone(), How::plain(&case.exchanges))
            .await;
        report.put(operation, &case.name, "case", outcome(case, &played));
        if let Ok(Outcome::Output { output, .. }) = &played.report.result {
            let fits = judge::fits(schema.as_ref(), &judge::value(output));
            report.put(operation, &case.name, "output-schema", fits);
        }
        again(lab, script, (case, &invocation), &played, report).await;
        // One case that works is enough to break.
        if case.expect.failure.is_none() && !case.exchanges.is_empty() && !is_broken {
            is_broken = true;
            faults::play(lab, script, (case, &invocation), report).await;
        }
    }
    let works = script
        .cases
        .iter()
        .any(|case| case.expect.failure.is_none());
    let found = match works {
        true => Ok(()),
        false => Err("no case of the script works".to_owned()),
    };
    report.put(operation, "", "works", found);
}

/// The same call once more, in another instance, as after a crash.
pub async fn again<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    (case, invocation): (&Case, &Invocation),
    first: &Played,
    report: &mut Report,
) {
    let operation = script.operation.as_str();
    let how = How {
        attempt: 2,
        ..How::plain(&case.exchanges)
    };
    let second = lab.call(script, invocation.clone(), how).await;
    let same_answer = match (&first.report.result, &second.report.result) {
        (Ok(a), Ok(b)) if format!("{a:?}") == format!("{b:?}") => Ok(()),
        (Err(a), Err(b)) if a == b => Ok(()),
        _ => Err("the same call gave something else in a fresh instance".to_owned()),
    };
    report.put(operation, &case.name, "same-answer", same_answer);
    let same_requests = match first.observed.requests == second.observed.requests {
        true => Ok(()),
        false => Err(format!(
            "a second attempt asks for something else: first {}, then {}",
            shown(&first.observed.requests),
            shown(&second.observed.requests)
        )),
    };
    report.put(operation, &case.name, "same-requests", same_requests);
    let is_keyed = lab
        .declared(operation)
        .is_some_and(|one| one.repeat == Repeat::Keyed);
    let requests = &first.observed.requests;
    // What only reads needs no key, whatever else the operation can do.
    let writes = |seen: &Seen| !matches!(seen.method.as_str(), "GET" | "HEAD");
    if is_keyed && requests.iter().any(writes) {
        let is_passed = requests.iter().any(|seen| seen.holds(lab.key()));
        let found = match is_passed {
            true => Ok(()),
            false => {
                Err("it is declared `keyed`, and no request carries the idempotency key".to_owned())
            }
        };
        report.put(operation, &case.name, "key-passed", found);
    }
}

fn shown(requests: &[Seen]) -> String {
    let shown = requests.iter().map(Seen::shown);
    shown.collect::<Vec<_>>().join("; ")
}

fn outcome(case: &Case, played: &Played) -> Result<(), String> {
    let Some(outcome) = judge::gave(played, case)? else {
        return Ok(());
    };
    match (outcome, &case.expect.output) {
        (Outcome::Output { output, .. }, Some(expected)) => {
            judge::same("output", &judge::value(output), expected)
        }
        (Outcome::Output { .. } | Outcome::Suspended { .. }, None) => Ok(()),
        _ => Err("it gave something else than an output".to_owned()),
    }
}

/// `check`: it tells the account, and finds a credential that is refused.
pub async fn check<P: Plugins>(lab: &Lab<P>, script: &Script, report: &mut Report) {
    for case in &script.cases {
        let played = lab
            .call(script, Invocation::Check, How::plain(&case.exchanges))
            .await;
        let found = account(case, &played);
        let is_good = found.is_ok() && case.expect.failure.is_none();
        report.put(CHECK, &case.name, "case", found);
        if is_good {
            faults::play(lab, script, (case, &Invocation::Check), report).await;
        }
    }
}

fn account(case: &Case, played: &Played) -> Result<(), String> {
    match judge::gave(played, case)? {
        None => Ok(()),
        Some(Outcome::Account(account)) => match &case.expect.account {
            Some(id) if *id != account.id => Err(format!(
                "the account is `{}` and should be `{id}`",
                account.id
            )),
            _ => Ok(()),
        },
        Some(_) => Err("it gave something else than an account".to_owned()),
    }
}
