//! A registry in memory, as far as the client uses one, that misbehaves where it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_RANGE, LINK, LOCATION, RANGE, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mortise_model::Digest;
use serde_json::json;
use tokio::net::TcpListener;

type Answer = Response<Full<Bytes>>;

/// How the registry wants to be asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Login {
    None,
    Basic,
    Bearer,
}

/// What the registry does instead of what it should.
#[derive(Clone)]
pub enum Trick {
    /// Answers this status.
    Status(u16),
    /// Answers this status with a header.
    With(u16, &'static str, String),
    /// Does what it should and closes the connection without an answer.
    Vanish,
    /// Answers with other bytes.
    Forge,
}

#[derive(Default)]
struct Kept {
    blobs: BTreeMap<String, Bytes>,
    manifests: BTreeMap<String, Bytes>,
    uploads: BTreeMap<usize, Vec<u8>>,
    states: BTreeMap<String, Bytes>,
    tricks: VecDeque<(Method, &'static str, Trick)>,
    asked: Vec<String>,
}

pub struct Fake {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl Fake {
    pub async fn start(login: Login) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let shared = Arc::clone(&kept);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| {
                    let shared = Arc::clone(&shared);
                    async move { serve(&shared, (address, login), request).await }
                });
                tokio::spawn(async move {
                    let stream = TokioIo::new(stream);
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(stream, service).await;
                });
            }
        });
        Self { address, kept }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does this the next time that such a request comes.
    pub fn play(&self, method: Method, path: &'static str, trick: Trick) {
        let mut kept = self.kept.lock().unwrap();
        kept.tricks.push_back((method, path, trick));
    }

    /// What came, `METHOD PATH`, with `!` where it carried a login.
    pub fn asked(&self) -> Vec<String> {
        self.kept.lock().unwrap().asked.clone()
    }

    pub fn keep_blob(&self, digest: &str, bytes: &[u8]) {
        let bytes = Bytes::copy_from_slice(bytes);
        self.kept
            .lock()
            .unwrap()
            .blobs
            .insert(digest.to_owned(), bytes);
    }

    pub fn keep_manifest(&self, name: &str, bytes: &[u8]) {
        let bytes = Bytes::copy_from_slice(bytes);
        let mut kept = self.kept.lock().unwrap();
        kept.manifests
            .insert(Digest::of(&bytes).to_string(), bytes.clone());
        kept.manifests.insert(name.to_owned(), bytes);
    }

    pub fn state(&self, name: &str) -> Option<Bytes> {
        self.kept.lock().unwrap().states.get(name).cloned()
    }

    pub fn blob(&self, digest: &Digest) -> Option<Bytes> {
        self.kept
            .lock()
            .unwrap()
            .blobs
            .get(&digest.to_string())
            .cloned()
    }
}

async fn serve(
    kept: &Mutex<Kept>,
    (address, login): (SocketAddr, Login),
    request: Request<Incoming>,
) -> Result<Answer, Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut kept = kept.lock().unwrap();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let authorization = parts.headers.get(AUTHORIZATION);
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    let sign = if authorization.is_some() { "!" } else { "" };
    kept.asked.push(format!("{} {path}{sign}", parts.method));
    let trick = kept.tricks.iter();
    let trick = trick
        .clone()
        .position(|(method, part, _)| *method == parts.method && path.contains(part))
        .and_then(|at| kept.tricks.remove(at));
    match trick.map(|(_, _, trick)| trick) {
        Some(Trick::Status(status)) => return Ok(plain(status)),
        Some(Trick::With(status, name, value)) => {
            let mut answer = plain(status);
            answer.headers_mut().insert(name, value.parse().unwrap());
            return Ok(answer);
        }
        Some(Trick::Vanish) => {
            let _ = done(&mut kept, &parts, &path, &body);
            return Err(Error);
        }
        Some(Trick::Forge) => return Ok(Response::new(Full::new(Bytes::from_static(b"forged")))),
        None => {}
    }
    if path.starts_with("/token") {
        // `token:right` in base64.
        let is_right = authorization.as_deref() == Some("Basic dG9rZW46cmlnaHQ=");
        let body = json!({ "access_token": "given" }).to_string();
        return Ok(match is_right {
            true => Response::new(Full::new(body.into())),
            false => plain(401),
        });
    }
    let wanted = match login {
        Login::None => None,
        Login::Basic => Some(("Basic dG9rZW46cmlnaHQ=", "Basic realm=\"r\"".to_owned())),
        Login::Bearer => Some((
            "Bearer given",
            format!("Bearer realm=\"http://{address}/token\",service=\"fake\""),
        )),
    };
    if let Some((right, challenge)) = wanted
        && authorization.as_deref() != Some(right)
    {
        let mut answer = plain(401);
        let challenge = challenge.parse().unwrap();
        answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        return Ok(answer);
    }
    Ok(done(&mut kept, &parts, &path, &body))
}

/// Ends a connection.
#[derive(Debug)]
struct Error;

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("vanished")
    }
}

impl std::error::Error for Error {}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn plain(status: u16) -> Answer {
    let body = match status {
        400.. => json!({ "errors": [{ "code": "FAKE", "message": "as told" }] }).to_string(),
        _ => String::new(),
    };
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

fn located(status: u16, upload: usize, kept: usize) -> Answer {
    let mut answer = plain(status);
    let place = format!("/v2/acme/shop/blobs/uploads/{upload}?state=x{kept}");
    let headers = answer.headers_mut();
    headers.insert(LOCATION, place.parse().unwrap());
    let last = kept.saturating_sub(1);
    headers.insert(RANGE, format!("0-{last}").parse().unwrap());
    answer
}

fn done(kept: &mut Kept, parts: &http::request::Parts, path: &str, body: &Bytes) -> Answer {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let found = |bytes: Option<&Bytes>| match bytes {
        Some(bytes) => Response::new(Full::new(bytes.clone())),
        None => plain(404),
    };
    if path == "/v2/_catalog" {
        return page(query);
    }
    if path == "/v2/acme/shop/tags/list" {
        let tags: Vec<_> = kept
            .manifests
            .keys()
            .filter(|name| !name.contains(':'))
            .collect();
        return Response::new(Full::new(json!({ "tags": tags }).to_string().into()));
    }
    let Some(path) = path.strip_prefix("/v2/acme/shop/") else {
        return plain(404);
    };
    let (kind, name) = path.split_once('/').unwrap();
    match (kind, &parts.method) {
        ("manifests", &Method::GET) => found(kept.manifests.get(name)),
        ("manifests", _) => {
            let digest = Digest::of(body).to_string();
            kept.manifests.insert(digest, body.clone());
            kept.manifests.insert(name.to_owned(), body.clone());
            plain(201)
        }
        ("_mortise", &Method::PUT) => {
            kept.states.insert(name.to_owned(), body.clone());
            plain(200)
        }
        ("blobs", &Method::POST) => {
            let upload = kept.uploads.len();
            kept.uploads.insert(upload, Vec::new());
            located(202, upload, 0)
        }
        ("blobs", &Method::GET | &Method::HEAD) if !name.starts_with("uploads/") => {
            found(kept.blobs.get(name))
        }
        ("blobs", method) => upload(kept, (method, name, query), parts, body),
        _ => plain(404),
    }
}

fn upload(
    kept: &mut Kept,
    (method, name, query): (&Method, &str, &str),
    parts: &http::request::Parts,
    body: &Bytes,
) -> Answer {
    let number: usize = name.strip_prefix("uploads/").unwrap().parse().unwrap();
    let bytes = kept.uploads.get_mut(&number).unwrap();
    if *method == Method::GET {
        return located(204, number, bytes.len());
    }
    if *method == Method::PATCH {
        let range = parts.headers.get(CONTENT_RANGE).unwrap().to_str().unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
        if from != bytes.len() || to + 1 - from != body.len() {
            return plain(416);
        }
        bytes.extend_from_slice(body);
        return located(202, number, bytes.len());
    }
    bytes.extend_from_slice(body);
    let mut wanted = url::form_urlencoded::parse(query.as_bytes());
    let wanted = wanted.find(|(name, _)| name == "digest").unwrap().1;
    if Digest::of(bytes).to_string() != wanted {
        return plain(400);
    }
    let bytes = Bytes::copy_from_slice(bytes);
    kept.blobs.insert(wanted.into_owned(), bytes);
    plain(201)
}

/// Ten names, three a page.
fn page(query: &str) -> Answer {
    let mut last = url::form_urlencoded::parse(query.as_bytes());
    let last = last.find(|(name, _)| name == "last");
    let from: usize = last.map_or(0, |(_, value)| value.parse().unwrap());
    let end = (from + 3).min(10);
    let names: Vec<_> = (from..end)
        .map(|number| format!("acme/p{number}"))
        .collect();
    let body = json!({ "repositories": names }).to_string();
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    if end < 10 {
        let link = format!("</v2/_catalog?n=3&last={end}>; rel=\"next\"");
        answer.headers_mut().insert(LINK, link.parse().unwrap());
    }
    answer
}
