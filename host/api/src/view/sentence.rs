//! The one place where a failure becomes text: what happened, where, why, and what helps.

use std::fmt::Write as _;

use mortise_model::{Cause, Disposition, Failure, StepPath};

/// Where a failure happened, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The step.
    pub step: Option<&'a StepPath>,
    /// What the step calls, such as `http/request`.
    pub uses: Option<&'a str>,
    /// How many attempts were made.
    pub attempts: usize,
}

/// One sentence for the person who reads the run: lower case, no full stop.
#[must_use]
pub fn sentence(failure: &Failure, place: Place<'_>) -> String {
    let mut text = subject(place);
    text.push(' ');
    text.push_str(&verb(failure.disposition, place.attempts));
    let _ = write!(text, ": {}", failure.message);
    if let Some(cause) = &failure.cause {
        text.push_str(&origin(cause));
    }
    let _ = write!(text, "; {}", remedy(failure.disposition));
    text
}

fn subject(place: Place<'_>) -> String {
    match (place.step, place.uses) {
        (Some(step), Some(uses)) => format!("step `{step}` (`{uses}`)"),
        (Some(step), None) => format!("step `{step}`"),
        (None, _) => "the run".to_owned(),
    }
}

fn verb(disposition: Disposition, attempts: usize) -> String {
    match disposition {
        Disposition::Retry { .. } if attempts > 1 => format!("failed in all {attempts} attempts"),
        Disposition::Retry { .. } => "failed and may work later".to_owned(),
        Disposition::Unclear => "may or may not have been carried out".to_owned(),
        Disposition::Reject => "was refused for good".to_owned(),
        Disposition::Reauthorize => "was refused for its credential".to_owned(),
        Disposition::Misconfigured => "is not set up right".to_owned(),
        Disposition::Limit => "hit a limit".to_owned(),
        Disposition::Trap => "broke down in its plugin".to_owned(),
        Disposition::Timeout => "ran out of time".to_owned(),
    }
}

fn remedy(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Retry { .. } => "look at the application, then send the event again",
        Disposition::Unclear => {
            "look in the application whether it happened, before the event is sent again"
        }
        Disposition::Reject => "correct the event, or the step that makes this input of it",
        Disposition::Reauthorize => "give the connection a credential that the application takes",
        Disposition::Misconfigured => "change the step or the connection that it names",
        Disposition::Limit => "make the data smaller, or raise the limit that is named",
        Disposition::Trap => "report it to the plugin's authors with this run's input",
        Disposition::Timeout => "raise `timeout`, or find out what takes so long",
    }
}

/// ` (status 422, code `card_declined`, record 3, field `/lines/2/price`)`.
fn origin(cause: &Cause) -> String {
    let parts: Vec<String> = [
        cause.status.map(|status| format!("status {status}")),
        cause.code.as_ref().map(|code| format!("code `{code}`")),
        cause.record.map(|record| format!("record {record}")),
        cause.field.as_ref().map(|field| format!("field `{field}`")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_what_where_why_and_what_helps() {
        let step = StepPath::from("book");
        let place = Place {
            step: Some(&step),
            uses: Some("quickbooks/create-invoice"),
            attempts: 8,
        };
        let mut failure = Failure::new(Disposition::Reject, "price", "the price is negative");
        failure.cause = Some(Cause {
            status: Some(422),
            code: Some("bad_price".to_owned()),
            record: Some(3),
            field: Some("/lines/2/price".to_owned()),
            body: Some("…".to_owned()),
        });
        assert_eq!(
            sentence(&failure, place),
            "step `book` (`quickbooks/create-invoice`) was refused for good: the price is negative \
             (status 422, code `bad_price`, record 3, field `/lines/2/price`); correct the event, \
             or the step that makes this input of it"
        );
        let failure = Failure::new(
            Disposition::Retry { after_ms: None },
            "http-503",
            "the application answered 503",
        );
        assert_eq!(
            sentence(&failure, place),
            "step `book` (`quickbooks/create-invoice`) failed in all 8 attempts: the application \
             answered 503; look at the application, then send the event again"
        );
    }

    #[test]
    fn a_run_fails_without_a_step() {
        let failure = Failure::new(
            Disposition::Misconfigured,
            "output",
            "`.steps.x` is missing",
        );
        assert_eq!(
            sentence(&failure, Place::default()),
            "the run is not set up right: `.steps.x` is missing; change the step or the connection \
             that it names"
        );
    }
}
