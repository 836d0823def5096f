//! What plugins say about their work, beside the journal of their run.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mortise_model::entry::LogLine;
use mortise_model::id::{Namespace, RunId, StepPath};
use mortise_ports::logs::AttemptKey;
use mortise_ports::{Logs, StoreError};

use crate::disk::Writer;
use crate::job::PutItem;
use crate::keys;
use crate::record;
use crate::shared::blocking;
use crate::store::SledStore;

/// The record: step, turn, attempt, lines.
type Record = (StepPath, u32, u32, Vec<LogLine>);

impl Logs for SledStore {
    /// The lines go to the committer ahead of the run's next commit, and nobody waits for them.
    async fn append(
        &self,
        namespace: &Namespace,
        run: RunId,
        attempt: &AttemptKey,
        lines: Vec<LogLine>,
    ) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let AttemptKey {
            step,
            turn,
            attempt,
        } = attempt;
        let record = (step, turn, attempt, lines);
        let bytes = record::encode(&record, self.shared.settings.record_max_bytes)?;
        let order = self.shared.log_order.fetch_add(1, Ordering::Relaxed);
        let mut ops = Vec::with_capacity(1);
        record::put(&mut ops, &keys::log_record(namespace, run, order), &bytes);
        self.shared
            .put_soon(PutItem::new(Writer::UnderWay, ops))
            .await
    }

    async fn read(
        &self,
        namespace: &Namespace,
        run: RunId,
    ) -> Result<Vec<(AttemptKey, Vec<LogLine>)>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let prefix = keys::logs(namespace, run);
        blocking(move || {
            let records = record::scan::<Record>(&shared.db, &prefix);
            let attempts = records.map(|record| {
                let (_, (step, turn, attempt, lines)) = record?;
                let key = AttemptKey {
                    step,
                    turn,
                    attempt,
                };
                Ok((key, lines))
            });
            attempts.collect()
        })
        .await
    }
}
