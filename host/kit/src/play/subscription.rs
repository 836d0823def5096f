//! Webhooks that register themselves with the application: `call: subscribe` and `call: unsubscribe`.

use mortise_model::Json;
use mortise_model::descriptor::OperationDescriptor;
use mortise_ports::Plugins;
use mortise_ports::plugins::{Invocation, Outcome};

use super::webhook::URL;
use super::{action, faults, input, judge};
use crate::lab::{How, Lab, Played};
use crate::report::Report;
use crate::script::{Case, Registration, Script};

/// Plays one case of these.
pub async fn play<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    (case, registration): (&Case, Registration),
    report: &mut Report,
) {
    let operation = script.operation.as_str();
    let memory = case.memory.as_ref().and_then(|value| Json::of(value).ok());
    let asked = match registration {
        Registration::Subscribe => Invocation::Subscribe {
            input: input(case),
            url: URL.to_owned(),
            memory,
        },
        Registration::Unsubscribe => Invocation::Unsubscribe {
            input: input(case),
            memory: memory.unwrap_or_else(Json::null),
        },
    };
    let plain = How::plain(&case.exchanges);
    let played = lab.call(script, asked.clone(), plain).await;
    report.put(operation, &case.name, "case", outcome(case, &played));
    action::again(lab, script, (case, &asked), &played, report).await;
    if case.expect.failure.is_none() && !case.exchanges.is_empty() {
        faults::play(lab, script, (case, &asked), report).await;
    }
}

/// Whether both are played of an operation that does both.
pub fn complete(script: &Script, declared: &OperationDescriptor, report: &mut Report) {
    if !declared.subscribes {
        return;
    }
    for (wanted, word) in [
        (Registration::Subscribe, "subscribe"),
        (Registration::Unsubscribe, "unsubscribe"),
    ] {
        let mut cases = script.cases.iter();
        let found = match cases.any(|case| case.call == Some(wanted)) {
            true => Ok(()),
            false => Err(format!("no case has `call: {word}`")),
        };
        report.put(&script.operation, "", "subscribes", found);
    }
}

fn outcome(case: &Case, played: &Played) -> Result<(), String> {
    match judge::gave(played, case)? {
        None | Some(Outcome::Unsubscribed) => Ok(()),
        Some(Outcome::Subscription { memory, .. }) => match &case.expect.memory {
            Some(expected) => judge::same("memory", &judge::value(memory), expected),
            None => Ok(()),
        },
        Some(_) => Err("it gave something else than a subscription".to_owned()),
    }
}
