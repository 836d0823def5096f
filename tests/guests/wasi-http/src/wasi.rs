//! Through `wasi:http`, as a library does that knows nothing of this host.

use mortise_sdk::http::{Body, Response};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::streams::StreamError;

use crate::{Input, Unanswered};

/// What one write may take.
const WRITE_MAX_BYTES: usize = 4_096;
const READ_MAX_BYTES: u64 = 64 << 10;

/// Sends it and reads the whole answer.
pub fn send(input: &Input) -> Result<Response, Unanswered> {
    read(&wait(&begin(input)?)?)
}

/// Sends so many, and reads none before all have been answered.
pub fn many(url: &str, count: usize) -> Vec<String> {
    let input = Input {
        url: url.to_owned(),
        method: None,
        headers: Default::default(),
        bytes: 0,
        timeout_ms: None,
        strict: false,
    };
    let begun: Vec<_> = (0..count).map(|_| begin(&input)).collect();
    let answers: Vec<_> = begun
        .iter()
        .map(|one| match one {
            Ok(future) => wait(future).map_err(|unanswered| unanswered.text),
            Err(unanswered) => Err(unanswered.text.clone()),
        })
        .collect();
    let told = |answer: Result<IncomingResponse, String>| match answer.map(|one| read(&one)) {
        Ok(Ok(answer)) => answer.status.to_string(),
        Ok(Err(unanswered)) => unanswered.text,
        Err(text) => text,
    };
    answers.into_iter().map(told).collect()
}

fn begin(input: &Input) -> Result<FutureIncomingResponse, Unanswered> {
    let request = request(input)?;
    let body = request.body().map_err(|()| setter("body"))?;
    let options = match input.timeout_ms {
        Some(timeout_ms) => Some(options(timeout_ms)?),
        None => None,
    };
    let future = outgoing_handler::handle(request, options).map_err(refused)?;
    if input.bytes > 0 {
        // Whoever takes no more of it says why in the answer.
        let _ = write(&body, input.bytes);
    }
    OutgoingBody::finish(body, None).map_err(refused)?;
    Ok(future)
}

fn options(timeout_ms: u32) -> Result<RequestOptions, Unanswered> {
    let options = RequestOptions::new();
    let set = options.set_first_byte_timeout(Some(u64::from(timeout_ms) * 1_000_000));
    set.map_err(|()| setter("timeout"))?;
    Ok(options)
}

fn request(input: &Input) -> Result<OutgoingRequest, Unanswered> {
    let fields = Fields::new();
    for (name, value) in &input.headers {
        let set = fields.append(name, value.as_bytes());
        set.map_err(|_| setter("header"))?;
    }
    let request = OutgoingRequest::new(fields);
    let method = match input.method.as_deref().unwrap_or("GET") {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "CONNECT" => Method::Connect,
        "TRACE" => Method::Trace,
        other => Method::Other(other.to_owned()),
    };
    request.set_method(&method).map_err(|()| setter("method"))?;
    let (scheme, rest) = input.url.split_once("://").unwrap_or(("", &input.url));
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    let set = request.set_scheme(Some(&scheme));
    set.map_err(|()| setter("scheme"))?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let set = request.set_authority(Some(authority));
    set.map_err(|()| setter("authority"))?;
    let path = if path.is_empty() { "/" } else { path };
    let set = request.set_path_with_query(Some(path));
    set.map_err(|()| setter("path"))?;
    Ok(request)
}

fn write(body: &OutgoingBody, bytes: usize) -> Result<(), StreamError> {
    let Ok(stream) = body.write() else {
        return Err(StreamError::Closed);
    };
    let piece = [b'x'; WRITE_MAX_BYTES];
    let mut left = bytes;
    while left > 0 {
        let size = left.min(WRITE_MAX_BYTES);
        stream.blocking_write_and_flush(&piece[..size])?;
        left -= size;
    }
    Ok(())
}

fn wait(future: &FutureIncomingResponse) -> Result<IncomingResponse, Unanswered> {
    loop {
        match future.get() {
            Some(Ok(outcome)) => return outcome.map_err(refused),
            Some(Err(())) => return Err(setter("second answer")),
            None => future.subscribe().block(),
        }
    }
}

fn read(answer: &IncomingResponse) -> Result<Response, Unanswered> {
    let headers = answer.headers().entries();
    let text = |value: Vec<u8>| String::from_utf8_lossy(&value).into_owned();
    let headers = headers.into_iter();
    let headers = headers.map(|(name, value)| (name, text(value))).collect();
    let body = answer.consume().map_err(|()| setter("answer"))?;
    let stream = body.stream().map_err(|()| setter("answer"))?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(READ_MAX_BYTES) {
            Ok(piece) => bytes.extend(piece),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(Unanswered {
                    outcome: "unanswered",
                    text: error.to_debug_string(),
                });
            }
        }
    }
    Ok(Response {
        status: answer.status(),
        headers,
        body: Body::Bytes(bytes),
    })
}

/// What the library itself would not take.
fn setter(what: &str) -> Unanswered {
    Unanswered {
        outcome: "unfit",
        text: format!("unfit {what}"),
    }
}

fn refused(code: ErrorCode) -> Unanswered {
    Unanswered {
        outcome: "refused",
        text: format!("{code:?}"),
    }
}
