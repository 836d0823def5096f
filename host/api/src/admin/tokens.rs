//! Tokens: those of the caller's namespace, or all of them.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use mortise_ports::{Plugins, Store};

use super::auth::Acting;
use super::body::{ABody, object};
use super::json;
use crate::app::App;
use crate::problem::Problem;
use crate::tokens::{self, By, Make, TokenError};

pub async fn list<S: Store, P: Plugins>(Acting(app): Acting<S, P>) -> Result<Response, Problem> {
    Ok(json(&tokens::list(app.store(), &by(&app)).await?))
}

pub async fn create<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    body: ABody,
) -> Result<Response, Problem> {
    let make: Make = object(body, app.settings().body_max_bytes)?;
    let namespace = (!make.all_namespaces).then(|| app.namespace());
    if namespace.is_none() && app.caller().is_some_and(|caller| caller.bound.is_some()) {
        let detail = "a token of one namespace makes none for all of them";
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
    }
    let (by, settings) = (by(&app), app.settings());
    let making = tokens::make(app.store(), (make, namespace), by, settings);
    Ok(json(&app.change_tokens(making).await?))
}

pub async fn revoke<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let revoking = tokens::revoke(app.store(), &id, by(&app));
    Ok(json(&app.change_tokens(revoking).await?))
}

fn by<S: Store, P: Plugins>(app: &App<S, P>) -> By {
    let caller = app.caller();
    By {
        who: caller.map(|caller| caller.who.clone()).unwrap_or_default(),
        at: app.runner().now(),
        within: caller.and_then(|caller| caller.bound.clone()),
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let detail = error.to_string();
        let (status, code) = match error {
            TokenError::Store(error) => return error.into(),
            TokenError::Scope(_)
            | TokenError::NoScope
            | TokenError::Life { .. }
            | TokenError::Note => (StatusCode::UNPROCESSABLE_ENTITY, "token-invalid"),
            TokenError::TooMany(_) => (StatusCode::CONFLICT, "too-many-tokens"),
            TokenError::Unknown(_) => (StatusCode::NOT_FOUND, "no-such-token"),
            TokenError::Random(_) => (StatusCode::SERVICE_UNAVAILABLE, "no-randomness"),
        };
        Self::new(status, code, detail)
    }
}
