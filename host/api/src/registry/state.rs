//! Where a manifest stands, beyond what the specification knows: `/v2/NAME/_mortise/state/REFERENCE`.
//! Yanking is setting a state, and so is approving.

use http::StatusCode;
use hyper::body::Incoming;
use mortise_model::Repository;
use mortise_ports::artifacts::State;
use mortise_ports::{Plugins, Store};
use mortise_registry::oci::Reference;

use super::refusal::{Code, Refusal, json};
use super::{Answer, Asked, Registry, body, manifests};
use crate::standing::{self, Decision, StandingError};

/// The largest document.
const MAX_BYTES: usize = 4_096;

/// Says where a manifest stands.
pub async fn get<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    name: &Repository,
    reference: Reference,
) -> Answer {
    let named = manifests::named(reference);
    let shown = standing::show(registry.store(), name, &named).await?;
    Ok(json(StatusCode::OK, &shown))
}

/// Decides where a manifest stands.
pub async fn put<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    (name, reference): (&Repository, Reference),
    body: &mut Incoming,
) -> Answer {
    let bytes = body::whole(body, MAX_BYTES, registry.settings().body_idle_ms).await?;
    let decision = Decision::read(&bytes.unwrap_or_default())?;
    if decision.state == State::Approved {
        asked.visitor.approves(name)?;
    }
    let named = manifests::named(reference);
    let by = (asked.visitor.who(), registry.now());
    let shown = standing::decide(registry.store(), (name, &named), decision, by).await?;
    Ok(json(StatusCode::OK, &shown))
}

impl From<StandingError> for Refusal {
    fn from(error: StandingError) -> Self {
        let message = error.to_string();
        match error {
            StandingError::Decision => Self::bad(Code::Unsupported, message),
            StandingError::Unknown { .. } => Self::missing(Code::ManifestUnknown, message),
            StandingError::Store(error) => error.into(),
        }
    }
}
