//! What is in the registry of this process.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use mortise_model::Repository;
use mortise_ports::artifacts::Named;
use mortise_ports::{Plugins, Store};
use mortise_registry::oci::Reference;
use mortise_registry::oci::name;

use super::auth::Acting;
use super::body::{ABody, bytes};
use super::json;
use crate::problem::Problem;
use crate::registry::named;
use crate::standing::{self, Decision, StandingError};

/// `acme`, `shop`, `1.2.0`
type Parts = Path<(String, String, String)>;

pub async fn show<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(parts): Parts,
) -> Result<Response, Problem> {
    let (repository, named) = place(parts)?;
    Ok(json(
        &standing::show(app.store(), &repository, &named).await?,
    ))
}

pub async fn decide<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(parts): Parts,
    body: ABody,
) -> Result<Response, Problem> {
    let (repository, named) = place(parts)?;
    let decision = Decision::read(&bytes(body, app.settings().body_max_bytes)?)?;
    let who = app.caller().map(|caller| caller.who.clone());
    let by = (&*who.unwrap_or_default(), app.runner().now());
    let decided = standing::decide(app.store(), (&repository, &named), decision, by);
    Ok(json(&decided.await?))
}

fn place(
    (namespace, plugin, version): (String, String, String),
) -> Result<(Repository, Named), Problem> {
    let wrong = |error: name::NameError| {
        Problem::new(StatusCode::BAD_REQUEST, "name-invalid", error.to_string())
    };
    let repository = name::repository(&format!("{namespace}/{plugin}")).map_err(wrong)?;
    let tag = name::tag(&version.replace('+', "_")).map_err(wrong)?;
    Ok((repository, named(Reference::Tag(tag))))
}

impl From<StandingError> for Problem {
    fn from(error: StandingError) -> Self {
        let detail = error.to_string();
        match error {
            StandingError::Decision => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "decision-invalid", detail)
            }
            StandingError::Unknown { .. } => {
                Self::new(StatusCode::NOT_FOUND, "no-such-version", detail)
            }
            StandingError::Store(error) => error.into(),
        }
    }
}
