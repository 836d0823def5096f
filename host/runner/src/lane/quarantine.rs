//! Where runs go one at a time that were under way when the process last ended: one of them may have
//! been what ended it, and must not take the others down with it each time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mortise_model::RunId;
use tokio::sync::oneshot;

/// The room that one suspect is in at a time.
#[derive(Default)]
pub(crate) struct Quarantine(Mutex<Ward>);

#[derive(Default)]
struct Ward {
    /// Claimed runs of which nobody knows yet whether they are suspects.
    arriving: usize,
    busy: bool,
    /// Those with the fewest interruptions come first.
    waiting: BTreeMap<(u32, RunId), oneshot::Sender<Pass>>,
}

impl Quarantine {
    /// A run was claimed that may be a suspect: nobody is let in until that is known.
    pub fn arrive(self: &Arc<Self>) -> Arrival {
        self.ward().arriving += 1;
        Arrival {
            quarantine: Arc::clone(self),
        }
    }

    fn admit_next(self: &Arc<Self>) {
        let mut ward = self.ward();
        if ward.busy || ward.arriving > 0 {
            return;
        }
        let Some((_, next)) = ward.waiting.pop_first() else {
            return;
        };
        ward.busy = true;
        drop(ward);
        // Where it waits no more, what is dropped here admits the one after it.
        let _ = next.send(Pass {
            quarantine: Arc::clone(self),
        });
    }

    fn ward(&self) -> MutexGuard<'_, Ward> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A claimed run that may be a suspect; dropping it says that it is none.
pub(crate) struct Arrival {
    quarantine: Arc<Quarantine>,
}

impl Arrival {
    /// Waits for the turn of a suspect with so many interruptions.
    pub async fn enter(self, interruptions: u32, run: RunId) -> Option<Pass> {
        let (sender, receiver) = oneshot::channel();
        let place = (interruptions, run);
        self.quarantine.ward().waiting.insert(place, sender);
        drop(self);
        receiver.await.ok()
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.quarantine.ward().arriving -= 1;
        self.quarantine.admit_next();
    }
}

/// The right of one suspect to run.
pub(crate) struct Pass {
    quarantine: Arc<Quarantine>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.quarantine.ward().busy = false;
        self.quarantine.admit_next();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures::FutureExt as _;

    fn run(n: u64) -> RunId {
        RunId::from_parts(n, 0)
    }

    #[tokio::test]
    async fn one_at_a_time_and_the_least_suspicious_first() {
        let quarantine = Arc::new(Quarantine::default());
        let unknown = quarantine.arrive();
        let mut worse = Box::pin(quarantine.arrive().enter(2, run(1)));
        let mut better = Box::pin(quarantine.arrive().enter(1, run(2)));
        let mut gone = Box::pin(quarantine.arrive().enter(1, run(3)));
        assert!((&mut worse).now_or_never().is_none());
        assert!((&mut better).now_or_never().is_none());
        assert!((&mut gone).now_or_never().is_none());
        drop(unknown);
        let pass = (&mut better).now_or_never().unwrap().unwrap();
        assert!((&mut worse).now_or_never().is_none());
        drop(gone);
        drop(pass);
        assert!((&mut worse).now_or_never().unwrap().is_some());
    }
}
