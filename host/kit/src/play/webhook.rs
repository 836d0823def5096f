//! Webhooks: what the sender signed is taken, what anybody else sends is not.

use http::{HeaderMap, HeaderName, HeaderValue};
use mortise_model::descriptor::OperationDescriptor;
use mortise_model::{Json, Timestamp};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Invocation, Outcome, RawRequest};
use mortise_vault::signature::declared::{Asked, Declared};
use mortise_vault::signature::{SignatureError, Signed};

use super::{action, input, judge, subscription};
use crate::lab::{How, Lab, Played};
use crate::report::Report;
use crate::script::{Case, Incoming, Script};

/// The address that senders use, where it is part of what they sign.
pub const URL: &str = "https://hooks.example/hooks/test";
/// A request that comes so much later was recorded and sent again, in milliseconds.
const LATE_MS: u64 = 24 * 3_600_000;

pub async fn play<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    declared: &OperationDescriptor,
    report: &mut Report,
) {
    let operation = script.operation.as_str();
    let verification = declared
        .verification
        .as_ref()
        .map(Declared::read)
        .transpose();
    let verification = match verification {
        Ok(verification) => verification,
        Err(why) => return report.put(operation, "", "verification", Err(why)),
    };
    let schema = judge::validator(&declared.output);
    for case in &script.cases {
        if let Some(registration) = case.call {
            subscription::play(lab, script, (case, registration), report).await;
            continue;
        }
        let Some(incoming) = &case.request else {
            let why = "the case has no `request`: say what comes in".to_owned();
            report.put(operation, &case.name, "case", Err(why));
            continue;
        };
        let mut request = raw(incoming);
        if let Some(verification) = &verification {
            let secret = lab.signing_secret(script, verification.secret());
            let judged = signatures(verification, secret, &mut request, lab.now);
            report.put(operation, &case.name, "wrong-signature", judged);
        }
        let memory = case.memory.as_ref().and_then(|value| Json::of(value).ok());
        let invocation = |request: RawRequest| Invocation::Receive {
            input: input(case),
            memory: memory.clone(),
            request,
        };
        let asked = invocation(request.clone());
        let played = lab
            .call(script, asked.clone(), How::plain(&case.exchanges))
            .await;
        report.put(operation, &case.name, "case", outcome(case, &played));
        if let Ok(Outcome::Reception { events, .. }) = &played.report.result {
            let mut payloads = events.iter().map(|event| judge::value(&event.payload));
            let fits = payloads.try_for_each(|payload| judge::fits(schema.as_ref(), &payload));
            report.put(operation, &case.name, "output-schema", fits);
        }
        action::again(lab, script, (case, &asked), &played, report).await;
        if declared.verifies && case.expect.failure.is_none() {
            let mut changed = request;
            changed.body.push(b' ');
            let how = How::plain(&case.exchanges);
            let played = lab.call(script, invocation(changed), how).await;
            let found = refusal(&played);
            report.put(operation, &case.name, "wrong-signature", found);
        }
    }
    subscription::complete(script, declared, report);
}

/// Whether a request whose body was changed is refused by the plugin itself.
fn refusal(played: &Played) -> Result<(), String> {
    match &played.report.result {
        Err(failure) if judge::is_own(failure) => Ok(()),
        Err(failure) => Err(judge::told(failure)),
        Ok(_) => Err("a request whose body was changed is taken".to_owned()),
    }
}

fn raw(incoming: &Incoming) -> RawRequest {
    let body = match (&incoming.json, &incoming.text) {
        (Some(json), _) => json.to_string(),
        (None, text) => text.clone().unwrap_or_default(),
    };
    let headers = incoming.headers.iter();
    RawRequest {
        method: incoming.method.clone(),
        path_and_query: "/hooks/test".to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect(),
        body: body.into_bytes(),
    }
}

/// Signs the request as its sender does, and holds it and what others could make of it against what the
/// descriptor declares.
fn signatures(
    declared: &Declared,
    secret: &str,
    request: &mut RawRequest,
    now: Timestamp,
) -> Result<(), String> {
    let unsigned = headers(&request.headers);
    let method = request.method.clone();
    let asked = |headers, body, now| Asked {
        signed: Signed { headers, body, now },
        method: method.as_str(),
        url: URL,
    };
    let made = declared.sign(secret, asked(&unsigned, request.body.as_slice(), now));
    let made = made.map_err(|error| format!("it cannot be signed as declared: {error}"))?;
    request
        .headers
        .retain(|(name, _)| !made.iter().any(|(made, _)| made == name));
    request.headers.extend(made);
    let signed = headers(&request.headers);
    let body = request.body.as_slice();
    let verify = |asked: Asked<'_>, secret: &str| declared.verify(&[secret], asked);
    verify(asked(&signed, body, now), secret)
        .map_err(|error| format!("what its sender signs is refused: {error}"))?;
    let refused = |what: &str, verified: Result<(), SignatureError>| match verified {
        Err(_) => Ok(()),
        Ok(()) => Err(format!("{what} is taken for the sender's")),
    };
    refused(
        "a request without a signature",
        verify(asked(&unsigned, body, now), secret),
    )?;
    refused(
        "what somebody else signed",
        verify(asked(&signed, body, now), "b3RoZXItc2VjcmV0"),
    )?;
    if matches!(declared, Declared::Token(_)) {
        return Ok(());
    }
    let mut changed = body.to_vec();
    changed.push(b' ');
    refused(
        "a body that was changed",
        verify(asked(&signed, &changed, now), secret),
    )?;
    let has_time = match declared {
        Declared::Signature(spelled) => spelled.timestamp_header.is_some(),
        Declared::Standard(_) | Declared::Stripe(_) | Declared::Slack(_) => true,
        _ => false,
    };
    if has_time {
        let late = verify(asked(&signed, body, now.plus_ms(LATE_MS)), secret);
        refused("a request of yesterday", late)?;
    }
    Ok(())
}

fn headers(pairs: &[(String, String)]) -> HeaderMap {
    let pairs = pairs.iter().filter_map(|(name, value)| {
        let name = HeaderName::try_from(name.as_str()).ok()?;
        Some((name, HeaderValue::try_from(value.as_str()).ok()?))
    });
    pairs.collect()
}

fn outcome(case: &Case, played: &Played) -> Result<(), String> {
    match judge::gave(played, case)? {
        None => Ok(()),
        Some(Outcome::Reception { events, .. }) => match &case.expect.events {
            Some(expected) => judge::events(events, expected),
            None => Ok(()),
        },
        Some(_) => Err("it gave something else than a reception".to_owned()),
    }
}
