//! Which exchange of a script a request belongs to.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;

use crate::script::{Exchange, Expected};
use crate::{database, mail};

/// Stands for the call's key in a script.
const KEY: &str = "{idempotency-key}";
/// What of a body is told.
const SHOWN_MAX_CHARS: usize = 400;

/// A request as the application saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `POST`.
    pub method: String,
    /// With the query.
    pub path_and_query: String,
    /// In the order of their names.
    pub headers: BTreeMap<String, String>,
    /// The bytes.
    pub body: Bytes,
}

impl Seen {
    /// Of what came.
    #[must_use]
    pub fn new(head: &Parts, body: Bytes) -> Self {
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        });
        Self {
            method: head.method.to_string(),
            path_and_query: head.uri.to_string(),
            headers: headers.collect(),
            body,
        }
    }

    /// Whether a text stands anywhere in it.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        let in_body = self
            .body
            .windows(text.len().max(1))
            .any(|part| part == text.as_bytes());
        let mut values = self.headers.values();
        in_body || self.path_and_query.contains(text) || values.any(|value| value.contains(text))
    }

    /// As a person reads it.
    #[must_use]
    pub fn shown(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let body: String = body.chars().take(SHOWN_MAX_CHARS).collect();
        let line = format!("{} {}", self.method, self.path_and_query);
        match body.is_empty() {
            true => line,
            false => format!("{line} with `{body}`"),
        }
    }
}

/// The exchange that a request belongs to: the first that was not asked for yet, else the last that fits.
///
/// # Errors
/// What speaks against the one that comes closest.
pub fn find(
    exchanges: &[Exchange],
    used: &[bool],
    seen: &Seen,
    key: &str,
) -> Result<usize, String> {
    let mut reused = None;
    let mut closest: Option<(usize, String)> = None;
    for (n, exchange) in exchanges.iter().enumerate() {
        match difference(exchange, seen, key) {
            None if !used[n] => return Ok(n),
            None => reused = Some(n),
            Some((score, why)) if closest.as_ref().is_none_or(|(best, _)| score > *best) => {
                closest = Some((score, why));
            }
            Some(_) => {}
        }
    }
    let shown = seen.shown();
    reused.ok_or_else(|| match closest {
        Some((_, why)) => format!("the script knows no request like {shown}: {why}"),
        None => format!("the script has no exchanges, and there came {shown}"),
    })
}

/// What differs, and how much before it did not.
fn difference(exchange: &Exchange, seen: &Seen, key: &str) -> Option<(usize, String)> {
    let Exchange {
        request, sql, mail, ..
    } = exchange;
    let differs = match seen.method.as_str() {
        database::METHOD => sql
            .as_ref()
            .map(|sql| database::differs(sql, seen, &|text| text.replace(KEY, key))),
        mail::METHOD => mail.as_ref().map(|mail| mail::differs(mail, seen)),
        _ => request.as_ref().map(|request| differs(request, seen, key)),
    };
    differs.unwrap_or_else(|| Some((0, "it is of another kind".to_owned())))
}

fn differs(expected: &Expected, seen: &Seen, key: &str) -> Option<(usize, String)> {
    let (path, query) = seen
        .path_and_query
        .split_once('?')
        .unwrap_or((&seen.path_and_query, ""));
    if expected.path != path {
        return Some((0, format!("the path is not `{}`", expected.path)));
    }
    if !expected.method.eq_ignore_ascii_case(&seen.method) {
        return Some((1, format!("the method is not `{}`", expected.method)));
    }
    let with_key = |text: &str| text.replace(KEY, key);
    let query: BTreeMap<String, String> = form(query.as_bytes());
    let wanted: BTreeMap<String, String> = expected
        .query
        .iter()
        .map(|(name, value)| (name.clone(), with_key(value)))
        .collect();
    if query != wanted {
        return Some((2, format!("the query is not {wanted:?} but {query:?}")));
    }
    for (name, value) in &expected.headers {
        let (name, value) = (name.to_ascii_lowercase(), with_key(value));
        if seen.headers.get(&name) != Some(&value) {
            let found = seen.headers.get(&name).map_or("missing", String::as_str);
            return Some((
                3,
                format!("the header `{name}` is not `{value}` but `{found}`"),
            ));
        }
    }
    body_differs(expected, seen, &with_key).map(|why| (4, why))
}

fn body_differs(
    expected: &Expected,
    seen: &Seen,
    with_key: &dyn Fn(&str) -> String,
) -> Option<String> {
    if let Some(json) = &expected.json {
        let found: Option<Value> = serde_json::from_slice(&seen.body).ok();
        let wanted: Value = serde_json::from_str(&with_key(&json.to_string())).unwrap_or_default();
        if found.as_ref() != Some(&wanted) {
            return Some(format!("the body is not `{wanted}`"));
        }
    }
    if let Some(fields) = &expected.form {
        let found = form(&seen.body);
        let wanted = fields
            .iter()
            .map(|(name, value)| (name.clone(), with_key(value)));
        let wanted: BTreeMap<String, String> = wanted.collect();
        if found != wanted {
            return Some(format!("the form is not {wanted:?} but {found:?}"));
        }
    }
    let missing = expected.contains.iter().find(|text| {
        let text = with_key(text);
        !seen
            .body
            .windows(text.len().max(1))
            .any(|part| part == text.as_bytes())
    });
    missing.map(|text| format!("the body does not hold `{text}`"))
}

fn form(bytes: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::script::parse;

    fn exchanges() -> Vec<Exchange> {
        let script = parse(
            r#"
operation: a
cases:
  - name: one
    exchanges:
      - request: { method: POST, path: /a, headers: { idempotency-key: "{idempotency-key}" }, json: { n: 1 } }
        answer: { json: {} }
      - request: { path: /a, query: { page: "2" } }
        answer: { json: {} }
"#,
        );
        script.unwrap().cases.remove(0).exchanges
    }

    fn seen(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Seen {
        let headers = headers.iter();
        Seen {
            method: method.to_owned(),
            path_and_query: path.to_owned(),
            headers: headers
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn a_request_finds_its_exchange_or_hears_what_is_wrong() {
        let key = [("idempotency-key", "k")];
        let cases = [
            (seen("POST", "/a", &key, r#"{"n":1}"#), Ok(0)),
            (seen("GET", "/a?page=2", &[], ""), Ok(1)),
            (seen("GET", "/b", &[], ""), Err("the path is not `/a`")),
            (seen("PUT", "/a", &[], ""), Err("the method is not")),
            (seen("GET", "/a?page=3", &[], ""), Err("the query is not")),
            (
                seen("POST", "/a", &[("idempotency-key", "j")], ""),
                Err("the header `idempotency-key`"),
            ),
            (
                seen("POST", "/a", &key, r#"{"n":2}"#),
                Err("the body is not"),
            ),
        ];
        for (seen, expected) in cases {
            let found = find(&exchanges(), &[false, false], &seen, "k");
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, _) => panic!("{seen:?}: {found:?}"),
            }
        }
    }
}
