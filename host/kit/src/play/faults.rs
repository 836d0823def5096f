//! From a case that works: what has to come of it where the application does not.

use mortise_model::descriptor::Repeat;
use mortise_model::{Disposition, Failure};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Invocation, Outcome, Report as Called};
use serde::de::IgnoredAny;

use super::judge;
use crate::application::Fault;
use crate::lab::{How, Lab};
use crate::mail::Broken;
use crate::report::Report;
use crate::script::{Case, Exchange, Script};

/// What a broken answer may come to.
struct Rule {
    /// The code of the check, without `fault-`.
    name: &'static str,
    fault: Fault,
    /// Dispositions that are right.
    allowed: &'static [&'static str],
    /// The output may also be good: an empty body can be an answer.
    or_done: bool,
}

/// `retry-after` of the answer with 429, in seconds.
const RETRY_AFTER_S: u32 = 7;

const RULES: [Rule; 11] = [
    rule("401", Fault::Status(401, None), &["reauthorize"]),
    rule(
        "403",
        Fault::Status(403, None),
        &["reauthorize", "misconfigured"],
    ),
    rule(
        "404",
        Fault::Status(404, None),
        &["reject", "misconfigured"],
    ),
    rule("409", Fault::Status(409, None), &["reject", "retry"]),
    rule("422", Fault::Status(422, None), &["reject"]),
    rule("429", Fault::Status(429, Some(RETRY_AFTER_S)), &["retry"]),
    rule("500", Fault::Status(500, None), &["retry", "unclear"]),
    rule("reset-before", Fault::ResetBefore, &["retry", "unclear"]),
    rule("reset-after", Fault::ResetAfter, &["unclear"]),
    rule("broken-json", Fault::BrokenJson, &["unclear"]),
    Rule {
        or_done: true,
        ..rule("empty-body", Fault::Empty, &["unclear"])
    },
];

/// The same for a transaction with a database: SQLSTATE, or nothing where no answer came.
const SQL_RULES: [Rule; 8] = [
    rule("sql-28P01", Fault::Sql("28P01", false), &["reauthorize"]),
    rule("sql-42P01", Fault::Sql("42P01", true), &["misconfigured"]),
    rule("sql-23505", Fault::Sql("23505", true), &["reject"]),
    rule("sql-40001", Fault::Sql("40001", true), &["retry"]),
    rule("sql-53300", Fault::Sql("53300", false), &["retry"]),
    rule("sql-57014", Fault::Sql("57014", true), &["retry"]),
    rule("sql-not-sent", Fault::Sql("", false), &["retry"]),
    rule("sql-lost", Fault::Sql("", true), &["unclear"]),
];

/// The same for a session with a mail server.
const MAIL_RULES: [Rule; 6] = [
    rule(
        "mail-unauthorized",
        Fault::Mail(Broken::Unauthorized),
        &["reauthorize"],
    ),
    rule("mail-away", Fault::Mail(Broken::Away), &["retry"]),
    rule("mail-lost", Fault::Mail(Broken::Lost), &["unclear"]),
    rule("smtp-450", Fault::Mail(Broken::Reply(450)), &["retry"]),
    rule("smtp-550", Fault::Mail(Broken::Reply(550)), &["reject"]),
    rule(
        "imap-no",
        Fault::Mail(Broken::No),
        &["reject", "misconfigured"],
    ),
];

const fn rule(name: &'static str, fault: Fault, allowed: &'static [&'static str]) -> Rule {
    Rule {
        name,
        fault,
        allowed,
        or_done: false,
    }
}

/// Breaks each answer of a case in every way.
pub async fn play<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    (case, invocation): (&Case, &Invocation),
    report: &mut Report,
) {
    let repeat = lab
        .declared(&script.operation)
        .map_or(Repeat::Safe, |declared| declared.repeat);
    let asked = lab
        .call(script, invocation.clone(), How::plain(&case.exchanges))
        .await;
    for rule in RULES.iter().chain(&SQL_RULES).chain(&MAIL_RULES) {
        // Of a case with several pages, a call sees the exchanges of one.
        for n in 0..case.exchanges.len() {
            if !rule.suits(&case.exchanges[n]) || asked.observed.unused.contains(&n) {
                continue;
            }
            // Only a document can be half of one: a text that says `OK` is not read.
            let is_document =
                serde_json::from_slice::<IgnoredAny>(&case.exchanges[n].answer.bytes());
            if rule.fault == Fault::BrokenJson && is_document.is_err() {
                continue;
            }
            let how = How {
                fault: Some((n, rule.fault)),
                ..How::plain(&case.exchanges)
            };
            let played = lab.call(script, invocation.clone(), how).await;
            let found = rule.judge(script, repeat, &played.report);
            let check = format!("fault-{}", rule.name);
            report.put(&script.operation, &case.name, &check, found);
        }
    }
}

impl Rule {
    /// Whether what answers here can break like this.
    fn suits(&self, exchange: &Exchange) -> bool {
        match self.fault {
            Fault::Sql(..) => exchange.sql.is_some(),
            Fault::Mail(broken) => exchange
                .mail
                .as_ref()
                .is_some_and(|asked| broken.suits(asked)),
            _ => exchange.request.is_some(),
        }
    }

    fn judge(&self, script: &Script, repeat: Repeat, called: &Called) -> Result<(), String> {
        let declared = script.dispositions.get(self.name).map(String::as_str);
        let failure = match &called.result {
            Ok(_) if declared == Some("done") || self.or_done => return Ok(()),
            Ok(outcome) => {
                let expected = self.allowed.join("` or `");
                let gave = kind(outcome);
                return Err(format!(
                    "it gave {gave} where it should fail with `{expected}`"
                ));
            }
            Err(failure) => failure,
        };
        if !judge::is_own(failure) {
            return Err(judge::told(failure));
        }
        let word = failure.disposition.word();
        // What is safe to repeat may be repeated at once.
        let is_repeated = word == "retry"
            && self.allowed.contains(&"unclear")
            && matches!(repeat, Repeat::Safe | Repeat::Keyed);
        let is_right = match declared {
            Some(declared) => word == declared,
            None => self.allowed.contains(&word) || is_repeated,
        };
        if !is_right {
            let expected = declared.map_or_else(|| self.allowed.join("` or `"), str::to_owned);
            return Err(format!(
                "{}; it should be `{expected}`",
                judge::told(failure)
            ));
        }
        self.details(failure)
    }

    /// What a person or an engine needs besides.
    fn details(&self, failure: &Failure) -> Result<(), String> {
        let (status, after) = match self.fault {
            Fault::Status(status, after) => (status, after),
            Fault::Sql(sqlstate, _) => return names(failure, sqlstate),
            Fault::Mail(Broken::Reply(code)) => return names(failure, &code.to_string()),
            _ => return Ok(()),
        };
        let found = failure.cause.as_ref().and_then(|cause| cause.status);
        if found != Some(status) {
            return Err(format!(
                "the failure's cause does not name the status {status}"
            ));
        }
        match (after, failure.disposition) {
            (Some(seconds), Disposition::Retry { after_ms }) => {
                let expected = u64::from(seconds) * 1_000;
                match after_ms == Some(expected) {
                    true => Ok(()),
                    false => Err(format!(
                        "`retry-after: {seconds}` is {expected} ms, and the failure says {after_ms:?}"
                    )),
                }
            }
            _ => Ok(()),
        }
    }
}

fn names(failure: &Failure, expected: &str) -> Result<(), String> {
    let code = failure
        .cause
        .as_ref()
        .and_then(|cause| cause.code.as_deref());
    match expected.is_empty() || code == Some(expected) {
        true => Ok(()),
        false => Err(format!("the failure's code is not `{expected}`")),
    }
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Output { .. } => "an output",
        Outcome::Page { .. } => "a page",
        Outcome::Suspended { .. } => "a suspension",
        Outcome::News { .. } => "news",
        Outcome::Reception { .. } => "a reception",
        Outcome::Subscription { .. } | Outcome::Unsubscribed => "a subscription",
        Outcome::Account(_) => "an account",
    }
}
