//! `wasi:http`: the requests of libraries that know nothing of this host. They pass the same way as those
//! of `mortise:plugin/http`, never with a credential. What is refused is a code for the guest; the words,
//! which name the line that would allow it, go to the step's log.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::uri::Scheme;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use mortise_egress::Timeouts;
use tokio::sync::Semaphore;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{
    Error, RequestOptions, Result, WasiBody, WasiHttpHooks, WasiHttpView as _,
};

use crate::guest::Guest;
use crate::host::way::{Answered, Asked, Refused, Way, Why};
use crate::log::Log;
use crate::settings::Settings;

/// Requests of one call under way at once; more wait. Each may hold a body and an answer.
pub(crate) const AT_ONCE_MAX: usize = 8;

/// What one write to a body may bring. A guest may have many bodies that it never sends.
const CHUNK_MAX_BYTES: usize = 64 << 10;

/// What `wasi:http` is for one call.
pub(crate) struct Requests(Option<Arc<Shared>>);

struct Shared {
    way: Way,
    log: Log,
    places: Semaphore,
    /// Bytes of answers that the guest has and has not read.
    unread_bytes: Arc<AtomicUsize>,
    unread_max_bytes: usize,
    /// The largest body of a request.
    body_max_bytes: usize,
}

type Done = Box<dyn Future<Output = Result<()>> + Send>;
type Sent = Result<(Response<WasiBody>, Done)>;

impl Requests {
    /// Those of a call that has a way out; without one all are refused.
    pub fn new(settings: &Settings, log: &Log, way: Option<&Way>) -> Self {
        Self(way.map(|way| {
            Arc::new(Shared {
                way: way.clone(),
                log: log.clone(),
                places: Semaphore::new(AT_ONCE_MAX),
                unread_bytes: Arc::default(),
                unread_max_bytes: settings.files_max_bytes,
                body_max_bytes: settings.hostcall_max_bytes,
            })
        }))
    }
}

impl WasiHttpHooks for Requests {
    fn is_supported_scheme(&mut self, _: &Scheme) -> bool {
        // What cannot be sent is refused on the way, in words.
        true
    }

    fn set_host_header(&mut self) -> bool {
        // Egress does, from the address that it checked.
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _done: Done,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let Some(shared) = self.0.clone() else {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        };
        Box::new(async move {
            let response = shared.send(request, timeouts(options)).await?;
            Ok((response, Box::new(async { Ok(()) }) as Done))
        })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK_MAX_BYTES
    }
}

impl Shared {
    async fn send(
        &self,
        request: Request<WasiBody>,
        timeouts: Timeouts,
    ) -> Result<Response<WasiBody>> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        // Query and user may carry secrets, and the log is shown.
        let host = uri.host().unwrap_or_default();
        let place = format!("`wasi:http` {method} to `{host}`");
        let Ok(_place) = self.places.acquire().await else {
            return Err(Error::HttpRequestDenied);
        };
        let asked = self
            .ask(request, timeouts)
            .await
            .map_err(|refused| match refused {
                Unfit::Told(error) => error,
                Unfit::Words(error, text) => self.told(&place, &text, error),
            })?;
        match self.way.send(asked).await {
            Ok(answer) => self.hand_over(answer).map_err(|size| {
                let text = format!(
                    "an answer of {size} bytes, with which the answers that the call has not read are \
                     over the limit `sandbox.files-max-bytes` of {}: read them, or raise the limit",
                    self.unread_max_bytes
                );
                self.told(&place, &text, body_size(self.unread_max_bytes))
            }),
            Err(refused) => Err(self.told(&place, &refused.text, code(&refused))),
        }
    }

    fn told(&self, place: &str, text: &str, error: Error) -> Error {
        self.log
            .write("warn", format!("{place}: {text}"), Vec::new());
        error
    }

    /// Takes in the whole request.
    async fn ask(
        &self,
        request: Request<WasiBody>,
        timeouts: Timeouts,
    ) -> std::result::Result<Asked, Unfit> {
        let (parts, body) = request.into_parts();
        let headers = texts(&parts.headers)?;
        let collected = Limited::new(body, self.body_max_bytes).collect().await;
        let collected = collected.map_err(|error| {
            let max_bytes = self.body_max_bytes;
            match error.downcast::<Error>() {
                Ok(error) => Unfit::Told(*error),
                Err(error) if error.is::<LengthLimitError>() => Unfit::Words(
                    Error::HttpRequestBodySize(u64::try_from(max_bytes).ok()),
                    format!(
                        "the body has more than the limit `sandbox.hostcall-max-bytes` of {max_bytes} \
                         bytes"
                    ),
                ),
                Err(error) => Unfit::Words(Error::HttpProtocolError, error.to_string()),
            }
        })?;
        if collected.trailers().is_some_and(|lines| !lines.is_empty()) {
            let text = "trailers cannot be sent: make headers of them";
            return Err(Unfit::Words(Error::HttpProtocolError, text.to_owned()));
        }
        Ok(Asked {
            method: parts.method.to_string(),
            url: parts.uri.to_string(),
            headers,
            body: collected.to_bytes(),
            with_credential: false,
            timeout_ms: None,
            timeouts,
        })
    }

    /// The answer as the guest reads it, or its size where too much is unread already.
    fn hand_over(&self, answer: Answered) -> std::result::Result<Response<WasiBody>, usize> {
        let size = answer.body.len();
        let unread = self.unread_bytes.fetch_add(size, Ordering::Relaxed);
        let body = Unread {
            bytes: answer.body,
            counted_in: Arc::clone(&self.unread_bytes),
        };
        if unread.saturating_add(size) > self.unread_max_bytes {
            return Err(size);
        }
        let body = Full::new(Bytes::from_owner(body));
        let body = body.map_err(|never| match never {}).boxed_unsync();
        let mut response = Response::new(body);
        // Egress has read both, so neither is lost.
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
        for (name, value) in answer.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            let value = HeaderValue::from_bytes(value.as_bytes());
            if let (Ok(name), Ok(value)) = (name, value) {
                response.headers_mut().append(name, value);
            }
        }
        Ok(response)
    }
}

/// A request that does not come to be one.
enum Unfit {
    /// The guest gave it up, and knows.
    Told(Error),
    Words(Error, String),
}

/// An answer's body, counted until the guest has read it or dropped it.
struct Unread {
    bytes: Bytes,
    counted_in: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Unread {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.counted_in
            .fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

fn timeouts(options: Option<RequestOptions>) -> Timeouts {
    let ms = |limit: Option<Duration>| Some(u64::try_from(limit?.as_millis()).unwrap_or(u64::MAX));
    let options = options.unwrap_or_default();
    Timeouts {
        connect_ms: ms(options.connect_timeout),
        first_byte_ms: ms(options.first_byte_timeout),
        idle_ms: ms(options.between_bytes_timeout),
    }
}

fn texts(headers: &HeaderMap) -> std::result::Result<Vec<(String, String)>, Unfit> {
    let mut texts = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        // The body says how long it is; that the guest did not promise more was checked.
        if name == CONTENT_LENGTH {
            continue;
        }
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
            let words = format!("the header `{name}` is not UTF-8");
            return Err(Unfit::Words(header(name), words));
        };
        texts.push((name.to_string(), text.to_owned()));
    }
    Ok(texts)
}

fn header(name: &HeaderName) -> Error {
    Error::HttpRequestHeaderSize {
        field_name: Some(name.to_string()),
        field_size: None,
    }
}

fn body_size(max_bytes: usize) -> Error {
    Error::HttpResponseBodySize(u64::try_from(max_bytes).ok())
}

/// What fits best of the codes that there are.
fn code(refused: &Refused) -> Error {
    let short = |size: u64| u32::try_from(size).ok();
    match refused.why {
        Why::Denied | Why::Credential => Error::HttpRequestDenied,
        Why::Address => Error::DestinationIpProhibited,
        Why::Method => Error::HttpRequestMethodInvalid,
        Why::Url => Error::HttpRequestUriInvalid,
        Why::UrlTooLong => Error::HttpRequestUriTooLong,
        Why::Header => Error::HttpRequestHeaderSize {
            field_name: None,
            field_size: None,
        },
        Why::Headers(size) => Error::HttpRequestHeaderSectionSize(u32::try_from(size).ok()),
        Why::Name => Error::DnsError {
            rcode: None,
            info_code: None,
        },
        Why::Connect => Error::ConnectionRefused,
        Why::Tls => Error::TlsProtocolError,
        Why::ConnectTimeout => Error::ConnectionTimeout,
        Why::AnswerTimeout => Error::HttpResponseTimeout,
        Why::ReadTimeout => Error::ConnectionReadTimeout,
        Why::Closed => Error::ConnectionTerminated,
        Why::Protocol => Error::HttpProtocolError,
        Why::AnswerHeaders(limit) => Error::HttpResponseHeaderSectionSize(short(limit)),
        Why::AnswerBody(limit) => Error::HttpResponseBodySize(Some(limit)),
        Why::Rate => Error::ConnectionLimitReached,
    }
}

/// For a transform: refused at once, because waiting for the refusal would end it.
pub(crate) fn link_refusal(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    type Arguments = (
        Resource<HostOutgoingRequest>,
        Option<Resource<RequestOptions>>,
    );
    linker
        .instance("wasi:http/outgoing-handler@0.2.12")?
        .func_wrap(
            "handle",
            |mut store: StoreContextMut<'_, Guest>, (request, _): Arguments| {
                let guest = store.data_mut();
                guest.http().table.delete(request)?;
                let text = "`wasi:http`: a transform reaches nothing: make the request in a step of \
                            its own";
                guest.log.write("warn", text.to_owned(), Vec::new());
                let refusal = ErrorCode::HttpRequestDenied;
                Ok((Err::<Resource<HostFutureIncomingResponse>, _>(refusal),))
            },
        )
}
