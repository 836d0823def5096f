//! Where what is in the registry stands, and who decided that: with a daemon and without one.

use mortise_model::{Repository, Timestamp};
use mortise_ports::artifacts::{Artifact, Change, Changed, Named, Standing, State};
use mortise_ports::{Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use crate::audit;

/// The longest note in bytes.
const NOTE_MAX_BYTES: usize = 512;

/// What somebody decides about a manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Where it shall stand.
    pub state: State,
    /// Why, for those who ask.
    #[serde(default)]
    pub note: String,
}

/// Why nothing was decided.
#[derive(Debug, Error)]
pub enum StandingError {
    /// No decision.
    #[error(
        "send `{{\"state\": \"yanked\", \"note\": \"…\"}}`: a state is `inert`, `approved` or `yanked`, and a note has at most {NOTE_MAX_BYTES} bytes"
    )]
    Decision,
    /// There is none.
    #[error("`{repository}` has no manifest `{what}`")]
    Unknown {
        /// Where it was looked for.
        repository: Repository,
        /// By what.
        what: String,
    },
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StandingError {
    pub(crate) fn unknown(repository: &Repository, named: &Named) -> Self {
        Self::Unknown {
            repository: repository.clone(),
            what: match named {
                Named::Digest(digest) => digest.to_string(),
                Named::Tag(tag) => tag.to_string(),
            },
        }
    }
}

impl Decision {
    /// Reads what somebody sent.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, StandingError> {
        let decision: Option<Self> = serde_json::from_slice(bytes).ok();
        let decision = decision.filter(|decision| decision.note.len() <= NOTE_MAX_BYTES);
        decision.ok_or(StandingError::Decision)
    }
}

/// Says where a manifest stands.
///
/// # Errors
/// Where there is none.
pub async fn show<S: Store>(
    store: &S,
    repository: &Repository,
    named: &Named,
) -> Result<Value, StandingError> {
    Ok(shown(repository, &find(store, repository, named).await?))
}

/// Decides where a manifest stands, durably and with an entry in the audit log; says where it stands now.
///
/// # Errors
/// Where there is none.
pub async fn decide<S: Store>(
    store: &S,
    (repository, named): (&Repository, &Named),
    decision: Decision,
    (who, at): (&str, Timestamp),
) -> Result<Value, StandingError> {
    let mut artifact = find(store, repository, named).await?;
    let what = match (artifact.standing.state, decision.state) {
        (_, State::Yanked) => "registry.yank",
        (_, State::Approved) => "registry.approve",
        (State::Yanked, State::Inert) => "registry.unyank",
        (_, State::Inert) => "registry.disapprove",
    };
    let standing = Standing {
        state: decision.state,
        note: decision.note,
        by: who.to_owned(),
        at,
    };
    let deed = audit::Change {
        target: format!("{repository}@{}", artifact.digest),
        before: Some(audit::digest(&artifact.standing)),
        after: Some(audit::digest(&standing)),
    };
    let deed = deed.deed((who, what), Some(repository.namespace()), at);
    let change = Change::Stand(artifact.digest, standing.clone());
    match store.change(repository, change, Some(deed)).await? {
        Changed::Done => {
            artifact.standing = standing;
            Ok(shown(repository, &artifact))
        }
        _ => Err(StandingError::unknown(repository, named)),
    }
}

async fn find<S: Store>(
    store: &S,
    repository: &Repository,
    named: &Named,
) -> Result<Artifact, StandingError> {
    let found = store.artifact(repository, named).await?;
    let found = found.ok_or_else(|| StandingError::unknown(repository, named))?;
    Ok(found.0)
}

fn shown(repository: &Repository, artifact: &Artifact) -> Value {
    let standing = &artifact.standing;
    json!({
        "repository": repository.as_str(),
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
