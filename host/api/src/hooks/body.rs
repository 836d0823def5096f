//! From the bytes of a request to `.event`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use mortise_model::Json;
use mortise_model::plan::Body;
use tokio::time::timeout;

use super::unique;
use crate::problem::Problem;
use crate::settings::Settings;

/// A body that becomes no event.
#[derive(Debug)]
pub struct Unacceptable {
    /// What the sender is told.
    pub problem: Problem,
    /// Whether some of the body was left unread.
    pub unread: bool,
}

impl From<Problem> for Unacceptable {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            unread: false,
        }
    }
}

/// Reads a body as its webhook declares. A request of a method that seldom has a body gives `null`
/// where it has none.
///
/// # Errors
/// Where the headers, the size, the pace or the content do not allow it.
pub async fn read(
    head: &Parts,
    body: Incoming,
    kind: Body,
    settings: &Settings,
) -> Result<Json, Unacceptable> {
    let is_bare = matches!(head.method, Method::GET | Method::HEAD | Method::DELETE);
    let bytes = match kind {
        Body::Json if is_bare => return read_json(head, body, settings).await,
        Body::Json => json_bytes(head, body, settings).await?,
        Body::Text | Body::Bytes => {
            declared(head, &body, kind)?;
            bytes(body, settings).await?
        }
    };
    payload(kind, bytes, settings).map_err(Unacceptable::from)
}

/// What [`read`] makes of bytes that were read already.
///
/// # Errors
/// Where the headers or the content do not allow it.
pub fn of_bytes(
    head: &Parts,
    bytes: Vec<u8>,
    kind: Body,
    settings: &Settings,
) -> Result<Json, Problem> {
    if let Some(problem) = refusal(&head.headers, kind) {
        return Err(problem);
    }
    payload(kind, bytes, settings)
}

/// Reads a body that is JSON or empty, which means `null`.
///
/// # Errors
/// As [`read`].
pub async fn read_json(
    head: &Parts,
    body: Incoming,
    settings: &Settings,
) -> Result<Json, Unacceptable> {
    if body.is_end_stream() {
        return Ok(Json::null());
    }
    let bytes = json_bytes(head, body, settings).await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Json::null());
    }
    json(bytes, settings.json_depth_max).map_err(Unacceptable::from)
}

/// Reads a body that its sender says is JSON.
async fn json_bytes(
    head: &Parts,
    body: Incoming,
    settings: &Settings,
) -> Result<Vec<u8>, Unacceptable> {
    declared(head, &body, Body::Json)?;
    let is_form = media_type(&head.headers) == Media::Form;
    let bytes = bytes(body, settings).await?;
    let is_form = is_form && !bytes.is_empty() && !looks_like_json(&bytes);
    if is_form {
        return Err(unsupported("application/x-www-form-urlencoded").into());
    }
    Ok(bytes)
}

/// Holds what the sender says about a body against what the webhook takes, before any of it is read.
fn declared(head: &Parts, body: &Incoming, kind: Body) -> Result<(), Unacceptable> {
    refusal(&head.headers, kind).map_or(Ok(()), |problem| {
        Err(Unacceptable {
            problem,
            unread: !body.is_end_stream(),
        })
    })
}

/// Why a body of this type is not taken. A text is a text whatever it is called, and bytes are bytes:
/// nothing in them is ever opened, unpacked or looked up.
fn refusal(headers: &HeaderMap, kind: Body) -> Option<Problem> {
    if headers.get_all(CONTENT_TYPE).iter().nth(1).is_some() {
        return Some(media_problem(
            "the request has two `content-type` headers".to_owned(),
        ));
    }
    let is_packed = |value: &http::HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if kind != Body::Bytes && headers.get_all(CONTENT_ENCODING).iter().any(is_packed) {
        return Some(media_problem(
            "the body has a `content-encoding`, and is only taken packed with `body: bytes`"
                .to_owned(),
        ));
    }
    let media = media_type(headers);
    match kind {
        Body::Json => media.refusal(),
        Body::Text => charset(headers).filter(|name| !is_utf8(name)).map(|name| {
            media_problem(format!(
                "this webhook takes text in UTF-8 and not in `{name}`"
            ))
        }),
        Body::Bytes => None,
    }
}

/// Reads a body as it is.
///
/// # Errors
/// Where the size or the pace do not allow it.
pub async fn bytes(mut body: Incoming, settings: &Settings) -> Result<Vec<u8>, Unacceptable> {
    let max = settings.body_max_bytes;
    let too_large = || Unacceptable {
        problem: Problem::body_too_large(max),
        unread: true,
    };
    let announced = body.size_hint().lower();
    if announced > max as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    let whole = async {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Unacceptable {
                problem: Problem::new(
                    StatusCode::BAD_REQUEST,
                    "body-unreadable",
                    format!("the body could not be read: {}", cause(&error)),
                ),
                unread: true,
            })?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            if bytes.len() + data.len() > max {
                return Err(too_large());
            }
            bytes.extend_from_slice(data);
        }
        Ok(())
    };
    match timeout(Duration::from_millis(settings.body_timeout_ms), whole).await {
        Ok(read) => read.map(|()| bytes),
        Err(_) => Err(Unacceptable {
            problem: Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "body-too-slow",
                format!(
                    "the body took longer than `ingress.body-timeout-ms` of {}",
                    settings.body_timeout_ms
                ),
            ),
            unread: true,
        }),
    }
}

/// The library's words are about itself; what was wrong stands behind them.
fn cause(error: &hyper::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn payload(kind: Body, bytes: Vec<u8>, settings: &Settings) -> Result<Json, Problem> {
    match kind {
        Body::Json => json(bytes, settings.json_depth_max),
        Body::Text => {
            let text = String::from_utf8(bytes).map_err(|_| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "not-text",
                    "the body is not text in UTF-8",
                )
            })?;
            string(&text)
        }
        Body::Bytes => string(&STANDARD.encode(bytes)),
    }
}

fn string(text: &str) -> Result<Json, Problem> {
    Json::of(text).map_err(|error| not_json(&error.to_string()))
}

/// A body as JSON.
///
/// # Errors
/// Where it is not one JSON value, or nests too deep.
pub fn json(bytes: Vec<u8>, depth_max: usize) -> Result<Json, Problem> {
    let text = String::from_utf8(bytes).map_err(|_| not_json("it is not text in UTF-8"))?;
    let json = Json::parse(text).map_err(|error| not_json(&error.to_string()))?;
    if depth(json.as_str().as_bytes()) > depth_max {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "json-too-deep",
            format!("the body nests deeper than `ingress.json-depth-max` of {depth_max}"),
        ));
    }
    if let Some(name) = unique::repeated(json.as_str()) {
        let name: String = name.chars().take(100).collect();
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "duplicate-key",
            format!("an object of the body has the key `{name}` twice"),
        ));
    }
    Ok(json)
}

fn not_json(why: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "not-json",
        format!("the body is not JSON: {why}"),
    )
}

/// How deep well-formed JSON nests.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// What the sender says about the body.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Media {
    /// It is JSON, or nothing is said.
    Json,
    /// What `curl -d` and others say when nobody told them what it is: the body decides.
    Form,
    /// Something else, by name.
    Other(String),
}

impl Media {
    fn refusal(&self) -> Option<Problem> {
        match self {
            Self::Other(name) => Some(unsupported(name)),
            Self::Json | Self::Form => None,
        }
    }
}

fn unsupported(name: &str) -> Problem {
    media_problem(format!(
        "this webhook takes `application/json` and not `{name}`; with `body: text` or `body: bytes` it takes a body as it is"
    ))
}

fn media_problem(detail: String) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-content-type",
        detail,
    )
}

/// The `charset` of the content type.
fn charset(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = value
        .split(';')
        .skip(1)
        .filter_map(|one| one.split_once('='));
    let (_, name) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    let name = name.trim().trim_matches('"').to_ascii_lowercase();
    Some(name.chars().take(40).collect())
}

fn is_utf8(name: &str) -> bool {
    matches!(name, "utf-8" | "utf8" | "us-ascii" | "ascii")
}

fn media_type(headers: &HeaderMap) -> Media {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Media::Json;
    };
    let Ok(value) = value.to_str() else {
        return Media::Other("a type that is no text".to_owned());
    };
    let name = value.split(';').next().unwrap_or_default().trim();
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "" => Media::Json,
        "application/x-www-form-urlencoded" => Media::Form,
        _ if name.ends_with("/json") || name.ends_with("+json") => Media::Json,
        _ => Media::Other(name.chars().take(100).collect()),
    }
}

/// Whether somebody meant JSON, well formed or not.
fn looks_like_json(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start().first();
    matches!(start, Some(b'{' | b'['))
        || serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn media(value: &'static str) -> Media {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(value));
        media_type(&headers)
    }

    #[test]
    fn json_goes_by_several_names() {
        for name in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON",
            "application/vnd.api+json",
            "application/cloudevents+json",
        ] {
            assert_eq!(media(name), Media::Json, "{name}");
        }
        assert_eq!(media_type(&HeaderMap::new()), Media::Json);
    }

    #[test]
    fn another_type_is_refused_by_name() {
        let problem = media("text/xml").refusal().unwrap();
        assert_eq!(problem.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(media("application/x-www-form-urlencoded"), Media::Form);
    }

    #[test]
    fn what_a_body_is_called_decides_whether_it_is_taken() {
        let packed: &[_] = &[("content-encoding", "gzip")];
        let plain: &[_] = &[("content-encoding", "identity")];
        let latin: &[_] = &[("content-type", "text/plain; Charset=\"ISO-8859-1\"")];
        let multipart: &[_] = &[("content-type", "multipart/form-data; boundary=x")];
        let twice: &[_] = &[
            ("content-type", "application/json"),
            ("content-type", "multipart/form-data"),
        ];
        for (pairs, json, text, bytes) in [
            (packed, false, false, true),
            (plain, true, true, true),
            (latin, false, false, true),
            (multipart, false, true, true),
            (twice, false, false, false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, http::HeaderValue::from_static(value));
            }
            let is_taken = |kind| refusal(&headers, kind).is_none();
            let taken = [Body::Json, Body::Text, Body::Bytes].map(is_taken);
            assert_eq!(taken, [json, text, bytes], "{pairs:?}");
        }
    }

    #[test]
    fn a_form_is_told_from_json_that_nobody_announced() {
        for json in ["{", " [1", "1", "\"a\""] {
            assert!(looks_like_json(json.as_bytes()), "{json}");
        }
        for form in ["a=1&b=2", "", "abc"] {
            assert!(!looks_like_json(form.as_bytes()), "{form}");
        }
    }

    #[test]
    fn depth_counts_brackets_outside_text() {
        for (text, expected) in [
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[{"b":1}],"c":[]}"#, 3),
            (r#"["[[[[\"[[["]"#, 1),
            (r#"["\\",[]]"#, 2),
        ] {
            assert_eq!(depth(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_body_becomes_an_event_as_declared() {
        let settings = Settings::default();
        let of = |kind, body: &[u8]| {
            payload(kind, body.to_vec(), &settings).map(|json| json.as_str().to_owned())
        };
        assert_eq!(of(Body::Json, b" {\"a\":1} ").unwrap(), r#"{"a":1}"#);
        assert_eq!(of(Body::Text, b"a\"b").unwrap(), r#""a\"b""#);
        assert_eq!(of(Body::Bytes, &[0xff]).unwrap(), r#""/w==""#);
        assert_eq!(
            of(Body::Json, br#"{"a":1,"a":2}"#).unwrap_err().code(),
            "duplicate-key"
        );
        assert_eq!(of(Body::Json, b"{").unwrap_err().code(), "not-json");
        assert_eq!(of(Body::Json, b"").unwrap_err().code(), "not-json");
        assert_eq!(of(Body::Text, &[0xff]).unwrap_err().code(), "not-text");
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert_eq!(
            of(Body::Json, deep.as_bytes()).unwrap_err().code(),
            "json-too-deep"
        );
    }
}
