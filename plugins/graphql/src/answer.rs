//! What a server answers: data, errors, or both. Most servers say with status 200 what went wrong, newer
//! ones say it with a status as well.

use mortise_sdk::http::Response;
use mortise_sdk::json::push_token;
use mortise_sdk::{Disposition, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// So many errors are told in a failure.
const ERRORS_MAX: usize = 3;

/// Codes of servers that people meet, in capitals. What is not here is the input's fault.
const LIMITED: [&str; 6] = [
    "RATELIMITED",
    "RATE_LIMIT",
    "RATE_LIMITED",
    "RATE_LIMIT_EXCEEDED",
    "THROTTLED",
    "TOO_MANY_REQUESTS",
];
const REFUSED: [&str; 6] = [
    "ACCESS_DENIED",
    "AUTHENTICATION_ERROR",
    "FORBIDDEN",
    "INSUFFICIENT_SCOPES",
    "UNAUTHENTICATED",
    "UNAUTHORIZED",
];
const BROKEN: [&str; 6] = [
    "DOWNSTREAM_SERVICE_ERROR",
    "INTERNAL_ERROR",
    "INTERNAL_SERVER_ERROR",
    "SERVICE_UNAVAILABLE",
    "SUBREQUEST_HTTP_ERROR",
    "TIMEOUT",
];
const MISWRITTEN: [&str; 5] = [
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "OPERATION_RESOLUTION_FAILURE",
    "PERSISTED_QUERY_NOT_FOUND",
    "PERSISTED_QUERY_NOT_SUPPORTED",
];

/// What a server answered.
#[derive(Debug, Deserialize)]
struct Told {
    data: Option<Value>,
    #[serde(default)]
    errors: Option<Vec<Error>>,
    #[serde(default)]
    extensions: Option<Value>,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Error {
    /// What the server says.
    #[serde(default)]
    pub message: String,
    /// Where in the answer: names of fields and indices of lists.
    #[serde(default)]
    pub path: Option<Vec<Value>>,
    /// What the server says besides; `code` as a rule.
    #[serde(default)]
    pub extensions: Option<Value>,
    /// As some servers write the code.
    #[serde(default, rename = "type", skip_serializing)]
    kind: Option<Value>,
}

/// Data, with or without errors.
#[derive(Debug)]
pub struct Answer {
    /// Null where nothing could be given.
    pub data: Value,
    /// None where all of it could be given.
    pub errors: Vec<Error>,
    /// What the server says of the request as a whole.
    pub extensions: Option<Value>,
    response: Response,
}

impl Answer {
    /// Of a response with any status; a failure where it holds no answer of GraphQL.
    pub fn of(response: Response) -> Result<Self, Failure> {
        let status = response.status;
        let told = match (status, response.json::<Told>()) {
            (200..300, told) => told?,
            // What a gateway says has no form.
            (_, Ok(told)) if told.errors.is_some() => told,
            _ => return Err(refused(response)),
        };
        let errors = told.errors.unwrap_or_default();
        let answer = Self {
            data: told.data.unwrap_or_default(),
            errors,
            extensions: told.extensions,
            response,
        };
        let is_status_enough = !matches!(status, 200..300 | 400 | 422);
        if is_status_enough {
            let (errors, extensions) = (answer.errors, answer.extensions);
            return Err(explained(
                refused(answer.response),
                &errors,
                extensions.as_ref(),
            ));
        }
        if answer.data.is_null() && answer.errors.is_empty() {
            let why = "the server answered neither data nor errors: is this the address of its GraphQL API?";
            return Err(Failure::misconfigured(why)
                .with_status(status)
                .with_body(answer.response.bytes()));
        }
        Ok(answer)
    }

    /// All of it, or what is there where `allow_partial` says that it will do.
    pub fn whole(self, allow_partial: bool) -> Result<Self, Failure> {
        if self.errors.is_empty() || (allow_partial && !self.data.is_null()) {
            return Ok(self);
        }
        let body = self.response.bytes();
        let after_ms = match self.response.clone().ok() {
            Err(Failure {
                disposition: Disposition::Retry(after_ms),
                ..
            }) => after_ms,
            _ => None,
        };
        let failure = Failure::reject("")
            .with_status(self.response.status)
            .with_body(body);
        let mut failure = explained(failure, &self.errors, self.extensions.as_ref());
        if let (Disposition::Retry(None), Some(_)) = (failure.disposition, after_ms) {
            failure.disposition = Disposition::Retry(after_ms);
        }
        if !self.data.is_null() {
            failure.message += "; `allow-partial` takes the data that is there nevertheless";
        }
        Err(failure)
    }
}

fn refused(response: Response) -> Failure {
    let status = response.status;
    match response.ok() {
        Err(failure) => failure,
        Ok(_) => Failure::unclear("the answer makes no sense").with_status(status),
    }
}

/// Adds the server's words, and decides by the first error: the others mostly come of it.
fn explained(mut failure: Failure, errors: &[Error], extensions: Option<&Value>) -> Failure {
    let Some(first) = errors.first() else {
        return failure;
    };
    let messages = errors
        .iter()
        .take(ERRORS_MAX)
        .map(|error| error.message.trim_end_matches('.'));
    failure.message = messages.collect::<Vec<_>>().join("; ");
    if errors.len() > ERRORS_MAX {
        failure.message += &format!("; and {} more errors", errors.len() - ERRORS_MAX);
    }
    let code = first.code();
    let kind = code.as_deref().unwrap_or_default().to_ascii_uppercase();
    let is = |codes: &[&str]| codes.contains(&kind.as_str());
    let mut field = first.pointer();
    if let Disposition::Reject = failure.disposition {
        failure.disposition = if is(&LIMITED) || first.message == "Throttled" {
            Disposition::Retry(extensions.and_then(restored_ms))
        } else if is(&REFUSED) {
            Disposition::Reauthorize
        } else if is(&BROKEN) {
            // A mutation may have been carried out.
            Disposition::Unclear
        } else if is(&MISWRITTEN) {
            field = Some("/query".to_owned());
            Disposition::Misconfigured
        } else {
            Disposition::Reject
        };
    }
    if let Some(code) = code {
        failure = failure.with_code(code);
    }
    match field {
        Some(field) => failure.with_field(field),
        None => failure,
    }
}

/// When a server that counts points has enough of them again.
fn restored_ms(extensions: &Value) -> Option<u64> {
    let cost = &extensions["cost"];
    let status = &cost["throttleStatus"];
    let wanted = cost["requestedQueryCost"].as_f64()? - status["currentlyAvailable"].as_f64()?;
    let seconds = wanted / status["restoreRate"].as_f64()?;
    let is_sane = seconds.is_finite() && seconds > 0.0;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    is_sane.then_some((seconds * 1_000.0).ceil() as u64)
}

impl Error {
    fn code(&self) -> Option<String> {
        let extensions = self.extensions.as_ref();
        let code = extensions.and_then(|extensions| extensions.get("code"));
        match code.or(self.kind.as_ref())? {
            Value::String(code) => Some(code.clone()),
            Value::Number(code) => Some(code.to_string()),
            _ => None,
        }
    }

    fn pointer(&self) -> Option<String> {
        let path = self.path.as_ref().filter(|path| !path.is_empty())?;
        let mut pointer = String::new();
        for part in path {
            match part {
                Value::String(name) => push_token(&mut pointer, name),
                index => push_token(&mut pointer, &index.to_string()),
            }
        }
        Some(pointer)
    }
}

#[cfg(test)]
mod tests;
