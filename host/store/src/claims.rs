//! Who works on what: the runs that are not at rest, in memory.
//!
//! Only one process can open the store, so claims need not be written down. Every waiting run costs
//! about fifty bytes here, whatever it carries; fences go on growing over the lives of the process
//! because each life has a number of its own.

use std::collections::{BTreeSet, HashMap, VecDeque};

use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Timestamp};
use mortise_ports::StoreError;
use mortise_ports::journal::{Claim, Renewal};

use crate::letters::{Letters, Mark};
use crate::places::Places;
use crate::rows::Row;
use crate::small::Live;

/// A run that is due at a time, and the short form of its namespace.
pub type Due = (Timestamp, [u8; 16], u32);

/// Fewest runs that are added at once.
const ADDED_MIN: usize = 1 << 16;

/// Runs that are not at rest.
#[derive(Debug, Default)]
pub struct Claims {
    names: Vec<Namespace>,
    numbers: HashMap<Namespace, u32>,
    ready: VecDeque<Waiting>,
    due: BTreeSet<Due>,
    held: HashMap<RunId, Held>,
    fence: u64,
    fresh_bytes: usize,
    /// Who waits for whom.
    pub places: Places,
    /// What is to be read.
    pub letters: Letters,
}

/// A run that may be claimed.
#[derive(Debug)]
struct Waiting {
    run: [u8; 16],
    namespace: u32,
    fresh: Option<Box<Fresh>>,
}

/// An accepted run that need not be read again.
#[derive(Debug)]
pub struct Fresh {
    /// All its entries.
    pub entries: Vec<Entry>,
    /// What it waits for.
    pub live: Live,
    /// The size of its records in bytes.
    pub size_bytes: usize,
}

/// A run that is claimed.
#[derive(Debug)]
struct Held {
    namespace: Namespace,
    fence: u64,
    /// The next entry, where all commits on their way are written.
    sequence: u32,
    /// The next entry, where only those are that were written.
    written: u32,
    /// Commits on their way to the disk.
    pending: u32,
    /// The last commit has been written.
    leaving: bool,
    lease_ms: u64,
    /// When the lease runs out.
    until: Timestamp,
    /// What its key says.
    live: Live,
    /// Approvals may be asked for.
    asks: bool,
    /// Present once its entries are known.
    row: Option<Box<Row>>,
}

/// A run that was just claimed, still without its entries where they have to be read.
#[derive(Debug)]
pub struct Taken {
    /// The right to write to it.
    pub claim: Claim,
    /// What there is of it, where it is still in memory.
    pub fresh: Option<Box<Fresh>>,
}

/// What a claimed run's records say.
#[derive(Debug)]
pub struct Known {
    /// The number of the next entry.
    pub sequence: u32,
    /// Its row.
    pub row: Row,
    /// What its key says.
    pub live: Live,
    /// Approvals are asked for.
    pub asks: bool,
    /// Letters that wait.
    pub letters: Vec<Mark>,
}

/// What becomes of a claim when a commit is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It goes on.
    Keep,
    /// It is given up until this time.
    Suspend(Timestamp),
    /// It is given up, and the run is due at once.
    Ready,
    /// It is given up for good.
    End,
}

/// A commit that asks for its turn.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The number of its first entry.
    pub expected: u32,
    /// How many entries.
    pub count: u32,
    /// The plan that the run moves to.
    pub moved: Option<(Digest, u32)>,
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

    /// The short form of a namespace.
    pub fn number(&mut self, namespace: &Namespace) -> u32 {
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
        fresh: Box<Fresh>,
        fresh_max: usize,
    ) {
        let namespace = self.number(namespace);
        let keep = self.fresh_bytes + fresh.size_bytes <= fresh_max;
        if keep {
            self.fresh_bytes += fresh.size_bytes;
        }
        self.ready.push_back(Waiting {
            run: run.to_bytes(),
            namespace,
            fresh: keep.then_some(fresh),
        });
    }

    /// Adds a run that may be claimed.
    pub fn add_ready(&mut self, namespace: &Namespace, run: RunId) {
        let namespace = self.number(namespace);
        self.ready.push_back(waiting(run, namespace));
    }

    /// Adds runs that are due at a time, where they are many or `last`: one by one they would fill
    /// little more than half of the index, and all at once they would be in memory twice.
    pub fn add_due(&mut self, due: &mut Vec<Due>, last: bool) {
        if last || due.len() >= ADDED_MIN.max(self.due.len() / 8) {
            self.due.append(&mut due.drain(..).collect());
        }
    }

    /// Makes a run due at once that waits for a time; one that does not any more is left alone.
    pub fn hurry(&mut self, namespace: &Namespace, run: RunId, due: Timestamp) {
        let number = self.number(namespace);
        if self.due.remove(&(due, run.to_bytes(), number)) {
            self.add_ready(namespace, run);
        }
    }

    /// Takes a run's place away; others get theirs.
    pub fn leave(&mut self, namespace: &Namespace, run: RunId, place: &[u8]) {
        for next in self.places.leave(place, run) {
            self.add_ready(namespace, next);
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
            let waiting = waiting(RunId::from_bytes(run), namespace);
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
            written: 0,
            pending: 0,
            leaving: false,
            lease_ms,
            until: now.plus_ms(lease_ms),
            live: Live::default(),
            asks: false,
            row: None,
        };
        self.held.insert(run, held);
        if let Some(fresh) = &waiting.fresh {
            self.fresh_bytes -= fresh.size_bytes;
        }
        let fence = self.fence;
        Taken {
            claim: Claim {
                namespace,
                run,
                fence,
            },
            fresh: waiting.fresh,
        }
    }

    /// Tells what a claimed run's records say, before anybody can commit to it.
    pub fn learn(&mut self, claim: &Claim, known: Known) {
        if let Some(held) = self.held(claim) {
            held.sequence = known.sequence;
            held.written = known.sequence;
            held.row = Some(Box::new(known.row));
            held.live = known.live;
            held.asks = known.asks;
            self.letters.learn(claim.run, known.letters);
        }
    }

    /// Gives back what was taken and never handed out.
    pub fn put_back(&mut self, taken: &Taken) {
        if self.held(&taken.claim).is_some() {
            self.held.remove(&taken.claim.run);
            let namespace = self.number(&taken.claim.namespace);
            self.ready.push_front(waiting(taken.claim.run, namespace));
        }
    }

    /// Advances a claimed run by a commit that is about to be handed over. The `last` commit gets
    /// the row that it is to end.
    ///
    /// # Errors
    /// `Fenced` and `Sequence`.
    pub fn reserve(
        &mut self,
        claim: &Claim,
        step: Step,
        last: bool,
    ) -> Result<Option<Box<Row>>, StoreError> {
        let held = self.held(claim).ok_or(StoreError::Fenced(claim.run))?;
        if held.sequence != step.expected {
            return Err(StoreError::Sequence {
                run: claim.run,
                expected: step.expected,
                actual: held.sequence,
            });
        }
        held.sequence += step.count;
        held.pending += 1;
        let mut row = held.row.as_ref().filter(|_| last).cloned();
        if let (Some(row), Some(moved)) = (&mut row, step.moved) {
            row.follow(moved);
        }
        Ok(row)
    }

    /// Takes a reservation back: the commit was not written.
    pub fn give_back(&mut self, claim: &Claim, step: Step) {
        if let Some(held) = self.held(claim) {
            held.sequence -= step.count;
            held.pending -= 1;
        }
    }

    /// Whether a commit may be written now: what came before it may have been refused, or have
    /// given the claim up.
    ///
    /// # Errors
    /// `Fenced` and `Sequence`.
    pub fn may_write(&mut self, claim: &Claim, step: Step) -> Result<(), StoreError> {
        let held = self.held(claim).filter(|held| !held.leaving);
        let held = held.ok_or(StoreError::Fenced(claim.run))?;
        if held.written != step.expected {
            return Err(StoreError::Sequence {
                run: claim.run,
                expected: step.expected,
                actual: held.written,
            });
        }
        Ok(())
    }

    /// A commit is written: what the run's key says from now on, if the key changes with it.
    pub fn write(&mut self, claim: &Claim, step: Step, after: After) -> Option<Live> {
        let held = self.held(claim)?;
        held.written += step.count;
        held.leaving = after != After::Keep;
        if let Some(moved) = step.moved {
            held.live.moved = Some(moved);
            if let Some(row) = &mut held.row {
                row.follow(moved);
            }
        }
        match after {
            After::Suspend(until) => held.live.due = Some(until),
            After::Ready => held.live.due = None,
            After::Keep if step.moved.is_none() => return None,
            After::Keep => {}
            After::End => return None,
        }
        Some(held.live.clone())
    }

    /// What a held run's key says, to be changed; none where nobody works on it any more.
    pub fn live(&mut self, namespace: &Namespace, run: RunId) -> Option<&mut Live> {
        let held = self.held.get_mut(&run);
        held.filter(|held| held.namespace == *namespace && !held.leaving)
            .map(|held| &mut held.live)
    }

    /// Whether approvals of a held run may be asked for.
    pub fn asks(&mut self, claim: &Claim, more: bool) -> bool {
        self.held(claim).is_some_and(|held| {
            held.asks |= more;
            held.asks
        })
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
        self.letters.settle(claim.run);
        match after {
            After::Suspend(until) => {
                let namespace = self.number(&claim.namespace);
                self.due.insert((until, claim.run.to_bytes(), namespace));
            }
            After::Ready => self.add_ready(&claim.namespace, claim.run),
            After::Keep | After::End => {}
        }
    }

    /// Prolongs claims and tells what became of them. Then takes back every other one whose lease
    /// ran out: whoever had it died. Leases are looked at here and nowhere else, so a process that
    /// was paused, or whose clock jumped, first renews what it still works on.
    pub fn renew(&mut self, claims: &[Claim], now: Timestamp) -> Renewal {
        let mut renewal = Renewal::default();
        for claim in claims {
            match self.held(claim) {
                Some(held) => held.until = now.plus_ms(held.lease_ms),
                None => {
                    renewal.lost.push(claim.run);
                    continue;
                }
            }
            if self.letters.wait(claim.run) {
                renewal.letters.push(claim.run);
            }
        }
        let held = self.held.iter();
        let over: Vec<_> = held
            .filter(|(_, held)| held.until <= now && held.pending == 0)
            .map(|(run, held)| (*run, held.namespace.clone()))
            .collect();
        for (run, namespace) in over {
            self.held.remove(&run);
            self.add_ready(&namespace, run);
        }
        renewal
    }

    /// Whether a claim is held.
    pub fn holds(&mut self, claim: &Claim) -> bool {
        self.held(claim).is_some()
    }

    /// Whether somebody works on the run.
    #[must_use]
    pub fn is_held(&self, run: RunId) -> bool {
        self.held.contains_key(&run)
    }

    /// The runs that somebody works on, or that wait for nothing but somebody; in no order, and of
    /// all namespaces.
    pub fn awake(&self) -> impl Iterator<Item = RunId> {
        let ready = self.ready.iter().map(|run| RunId::from_bytes(run.run));
        let held = self.held.keys().copied();
        held.chain(ready).chain(self.places.all_waiting())
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

fn waiting(run: RunId, namespace: u32) -> Waiting {
    Waiting {
        run: run.to_bytes(),
        namespace,
        fresh: None,
    }
}
