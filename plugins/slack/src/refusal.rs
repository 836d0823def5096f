//! What Slack says of a call that it does not carry out, and what the engine should do about it.

mod codes;

use mortise_sdk::http::Response;
use mortise_sdk::{Disposition, Failure};
use serde::Deserialize;

use codes::meaning;

/// What every answer has, with the status 200 whether it went well or not.
#[derive(Deserialize)]
pub struct Answer {
    pub ok: bool,
    #[serde(default)]
    error: Option<String>,
    /// Scopes of `missing_scope`, between commas.
    #[serde(default)]
    needed: Option<String>,
    #[serde(default)]
    provided: Option<String>,
    #[serde(default)]
    response_metadata: Option<Details>,
}

/// More about an error: `[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text]`.
#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    messages: Vec<String>,
}

/// A status other than 2xx. Where a server breaks down, nobody knows whether the call was carried out.
pub fn of_status(response: Response) -> Failure {
    let told: Option<Answer> = serde_json::from_slice(response.bytes()).ok();
    let status = response.status;
    let failure = match response.ok() {
        Err(failure) => failure,
        Ok(_) => Failure::unclear(format!("slack answered {status}")),
    };
    let disposition = match status {
        500 | 502 | 504 => Disposition::Unclear,
        _ => failure.disposition,
    };
    let failure = Failure {
        disposition,
        ..failure
    };
    match told.and_then(|told| told.error) {
        Some(code) => Failure {
            message: said(&code, codes::sentence(&code)),
            ..failure.with_code(code)
        },
        None => failure,
    }
}

/// An answer that is not `ok`.
pub fn of_answer(answer: &Answer, response: Response) -> Failure {
    let code = answer.error.as_deref().unwrap_or("unknown_error");
    let (status, body) = (response.status, response.bytes().to_vec());
    let message = match code {
        "missing_scope" => said(code, &lacking(answer)),
        _ => said(code, codes::sentence(code)),
    };
    let known = meaning(code);
    let disposition = match known.disposition {
        Disposition::Retry(_) => retry(response),
        other => other,
    };
    let failure = Failure::new(disposition, message)
        .with_status(status)
        .with_code(code)
        .with_body(&body);
    let failure = match known.field {
        Some(field) => failure.with_field(field),
        None => failure,
    };
    detailed(failure, answer.response_metadata.as_ref())
}

fn said(code: &str, sentence: &str) -> String {
    match sentence {
        "" => format!("slack refused the call with `{code}`"),
        sentence => format!("slack says `{code}`: {sentence}"),
    }
}

fn lacking(answer: &Answer) -> String {
    let needed = answer.needed.as_deref().unwrap_or("(not told)");
    let provided = answer.provided.as_deref().unwrap_or("none");
    format!(
        "the app lacks the scope `{needed}`, it has `{provided}`; add it under OAuth & Permissions of the app and install the app again"
    )
}

/// As after 429: no earlier than `retry-after` says.
fn retry(response: Response) -> Disposition {
    match (Response {
        status: 429,
        ..response
    })
    .ok()
    {
        Err(failure) => failure.disposition,
        Ok(_) => Disposition::Retry(None),
    }
}

/// Adds what Slack says about the parameters, and the field where it points to one.
fn detailed(mut failure: Failure, details: Option<&Details>) -> Failure {
    let messages = details
        .map(|details| details.messages.as_slice())
        .unwrap_or_default();
    for message in messages {
        let message = message.trim_start_matches("[ERROR] ").trim();
        failure.message = format!("{}; {message}", failure.message);
    }
    match messages.iter().find_map(|message| pointed(message)) {
        Some(field) => failure.with_field(field),
        None => failure,
    }
}

/// Parameters of Slack that an input calls otherwise.
const RENAMED: [(&str, &str); 4] = [
    ("channel_id", "channel"),
    ("alt_txt", "alt-text"),
    ("reply_broadcast", "broadcast"),
    ("limit", "page-size"),
];

/// The field of the step's input that a message points to: its fields are Slack's, with `-` for `_`.
fn pointed(message: &str) -> Option<String> {
    let pointer = match message.split_once("[json-pointer:") {
        Some((_, rest)) => rest.split_once(']')?.0.to_owned(),
        None => format!(
            "/{}",
            message.split_once("missing required field: ")?.1.trim()
        ),
    };
    let (parameter, rest) = match pointer.get(1..)?.split_once('/') {
        Some((parameter, rest)) => (parameter, format!("/{rest}")),
        None => (pointer.get(1..)?, String::new()),
    };
    let renamed = RENAMED.iter().find(|(theirs, _)| *theirs == parameter);
    let field = renamed.map_or_else(
        || parameter.replace('_', "-"),
        |(_, ours)| (*ours).to_owned(),
    );
    Some(format!("/{field}{rest}"))
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Host};
    use mortise_sdk::http::Request;

    use super::*;

    fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        let answer = fake::Answer::new(status, headers, body.as_bytes());
        let _host = Host::new().answer(answer).install();
        let response = Request::get("https://slack.com/api/auth.test")
            .send()
            .unwrap();
        match status {
            200 => of_answer(&response.json().unwrap(), response),
            _ => of_status(response),
        }
    }

    #[test]
    fn codes_become_dispositions() {
        let table = [
            ("invalid_auth", Disposition::Reauthorize),
            ("token_expired", Disposition::Reauthorize),
            ("channel_not_found", Disposition::Reject),
            ("a_code_of_next_year", Disposition::Reject),
            ("no_permission", Disposition::Misconfigured),
            ("ratelimited", Disposition::Retry(None)),
            ("service_unavailable", Disposition::Retry(None)),
            ("fatal_error", Disposition::Unclear),
        ];
        for (code, disposition) in table {
            let failure = refused(200, &[], &format!(r#"{{"ok":false,"error":"{code}"}}"#));
            assert_eq!(failure.disposition, disposition, "{code}");
            assert!(failure.message.contains(code), "{}", failure.message);
            let cause = failure.cause.unwrap();
            assert_eq!(
                (cause.status, cause.code.as_deref()),
                (Some(200), Some(code))
            );
        }
    }

    #[test]
    fn a_rate_is_waited_for_whatever_the_status() {
        let body = r#"{"ok":false,"error":"ratelimited"}"#;
        for status in [200, 429] {
            let failure = refused(status, &[("retry-after", "30")], body);
            assert_eq!(failure.disposition, Disposition::Retry(Some(30_000)));
            let cause = failure.cause.unwrap();
            assert_eq!(
                (cause.status, cause.code.as_deref()),
                (Some(status), Some("ratelimited"))
            );
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let body = r#"{"ok":false,"error":"missing_scope","needed":"users:read.email","provided":"chat:write"}"#;
        let failure = refused(200, &[], body);
        assert_eq!(failure.disposition, Disposition::Misconfigured);
        assert!(
            failure.message.contains("`users:read.email`"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn a_server_that_breaks_down_leaves_it_unclear() {
        for (status, disposition) in [(500, Disposition::Unclear), (503, Disposition::Retry(None))]
        {
            assert_eq!(refused(status, &[], "oh").disposition, disposition);
        }
    }

    #[test]
    fn messages_point_to_the_field() {
        let body = r#"{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":[
            "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"]}}"#;
        let failure = refused(200, &[], body);
        assert!(failure.message.ends_with("text]"), "{}", failure.message);
        assert_eq!(
            failure.cause.unwrap().field.as_deref(),
            Some("/blocks/0/text/text")
        );
        let missing = pointed("[ERROR] missing required field: thread_ts");
        assert_eq!(missing.as_deref(), Some("/thread-ts"));
        let renamed = pointed("[ERROR] input must match [json-pointer:/channel_id]");
        assert_eq!(renamed.as_deref(), Some("/channel"));
    }
}
