//! Queries and bodies of the admin API.

use axum::extract::Query;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use bytes::Bytes;
use http::StatusCode;
use mortise_model::{RunId, StepPath};
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::query::{PAGE_DEFAULT, PAGE_MAX};

/// What a handler takes for its query.
pub type AQuery<T> = Result<Query<T>, QueryRejection>;
/// What a handler takes for its body.
pub type ABody = Result<Bytes, BytesRejection>;

/// A query without names that it does not have.
pub fn query<T>(query: AQuery<T>) -> Result<T, Problem> {
    query
        .map(|Query(query)| query)
        .map_err(|error| bad_query(error.body_text()))
}

/// The bytes of a body.
pub fn bytes(body: ABody, max_bytes: usize) -> Result<Bytes, Problem> {
    body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::body_too_large(max_bytes),
        status => Problem::new(status, "body-unreadable", error.body_text()),
    })
}

/// A JSON object; no body at all is one without members.
pub fn object<T: DeserializeOwned>(body: ABody, max_bytes: usize) -> Result<T, Problem> {
    let bytes = bytes(body, max_bytes)?;
    let text: &[u8] = if bytes.trim_ascii().is_empty() {
        b"{}"
    } else {
        &bytes
    };
    serde_json::from_slice(text).map_err(|error| bad_body(error.to_string()))
}

/// The run of a path; what is no id is no run.
pub fn run_id(text: &str) -> Result<RunId, Problem> {
    text.parse().map_err(|error: mortise_model::id::IdError| {
        Problem::new(StatusCode::NOT_FOUND, "no-such-run", error.to_string())
    })
}

/// The cursor of a list.
pub fn cursor(text: &str) -> Result<RunId, Problem> {
    text.parse()
        .map_err(|_| bad_query(format!("`{text}` is not a cursor: take `next` of a list")))
}

/// How many a page of a list may have.
pub fn limit(wanted: Option<usize>) -> Result<usize, Problem> {
    match wanted {
        Some(0) => Err(bad_query("`limit` is at least 1")),
        wanted => Ok(wanted.unwrap_or(PAGE_DEFAULT).min(PAGE_MAX)),
    }
}

/// A step's path.
pub fn step(text: impl AsRef<str>) -> Result<StepPath, Problem> {
    let text = text.as_ref();
    if text.trim().is_empty() {
        return Err(bad_body(
            "the step's name is empty: name a step as `runs show` lists it, or leave it out",
        ));
    }
    Ok(StepPath::from(text))
}

/// A query that makes no sense.
pub fn bad_query(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad-query", detail)
}

/// A body that makes no sense.
pub fn bad_body(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad-body", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_a_name() {
        for (text, is_name) in [
            ("book", true),
            ("lines[0].stock", true),
            ("", false),
            (" ", false),
        ] {
            assert_eq!(step(text).is_ok(), is_name, "{text:?}");
        }
    }

    #[test]
    fn a_page_of_nothing_is_refused() {
        for (wanted, got) in [
            (None, Some(PAGE_DEFAULT)),
            (Some(0), None),
            (Some(1), Some(1)),
            (Some(usize::MAX), Some(PAGE_MAX)),
        ] {
            assert_eq!(limit(wanted).ok(), got, "{wanted:?}");
        }
    }
}
