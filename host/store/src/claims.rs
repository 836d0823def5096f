//! Who works on what: the runs that are not at rest, in memory.
//!
//! Only one process can open the store, so claims need not be written down. Every waiting run costs
//! about fifty bytes here, whatever it carries; fences go on growing over the lives of the process
//! because each life has a number of its own.

use std::collections::{BTreeSet, HashMap, VecDeque};

use mortise_model::id::{Namespace, RunId};
use mortise_model::{Entry, Timestamp};
use mortise_ports::StoreError;
use mortise_ports::journal::Claim;

use crate::record::Row;

/// Runs that are not at rest.
#[derive(Debug, Default)]
pub struct Claims {
    names: Vec<Namespace>,
    numbers: HashMap<Namespace, u32>,
    ready: VecDeque<Waiting>,
    due: BTreeSet<(Timestamp, [u8; 16], u32)>,
    held: HashMap<RunId, Held>,
    fence: u64,
    fresh_bytes: usize,
}

/// A run that may be claimed.
#[derive(Debug)]
struct Waiting {
    run: [u8; 16],
    namespace: u32,
    fresh: Option<Box<Fresh>>,
}

/// A first entry that need not be read again.
#[derive(Debug)]
struct Fresh {
    entry: Entry,
    size_bytes: usize,
}

/// A run that is claimed.
#[derive(Debug)]
struct Held {
    namespace: Namespace,
    fence: u64,
    sequence: u32,
    /// Commits on their way to the disk.
    pending: u32,
    lease_ms: u64,
    /// When the lease runs out.
    until: Timestamp,
    /// Present once its entries are known.
    row: Option<Box<Row>>,
}

/// A run that was just claimed, still without its entries where they have to be read.
#[derive(Debug)]
pub struct Taken {
    /// The right to write to it.
    pub claim: Claim,
    /// Its only entry, where it is still in memory.
    pub fresh: Option<Entry>,
}

/// What becomes of a claim when a commit is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It goes on.
    Keep,
    /// It is given up until this time.
    Suspend(Timestamp),
    /// It is given up for good.
    End,
}

impl Claims {
    /// Claims of one life of the process.
    #[must_use]
    pub fn new(epoch: u32) -> Self {
        Self {
            fence: u64::from(epoch) << 32,
            ..Self::default()
        }
    }

    fn number(&mut self, namespace: &Namespace) -> u32 {
        if let Some(number) = self.numbers.get(namespace) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(namespace.clone());
        self.numbers.insert(namespace.clone(), number);
        number
    }

    fn name(&self, number: u32) -> Namespace {
        self.names
            .get(number as usize)
            .cloned()
            .unwrap_or_else(Namespace::default_namespace)
    }

    /// Adds an accepted run; keeps its entry as long as all of them take at most `fresh_max`.
    pub fn add_fresh(
        &mut self,
        namespace: &Namespace,
        run: RunId,
        entry: Entry,
        size_bytes: usize,
        fresh_max: usize,
    ) {
        let namespace = self.number(namespace);
        let fits = self.fresh_bytes + size_bytes <= fresh_max;
        let fresh = fits.then(|| Box::new(Fresh { entry, size_bytes }));
        if fits {
            self.fresh_bytes += size_bytes;
        }
        self.ready.push_back(Waiting {
            run: run.to_bytes(),
            namespace,
            fresh,
        });
    }

    /// Adds a run that is ready, or due at a time.
    pub fn add(&mut self, namespace: &Namespace, run: RunId, due: Option<Timestamp>) {
        let namespace = self.number(namespace);
        match due {
            Some(due) => {
                self.due.insert((due, run.to_bytes(), namespace));
            }
            None => self.ready.push_back(Waiting {
                run: run.to_bytes(),
                namespace,
                fresh: None,
            }),
        }
    }

    /// Claims up to `limit` runs: first those that are due, then those that are queued.
    pub fn take(&mut self, now: Timestamp, lease_ms: u64, limit: usize) -> Vec<Taken> {
        let mut taken = Vec::new();
        while taken.len() < limit
            && let Some(&(due, run, namespace)) = self.due.first()
            && due <= now
        {
            self.due.pop_first();
            let waiting = Waiting {
                run,
                namespace,
                fresh: None,
            };
            taken.push(self.hold(waiting, now, lease_ms));
        }
        while taken.len() < limit
            && let Some(waiting) = self.ready.pop_front()
        {
            taken.push(self.hold(waiting, now, lease_ms));
        }
        taken
    }

    fn hold(&mut self, waiting: Waiting, now: Timestamp, lease_ms: u64) -> Taken {
        self.fence += 1;
        let namespace = self.name(waiting.namespace);
        let run = RunId::from_bytes(waiting.run);
        let held = Held {
            namespace: namespace.clone(),
            fence: self.fence,
            sequence: 0,
            pending: 0,
            lease_ms,
            until: now.plus_ms(lease_ms),
            row: None,
        };
        self.held.insert(run, held);
        Taken {
            claim: Claim {
                namespace,
                run,
                fence: self.fence,
            },
            fresh: waiting.fresh.map(|fresh| {
                self.fresh_bytes -= fresh.size_bytes;
                fresh.entry
            }),
        }
    }

    /// Tells what a claimed run's entries say, before anybody can commit to it.
    pub fn learn(&mut self, claim: &Claim, sequence: u32, row: Row) {
        if let Some(held) = self.held(claim) {
            held.sequence = sequence;
            held.row = Some(Box::new(row));
        }
    }

    /// Gives back what was taken and never handed out.
    pub fn put_back(&mut self, taken: &Taken) {
        if self.held(&taken.claim).is_some() {
            self.held.remove(&taken.claim.run);
            let namespace = self.number(&taken.claim.namespace);
            self.ready.push_front(Waiting {
                run: taken.claim.run.to_bytes(),
                namespace,
                fresh: None,
            });
        }
    }

    /// Advances a claimed run by a commit that is about to be written. The `last` commit gets the
    /// row that it is to end.
    ///
    /// # Errors
    /// `Fenced` and `Sequence`.
    pub fn reserve(
        &mut self,
        claim: &Claim,
        expected: u32,
        entries: u32,
        last: bool,
    ) -> Result<Option<Box<Row>>, StoreError> {
        let held = self.held(claim).ok_or(StoreError::Fenced(claim.run))?;
        if held.sequence != expected {
            return Err(StoreError::Sequence {
                run: claim.run,
                expected,
                actual: held.sequence,
            });
        }
        held.sequence += entries;
        held.pending += 1;
        Ok(held.row.as_ref().filter(|_| last).cloned())
    }

    /// Takes a reservation back: the commit was not written.
    pub fn give_back(&mut self, claim: &Claim, entries: u32) {
        if let Some(held) = self.held(claim) {
            held.sequence -= entries;
            held.pending -= 1;
        }
    }

    /// The commit is durable.
    pub fn settle(&mut self, claim: &Claim, after: After) {
        let Some(held) = self.held(claim) else {
            return;
        };
        held.pending -= 1;
        if after == After::Keep {
            return;
        }
        self.held.remove(&claim.run);
        if let After::Suspend(until) = after {
            self.add(&claim.namespace, claim.run, Some(until));
        }
    }

    /// Prolongs claims and tells which of them are lost. Then takes back every other one whose
    /// lease ran out: whoever had it died. Leases are looked at here and nowhere else, so a process
    /// that was paused, or whose clock jumped, first renews what it still works on.
    pub fn renew(&mut self, claims: &[Claim], now: Timestamp) -> Vec<RunId> {
        let mut lost = Vec::new();
        for claim in claims {
            match self.held(claim) {
                Some(held) => held.until = now.plus_ms(held.lease_ms),
                None => lost.push(claim.run),
            }
        }
        let over: Vec<_> = self
            .held
            .iter()
            .filter(|(_, held)| held.until <= now && held.pending == 0)
            .map(|(run, held)| (*run, held.namespace.clone()))
            .collect();
        for (run, namespace) in over {
            self.held.remove(&run);
            self.add(&namespace, run, None);
        }
        lost
    }

    /// Whether somebody works on the run.
    #[must_use]
    pub fn is_held(&self, run: RunId) -> bool {
        self.held.contains_key(&run)
    }

    /// When the next waiting run is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, ..)| *due)
    }

    fn held(&mut self, claim: &Claim) -> Option<&mut Held> {
        self.held
            .get_mut(&claim.run)
            .filter(|held| held.fence == claim.fence && held.namespace == claim.namespace)
    }
}
