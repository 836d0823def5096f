//! `.request`: what a workflow may know of the request beside its body.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use http::HeaderMap;
use http::request::Parts;
use mortise_model::Json;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    method: &'a str,
    path: &'a str,
    query: BTreeMap<Cow<'a, str>, Values<'a>>,
    headers: BTreeMap<&'a str, Cow<'a, str>>,
}

/// What a query says under one name.
#[derive(Serialize)]
#[serde(untagged)]
enum Values<'a> {
    One(Cow<'a, str>),
    /// In order.
    Several(Vec<Cow<'a, str>>),
}

/// Headers that carry a credential of the sender: a workflow has no use for them, and the
/// journal is no place for them.
pub const WITHHELD: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// `{method, path, query, headers}` of a request. Names of headers are in lower case, a header
/// that repeats is joined with `, `, and a query parameter that repeats is a list of its values.
/// `authorization`, `proxy-authorization` and `cookie` are left out.
pub fn document(head: &Parts) -> Option<Json> {
    let query = head.uri.query().unwrap_or_default();
    Json::of(&Document {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: parameters(query),
        headers: headers(&head.headers),
    })
    .ok()
}

fn parameters(query: &str) -> BTreeMap<Cow<'_, str>, Values<'_>> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match parameters.entry(name) {
            Entry::Vacant(new) => {
                new.insert(Values::One(value));
            }
            Entry::Occupied(mut known) => {
                let values = known.get_mut();
                *values = match std::mem::replace(values, Values::Several(Vec::new())) {
                    Values::One(first) => Values::Several(vec![first, value]),
                    Values::Several(mut all) => {
                        all.push(value);
                        Values::Several(all)
                    }
                };
            }
        }
    }
    parameters
}

fn headers(map: &HeaderMap) -> BTreeMap<&str, Cow<'_, str>> {
    let mut headers: BTreeMap<&str, Cow<'_, str>> = BTreeMap::new();
    for (name, value) in map {
        if WITHHELD.contains(&name.as_str()) {
            continue;
        }
        let text = String::from_utf8_lossy(value.as_bytes());
        headers
            .entry(name.as_str())
            .and_modify(|all| *all = Cow::Owned(format!("{all}, {text}")))
            .or_insert(text);
    }
    headers
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http::Request;

    #[test]
    fn a_request_is_shown_without_its_credentials() {
        let (head, ()) = Request::post("/hooks/a?x=1&y=a%20b&x=2&z=&x=2")
            .header("X-Kind", "paid")
            .header("accept", "a")
            .header("accept", "b")
            .header("authorization", "Bearer secret")
            .header("Cookie", "secret")
            .body(())
            .unwrap()
            .into_parts();
        assert_eq!(
            document(&head).unwrap().as_str(),
            r#"{"method":"POST","path":"/hooks/a","query":{"x":["1","2","2"],"y":"a b","z":""},"headers":{"accept":"a, b","x-kind":"paid"}}"#
        );
    }
}
