//! What a route asks of whoever calls it. A route cannot be registered without saying so: a
//! [`Table`] takes none, and makes the only router of the listener.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use http::{Method, StatusCode};
use mortise_ports::tokens::Scope;
use mortise_ports::{Plugins, Store};

use super::auth::{Caller, unauthorized};
use crate::app::App;
use crate::audit::Change;
use crate::problem::Problem;

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// The scope; none means that any valid token will do.
    pub scope: Option<Scope>,
    /// Where it acts.
    pub place: Place,
    /// Where it is told that somebody did it.
    pub told: Told,
}

/// Where a route acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In one namespace: that of the request, which a token of another one cannot name.
    Namespace,
    /// In the whole process: a token of one namespace may not.
    Process,
}

/// Where it is told that somebody did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It changes nothing.
    Nowhere,
    /// In the journal of the run that it starts.
    InJournal,
    /// In the audit log under this word, before it is answered.
    Before(&'static str),
    /// In the audit log under this word, by what does it, in the same commit.
    Within(&'static str),
}

impl Right {
    const fn of(scope: Scope, told: Told) -> Self {
        Self {
            scope: Some(scope),
            place: Place::Namespace,
            told,
        }
    }

    /// Whoever has a token may see that.
    pub const fn anyone() -> Self {
        Self {
            scope: None,
            ..Self::of(Scope::Read, Told::Nowhere)
        }
    }

    /// Looks at something.
    pub const fn read() -> Self {
        Self::of(Scope::Read, Told::Nowhere)
    }

    /// Starts runs.
    pub const fn start() -> Self {
        Self::of(Scope::Run, Told::InJournal)
    }

    /// Decides about runs.
    pub const fn run(what: &'static str) -> Self {
        Self::of(Scope::Run, Told::Before(what))
    }

    /// Changes what is active.
    pub const fn deploy(what: &'static str) -> Self {
        Self::of(Scope::Deploy, Told::Before(what))
    }

    /// Changes or uses connections.
    pub const fn secrets(what: &'static str) -> Self {
        Self::of(Scope::Secrets, Told::Before(what))
    }

    /// Looks at what only administrators may see.
    pub const fn look() -> Self {
        Self::of(Scope::Admin, Told::Nowhere)
    }

    /// Does what only administrators may.
    pub const fn admin(told: Told) -> Self {
        Self::of(Scope::Admin, told)
    }

    /// The same for the whole process.
    pub const fn of_process(self) -> Self {
        Self {
            place: Place::Process,
            ..self
        }
    }

    /// Why somebody may not.
    pub fn refuses(&self, caller: &Caller) -> Option<Problem> {
        let forbidden = |detail| Some(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
        if let Some(scope) = self.scope
            && !caller.may(scope)
        {
            let (word, has) = (scope.word(), caller.scopes());
            return forbidden(format!(
                "this needs the scope `{word}`, and the token has {has}: whoever may make tokens makes one with \
                 `mortise tokens create --scope {word}`"
            ));
        }
        match (self.place, &caller.bound) {
            (Place::Process, Some(namespace)) => forbidden(format!(
                "this is about all namespaces, and the token is of `{namespace}` alone: whoever may make tokens \
                 makes one with `mortise tokens create --all-namespaces`"
            )),
            _ => None,
        }
    }
}

/// A route and what it asks for.
#[derive(Clone, Debug)]
pub struct Row {
    /// `GET` or `POST`.
    pub method: Method,
    /// `/api/v1/runs/{id}`
    pub path: &'static str,
    /// What it asks for.
    pub right: Right,
}

/// The routes with what they ask for.
pub struct Table<S, P> {
    app: App<S, P>,
    router: Router<App<S, P>>,
    rows: Vec<Row>,
}

impl<S: Store, P: Plugins> Table<S, P> {
    /// None yet.
    pub fn new(app: App<S, P>) -> Self {
        Self {
            app,
            router: Router::new(),
            rows: Vec::new(),
        }
    }

    /// Answers GET of a path with a handler, where the caller has the right.
    pub fn get<H, T>(self, path: &'static str, right: Right, handler: H) -> Self
    where
        H: Handler<T, App<S, P>>,
        T: 'static,
    {
        self.add(Method::GET, path, right, get(handler))
    }

    /// Answers POST to a path with a handler, where the caller has the right.
    pub fn post<H, T>(self, path: &'static str, right: Right, handler: H) -> Self
    where
        H: Handler<T, App<S, P>>,
        T: 'static,
    {
        self.add(Method::POST, path, right, post(handler))
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        right: Right,
        handler: MethodRouter<App<S, P>>,
    ) -> Self {
        let state = (self.app.clone(), right);
        let guard = middleware::from_fn_with_state(state, permit::<S, P>);
        self.router = self.router.route(path, handler.layer(guard));
        self.rows.push(Row {
            method,
            path,
            right,
        });
        self
    }

    /// The router, and what it is made of.
    pub fn finish(self) -> (Router<App<S, P>>, Vec<Row>) {
        (self.router, self.rows)
    }
}

/// Lets a request pass whose caller has the right, and tells the audit log where that is asked for.
async fn permit<S: Store, P: Plugins>(
    State((app, right)): State<(App<S, P>, Right)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(caller) = request.extensions().get::<Arc<Caller>>().cloned() else {
        return unauthorized("nobody is known to ask").into_response();
    };
    if let Some(problem) = right.refuses(&caller) {
        let (who, path) = (&caller.who, request.uri().path());
        tracing::warn!(
            who,
            path,
            "a request was refused: its token may not do that"
        );
        return problem.into_response();
    }
    match right.told {
        Told::Nowhere | Told::InJournal => next.run(request).await,
        Told::Within(_) => to_its_end(async move { next.run(request).await }).await,
        Told::Before(what) => {
            let whose = (caller, what, right.place);
            to_its_end(tell(app, whose, request, next)).await
        }
    }
}

/// A caller that goes away in the middle changes nothing about what it has begun.
async fn to_its_end(deed: impl Future<Output = Response> + Send + 'static) -> Response {
    tokio::spawn(deed).await.unwrap_or_else(|_| {
        let detail = "it broke off in the middle";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "broke-off", detail).into_response()
    })
}

/// Does what was asked for, and answers when the audit log has it.
async fn tell<S: Store, P: Plugins>(
    app: App<S, P>,
    (caller, what, place): (Arc<Caller>, &'static str, Place),
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if !response.status().is_success() {
        return response;
    }
    let change = response.extensions_mut().remove::<Change>();
    let change = change.unwrap_or_else(|| Change::of(path));
    let namespace = (place == Place::Namespace).then(|| caller.namespace.clone());
    let deed = change.deed((&caller.who, what), namespace, app.runner().now());
    match app.store().audit(deed).await {
        Ok(_) => response,
        Err(error) => {
            tracing::error!(%error, what, "it was done, and the audit log does not have it");
            Problem::from(error).into_response()
        }
    }
}
