//! What the sink got, held against what is expected.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use super::Script;
use super::play::same;
use super::script::{Sent, with_files};
use super::stage::Stage;
use crate::sink::{Ledger, Received};

/// Looks at everything that the sink has got in the end.
///
/// # Errors
/// What differs.
pub async fn check(stage: &Stage, script: &Script) -> Result<()> {
    if let Some(requests) = &script.received {
        let everything = Sent {
            requests: Some(requests.clone()),
            ..Sent::default()
        };
        sent(stage, &everything).await?;
    }
    for expected in &script.sent {
        sent(stage, expected).await?;
    }
    Ok(())
}

/// Waits until as many requests have come as are expected, looks at them, and gives them.
///
/// # Errors
/// What differs.
pub async fn sent(stage: &Stage, expected: &Sent) -> Result<Value> {
    let listed = expected
        .requests
        .as_ref()
        .and_then(Value::as_array)
        .map(Vec::len);
    let count = expected.count.or(listed).unwrap_or(0);
    let what = format!("{count} {:?} arrived", expected.to);
    let come = |ledger: &Ledger| {
        of(ledger, expected).count() >= count
            && keys(of(ledger, expected)).len() >= expected.keys.unwrap_or(0)
    };
    stage.sink.until(&what, come).await?;
    let (requests, actual) = {
        let ledger = stage.sink.ledger();
        let requests: Vec<Received> = of(&ledger, expected).cloned().collect();
        let actual: Value = requests.iter().map(shown).collect();
        (requests, actual)
    };
    if let Some(expected) = &expected.requests {
        let expected = stage.words.fill_json(&with_files(&stage.case, expected)?);
        same("what the sink got", &expected, &actual)?;
    }
    measure(&requests, expected).map_err(|error| error.context(format!("{actual:#}")))?;
    Ok(actual)
}

fn of<'a>(ledger: &'a Ledger, expected: &'a Sent) -> impl Iterator<Item = &'a Received> {
    let received = ledger.received.iter();
    received.filter(|request| expected.to.fits(request))
}

fn keys<'a>(requests: impl Iterator<Item = &'a Received>) -> HashSet<&'a str> {
    requests
        .map(|request| request.header("idempotency-key"))
        .collect()
}

fn measure(requests: &[Received], expected: &Sent) -> Result<()> {
    if let Some(count) = expected.count {
        ensure!(
            requests.len() == count,
            "{} requests instead of {count}",
            requests.len()
        );
    }
    if let Some(count) = expected.keys {
        let keys = keys(requests.iter());
        ensure!(!keys.contains(""), "a request has no idempotency key");
        ensure!(
            keys.len() == count,
            "{} keys instead of {count}",
            keys.len()
        );
    }
    if let Some(count) = expected.at_once {
        let most = requests.iter().map(|request| request.at_once).max();
        ensure!(most == Some(count), "{most:?} at once instead of {count}");
    }
    let mut moments: Vec<_> = requests.iter().map(|request| request.at).collect();
    moments.sort_unstable();
    if let Some(ms) = expected.apart_ms {
        let least = moments.windows(2).map(|pair| pair[1] - pair[0]).min();
        let apart = Duration::from_millis(ms);
        ensure!(
            least.is_some_and(|least| least >= apart),
            "{least:?} apart instead of {apart:?}"
        );
    }
    if let (Some(ms), [first, .., last]) = (expected.over_ms, moments.as_slice()) {
        let (over, took) = (Duration::from_millis(ms), *last - *first);
        ensure!(took >= over, "all within {took:?} instead of {over:?}");
    }
    Ok(())
}

fn shown(received: &Received) -> Value {
    let headers = received.headers.iter();
    let headers: Map<_, _> = headers
        .map(|(name, value)| (name.clone(), Value::from(value.clone())))
        .collect();
    let body = serde_json::from_slice(&received.body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&received.body).into_owned()));
    json!({ "method": received.method, "path": received.path, "headers": headers, "body": body })
}
