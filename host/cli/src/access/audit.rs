//! The audit log, with a daemon and without one.

use std::time::Duration;

use mortise_api::audit::{self, Change};
use mortise_model::{Digest, Namespace};
use mortise_ports::Audit as _;
use mortise_runner::clock::{Clock as _, SystemClock};
use mortise_store::SledStore;
use serde_json::Value;

use super::{Access, answered, shown};
use crate::commands::said::system_user;
use crate::exit::Outcome;

/// A long log takes its time.
const PATIENCE: Duration = Duration::from_secs(300);

impl Access {
    /// A page of the log, newest first: `{"items", "next"}`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn audited(&self, before: Option<u64>, limit: usize) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let cursor = before.map(|before| format!("&cursor={before}"));
                let cursor = cursor.unwrap_or_default();
                let path = format!("/api/v1/audit?limit={limit}{cursor}");
                answered(client.get(&path, Duration::ZERO).await)
            }
            Self::Store { store, named, .. } => {
                shown(&audit::list(store, named.as_ref(), (before, limit)).await?)
            }
        }
    }

    /// Whether the log is whole: `{"ok", "count", "head", "noted", "broken"}`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn verify_audit(&self, noted: Option<Digest>) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let head = noted
                    .map(|head| format!("?head={head}"))
                    .unwrap_or_default();
                let path = format!("/api/v1/audit/verify{head}");
                answered(client.get(&path, PATIENCE).await)
            }
            Self::Store { store, .. } => shown(&audit::verify(store, noted).await?),
        }
    }
}

/// Tells the log what this command did to a store that no daemon holds.
///
/// # Errors
/// Where it does not take it; what was done stays done.
pub async fn tell(
    store: &SledStore,
    what: &str,
    namespace: Option<Namespace>,
    change: Change,
) -> Outcome {
    let at = SystemClock.time_of_day();
    store
        .audit(change.deed((&who(), what), namespace, at))
        .await?;
    Ok(())
}

/// Whoever runs the command, as the log calls them.
pub fn who() -> String {
    format!("user {}", system_user())
}
