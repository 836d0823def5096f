//! Triggers that ask an application for what is new.

use mortise_model::Json;
use mortise_model::descriptor::OperationDescriptor;
use mortise_ports::Plugins;
use mortise_ports::plugins::{Invocation, Outcome};

use super::{action, faults, input, json, judge};
use crate::lab::{How, Lab, Played};
use crate::report::Report;
use crate::script::{Case, Script};

pub async fn play<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    declared: &OperationDescriptor,
    report: &mut Report,
) {
    let operation = script.operation.as_str();
    let schema = judge::validator(&declared.output);
    let (mut is_broken, mut rests) = (false, false);
    for case in &script.cases {
        let invocation = Invocation::Poll {
            input: input(case),
            cursor: case.cursor.as_ref().map(json),
        };
        let played = lab
            .call(script, invocation.clone(), How::plain(&case.exchanges))
            .await;
        report.put(operation, &case.name, "case", outcome(case, &played));
        if let Ok(Outcome::News {
            events,
            cursor,
            more,
        }) = &played.report.result
        {
            let mut payloads = events.iter().map(|event| judge::value(&event.payload));
            let fits = payloads.try_for_each(|payload| judge::fits(schema.as_ref(), &payload));
            report.put(operation, &case.name, "output-schema", fits);
            if let Some(before) = case.cursor.as_ref().filter(|_| events.is_empty() && !more) {
                rests = true;
                let stays = stays(&json(before), cursor);
                report.put(operation, &case.name, "cursor-stays", stays);
            }
        }
        action::again(lab, script, (case, &invocation), &played, report).await;
        if case.expect.failure.is_none() && !case.exchanges.is_empty() && !is_broken {
            is_broken = true;
            faults::play(lab, script, (case, &invocation), report).await;
        }
    }
    let found = match rests {
        true => Ok(()),
        false => Err("no case polls with a cursor behind which nothing is new".to_owned()),
    };
    report.put(operation, "", "future-cursor", found);
    let begins = script.cases.iter().any(|case| case.cursor.is_none());
    let found = match begins {
        true => Ok(()),
        false => Err("no case polls for the first time, without a cursor".to_owned()),
    };
    report.put(operation, "", "first-poll", found);
}

/// Where nothing came, nothing was seen: the next poll begins where this one did.
fn stays(before: &Json, after: &Json) -> Result<(), String> {
    match before.canonical() == after.canonical() {
        true => Ok(()),
        false => Err(format!(
            "nothing was new, and the cursor went from `{}` to `{}`",
            before.as_str(),
            after.as_str()
        )),
    }
}

fn outcome(case: &Case, played: &Played) -> Result<(), String> {
    let Some(news) = judge::gave(played, case)? else {
        return Ok(());
    };
    let Outcome::News {
        events,
        cursor,
        more,
    } = news
    else {
        return Err("it gave something else than news".to_owned());
    };
    if let Some(expected) = &case.expect.events {
        judge::events(events, expected)?;
    }
    if let Some(expected) = &case.expect.cursor {
        judge::same("cursor", &judge::value(cursor), expected)?;
    }
    match case.expect.more {
        Some(expected) if expected != *more => {
            Err(format!("`more` is {more} and should be {expected}"))
        }
        _ => Ok(()),
    }
}
