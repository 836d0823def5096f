//! The registry listener: an OCI Distribution 1.1 registry of plugins below `/v2/`.
//!
//! The order of checks is that of the other listeners: path, who asks, what is asked for, body. Bodies
//! go to the disk as they come. [`settings`] are the limits; `access` says who may, `refusal` how that
//! and everything else is told; `uploads`, `blobs`, `manifests` and `lists` are the endpoints of the
//! specification, `state` the one beyond it; `body` is how content comes and goes, and `upkeep` what
//! removes what nobody needs.

mod access;
mod blobs;
mod body;
mod lists;
mod manifests;
mod refusal;
pub mod settings;
mod state;
mod upkeep;
mod uploads;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use hyper::service::Service;
use mortise_model::{ContentDigest, Timestamp, UploadId};
use mortise_ports::uploads::Room;
use mortise_ports::{Plugins, Store};
use mortise_registry::admission::{Gate, Needs};
use mortise_registry::oci::Endpoint;
use mortise_registry::oci::path::endpoint;

use crate::app::App;
use crate::listen::BodyUnread;
use access::Visitor;
use refusal::{Code, Refusal};

pub use manifests::named;
pub use settings::Settings;

/// The service of the registry listener. Cloning gives another handle to the same one.
pub struct Registry<S, P> {
    shared: Arc<Shared<S, P>>,
}

struct Shared<S, P> {
    app: App<S, P>,
    settings: Settings,
    hands: Hands,
    /// Uploads that somebody writes to at the moment.
    busy: Mutex<BTreeSet<UploadId>>,
    /// Blobs that somebody asked for lately, who may push a manifest that names them.
    asked: Mutex<BTreeMap<ContentDigest, Timestamp>>,
    begun: Timestamp,
}

/// What whoever assembles the process does for its registry.
pub struct Hands {
    /// Looks at plugins that are pushed.
    pub gate: Box<dyn Gate>,
    /// Says what has to stay.
    pub needs: Box<dyn Needs>,
}

/// An answer, or why there is none.
type Answer = Result<Response<Body>, Refusal>;

impl<S, P> Clone for Registry<S, P> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S: Store, P: Plugins> Registry<S, P> {
    /// A registry over the store of a daemon, whose tokens it takes.
    #[must_use]
    pub fn new(app: App<S, P>, settings: Settings, hands: Hands) -> Self {
        let begun = app.runner().now();
        Self {
            shared: Arc::new(Shared {
                app,
                settings,
                hands,
                busy: Mutex::default(),
                asked: Mutex::default(),
                begun,
            }),
        }
    }

    fn store(&self) -> &S {
        self.shared.app.store()
    }

    fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    fn now(&self) -> Timestamp {
        self.shared.app.runner().now()
    }

    fn room(&self) -> Room {
        let settings = self.settings();
        Room {
            uploads: settings.uploads_max,
            repositories: settings.repositories_max,
            tags: settings.tags_max,
        }
    }

    /// Somebody was told that a blob is there.
    fn ask(&self, digest: ContentDigest) {
        let asked = self.shared.asked.lock();
        let mut asked = asked.unwrap_or_else(PoisonError::into_inner);
        asked.insert(digest, self.now());
    }

    /// Keeps content that must not go.
    ///
    /// # Errors
    /// Where nobody can say what that is.
    async fn needed(&self) -> Result<BTreeSet<ContentDigest>, String> {
        self.shared.hands.needs.needed().await
    }
}

impl<S: Store, P: Plugins> Service<Request<Incoming>> for Registry<S, P> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let registry = self.clone();
        Box::pin(async move { Ok(registry.handle(request).await) })
    }
}

impl<S: Store, P: Plugins> Registry<S, P> {
    async fn handle(self, request: Request<Incoming>) -> Response<Body> {
        let (head, mut body) = request.into_parts();
        if matches!(head.method, Method::GET | Method::HEAD) {
            return self.answer(&head, &mut body).await;
        }
        // What somebody begins who goes away in the middle is ended without them.
        let answering = tokio::spawn(async move { self.answer(&head, &mut body).await });
        answering.await.unwrap_or_else(|_| {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Refusal::new(status, Code::Unknown, "it broke off in the middle").response()
        })
    }

    async fn answer(&self, head: &Parts, body: &mut Incoming) -> Response<Body> {
        let answer = self.dispatch(head, body).await;
        let mut response = answer.unwrap_or_else(|refusal| refusal.response());
        response.headers_mut().insert(
            "docker-distribution-api-version",
            HeaderValue::from_static("registry/2.0"),
        );
        if !body.is_end_stream() {
            response.extensions_mut().insert(BodyUnread);
        }
        response
    }

    async fn dispatch(&self, head: &Parts, body: &mut Incoming) -> Answer {
        let known = access::identify(self, head).await?;
        let found = endpoint(head.uri.path());
        let visitor = Visitor::new(known, self.settings());
        let endpoint = found.map_err(|error| Refusal::of_path(error, &visitor, &head.method))?;
        let asked = Asked {
            head,
            query: Query::of(head),
            visitor: &visitor,
        };
        match head.method {
            Method::GET | Method::HEAD => self.gives(&asked, endpoint).await,
            _ => self.takes(&asked, endpoint, body).await,
        }
    }

    /// Answers who looks at something.
    async fn gives(&self, asked: &Asked<'_>, endpoint: Endpoint) -> Answer {
        let visitor = asked.visitor;
        let is_get = asked.head.method == Method::GET;
        match endpoint {
            Endpoint::Base => {
                visitor.greets(asked.head)?;
                Ok(refusal::json(StatusCode::OK, &serde_json::json!({})))
            }
            Endpoint::Blob(name, digest) => {
                visitor.pulls(&name)?;
                blobs::get(self, asked, &name, digest).await
            }
            Endpoint::Manifest(name, reference) => {
                visitor.pulls(&name)?;
                manifests::get(self, asked, &name, reference).await
            }
            Endpoint::Upload(name, upload) if is_get => {
                visitor.pushes(&name)?;
                uploads::show(self, &name, upload).await
            }
            Endpoint::Tags(name) if is_get => {
                visitor.pulls(&name)?;
                lists::tags(self, asked, &name).await
            }
            Endpoint::Referrers(name, subject) if is_get => {
                visitor.pulls(&name)?;
                lists::referrers(self, asked, &name, subject).await
            }
            Endpoint::State(name, reference) if is_get => {
                visitor.pulls(&name)?;
                state::get(self, &name, reference).await
            }
            other => self.has_not(asked, &other),
        }
    }

    /// Answers who changes something.
    async fn takes(&self, asked: &Asked<'_>, endpoint: Endpoint, body: &mut Incoming) -> Answer {
        let visitor = asked.visitor;
        match (endpoint, asked.head.method.as_str()) {
            (Endpoint::Blob(name, digest), "DELETE") => {
                visitor.pushes(&name)?;
                blobs::delete(self, asked, &name, digest).await
            }
            (Endpoint::Uploads(name), "POST") => {
                visitor.pushes(&name)?;
                uploads::begin(self, asked, &name, body).await
            }
            (Endpoint::Upload(name, upload), "PATCH" | "PUT" | "DELETE") => {
                visitor.pushes(&name)?;
                uploads::go_on(self, asked, (&name, upload), body).await
            }
            (Endpoint::Manifest(name, reference), "PUT") => {
                visitor.pushes(&name)?;
                manifests::put(self, asked, (&name, reference), body).await
            }
            (Endpoint::Manifest(name, reference), "DELETE") => {
                visitor.pushes(&name)?;
                manifests::delete(self, asked, &name, reference).await
            }
            (Endpoint::State(name, reference), "PUT") => {
                visitor.pushes(&name)?;
                state::put(self, asked, (&name, reference), body).await
            }
            (other, _) => self.has_not(asked, &other),
        }
    }

    /// An endpoint has no such method; whoever is not known is not told so.
    fn has_not(&self, asked: &Asked<'_>, endpoint: &Endpoint) -> Answer {
        asked.visitor.is_known()?;
        Err(Refusal::method(endpoint))
    }
}

/// A request without its body.
struct Asked<'a> {
    head: &'a Parts,
    query: Query,
    visitor: &'a Visitor,
}

impl Asked<'_> {
    /// A header as text.
    fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }
}

/// What stands behind the question mark.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(head: &Parts) -> Self {
        let pairs = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The first value of a name.
    fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().find(|(found, _)| found == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Every value of a name.
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(found, _)| found == name);
        named.map(|(_, value)| value.as_str())
    }
}
