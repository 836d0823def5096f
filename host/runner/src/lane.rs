//! The spiral of one run: decide, commit, apply, perform, round and round until it is at rest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mortise_engine::{Defect, Rules, apply, decide, fold};
use mortise_model::{Command, Entry, Input, Plan, Run, RunId, Status};
use mortise_ports::journal::{Claim, Claimed};
use mortise_ports::{Plugins, Store, StoreError};
use thiserror::Error;

use crate::plans::{self, PlanError};
use crate::{Inner, clock, perform};

/// How often a lane looks whether there is room on the disk again, in milliseconds.
const FULL_RETRY_MS: u64 = 250;

/// Why a run was put down although it is not at rest.
#[derive(Debug, Error)]
enum Stop {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("a defect of the engine: {0}")]
    Defect(#[from] Defect),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries a claimed run until it is at rest or waits.
pub(crate) async fn carry<S: Store, P: Plugins>(inner: &Inner<S, P>, claimed: Claimed) {
    let run = claimed.claim.run;
    let _held = inner.claims.hold(claimed.claim.clone());
    match spiral(inner, claimed).await {
        Ok(()) => {}
        Err(Stop::Store(StoreError::Fenced(_))) => {
            tracing::warn!(%run, "another process has taken this run over");
        }
        Err(stop) => tracing::error!(%run, error = %stop, "this run cannot go on until a restart"),
    }
}

async fn spiral<S: Store, P: Plugins>(inner: &Inner<S, P>, claimed: Claimed) -> Result<(), Stop> {
    let Claimed { claim, entries } = claimed;
    let accepted = match entries.first() {
        Some(Entry {
            fact: mortise_model::Fact::Accepted(accepted),
            ..
        }) => accepted,
        _ => return Err(Defect::NoAcceptance.into()),
    };
    let plan = plans::of_run(inner, accepted.plan).await?;
    let run = fold(&plan, &entries)?;
    let durable = run.sequence;
    let mut lane = Lane {
        inner,
        claim,
        plan,
        run,
        durable,
        volatile: Vec::new(),
    };
    let mut inputs = vec![Input::Claimed];
    while let Some(input) = inputs.pop() {
        for command in lane.advance(input).await? {
            inputs.push(perform::perform(inner, &lane.plan, &lane.run, command).await?);
        }
    }
    Ok(())
}

/// The claims of all lanes.
#[derive(Default)]
pub(crate) struct Claims(Mutex<HashMap<RunId, Claim>>);

impl Claims {
    /// All claims that are held.
    pub fn all(&self) -> Vec<Claim> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// Whether a lane works on the run.
    pub fn is_held(&self, run: RunId) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&run)
    }

    fn hold(&self, claim: Claim) -> Held<'_> {
        let run = claim.run;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run, claim);
        Held { claims: self, run }
    }
}

/// A claim in the list of those to be renewed, until it is dropped.
struct Held<'a> {
    claims: &'a Claims,
    run: RunId,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.claims
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.run);
    }
}

/// A run in the hands of a lane.
struct Lane<'a, S, P> {
    inner: &'a Inner<S, P>,
    claim: Claim,
    plan: Arc<Plan>,
    run: Run,
    /// Entries that the journal has.
    durable: u32,
    /// Entries that it does not have yet: they led to nothing but harmless commands.
    volatile: Vec<Entry>,
}

impl<S: Store, P: Plugins> Lane<'_, S, P> {
    /// Records an input and returns the commands that follow; what leaves a trace follows only from
    /// what is durable.
    async fn advance(&mut self, input: Input) -> Result<Vec<Command>, Stop> {
        let rules = Rules {
            interruptions_max: self.inner.settings.interruptions_max,
        };
        let entries = decide(&self.plan, &self.run, input, clock::now(), rules)?;
        let mut commands = Vec::new();
        for entry in entries {
            commands.extend(apply(&self.plan, &mut self.run, &entry)?);
            self.volatile.push(entry);
        }
        let harmless = !commands.is_empty() && commands.iter().all(Command::is_harmless);
        if !harmless && !self.volatile.is_empty() {
            self.commit().await?;
        }
        Ok(commands)
    }

    async fn commit(&mut self) -> Result<(), Stop> {
        let entries = std::mem::take(&mut self.volatile);
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        while let Err(error) = self
            .inner
            .store
            .commit(&self.claim, self.durable, entries.clone())
            .await
        {
            match error {
                // The run keeps its lane, which is what slows everything down as it should.
                StoreError::Full => tokio::time::sleep(Duration::from_millis(FULL_RETRY_MS)).await,
                StoreError::Unknown if self.landed(count).await? => break,
                StoreError::Unknown => {}
                error => return Err(error.into()),
            }
        }
        self.durable += count;
        if let Some(end) = &self.run.end {
            self.inner.metrics.ended(end);
            self.inner.waiters.notify(self.claim.run, end);
        } else if self.run.status == Status::Waiting {
            // It may be due before anything that the dispatcher waits for.
            self.inner.news.notify_one();
        }
        Ok(())
    }

    /// Whether a commit whose answer was lost is in the journal.
    async fn landed(&self, count: u32) -> Result<bool, Stop> {
        let entries = self
            .inner
            .store
            .entries(&self.claim.namespace, self.claim.run)
            .await?;
        Ok(entries.len() >= (self.durable + count) as usize)
    }
}
