//! Which plan a new run takes while a version of a plugin is rolled out.
//!
//! A pure function of what stays the same: an event that comes twice, before a crash and after it, finds
//! the same plan. A greater share takes every event that a smaller one took.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use mortise_model::Digest;
use mortise_model::entry::Accepted;
use mortise_model::id::Namespace;
use mortise_ports::catalog::{ActivePlan, Rollout};

/// What decides it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    /// The event's id.
    Event(&'a str),
    /// The run that calls the workflow: what it took itself where it had the choice, else its event.
    Caller {
        /// The run.
        accepted: &'a Accepted,
        /// What is active of its workflow.
        active: Option<&'a ActivePlan>,
    },
}

/// The plan that a new run takes, and whether it had a choice: then whether it took the candidate.
pub(crate) fn choose(active: ActivePlan, by: By<'_>) -> (ActivePlan, Option<Taken>) {
    let Some(candidate) = active.candidate.clone() else {
        return (active, None);
    };
    let rollout = &candidate.rollout;
    let is_candidate = match by {
        By::Event(id) => falls(rollout, &active, id),
        By::Caller {
            accepted,
            active: caller,
        } => {
            let had_choice = caller
                .and_then(|caller| caller.candidate.as_ref())
                .is_some_and(|its| its.rollout.digest == rollout.digest);
            let took = accepted.rollout.as_ref() == Some(&rollout.name());
            took || (!had_choice && falls(rollout, &active, &accepted.event.id))
        }
    };
    let taken = Taken {
        rollout: rollout.name(),
        is_candidate,
    };
    let plan = match is_candidate {
        true => ActivePlan {
            digest: candidate.digest,
            version: candidate.version,
            plan: candidate.plan.clone(),
            candidate: None,
        },
        false => ActivePlan {
            candidate: None,
            ..active
        },
    };
    (plan, Some(taken))
}

/// What a run took that had a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// `acme/shop@1.2.0`
    pub rollout: String,
    /// Whether it took that.
    pub is_candidate: bool,
}

impl Taken {
    /// The rollout, where its candidate was taken.
    pub fn into_rollout(self) -> Option<String> {
        self.is_candidate.then_some(self.rollout)
    }
}

/// Whether an event falls into the share of a rollout.
fn falls(rollout: &Rollout, active: &ActivePlan, event: &str) -> bool {
    let plan = &active.plan;
    let (namespace, workflow) = (plan.namespace.as_str(), plan.workflow.as_str());
    // Lengths before texts, so that none can run into the next.
    let mut bytes = Vec::new();
    for text in [namespace, workflow, event] {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(&rollout.digest.0);
    let [a, b, c, d, e, f, g, h, ..] = Digest::of(&bytes).0;
    let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    number % 100 < u64::from(rollout.share)
}

/// How many runs of each rollout were accepted since the start.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<BTreeMap<(Namespace, String), Shares>>);

/// How many runs with a choice took which plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// The active one.
    pub base: u64,
    /// The candidate.
    pub candidate: u64,
}

impl Counts {
    /// A run was accepted.
    pub fn count(&self, namespace: &Namespace, taken: &Taken) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (namespace.clone(), taken.rollout.clone());
        let shares = counts.entry(key).or_default();
        match taken.is_candidate {
            true => shares.candidate += 1,
            false => shares.base += 1,
        }
    }

    /// The runs of a rollout, by its name.
    pub fn of(&self, namespace: &Namespace, rollout: &str) -> Shares {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (namespace.clone(), rollout.to_owned());
        counts.get(&key).copied().unwrap_or_default()
    }

    /// All runs that took a candidate.
    pub fn candidates(&self) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.values().map(|shares| shares.candidate).sum()
    }
}

#[cfg(test)]
mod tests;
