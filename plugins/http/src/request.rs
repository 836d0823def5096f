//! The action `request`.

mod input;
mod refusal;

use std::collections::BTreeMap;

use mortise_sdk::files::{self, File};
use mortise_sdk::http::{self, Body, Response};
use mortise_sdk::{Action, Example, Failure, Json, Outcome, Repeat, Turn, connection};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

pub use input::{Input, Values};
use refusal::Words;

use crate::address;

/// What is read of a refusal that came as a file.
const WORDS_MAX_BYTES: u32 = 64 << 10;

/// Sends one request and gives the answer. A 2xx is an output and anything else a failure; redirects
/// are not followed, because the address that they point to was not granted.
pub struct Request;

/// The answer.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// HTTP status: 200 to 299, or one of `accept`.
    status: u16,
    /// Names in lower case; values of one name joined with `, `.
    headers: BTreeMap<String, String>,
    /// The body where its content type is JSON, else null.
    json: Option<Json>,
    /// The body as text where it is not JSON, else null.
    text: Option<String>,
    /// The body with `save-as-file`, else null; `json` and `text` are null then.
    file: Option<File>,
}

impl Action for Request {
    const NAME: &'static str = "request";
    const SUMMARY: &'static str = "sends one HTTP request and gives the answer";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let accepted: Vec<u16> = input.accept.iter().map(|status| status.0).collect();
        let answer = build(input)?.send()?;
        if accepted.contains(&answer.status) {
            return Ok(Outcome::Done(output(answer)));
        }
        let answer = passed(answer)?;
        Ok(Outcome::Done(output(answer)))
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "read a page of orders",
                json!({
                    "url": "/orders",
                    "query": { "status": "paid", "limit": 50 }
                }),
            ),
            Example::new(
                "create an invoice",
                json!({
                    "method": "POST",
                    "url": "/invoices",
                    "headers": { "x-team": "billing" },
                    "json": { "number": "INV-1", "total": 362.3 },
                    "timeout": "20s"
                }),
            ),
            Example::new(
                "fetch a report as a file of the run",
                json!({ "url": "/report.pdf", "save-as-file": true }),
            ),
            Example::new(
                "send a file of the run",
                json!({
                    "method": "PUT",
                    "url": "/report.pdf",
                    "file": { "$file": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
                }),
            ),
        ]
    }
}

fn build(input: Input) -> Result<http::Request, Failure> {
    let mut request = http::Request::new(input.method.as_str(), address::complete(input.url)?);
    for (name, values) in &input.query {
        for value in values.texts() {
            request = request.query(name, &value);
        }
    }
    let (mut has_key, mut has_type) = (false, false);
    for (name, values) in &input.headers {
        has_key |= name.eq_ignore_ascii_case("idempotency-key");
        has_type |= name.eq_ignore_ascii_case("content-type");
        for value in values.texts() {
            request = request.header(name.as_str(), value);
        }
    }
    if input.method.writes() && !has_key {
        request = request.idempotent();
    }
    let (content_type, body) = body(input.json, input.text, input.file)?;
    if !content_type.is_empty() && !has_type {
        request = request.header("content-type", content_type);
    }
    if input.save_as_file {
        request = request.save_as_file();
    }
    if let Some(timeout) = input.timeout {
        request = request.timeout_ms(timeout.as_ms());
    }
    if !connection::present() {
        request = request.anonymous();
    }
    Ok(request.body(body))
}

/// The body, and the content type that it has by itself.
fn body(
    json: Option<Json>,
    text: Option<String>,
    file: Option<File>,
) -> Result<(String, Body), Failure> {
    Ok(match (json, text, file) {
        (None, None, None) => (String::new(), Body::Empty),
        (Some(json), None, None) => (
            "application/json".to_owned(),
            Body::Bytes(json.into_text().into_bytes()),
        ),
        (None, Some(text), None) => (
            "text/plain; charset=utf-8".to_owned(),
            Body::Bytes(text.into_bytes()),
        ),
        (None, None, Some(file)) => {
            let no_file = |why| Failure::reject(why).with_field("/file");
            let info = files::stat(&file.id).map_err(no_file)?;
            (info.content_type, Body::File(file.id))
        }
        _ => {
            return Err(Failure::misconfigured(
                "a request has one of `json`, `text` and `file`",
            ));
        }
    })
}

/// Passes a 2xx on; a failure says what the application says.
pub fn passed(mut answer: Response) -> Result<Response, Failure> {
    if let (300.., Body::File(id)) = (answer.status, &answer.body) {
        // It is no report that was asked for, but the words of a refusal.
        let start = files::read(id, 0, WORDS_MAX_BYTES).unwrap_or_default();
        answer.body = Body::Bytes(start);
    }
    if answer.status < 400 {
        return answer.ok();
    }
    let words = Words::of(&answer);
    answer.ok().map_err(|failure| words.add_to(failure))
}

fn output(answer: Response) -> Output {
    let is_json = answer.header("content-type").is_some_and(is_json);
    let mut headers = BTreeMap::new();
    for (name, value) in answer.headers {
        headers
            .entry(name.to_ascii_lowercase())
            .and_modify(|values: &mut String| {
                values.push_str(", ");
                values.push_str(&value);
            })
            .or_insert(value);
    }
    let bytes = match answer.body {
        Body::File(id) => {
            return Output {
                status: answer.status,
                headers,
                json: None,
                text: None,
                file: Some(File { id }),
            };
        }
        Body::Bytes(bytes) => bytes,
        Body::Empty | Body::Multipart(_) => Vec::new(),
    };
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let (json, text) = if is_json && !text.is_empty() {
        // An answer that calls itself JSON and is not is still an answer: it is kept as text.
        match serde_json::from_str::<Json>(&text) {
            Ok(json) => (Some(json), None),
            Err(_) => (None, Some(text)),
        }
    } else {
        (None, Some(text))
    };
    Output {
        status: answer.status,
        headers,
        json,
        text,
        file: None,
    }
}

/// `application/json`, or any type that ends in `+json`.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence.to_ascii_lowercase().ends_with("+json")
}

#[cfg(test)]
mod tests;
