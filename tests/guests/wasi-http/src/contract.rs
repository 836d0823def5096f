//! Through `mortise:plugin/http`.

use mortise_sdk::http::{Body, Error, Request, Response};

use crate::{Input, Unanswered};

/// Sends without a credential, as `wasi:http` does.
pub fn send(input: &Input) -> Result<Response, Unanswered> {
    let method = input.method.as_deref().unwrap_or("GET");
    let mut request = Request::new(method, &input.url).anonymous();
    for (name, value) in &input.headers {
        request = request.header(name, value);
    }
    if input.bytes > 0 {
        request = request.body(Body::Bytes(vec![b'x'; input.bytes]));
    }
    if let Some(timeout_ms) = input.timeout_ms {
        request = request.timeout_ms(timeout_ms);
    }
    request.try_send().map_err(|error| {
        let (outcome, text) = match error {
            Error::Denied(text) => ("denied", text),
            Error::NotSent(text) => ("not-sent", text),
            Error::Unanswered(text) => ("unanswered", text),
            Error::Limited(wait_ms) => ("limited", wait_ms.to_string()),
            Error::TooLarge(limit_bytes) => ("too-large", limit_bytes.to_string()),
            Error::Unauthorized(text) => ("unauthorized", text),
            Error::Other(text) => ("invalid", text),
        };
        Unanswered { outcome, text }
    })
}
