//! Refusals as the specification of registries has them: a list of errors with codes.

use axum::body::Body;
use http::header::{ALLOW, CONTENT_TYPE, LOCATION, RANGE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use mortise_ports::StoreError;
use mortise_registry::oci::Endpoint;
use mortise_registry::oci::path::PathError;
use serde_json::{Value, json};

use super::access::Visitor;
use crate::problem::Problem;

/// A code of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `BLOB_UNKNOWN`
    BlobUnknown,
    /// `BLOB_UPLOAD_INVALID`
    UploadInvalid,
    /// `BLOB_UPLOAD_UNKNOWN`
    UploadUnknown,
    /// `DIGEST_INVALID`
    DigestInvalid,
    /// `MANIFEST_BLOB_UNKNOWN`
    ManifestBlobUnknown,
    /// `MANIFEST_INVALID`
    ManifestInvalid,
    /// `MANIFEST_UNKNOWN`
    ManifestUnknown,
    /// `NAME_INVALID`
    NameInvalid,
    /// `NAME_UNKNOWN`
    NameUnknown,
    /// `SIZE_INVALID`
    SizeInvalid,
    /// `TAG_INVALID`, as older clients know it.
    TagInvalid,
    /// `UNAUTHORIZED`
    Unauthorized,
    /// `DENIED`
    Denied,
    /// `UNSUPPORTED`
    Unsupported,
    /// `TOOMANYREQUESTS`
    TooManyRequests,
    /// `UNKNOWN`: something went wrong inside.
    Unknown,
}

impl Code {
    fn word(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::UploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::UploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::TagInvalid => "TAG_INVALID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Denied => "DENIED",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// A refusal on its way out.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    code: Code,
    message: String,
    detail: Option<Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A full disk does not empty itself in a second.
const RETRY_AFTER_FULL_SECS: u64 = 10;

impl Refusal {
    /// A refusal with a sentence.
    pub fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: None,
            headers: Vec::new(),
        }
    }

    /// 400
    pub fn bad(code: Code, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 404
    pub fn missing(code: Code, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 403
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::Denied, message)
    }

    /// 401, and how to be known.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        let basic = HeaderValue::from_static("Basic realm=\"mortise\"");
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, message)
            .with(WWW_AUTHENTICATE, Some(basic))
    }

    /// 429
    pub fn too_many(message: impl Into<String>, retry_after_secs: u64) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, Code::TooManyRequests, message)
            .with(RETRY_AFTER, Some(HeaderValue::from(retry_after_secs)))
    }

    /// 416, with where an upload stands and how it goes on.
    pub fn out_of_order(message: String, location: &str, range: &str) -> Self {
        let status = StatusCode::RANGE_NOT_SATISFIABLE;
        Self::new(status, Code::UploadInvalid, message)
            .with(LOCATION, HeaderValue::from_str(location).ok())
            .with(RANGE, HeaderValue::from_str(range).ok())
    }

    /// 405, for an endpoint that has other methods.
    pub fn method(endpoint: &Endpoint) -> Self {
        let allow = match endpoint {
            Endpoint::Base => "GET, HEAD",
            Endpoint::Blob(..) => "GET, HEAD, DELETE",
            Endpoint::Uploads(_) => "POST",
            Endpoint::Upload(..) => "GET, PATCH, PUT, DELETE",
            Endpoint::Manifest(..) => "GET, HEAD, PUT, DELETE",
            Endpoint::Tags(_) | Endpoint::Referrers(..) => "GET",
            Endpoint::State(..) => "GET, PUT",
        };
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let message = format!("this path takes {allow}");
        Self::new(status, Code::Unsupported, message)
            .with(ALLOW, Some(HeaderValue::from_static(allow)))
    }

    /// A path that is no endpoint. Whoever is not known is told nothing more.
    pub fn of_path(error: PathError, visitor: &Visitor, method: &Method) -> Self {
        if let Err(refusal) = visitor.is_known() {
            return refusal;
        }
        let message = error.to_string();
        match error {
            PathError::Unknown => Self::missing(Code::Unsupported, message),
            PathError::Name(_) => Self::bad(Code::NameInvalid, message),
            PathError::Digest(_) => Self::bad(Code::DigestInvalid, message),
            PathError::Tag(_) if method == Method::PUT => Self::bad(Code::TagInvalid, message),
            // There is none that is called so.
            PathError::Tag(_) => Self::missing(Code::ManifestUnknown, message),
            PathError::Upload => Self::missing(Code::UploadUnknown, message),
        }
    }

    /// The same with a header.
    fn with(mut self, name: HeaderName, value: Option<HeaderValue>) -> Self {
        self.headers.extend(value.map(|value| (name, value)));
        self
    }

    /// The same with more about it.
    pub fn with_detail(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The answer that carries the refusal.
    pub fn response(self) -> Response<Body> {
        let mut error = json!({ "code": self.code.word(), "message": self.message });
        if let Some(detail) = self.detail {
            error["detail"] = detail;
        }
        let mut response = json(self.status, &json!({ "errors": [error] }));
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let (status, message) = (problem.status(), problem.detail().to_owned());
        let retry_after_secs = problem.retry_after_secs();
        match status {
            StatusCode::UNAUTHORIZED => Self::unauthorized(message),
            StatusCode::TOO_MANY_REQUESTS => Self::too_many(message, retry_after_secs.unwrap_or(1)),
            StatusCode::FORBIDDEN => Self::denied(message),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, Code::SizeInvalid, message),
            StatusCode::SERVICE_UNAVAILABLE => {
                let secs = retry_after_secs.unwrap_or(RETRY_AFTER_FULL_SECS);
                Self::new(status, Code::Unknown, message)
                    .with(RETRY_AFTER, Some(HeaderValue::from(secs)))
            }
            _ => Self::new(status, Code::Unknown, message),
        }
    }
}

/// A document.
pub fn json(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// An answer without a body, with these headers; one whose value no header can have is left out.
pub fn bare(status: StatusCode, headers: &[(&'static str, &str)]) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    response
}
