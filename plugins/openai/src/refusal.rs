//! What OpenAI says of a request that it does not carry out. Every field of its answer may be missing.

use mortise_sdk::http::Response;
use mortise_sdk::json::push_token;
use mortise_sdk::{Disposition, Failure};
use serde::Deserialize;

/// Somebody has to pay, or to raise a limit: asking again does not help.
const UNPAID: [&str; 3] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
];

/// Where what OpenAI calls a parameter stands in a step's input.
pub struct Places {
    /// Messages that stand before those of the step, and come of this field: `/instructions`.
    pub before: Option<&'static str>,
    /// The messages of the step: `/messages`, or the field that became one message.
    pub messages: &'static str,
    /// Where the format of the answer comes from.
    pub format: &'static str,
}

impl Places {
    /// Of a request that has no input.
    pub fn none() -> Self {
        Self {
            before: None,
            messages: "",
            format: "",
        }
    }

    /// A pointer into the input: `messages[1].content` is `/messages/1/content`, or `/messages/0/content`
    /// behind instructions.
    fn pointer(&self, parameter: &str) -> Option<String> {
        let mut parts = parameter
            .split(['.', '[', ']'])
            .filter(|part| !part.is_empty());
        let mut pointer = match parts.next()? {
            "messages" => return self.message(parts),
            "max_completion_tokens" | "max_tokens" => "/max-tokens".to_owned(),
            "response_format" => return Some(self.format.to_owned()),
            name => format!("/{}", name.replace('_', "-")),
        };
        parts.for_each(|part| push_token(&mut pointer, part));
        Some(pointer)
    }

    fn message<'a>(&self, mut parts: impl Iterator<Item = &'a str>) -> Option<String> {
        if self.messages != "/messages" {
            let is_before = parts.next() == Some("0") && self.before.is_some();
            let pointer = self.before.filter(|_| is_before).unwrap_or(self.messages);
            return Some(pointer.to_owned());
        }
        let Some(index) = parts.next() else {
            return Some(self.messages.to_owned());
        };
        let index: usize = index.parse().ok()?;
        let Some(index) = index.checked_sub(usize::from(self.before.is_some())) else {
            return self.before.map(str::to_owned);
        };
        let mut pointer = format!("{}/{index}", self.messages);
        parts.for_each(|part| push_token(&mut pointer, part));
        Some(pointer)
    }
}

#[derive(Default, Deserialize)]
struct Told {
    #[serde(default)]
    error: Words,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Words {
    message: Option<String>,
    r#type: Option<String>,
    param: Option<String>,
    code: Option<String>,
}

/// Passes a 2xx on.
pub fn passed(response: Response, places: &Places) -> Result<Response, Failure> {
    if (200..300).contains(&response.status) {
        return Ok(response);
    }
    let words = serde_json::from_slice::<Told>(response.bytes())
        .unwrap_or_default()
        .error;
    let status = response.status;
    let wait_ms = wait_ms(&response);
    let request_id = response.header("x-request-id").map(str::to_owned);
    let Err(failure) = response.ok() else {
        return Err(Failure::unclear("the answer makes no sense").with_status(status));
    };
    let failure = words.decide(explained(failure, &words, places), status, wait_ms);
    Err(match request_id {
        Some(id) => Failure {
            message: format!("{} (request id {id})", failure.message),
            ..failure
        },
        None => failure,
    })
}

fn explained(mut failure: Failure, words: &Words, places: &Places) -> Failure {
    if let Some(message) = &words.message {
        failure.message = message.trim_end_matches('.').to_owned();
    }
    // Older answers say in `type` what newer ones say in `code`.
    if let Some(code) = words.code.as_ref().or(words.r#type.as_ref()) {
        failure = failure.with_code(code);
    }
    let field = words.param.as_deref();
    match field.and_then(|parameter| places.pointer(parameter)) {
        Some(pointer) if !pointer.is_empty() => failure.with_field(pointer),
        _ => failure,
    }
}

impl Words {
    fn is(&self, code: &str) -> bool {
        [&self.code, &self.r#type]
            .into_iter()
            .any(|word| word.as_deref() == Some(code))
    }

    /// What to do, where the status alone does not tell.
    fn decide(&self, failure: Failure, status: u16, wait_ms: Option<u64>) -> Failure {
        if UNPAID.iter().any(|code| self.is(code)) {
            return advised(
                failure,
                "somebody has to add credit or raise the budget at platform.openai.com, billing and limits",
            );
        }
        if self.is("model_not_found") {
            let advice = "name another model, or give the project of the key access to it";
            return advised(failure, advice).with_field("/model");
        }
        let is_too_large = failure.message.starts_with("Request too large");
        match status {
            429 if is_too_large => Failure {
                disposition: Disposition::Reject,
                message: format!(
                    "{}: it is larger than all that may be asked in one minute, so that waiting does not help",
                    failure.message
                ),
                ..failure
            },
            // Something else was under way; OpenAI's own clients ask again.
            409 => Failure {
                disposition: Disposition::Retry(wait_ms),
                ..failure
            },
            429 | 500.. => Failure {
                disposition: Disposition::Retry(wait_ms),
                ..failure
            },
            _ => failure,
        }
    }
}

fn advised(failure: Failure, advice: &str) -> Failure {
    Failure {
        disposition: Disposition::Misconfigured,
        message: format!("{}; {advice}", failure.message),
        ..failure
    }
}

/// How long to wait: as OpenAI asks, else until the limit that is used up is whole again.
fn wait_ms(response: &Response) -> Option<u64> {
    let number = |name: &str| response.header(name)?.trim().parse::<f64>().ok();
    let asked_ms = number("retry-after-ms").or_else(|| Some(number("retry-after")? * 1_000.0));
    if let Some(asked_ms) = asked_ms.filter(|ms| *ms >= 0.0) {
        // A number that is too large becomes the largest one.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        return Some(asked_ms.ceil() as u64);
    }
    let resets = ["requests", "tokens"].into_iter().filter(|what| {
        number(&format!("x-ratelimit-remaining-{what}")).is_some_and(|left| left < 1.0)
    });
    let resets = resets.filter_map(|what| {
        let reset = response.header(&format!("x-ratelimit-reset-{what}"))?;
        duration_ms(reset.trim())
    });
    resets.max()
}

/// `6m0s`, `1.5s`, `12ms`, `1h2m3s`.
fn duration_ms(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total_ms = 0.0;
    while !rest.is_empty() {
        let at = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(at);
        let unit_len = after.find(|c: char| !c.is_ascii_alphabetic());
        let (unit, after) = after.split_at(unit_len.unwrap_or(after.len()));
        let factor = match unit {
            "ms" => 1.0,
            "s" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            "d" => 86_400_000.0,
            _ => return None,
        };
        total_ms += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (!text.is_empty()).then_some(f64::ceil(total_ms) as u64)
}

#[cfg(test)]
mod tests;
