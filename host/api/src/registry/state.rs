//! Where a manifest stands, beyond what the specification knows: `/v2/NAME/_mortise/state/REFERENCE`.
//! Yanking is setting a state, and so is approving.

use http::StatusCode;
use hyper::body::Incoming;
use mortise_model::Repository;
use mortise_ports::artifacts::{Artifact, Change, Changed, Standing, State};
use mortise_ports::{Plugins, Store};
use mortise_registry::oci::Reference;
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::{Code, Refusal, json};
use super::{Answer, Asked, Registry, body, manifests};
use crate::audit;

/// The largest document.
const MAX_BYTES: usize = 4_096;
/// The longest note.
const NOTE_MAX_BYTES: usize = 512;

/// What somebody decides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    state: State,
    #[serde(default)]
    note: String,
}

/// Says where a manifest stands.
pub async fn get<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    name: &Repository,
    reference: Reference,
) -> Answer {
    let named = manifests::named(reference);
    let found = registry.store().artifact(name, &named).await?;
    let (artifact, _) = found.ok_or_else(|| manifests::unknown(name, &named))?;
    Ok(json(StatusCode::OK, &shown(name, &artifact)))
}

/// Decides where a manifest stands.
pub async fn put<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    (name, reference): (&Repository, Reference),
    body: &mut Incoming,
) -> Answer {
    let bytes = body::whole(body, MAX_BYTES, registry.settings().body_idle_ms).await?;
    let wanted = bytes.and_then(|bytes| serde_json::from_slice::<Wanted>(&bytes).ok());
    let wanted = wanted.filter(|wanted| wanted.note.len() <= NOTE_MAX_BYTES);
    let wanted = wanted.ok_or_else(|| {
        let message = format!(
            "send `{{\"state\": \"yanked\", \"note\": \"…\"}}`: a state is `inert`, `approved` or `yanked`, and a \
             note has at most {NOTE_MAX_BYTES} bytes"
        );
        Refusal::bad(Code::Unsupported, message)
    })?;
    if wanted.state == State::Approved {
        asked.visitor.approves(name)?;
    }
    let named = manifests::named(reference);
    let found = registry.store().artifact(name, &named).await?;
    let (mut artifact, _) = found.ok_or_else(|| manifests::unknown(name, &named))?;
    let what = match (artifact.standing.state, wanted.state) {
        (_, State::Yanked) => "registry.yank",
        (_, State::Approved) => "registry.approve",
        (State::Yanked, State::Inert) => "registry.unyank",
        (_, State::Inert) => "registry.disapprove",
    };
    let standing = Standing {
        state: wanted.state,
        note: wanted.note,
        by: asked.visitor.who().to_owned(),
        at: registry.now(),
    };
    let deed = audit::Change {
        target: format!("{name}@{}", artifact.digest),
        before: Some(audit::digest(&artifact.standing)),
        after: Some(audit::digest(&standing)),
    };
    let whose = (asked.visitor.who(), what);
    let deed = deed.deed(whose, Some(name.namespace()), registry.now());
    let change = Change::Stand(artifact.digest, standing.clone());
    match registry.store().change(name, change, Some(deed)).await? {
        Changed::Done => {
            artifact.standing = standing;
            Ok(json(StatusCode::OK, &shown(name, &artifact)))
        }
        _ => Err(manifests::unknown(name, &named)),
    }
}

fn shown(name: &Repository, artifact: &Artifact) -> Value {
    let standing = &artifact.standing;
    json!({
        "repository": name.as_str(),
        "digest": artifact.digest,
        "plugin": artifact.plugin,
        "state": standing.state,
        "note": standing.note,
        "by": standing.by,
        "at": standing.at,
        "findings": artifact.findings,
        "pushed_by": artifact.by,
        "pushed_at": artifact.at,
    })
}
