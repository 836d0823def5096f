//! Who asks. A request without a valid token goes no further; what one may, `rights` says.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use mortise_model::Namespace;
use mortise_model::id::is_name;
use mortise_ports::tokens::{Scope, Token};
use mortise_ports::{Plugins, Store};
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use super::body::bad_query;
use crate::app::App;
use crate::listen::Peer;
use crate::problem::Problem;

/// Who has the token of `daemon.json` is called so.
pub const OWNER: &str = "daemon.json";

/// Who asks for something, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// A token's id, or [`OWNER`].
    pub who: String,
    /// What it may; none means everything.
    scopes: Option<Vec<Scope>>,
    /// The only namespace that it may see; none means all.
    pub bound: Option<Namespace>,
    /// The namespace that it asks about.
    pub namespace: Namespace,
    /// Whether the request or the token says which that is.
    pub is_named: bool,
}

impl Caller {
    /// Whoever may read the data folder may do everything.
    fn owner() -> Self {
        Self {
            who: OWNER.to_owned(),
            scopes: None,
            bound: None,
            namespace: Namespace::default_namespace(),
            is_named: false,
        }
    }

    fn of(token: &Token) -> Self {
        let bound = token.namespace.clone();
        Self {
            who: token.id.to_string(),
            scopes: Some(token.scopes.clone()),
            is_named: bound.is_some(),
            namespace: bound.clone().unwrap_or_else(Namespace::default_namespace),
            bound,
        }
    }

    /// Whether it may do what a scope is for.
    pub fn may(&self, scope: Scope) -> bool {
        let scopes = self.scopes.as_ref();
        scopes.is_none_or(|scopes| scopes.contains(&scope) || scopes.contains(&Scope::Admin))
    }

    /// What it may, in words.
    pub fn scopes(&self) -> String {
        let scopes = self.scopes.as_deref().unwrap_or(&[Scope::Admin]);
        let words = scopes.iter().map(|scope| format!("`{}`", scope.word()));
        words.collect::<Vec<_>>().join(" and ")
    }

    /// The same, asking about a namespace.
    fn about(mut self, namespace: Namespace) -> Result<Self, Problem> {
        if self.bound.as_ref().is_some_and(|bound| *bound != namespace) {
            let detail = format!(
                "this token is of the namespace `{}` alone: leave `namespace` out, or use a token of `{namespace}`",
                self.namespace
            );
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
        }
        (self.namespace, self.is_named) = (namespace, true);
        Ok(self)
    }
}

/// A handler's way to the daemon, in the namespace that the request is about. A route that was not
/// registered with a right has none.
pub struct Acting<S, P>(pub App<S, P>);

impl<S: Store, P: Plugins> FromRequestParts<App<S, P>> for Acting<S, P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S, P>) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Arc<Caller>>();
        let caller = caller.ok_or_else(|| unauthorized(NO_TOKEN))?;
        Ok(Self(app.acting(Arc::clone(caller))))
    }
}

const NO_TOKEN: &str = "send `authorization: Bearer TOKEN`; the token stands in `daemon.json` of the data folder, \
     or `mortise tokens create` makes one";

/// Lets a request pass that carries a valid token, with who it is from.
pub async fn authenticate<S: Store, P: Plugins>(
    State(app): State<App<S, P>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let known = match identify(&app, request.headers(), peer).await {
        Ok(caller) => split_namespace(request.uri()).and_then(|(namespace, uri)| {
            *request.uri_mut() = uri;
            namespace.map_or(Ok(caller.clone()), |namespace| caller.about(namespace))
        }),
        Err(problem) => Err(problem),
    };
    match known {
        Ok(caller) => {
            request.extensions_mut().insert(Arc::new(caller));
            next.run(request).await
        }
        Err(problem) => {
            let is_unknown = problem.status() == StatusCode::UNAUTHORIZED;
            let mut response = problem.into_response();
            if is_unknown {
                let bearer = HeaderValue::from_static("Bearer");
                response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
            }
            response
        }
    }
}

async fn identify<S: Store, P: Plugins>(
    app: &App<S, P>,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Result<Caller, Problem> {
    // Who brings nothing guesses nothing.
    let given = bearer(headers).ok_or_else(|| unauthorized(NO_TOKEN))?;
    holder(app, given, peer).await
}

/// Who has a token, on whichever listener it comes.
///
/// # Errors
/// Where it is not valid, or too many were wrong.
pub async fn holder<S: Store, P: Plugins>(
    app: &App<S, P>,
    given: &str,
    peer: IpAddr,
) -> Result<Caller, Problem> {
    // In constant time, so that the answer's delay says nothing about the token. Before all else, so
    // that nobody who shares an address with the owner can lock the owner out.
    if given.as_bytes().ct_eq(app.token().as_bytes()).into() {
        return Ok(Caller::owner());
    }
    let now = Instant::now();
    if let Some(wait) = app.logins().wait(peer, now) {
        let detail = "too many wrong tokens came from this address: come back later";
        let problem = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-failed-logins",
            detail,
        );
        return Err(problem.with_retry_after(wait.as_secs().saturating_add(1)));
    }
    let Some(token) = app.token_of(given).await? else {
        app.logins().failed(peer, now);
        tracing::warn!(%peer, "a request came with a wrong token");
        return Err(unauthorized("this token is wrong, or it was revoked"));
    };
    if token.expires_at <= app.runner().now() {
        return Err(unauthorized(
            "this token has expired: make another one with `mortise tokens create`",
        ));
    }
    Ok(Caller::of(&token))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, given) = value.split_once(' ')?;
    let given = given.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !given.is_empty()).then_some(given)
}

/// Nobody is known.
pub fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
}

/// The namespace of the query, and the address without it: no handler has to know of it.
fn split_namespace(uri: &Uri) -> Result<(Option<Namespace>, Uri), Problem> {
    let query = uri.query().unwrap_or_default();
    let pairs = || url::form_urlencoded::parse(query.as_bytes());
    let mut named = pairs().filter(|(name, _)| name == "namespace");
    let Some((_, namespace)) = named.next() else {
        return Ok((None, uri.clone()));
    };
    if named.next().is_some() {
        return Err(bad_query("`namespace` is there twice"));
    }
    if !is_name(&namespace) {
        let shown: String = namespace.chars().take(80).collect();
        return Err(bad_query(format!("`{shown}` cannot name a namespace")));
    }
    let mut rest = url::form_urlencoded::Serializer::new(String::new());
    rest.extend_pairs(pairs().filter(|(name, _)| name != "namespace"));
    let without = match rest.finish() {
        rest if rest.is_empty() => uri.path().to_owned(),
        rest => format!("{}?{rest}", uri.path()),
    };
    let without = without.parse();
    let without = without.map_err(|_| bad_query("the address cannot be read"))?;
    Ok((Some(Namespace::from(&*namespace)), without))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_is_what_stands_behind_bearer() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(with("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(with("bearer abc ").as_deref(), Some("abc"));
        for bad in ["Bearer ", "Basic abc", "abc", "Bearer"] {
            assert_eq!(with(bad), None, "{bad}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn the_namespace_is_taken_out_of_the_address() {
        for (uri, namespace, rest) in [
            ("/runs", None, "/runs"),
            ("/runs?limit=5", None, "/runs?limit=5"),
            ("/runs?namespace=a", Some("a"), "/runs"),
            (
                "/runs?limit=5&namespace=a&code=x%26y",
                Some("a"),
                "/runs?limit=5&code=x%26y",
            ),
        ] {
            let (found, left) = split_namespace(&uri.parse().unwrap()).unwrap();
            assert_eq!(found.as_ref().map(Namespace::as_str), namespace, "{uri}");
            assert_eq!(left, rest, "{uri}");
        }
        for bad in [
            "/runs?namespace=",
            "/runs?namespace=A",
            "/runs?namespace=a&namespace=b",
        ] {
            assert!(split_namespace(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
