//! `mortise:plugin/http`: requests to what was granted.

use bytes::Bytes;
use mortise_egress::Timeouts;

use crate::contract::mortise::plugin::http::{
    Auth, Body, Error, Host, PartBody, Request, Response,
};
use crate::guest::Guest;
use crate::host::files::{ANY_TYPE, Files, is_fit};
use crate::host::multipart;
use crate::host::way::{Answered, Asked};

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Error>> {
        let log = self.log.clone();
        let save_as_file = request.save_as_file;
        if let Err(why) = self.files()?.load(named(&request.body)).await {
            return Ok(Err(Error::Other(why)));
        }
        let asked = match asked(self.files()?, request) {
            Ok(asked) => asked,
            Err(why) => return Ok(Err(Error::Other(why))),
        };
        let way = self.work()?.way.clone();
        Ok(match way.send(asked).await {
            Ok(answer) => take_in(self.files()?, answer, save_as_file),
            Err(refused) => {
                // The only error that has no room for the words.
                if let Error::TooLarge(_) = refused.error {
                    log.write("warn", refused.text, Vec::new());
                }
                Err(refused.error)
            }
        })
    }
}

/// The files that a body is made of.
fn named(body: &Body) -> Vec<&str> {
    match body {
        Body::Empty | Body::Bytes(_) => Vec::new(),
        Body::File(id) => vec![id],
        Body::Multipart(parts) => {
            let ids = parts.iter().filter_map(|part| match &part.body {
                PartBody::File(id) => Some(id.as_str()),
                PartBody::Bytes(_) => None,
            });
            ids.collect()
        }
    }
}

fn asked(files: &Files, request: Request) -> Result<Asked, String> {
    let (body, content_type) = body(files, request.body)?;
    let mut headers = request.headers;
    headers.extend(content_type.map(|value| ("content-type".to_owned(), value)));
    Ok(Asked {
        method: request.method,
        url: request.url,
        headers,
        body,
        with_credential: request.auth == Auth::Connection,
        timeout_ms: request.timeout_ms.map(u64::from),
        timeouts: Timeouts::default(),
    })
}

/// The bytes, and the content type that comes with them where the plugin cannot know it.
fn body(files: &Files, body: Body) -> Result<(Bytes, Option<String>), String> {
    match body {
        Body::Empty => Ok((Bytes::new(), None)),
        Body::Bytes(bytes) => Ok((bytes.into(), None)),
        Body::File(id) => files.content(&id).map(|data| (data, None)),
        Body::Multipart(parts) => {
            multipart::encode(parts, files).map(|(data, content_type)| (data, Some(content_type)))
        }
    }
}

fn take_in(files: &mut Files, answer: Answered, save_as_file: bool) -> Result<Response, Error> {
    let Answered {
        status,
        headers,
        body,
    } = answer;
    let body = if save_as_file {
        let content_type = headers.iter().find(|(name, _)| name == "content-type");
        let content_type = content_type.map(|(_, value)| value.as_str());
        let content_type = content_type.filter(|value| is_fit(value));
        let content_type = content_type.unwrap_or(ANY_TYPE).to_owned();
        let id = files.create(None, content_type, body);
        Body::File(id.map_err(Error::Other)?)
    } else if body.is_empty() {
        Body::Empty
    } else {
        Body::Bytes(body.into())
    };
    Ok(Response {
        status,
        headers,
        body,
    })
}
