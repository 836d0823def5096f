//! Requests that a plugin understands: kept as they came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use mortise_model::Json;
use mortise_ports::plugins::RawRequest;
use serde::Serialize;

use super::request::WITHHELD;

#[derive(Serialize)]
struct Document<'a> {
    method: &'a str,
    path_and_query: &'a str,
    headers: &'a [(String, String)],
    body: String,
}

/// A request without the sender's credentials: a journal is no place for them.
pub fn request(head: &Parts, body: Vec<u8>) -> RawRequest {
    let headers = head.headers.iter();
    let headers = headers.filter(|(name, _)| !WITHHELD.contains(&name.as_str()));
    RawRequest {
        method: head.method.as_str().to_owned(),
        path_and_query: head
            .uri
            .path_and_query()
            .map_or_else(|| head.uri.path().to_owned(), ToString::to_string),
        headers: headers
            .map(|(name, value)| {
                let text = String::from_utf8_lossy(value.as_bytes());
                (name.as_str().to_owned(), text.into_owned())
            })
            .collect(),
        body,
    }
}

/// The event that is journaled: `{method, path_and_query, headers, body}`, the body in base64.
pub fn event(request: &RawRequest) -> Json {
    let document = Document {
        method: &request.method,
        path_and_query: &request.path_and_query,
        headers: &request.headers,
        body: STANDARD.encode(&request.body),
    };
    Json::of(&document).unwrap_or_else(|_| Json::null())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_request_is_kept_as_it_came() {
        let (head, ()) = http::Request::post("/hooks/shop?x=1")
            .header("X-Topic", "paid")
            .header("x-tag", "a")
            .header("x-tag", "b")
            .header("authorization", "Bearer secret")
            .body(())
            .unwrap()
            .into_parts();
        assert_eq!(
            event(&request(&head, vec![0xff, 0x00])).as_str(),
            r#"{"method":"POST","path_and_query":"/hooks/shop?x=1","headers":[["x-topic","paid"],["x-tag","a"],["x-tag","b"]],"body":"/wA="}"#
        );
    }
}
