//! What plugins say about their work.

use std::future::Future;

use mortise_model::entry::LogLine;
use mortise_model::id::{Namespace, RunId, StepPath};

use crate::error::StoreError;

/// Keeps the log lines of attempts. They go with the run.
pub trait Logs: Send + Sync + 'static {
    /// Adds the lines of an attempt; durable with the next commit of the run at the latest, so the
    /// caller does not wait for the disk.
    ///
    /// # Errors
    /// `Full` or `Failed`.
    fn append(
        &self,
        namespace: &Namespace,
        run: RunId,
        attempt: &AttemptKey,
        lines: Vec<LogLine>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The lines of a run, attempt by attempt, oldest first.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn read(
        &self,
        namespace: &Namespace,
        run: RunId,
    ) -> impl Future<Output = Result<Vec<(AttemptKey, Vec<LogLine>)>, StoreError>> + Send;
}

/// Which attempt of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttemptKey {
    /// Which step.
    pub step: StepPath,
    /// Which page or resumption.
    pub turn: u32,
    /// Which try.
    pub attempt: u32,
}
