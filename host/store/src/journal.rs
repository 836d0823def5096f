//! Runs as the list of their entries.

use std::collections::BTreeSet;
use std::sync::Arc;

use mortise_model::id::{Namespace, RunId};
use mortise_model::{Fact, Status, Timestamp};
use mortise_ports::journal::{
    Acceptance, Admission, Claim, Claimed, Committed, History, Owner, Renewal, Turn, Work as Found,
};
use mortise_ports::{Journal, StoreError};

use crate::claims::{After, Known, Taken};
use crate::job::{AcceptItem, TurnItem, Work};
use crate::keys;
use crate::letters;
use crate::prepare;
use crate::purge::{self, remove_payloads};
use crate::record::{self, Op};
use crate::rows::Row;
use crate::shared::{Shared, answer, answered, blocking, size_of};
use crate::small::Live;
use crate::store::SledStore;
use crate::sync::lock;

impl Journal for SledStore {
    async fn accept(&self, events: Vec<Acceptance>) -> Result<Vec<Admission>, StoreError> {
        let max_bytes = self.shared.settings.record_max_bytes;
        let items = events
            .into_iter()
            .map(|event| prepare::event(event, max_bytes))
            .collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let runs = runs_of(&items);
        let size_bytes = items.iter().map(|item| item.size_bytes).sum();
        let (reply, received) = answer();
        let work = Work::Accept { items, reply };
        self.shared.submit(size_bytes, || Ok((work, ()))).await?;
        let admissions = answered(received).await?;
        remove_refused(&self.shared, &runs, &admissions).await?;
        Ok(admissions)
    }

    async fn claim(
        &self,
        owner: &Owner,
        now: Timestamp,
        limit: usize,
    ) -> Result<Found, StoreError> {
        self.shared.see(now);
        let (taken, next_due) = {
            let mut claims = lock(&self.shared.claims);
            (claims.take(now, owner.lease_ms, limit), claims.next_due())
        };
        let taken = Unclaimed {
            shared: Arc::clone(&self.shared),
            taken,
        };
        let claimed = if taken.is_in_memory() {
            taken.read()
        } else {
            blocking(move || Ok(taken.read())).await?
        };
        Ok(Found { claimed, next_due })
    }

    async fn commit(&self, claim: &Claim, turn: Turn) -> Result<Committed, StoreError> {
        let forgotten = forgotten(&self.shared, claim, &turn.forget).await?;
        let last = turn.entries.last().cloned();
        let identity = turn.identity.clone();
        let max_bytes = self.shared.settings.record_max_bytes;
        let mut item = prepare::turn(claim, turn, max_bytes)?;
        item.ops.extend(forgotten);
        let runs = runs_of(&item.starts);
        let size_bytes = size_of_turn(&item);
        let step = item.step;
        let (reply, received) = answer();
        let reserve = || {
            let ends = item.after == After::End;
            let wants_row = ends || identity.is_some();
            let row = lock(&self.shared.claims).reserve(claim, step, wants_row)?;
            if let (Some(row), Some(dedupe)) = (&row, &identity) {
                let (namespace, run) = (&claim.namespace, claim.run);
                item.identity = Some(prepare::identity(namespace, run, row, dedupe));
            }
            if let (Some(row), Some(last)) = (row, last)
                && let Fact::Ended(end) = &last.fact
            {
                let whose = (&claim.namespace, claim.run);
                item.parked = end.status() == Status::Parked;
                item.row = row
                    .ended(whose, (end, last.at), max_bytes)
                    .inspect_err(|_| lock(&self.shared.claims).give_back(claim, step))?;
            }
            Ok((Work::Turn(Box::new(item), reply), ()))
        };
        self.shared.submit(size_bytes, reserve).await?;
        let committed = answered(received).await?;
        if let Committed::Written(admissions) = &committed {
            remove_refused(&self.shared, &runs, admissions).await?;
        }
        Ok(committed)
    }

    async fn entries(&self, namespace: &Namespace, run: RunId) -> Result<History, StoreError> {
        let shared = Arc::clone(&self.shared);
        let key = keys::journal(namespace, run);
        blocking(move || record::history(&shared.db, &key)).await
    }

    async fn renew(&self, claims: &[Claim], now: Timestamp) -> Result<Renewal, StoreError> {
        self.shared.see(now);
        Ok(lock(&self.shared.claims).renew(claims, now))
    }

    async fn purge(
        &self,
        namespace: &Namespace,
        workflow: &str,
        finished_before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        purge::purge(&self.shared, namespace, workflow, finished_before, limit).await
    }
}

fn runs_of(items: &[AcceptItem]) -> Vec<(Namespace, RunId)> {
    let items = items.iter();
    items
        .map(|item| (item.namespace.clone(), item.run))
        .collect()
}

/// Removes the payloads of events that started no run.
async fn remove_refused(
    shared: &Arc<Shared>,
    runs: &[(Namespace, RunId)],
    admissions: &[Admission],
) -> Result<(), StoreError> {
    for ((namespace, run), admission) in runs.iter().zip(admissions) {
        if !matches!(admission, Admission::New(_)) {
            remove_payloads(shared, namespace, *run).await?;
        }
    }
    Ok(())
}

fn size_of_turn(turn: &TurnItem) -> usize {
    let starts = turn.starts.iter().map(|item| item.size_bytes);
    let letters = turn.letters.iter().map(|post| post.bytes.len());
    size_of(&turn.ops) + starts.sum::<usize>() + letters.sum::<usize>()
}

/// The removal of the records with which turns began. The first one says what the run is: it
/// stays.
async fn forgotten(
    shared: &Arc<Shared>,
    claim: &Claim,
    sequences: &[u32],
) -> Result<Vec<Op>, StoreError> {
    let sequences: BTreeSet<_> = sequences.iter().copied().filter(|n| *n > 0).collect();
    let (Some(first), Some(last)) = (sequences.first(), sequences.last()) else {
        return Ok(Vec::new());
    };
    let (namespace, run) = (&claim.namespace, claim.run);
    let from = keys::journal_record(namespace, run, *first);
    let to = keys::journal_record(namespace, run, last.saturating_add(1));
    let journal = keys::journal(namespace, run);
    let shared = Arc::clone(shared);
    blocking(move || {
        let mut ops = Vec::new();
        for key in shared.db.range(from..to).keys() {
            let key = key.map_err(record::unreadable)?;
            let sequence = key.get(journal.len()..).and_then(<[u8]>::first_chunk);
            let sequence = sequence.map(|bytes| u32::from_be_bytes(*bytes));
            if sequence.is_some_and(|sequence| sequences.contains(&sequence)) {
                ops.push((key, None));
            }
        }
        Ok(ops)
    })
    .await
}

/// Runs that were claimed and not handed out yet: they are given back where the caller goes away.
struct Unclaimed {
    shared: Arc<Shared>,
    taken: Vec<Taken>,
}

impl Unclaimed {
    /// Whether nothing has to be read from the disk.
    fn is_in_memory(&self) -> bool {
        let claims = lock(&self.shared.claims);
        let letters = &claims.letters;
        let mut taken = self.taken.iter();
        taken.all(|taken| taken.fresh.is_some() && !letters.wait(taken.claim.run))
    }

    /// Reads what is kept of them. One that cannot be read stays claimed and is left out, so that
    /// it holds up nobody else.
    fn read(mut self) -> Vec<Claimed> {
        let mut found = Vec::with_capacity(self.taken.len());
        while let Some(taken) = self.taken.pop() {
            let run = taken.claim.run;
            match self.hand_out(taken) {
                Ok(claimed) => found.push(claimed),
                Err(error) => {
                    tracing::error!(%run, %error, "a run cannot be read and is left alone");
                }
            }
        }
        found.reverse();
        found
    }

    fn hand_out(&self, taken: Taken) -> Result<Claimed, StoreError> {
        let Taken { claim, fresh } = taken;
        let db = &self.shared.db;
        let whose = (&claim.namespace, claim.run);
        let journal = keys::journal(whose.0, whose.1);
        let is_fresh = fresh.is_some();
        let (history, live) = match fresh {
            Some(fresh) => {
                let history = History {
                    next_sequence: u32::try_from(fresh.entries.len()).unwrap_or(u32::MAX),
                    turns: vec![0],
                    entries: (0..).zip(fresh.entries).collect(),
                };
                (history, fresh.live)
            }
            None => {
                let key = keys::live_run(whose.0, whose.1);
                let live = db.get(&key).map_err(record::unreadable)?;
                let live = live.map(|bytes| Live::of_bytes(&key, &bytes)).transpose()?;
                (record::history(db, &journal)?, live.unwrap_or_default())
            }
        };
        let first = history
            .entries
            .first()
            .filter(|(sequence, _)| *sequence == 0);
        let Some(mut row) = first.and_then(|(_, entry)| Row::of_entry(entry)) else {
            return Err(record::damaged(&journal, "its first entry is missing"));
        };
        if let Some(moved) = live.moved {
            row.follow(moved);
        }
        let unread = if is_fresh && !lock(&self.shared.claims).letters.wait(claim.run) {
            Vec::new()
        } else {
            letters::read(db, whose, None)?
        };
        let asks = !is_fresh && {
            let asked = keys::approvals(whose.0, whose.1);
            db.scan_prefix(asked).next().is_some()
        };
        let known = Known {
            sequence: history.next_sequence,
            row,
            live,
            asks,
            letters: unread.iter().map(|(mark, _)| *mark).collect(),
        };
        lock(&self.shared.claims).learn(&claim, known);
        let letters = unread.into_iter();
        Ok(Claimed {
            claim,
            history,
            letters: letters
                .map(|(mark, letter)| (mark.number, letter))
                .collect(),
        })
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        let mut claims = lock(&self.shared.claims);
        for taken in self.taken.drain(..).rev() {
            claims.put_back(&taken);
        }
    }
}
