//! How a lane takes a run up.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures::future::FutureExt as _;
use mortise_engine::{Defect, fold};
use mortise_model::entry::Accepted;
use mortise_model::{Digest, Fact, Input, Letter, Timestamp};
use mortise_ports::journal::{Claimed, History};
use mortise_ports::{Plugins, Store, StoreError};
use tokio::sync::OwnedSemaphorePermit;

use super::commit::{Draft, asked};
use super::{Arrival, Lane, Stop, forget};
use crate::{Inner, plans};

/// Carries a claimed run until it is at rest or waits.
pub(crate) async fn carry<S: Store, P: Plugins>(
    inner: Arc<Inner<S, P>>,
    claimed: Claimed,
    permit: OwnedSemaphorePermit,
    arrival: Arrival,
) {
    let run = claimed.claim.run;
    match carried(inner, claimed, permit, arrival).await {
        Ok(()) => {}
        Err(Stop::Store(StoreError::Fenced(_))) => {
            tracing::warn!(%run, "another process has taken this run over");
        }
        Err(stop) => tracing::error!(%run, error = %stop, "this run cannot go on until a restart"),
    }
}

async fn carried<S: Store, P: Plugins>(
    inner: Arc<Inner<S, P>>,
    claimed: Claimed,
    permit: OwnedSemaphorePermit,
    arrival: Arrival,
) -> Result<(), Stop> {
    let Claimed {
        claim,
        history,
        letters,
    } = claimed;
    let held = inner.claims.hold(claim.clone());
    let accepted = accepted(&history)?;
    plans::recall(&inner, &claim.namespace).await?;
    let plan = plans::of_run(&inner, plan_of(&history, accepted)).await?;
    let run = Arc::new(fold(&plan, &history.entries, history.next_sequence)?);
    // Whoever was told between the claim and its entry in the list of claims found nobody to wake.
    held.bell.notify_one();
    let mut lane = Lane {
        durable: run.sequence,
        turns: forget::Turns::of(&plan, &history),
        asked: asked(&run, inner.now()),
        was_parked: run.end.is_some(),
        bell: Arc::clone(&held.bell),
        inner,
        claim,
        plan,
        run,
        lists: Arc::default(),
        files: Arc::default(),
        permit: Some(permit),
        pass: None,
        turn: Draft::default(),
        last_letter: None,
        flying: super::Flying::new(),
        quick: Vec::new(),
        ready: VecDeque::new(),
        waiting: Vec::new(),
        callees: HashMap::new(),
        cancel: crate::perform::Cancel::default(),
        is_moving: false,
    };
    drop(history);
    let interruptions = lane.run.interruptions() + u32::from(lane.run.is_calling());
    if interruptions == 0 {
        drop(arrival);
    } else if !lane.quarantined(arrival, interruptions).await {
        return Ok(());
    }
    let (inner, bell) = (Arc::clone(&lane.inner), Arc::clone(&held.bell));
    let carried = lane.begin(letters).await;
    drop(held);
    // Whoever was told while the run was put down rang where nobody listens any more.
    if bell.notified().now_or_never().is_some() {
        inner.news.notify_one();
    }
    carried
}

impl<S: Store, P: Plugins> Lane<S, P> {
    /// Waits for the turn of a suspect, which takes no lane from others meanwhile; false where the
    /// process stops before.
    async fn quarantined(&mut self, arrival: Arrival, interruptions: u32) -> bool {
        self.permit = None;
        tokio::select! {
            pass = arrival.enter(interruptions, self.claim.run) => self.pass = pass,
            () = self.inner.draining.cancelled() => return false,
        }
        true
    }

    async fn begin(&mut self, letters: Vec<(u64, Letter)>) -> Result<(), Stop> {
        let Some(letters) = self.unpaused(letters).await? else {
            return Ok(());
        };
        let letters = self.take_first(letters).await?;
        if !self.was_parked && self.run.end.is_none() {
            self.feed(Input::Claimed).await?;
        }
        self.take_letters(letters).await?;
        if let (Some(end), true) = (&self.run.end, self.turn.entries.is_empty()) {
            // It was taken up for nothing: what it was parked with is written once more.
            let end = end.clone();
            self.record(Fact::Ended(end))?;
        }
        self.spiral().await
    }

    /// Reads what a run is told before anything of it goes on: where it goes on is for another plan to
    /// say, and one that has not begun may never begin. Gives back what is left.
    async fn take_first(
        &mut self,
        letters: Vec<(u64, Letter)>,
    ) -> Result<Vec<(u64, Letter)>, Stop> {
        let mut letters = VecDeque::from(letters);
        let moves = |(_, letter): &(u64, Letter)| matches!(letter, Letter::Move { .. });
        while !self.was_parked
            && self.run.end.is_none()
            && letters
                .front()
                .is_some_and(|next| !self.run.has_begun() || moves(next))
            && let Some((number, letter)) = letters.pop_front()
        {
            self.take_letter(number, letter).await?;
        }
        Ok(letters.into())
    }

    /// The letters of a run that is worked on. One whose workflow is paused is put down until that is
    /// over; with letters that it may not read yet it waits here, for a wait that letters end would
    /// end at once. What stops it counts in spite of the pause.
    async fn unpaused(
        &mut self,
        mut letters: Vec<(u64, Letter)>,
    ) -> Result<Option<Vec<(u64, Letter)>>, Stop> {
        let accepted = &self.run.accepted;
        let (namespace, workflow) = (accepted.namespace.clone(), accepted.workflow.clone());
        let stops = |(_, letter): &(u64, Letter)| {
            matches!(letter, Letter::Cancel { .. } | Letter::Discard { .. })
        };
        while self.inner.plans.is_paused(&namespace, &workflow) && !letters.iter().any(stops) {
            if letters.is_empty() && !self.was_parked {
                let until = Timestamp(i64::MAX);
                self.record(Fact::Suspended { until })?;
                self.commit().await?;
                return Ok(None);
            }
            (self.permit, self.pass) = (None, None);
            tokio::select! {
                () = self.bell.notified() => {}
                () = self.inner.draining.cancelled() => return Ok(None),
            }
            letters = self.inner.store.letters(&self.claim, None).await?;
        }
        if self.permit.is_none() && self.pass.is_none() {
            let lanes = Arc::clone(&self.inner.lanes);
            self.permit = lanes.acquire_owned().await.ok();
        }
        Ok(Some(letters))
    }
}

fn accepted(history: &History) -> Result<&Accepted, Defect> {
    match history.entries.first().map(|(_, entry)| &entry.fact) {
        Some(Fact::Accepted(accepted)) => Ok(accepted),
        _ => Err(Defect::NoAcceptance),
    }
}

/// The plan that a run goes on with: the last one that it was moved to.
fn plan_of(history: &History, accepted: &Accepted) -> Digest {
    let entries = history.entries.iter().rev();
    let moved = entries.map(|(_, entry)| match &entry.fact {
        Fact::Moved { plan, .. } => Some(*plan),
        _ => None,
    });
    moved.flatten().next().unwrap_or(accepted.plan)
}
