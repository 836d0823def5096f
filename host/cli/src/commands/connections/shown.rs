//! What is said of connections: never a secret.

use mortise_model::Timestamp;
use mortise_runner::clock::{Clock as _, SystemClock};
use serde_json::Value;

use crate::exit::Outcome;
use crate::output::{self, cell, list};
use crate::progress;

pub fn said(connection: &Value, what: &str, json: bool) -> Outcome {
    if json {
        return output::json(connection);
    }
    let name = cell(connection, &["name"]);
    output::text(&format!("{name} {what}"))?;
    if let Some(note) = standing(connection) {
        progress::note(note);
    }
    Ok(())
}

/// What a person should do about a connection that does not work.
fn standing(connection: &Value) -> Option<String> {
    let name = cell(connection, &["name"]);
    match cell(connection, &["state"]).as_str() {
        "needs-authorization" => Some(format!(
            "`{name}` needs a person's consent: `mortise connections authorize {name}`"
        )),
        "needs-attention" => {
            let why = cell(connection, &["attention", "why"]);
            Some(format!("warning: `{name}` needs attention: {why}"))
        }
        _ => None,
    }
}

/// Days before its end at which a secret is worth a word.
const WARN_MS: u64 = 14 * 86_400_000;

pub fn print(listed: &Value, json: bool) -> Outcome {
    if json {
        return output::json(listed);
    }
    let rows: Vec<Vec<String>> = list(listed, "items").map(row).collect();
    let head = [
        "NAME", "PLUGIN", "SCHEME", "STATE", "ORIGINS", "OWNER", "SECRETS",
    ];
    output::table(&head, &rows)?;
    let now = SystemClock.time_of_day();
    for connection in list(listed, "items") {
        if let Some(note) = standing(connection) {
            progress::note(note);
        }
        for secret in list(connection, "secrets") {
            if let Some(warning) = ending(connection, secret, now) {
                progress::note(warning);
            }
        }
    }
    Ok(())
}

fn ending(connection: &Value, secret: &Value, now: Timestamp) -> Option<String> {
    let until: Timestamp = secret.get("expires_at")?.as_str()?.parse().ok()?;
    let left_ms = until.since_ms(now);
    (left_ms < WARN_MS).then(|| {
        let [name, field] = [cell(connection, &["name"]), cell(secret, &["name"])];
        let when = if left_ms == 0 { "expired" } else { "expires" };
        format!(
            "warning: `{field}` of `{name}` {when} at {until}: `mortise connections rotate {name}`"
        )
    })
}

fn row(connection: &Value) -> Vec<String> {
    let origins: Vec<String> = list(connection, "origins").map(|o| cell(o, &[])).collect();
    let secrets = list(connection, "secrets").map(|secret| {
        let [name, version] = ["name", "version"].map(|member| cell(secret, &[member]));
        format!("{name} (version {version})")
    });
    vec![
        cell(connection, &["name"]),
        cell(connection, &["plugin"]),
        cell(connection, &["scheme"]),
        cell(connection, &["state"]),
        origins.join(" "),
        cell(connection, &["owner"]),
        secrets.collect::<Vec<_>>().join(", "),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_that_ends_soon_is_told_of() {
        let secret = |at: &str| serde_json::json!({"name": "token", "expires_at": at});
        let connection = serde_json::json!({"name": "crm"});
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (at, says) in [
            ("2025-12-31T00:00:00.000Z", Some("expired")),
            ("2026-01-14T00:00:00.000Z", Some("expires")),
            ("2026-01-16T00:00:00.000Z", None),
        ] {
            let told = ending(&connection, &secret(at), now);
            assert_eq!(told.is_some(), says.is_some(), "{at}");
            assert!(told.unwrap_or_default().contains(says.unwrap_or("")));
        }
    }
}
