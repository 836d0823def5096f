//! Changes of the registry, one after the other: each is decided on what the one before has written.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use mortise_ports::StoreError;
use mortise_ports::audit::Deed;

use crate::audit;
use crate::disk::Writer;
use crate::job::PutItem;
use crate::keys::Key;
use crate::shared::{Shared, blocking};

/// What a change comes to.
pub struct Step<T> {
    /// The answer.
    pub answer: T,
    /// Records that are written with one commit, or removed where they have no bytes.
    pub records: Vec<(Key, Vec<u8>)>,
    /// What is told to the audit log in the same commit.
    pub deed: Option<Deed>,
    /// Files that nobody needs once that is durable.
    pub rid: Vec<PathBuf>,
}

impl<T> Step<T> {
    /// Changes nothing.
    pub fn nothing(answer: T) -> Self {
        Self::writes(answer, Vec::new())
    }

    /// Writes some records.
    pub fn writes(answer: T, records: Vec<(Key, Vec<u8>)>) -> Self {
        Self {
            answer,
            records,
            deed: None,
            rid: Vec::new(),
        }
    }
}

/// Decides on a change where it blocks nobody, and carries it out to its end, also where whoever
/// asked goes away in the middle.
pub async fn in_turn<T: Send + 'static>(
    shared: &Arc<Shared>,
    decide: impl FnOnce(&Shared) -> Result<Step<T>, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let shared = Arc::clone(shared);
    let changing = tokio::spawn(async move {
        let _one_at_a_time = Arc::clone(&shared.registering).lock_owned().await;
        let deciding = Arc::clone(&shared);
        let step = blocking(move || decide(&deciding)).await?;
        if !step.records.is_empty() {
            match step.deed {
                Some(deed) => drop(audit::add(&shared, deed, step.records).await?),
                None => {
                    let mut item = PutItem::new(Writer::UnderWay, Vec::new());
                    item.replace = step.records;
                    shared.put(item).await?;
                }
            }
        }
        let rid = step.rid;
        blocking(move || {
            rid.iter().for_each(|path| remove_file(path));
            Ok(())
        })
        .await?;
        Ok(step.answer)
    });
    changing
        .await
        .map_err(|error| StoreError::Failed(format!("the registry broke off: {error}")))?
}

/// Removes a file; one that stays is removed by the next sweep.
pub fn remove_file(path: &std::path::Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "a file of the registry stays");
        }
        _ => {}
    }
}
