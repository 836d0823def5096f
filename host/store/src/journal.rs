//! Runs as the list of their entries.

use std::sync::Arc;

use mortise_model::entry::End;
use mortise_model::id::{Namespace, RunId};
use mortise_model::{Entry, Fact, Timestamp};
use mortise_ports::journal::{Acceptance, Admission, Claim, Claimed, Owner, Work as Found};
use mortise_ports::{Journal, StoreError};

use crate::claims::{After, Taken};
use crate::committer::{AcceptItem, Work};
use crate::keys;
use crate::purge::{self, remove_payloads};
use crate::record::{self, DedupeRecord, Op, Row, RowEnd};
use crate::shared::{Shared, answer, answered, blocking, size_of};
use crate::store::SledStore;
use crate::sync::lock;

impl Journal for SledStore {
    async fn accept(&self, events: Vec<Acceptance>) -> Result<Vec<Admission>, StoreError> {
        let max_bytes = self.shared.settings.record_max_bytes;
        let items = events
            .into_iter()
            .map(|event| prepare(event, max_bytes))
            .collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let runs: Vec<_> = items
            .iter()
            .map(|item| (item.namespace.clone(), item.run))
            .collect();
        let size_bytes = items.iter().map(|item| item.size_bytes).sum();
        let (reply, received) = answer();
        let work = Work::Accept { items, reply };
        self.shared.submit(size_bytes, || Ok((work, ()))).await?;
        let admissions = answered(received).await?;
        for ((namespace, run), admission) in runs.iter().zip(&admissions) {
            if !matches!(admission, Admission::New(_)) {
                remove_payloads(&self.shared, namespace, *run).await?;
            }
        }
        Ok(admissions)
    }

    async fn claim(
        &self,
        owner: &Owner,
        now: Timestamp,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let (taken, next_due) = {
            let mut claims = lock(&self.shared.claims);
            (claims.take(now, owner.lease_ms, limit), claims.next_due())
        };
        let taken = Unclaimed {
            shared: Arc::clone(&self.shared),
            taken,
        };
        let claimed = if taken.taken.iter().all(|taken| taken.fresh.is_some()) {
            taken.read()
        } else {
            blocking(move || Ok(taken.read())).await?
        };
        Ok(Found { claimed, next_due })
    }

    async fn commit(
        &self,
        claim: &Claim,
        expected_sequence: u32,
        entries: Vec<Entry>,
    ) -> Result<(), StoreError> {
        let Some(last) = entries.last() else {
            return Ok(());
        };
        let max_bytes = self.shared.settings.record_max_bytes;
        let bytes = record::encode(&entries, max_bytes)?;
        let mut ops = Vec::with_capacity(3);
        let key = keys::journal_record(&claim.namespace, claim.run, expected_sequence);
        record::put(&mut ops, &key, &bytes);
        let size_bytes = size_of(&ops);
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let after = after(last);
        let (reply, received) = answer();
        let reserve = || {
            let ends = after == After::End;
            let row = lock(&self.shared.claims).reserve(claim, expected_sequence, count, ends)?;
            if let Err(error) = rest(&mut ops, claim, last, after, row, max_bytes) {
                lock(&self.shared.claims).give_back(claim, count);
                return Err(error);
            }
            let work = Work::Commit {
                ops,
                claim: claim.clone(),
                entries: count,
                after,
                reply,
            };
            Ok((work, ()))
        };
        self.shared.submit(size_bytes, reserve).await?;
        answered(received).await
    }

    async fn entries(&self, namespace: &Namespace, run: RunId) -> Result<Vec<Entry>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let key = keys::journal(namespace, run);
        blocking(move || record::entries(&shared.db, &key)).await
    }

    async fn renew(&self, claims: &[Claim], now: Timestamp) -> Result<Vec<RunId>, StoreError> {
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

/// Encodes an event outside of the committer.
fn prepare(event: Acceptance, max_bytes: usize) -> Result<AcceptItem, StoreError> {
    let Fact::Accepted(accepted) = &event.entry.fact else {
        return Err(StoreError::Failed(
            "a run must begin with its acceptance".to_owned(),
        ));
    };
    let (namespace, run) = (accepted.namespace.clone(), accepted.run);
    let mut ops = Vec::with_capacity(2);
    let entries = record::encode(&[&event.entry], max_bytes)?;
    record::put(
        &mut ops,
        &keys::journal_record(&namespace, run, 0),
        &entries,
    );
    let live = record::live_bytes(None);
    ops.push((keys::live_run(&namespace, run).into(), Some(live)));
    let dedupe = event.dedupe.map(|dedupe| {
        let workflow = accepted.workflow.as_str();
        let trigger = &accepted.origin.trigger;
        let key = keys::dedupe(&namespace, workflow, trigger, &dedupe.event_id);
        let body = dedupe.body;
        (key, DedupeRecord { run, body })
    });
    let memory = match event.memory {
        Some((trigger, memory)) => {
            Some((keys::memory(&trigger), record::encode(&memory, max_bytes)?))
        }
        None => None,
    };
    let remembered = memory.as_ref().map_or(0, |(_, bytes)| bytes.len());
    Ok(AcceptItem {
        size_bytes: size_of(&ops) + remembered,
        namespace,
        run,
        ops,
        dedupe,
        memory,
        entry: event.entry,
    })
}

fn after(last: &Entry) -> After {
    match &last.fact {
        Fact::Suspended { until } => After::Suspend(*until),
        Fact::Ended(_) => After::End,
        _ => After::Keep,
    }
}

/// Adds what a commit writes besides its entries.
fn rest(
    ops: &mut Vec<Op>,
    claim: &Claim,
    last: &Entry,
    after: After,
    row: Option<Box<Row>>,
    max_bytes: usize,
) -> Result<(), StoreError> {
    let (namespace, run) = (&claim.namespace, claim.run);
    let live = keys::live_run(namespace, run);
    if let After::Suspend(until) = after {
        ops.push((live.into(), Some(record::live_bytes(Some(until)))));
        return Ok(());
    }
    let (Some(mut row), Fact::Ended(end)) = (row, &last.fact) else {
        return Ok(());
    };
    ops.push((live.into(), None));
    row.end = Some(RowEnd {
        status: end.status(),
        at: last.at,
        failure: match end {
            End::Failed { step, failure } | End::Parked { step, failure } => {
                Some((step.clone(), failure.clone()))
            }
            End::Succeeded { .. } | End::Cancelled { .. } | End::Skipped { .. } => None,
        },
    });
    let bytes = record::encode(&*row, max_bytes)?;
    record::put(ops, &keys::rest_row(namespace, run), &bytes);
    Ok(())
}

/// Runs that were claimed and not handed out yet: they are given back where the caller goes away.
struct Unclaimed {
    shared: Arc<Shared>,
    taken: Vec<Taken>,
}

impl Unclaimed {
    /// Reads their entries. One that cannot be read stays claimed and is left out, so that it
    /// holds up nobody else.
    fn read(mut self) -> Vec<Claimed> {
        let mut found = Vec::with_capacity(self.taken.len());
        while let Some(taken) = self.taken.pop() {
            let Taken { claim, fresh, .. } = taken;
            let entries = match fresh {
                Some(entry) => Ok(vec![entry]),
                None => {
                    let key = keys::journal(&claim.namespace, claim.run);
                    record::entries(&self.shared.db, &key)
                }
            };
            match entries.and_then(|entries| self.hand_out(claim.clone(), entries)) {
                Ok(claimed) => found.push(claimed),
                Err(error) => {
                    tracing::error!(run = %claim.run, %error, "a run cannot be read and is left alone");
                }
            }
        }
        found.reverse();
        found
    }

    fn hand_out(&self, claim: Claim, entries: Vec<Entry>) -> Result<Claimed, StoreError> {
        let sequence = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let Some(row) = entries.first().and_then(Row::of_entry) else {
            let key = keys::journal(&claim.namespace, claim.run);
            return Err(record::damaged(&key, "its first entry is missing"));
        };
        lock(&self.shared.claims).learn(&claim, sequence, row);
        Ok(Claimed { claim, entries })
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
