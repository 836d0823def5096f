//! HTTP to the hosts that the operator granted.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Failure, context};

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::http as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::http as host;

use crate::bindings::imports::mortise::plugin::http as raw;
pub use raw::{Auth, Body, Error, Part, PartBody};

/// A request. The host adds the connection's credential unless told otherwise.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request(raw::Request);

impl Request {
    /// With any method, in capitals.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self(raw::Request {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Body::Empty,
            auth: Auth::Connection,
            save_as_file: false,
            timeout_ms: None,
        })
    }

    /// Reads.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// Creates or does.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// Replaces.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new("PUT", url)
    }

    /// Changes.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new("PATCH", url)
    }

    /// Deletes.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new("DELETE", url)
    }

    /// Adds a header; `authorization`, `cookie` and `host` are the host's.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a query parameter, percent-encoded.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        push_query(&mut self.0.url, name, value);
        self
    }

    /// Passes the call's key on, so that the application carries a repeated request out once.
    pub fn idempotent(self) -> Self {
        let key = context::idempotency_key();
        self.header("idempotency-key", key)
    }

    /// A JSON body from a value, with its content type.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<Self, Failure> {
        let text = serde_json::to_vec(value).map_err(|error| {
            Failure::reject(format!("the body cannot be written as JSON: {error}"))
        })?;
        Ok(self
            .header("content-type", "application/json")
            .body(Body::Bytes(text)))
    }

    /// Any body; its content type is a header.
    pub fn body(mut self, body: Body) -> Self {
        self.0.body = body;
        self
    }

    /// Sends without the connection's credential, to an address that carries its own right.
    pub fn anonymous(mut self) -> Self {
        self.0.auth = Auth::None;
        self
    }

    /// Keeps the answer's body as a file of the run.
    pub fn save_as_file(mut self) -> Self {
        self.0.save_as_file = true;
        self
    }

    /// Gives up after so long.
    pub fn timeout_ms(mut self, timeout_ms: u32) -> Self {
        self.0.timeout_ms = Some(timeout_ms);
        self
    }

    /// Sends it; any status is an answer, see [`Response::ok`].
    pub fn send(self) -> Result<Response, Failure> {
        self.try_send().map_err(Failure::from)
    }

    /// Sends it, and leaves what to do about an error to the caller.
    pub fn try_send(self) -> Result<Response, Error> {
        let raw::Response {
            status,
            headers,
            body,
        } = host::send(&self.0)?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case, in the order of the answer.
    pub headers: Vec<(String, String)>,
    /// Bytes, or a file where the request asked for one.
    pub body: Body,
}

impl Response {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(header, _): &&(String, String)| header.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .find(same)
            .map(|(_, value)| value.as_str())
    }

    /// The body's bytes; none where it is a file.
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Bytes(bytes) => bytes,
            Body::Empty | Body::File(_) | Body::Multipart(_) => &[],
        }
    }

    /// Reads the body. What makes no sense leaves it unclear what the application did; the engine asks
    /// again where the operation is safe or keyed.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(self.bytes()).map_err(|error| {
            Failure::unclear(format!(
                "the answer is not the JSON that was expected: {error}"
            ))
            .with_status(self.status)
            .with_body(self.bytes())
        })
    }

    /// Passes a 2xx on and makes a failure of anything else: 408, 429 and 5xx are to be retried, no
    /// earlier than `retry-after` says; 401 and 403 want a new credential; the rest is rejected.
    pub fn ok(self) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let status = self.status;
        let failure = match status {
            408 | 429 | 500..=599 => match self.retry_after_ms() {
                Some(wait_ms) => {
                    Failure::retry_after(wait_ms, format!("the server answered {status}"))
                }
                None => Failure::retry(format!("the server answered {status}")),
            },
            401 | 403 => {
                Failure::reauthorize(format!("the server refused the credential with {status}"))
            }
            300..=399 => Failure::reject(match self.header("location") {
                Some(location) => format!(
                    "the server answered {status} and points to `{location}`; redirects are not followed"
                ),
                None => format!("the server answered {status}; redirects are not followed"),
            }),
            _ => Failure::reject(format!("the server rejected the request with {status}")),
        };
        Err(failure.with_status(status).with_body(self.bytes()))
    }

    /// What `retry-after` says in milliseconds, as seconds or as a date relative to the answer's own
    /// `date`: a plugin asks no clock.
    fn retry_after_ms(&self) -> Option<u64> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse::<u64>() {
            return seconds.checked_mul(1000);
        }
        let then = http_date_seconds(value)?;
        let now = http_date_seconds(self.header("date")?.trim())?;
        u64::try_from((then - now).max(0)).ok()?.checked_mul(1000)
    }
}

/// Seconds since 1970 of an IMF-fixdate (RFC 9110): `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date_seconds(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut parts = text.split_once(", ")?.1.split(' ');
    let day: i64 = parts.next()?.parse().ok()?;
    let month_name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == month_name)? as i64 + 1;
    let year: i64 = parts.next()?.parse().ok()?;
    let mut clock = parts
        .next()?
        .split(':')
        .map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    // Days from the civil calendar, with the year starting in March so that the leap day is last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5 + day - 1;
    Some((era * 146_097 + day_of_era - 719_468) * 86_400 + hour * 3600 + minute * 60 + second)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(why) => Self::misconfigured(why),
            Error::NotSent(why) => Self::retry(format!("the request was not sent: {why}")),
            Error::Unanswered(why) => Self::unclear(format!("no answer came: {why}")),
            Error::Limited(wait_ms) => {
                Self::retry_after(wait_ms, "the connection's rate is used up")
            }
            Error::TooLarge(limit_bytes) => {
                Self::reject(format!("the answer is larger than {limit_bytes} bytes"))
            }
            Error::Unauthorized(why) => Self::reauthorize(why),
            Error::Other(why) => Self::reject(why),
        }
    }
}

/// Appends `name=value` to the query of a URL, before its fragment.
fn push_query(url: &mut String, name: &str, value: &str) {
    let fragment = url.find('#').map(|at| url.split_off(at));
    let separator = match url.find('?') {
        None => "?",
        Some(at) if at + 1 == url.len() || url.ends_with('&') => "",
        Some(_) => "&",
    };
    url.push_str(separator);
    push_encoded(url, name);
    url.push('=');
    push_encoded(url, value);
    if let Some(fragment) = fragment {
        url.push_str(&fragment);
    }
}

/// Appends text with all but the unreserved characters of RFC 3986 percent-encoded: for a query
/// value or one segment of a path.
pub fn push_encoded(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Undoes percent-encoding, and `+` as forms write a space; what is no UTF-8 is replaced.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(first) = rest.first() {
        let escaped = match rest {
            [b'%', high, low, ..] => hex(*high).zip(hex(*low)),
            _ => None,
        };
        let (byte, length) = match (escaped, first) {
            (Some((high, low)), _) => (high << 4 | low, 3),
            (None, b'+') => (b' ', 1),
            (None, byte) => (*byte, 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
