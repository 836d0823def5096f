//! Events that become runs.

use mortise_ports::StoreError;
use mortise_ports::journal::Admission;

use super::{Committer, Failed};
use crate::claims::Fresh;
use crate::group::{Effect, Group};
use crate::job::{AcceptItem, PlaceItem};
use crate::keys;
use crate::record::Op;
use crate::small::{First, Live, LivePlace};
use crate::sync::lock;

impl Committer {
    /// Keeps the triggers of some events from changing hands, all or none.
    pub(super) fn hold_memories(&self, items: &[AcceptItem]) -> Result<(), StoreError> {
        let memories = || items.iter().filter_map(|item| item.memory.as_ref());
        for (number, memory) in memories().enumerate() {
            if !self.hold_memory(memory) {
                for held in memories().take(number).filter(|held| held.fence.is_some()) {
                    lock(&self.shared.holds).end(&held.trigger);
                }
                return Err(StoreError::Outdated);
            }
        }
        Ok(())
    }

    /// Decides about each event what becomes of it. Only this thread writes, and what the same
    /// group brings counts as well, so two equal events can never both be new. Those that `must`
    /// start are not refused for the length of their queue.
    pub(super) fn accept(
        &mut self,
        group: &mut Group,
        items: Vec<AcceptItem>,
        must: bool,
    ) -> Result<Vec<Admission>, Failed> {
        let mut admissions = Vec::with_capacity(items.len());
        for mut item in items {
            if let Some(memory) = item.memory.take() {
                self.remember(group, memory)?;
            }
            let mut refused = None;
            for (key, wanted) in &item.dedupe {
                let known = self.known(group, key)?;
                refused = known.and_then(|known| known.admission(*wanted, item.at));
                if refused.is_some() {
                    break;
                }
            }
            let waiting = self.waiting(item.place.as_ref());
            if let (Some(place), Some(waiting)) = (&item.place, waiting)
                && place.skip.is_none()
                && !must
                && waiting >= place.queue_max
            {
                refused = refused.or(Some(Admission::NoPlace));
            }
            admissions.push(refused.unwrap_or(Admission::New(item.run)));
            if refused.is_none() {
                for (key, first) in std::mem::take(&mut item.dedupe) {
                    group.write(first_ops(&key, first));
                }
                self.begin(group, item, waiting.is_some())?;
            }
        }
        Ok(admissions)
    }

    /// The run that has an identity.
    pub(super) fn known(&self, group: &Group, key: &[u8]) -> Result<Option<First>, Failed> {
        let found = self.read(group, key)?;
        Ok(found.and_then(|bytes| First::of_bytes(&bytes)))
    }

    /// How many wait where this run would have to.
    fn waiting(&self, place: Option<&PlaceItem>) -> Option<u32> {
        let place = place?;
        let claims = lock(&self.shared.claims);
        claims.places.waiting(&place.key, place.limit)
    }

    /// Writes the first records of a run.
    fn begin(&mut self, group: &mut Group, item: AcceptItem, full: bool) -> Result<(), Failed> {
        let (namespace, run) = (item.namespace, item.run);
        let Some(entries) = item.entries else {
            group.write(item.ops);
            return Ok(());
        };
        let mut live = Live::default();
        let mut waits = false;
        if let Some(place) = item.place {
            if let Some((ops, told)) = place.skip.filter(|_| full) {
                group.write(ops);
                if let Some(post) = told {
                    self.deliver(group, post, true)?;
                }
                return Ok(());
            }
            let order = self.next_number();
            let mut claims = lock(&self.shared.claims);
            waits = !claims.places.line_up(&place.key, run, place.limit);
            live.place = Some(LivePlace {
                order,
                limit: place.limit,
                key: place.key.into(),
            });
        }
        group.write(item.ops);
        let key = keys::live_run(&namespace, run);
        group.write([(key.into(), Some(live.to_bytes()))]);
        let fresh = (!waits).then(|| {
            Box::new(Fresh {
                entries,
                live,
                size_bytes: item.size_bytes,
            })
        });
        group.effects.push(Effect::Accepted(namespace, run, fresh));
        Ok(())
    }
}

/// The writes that make a run the first of an identity.
pub(super) fn first_ops(key: &[u8], first: First) -> Vec<Op> {
    let mut ops = vec![(key.into(), Some(first.to_bytes().into()))];
    if let First::Key(_, until) = first {
        ops.push((keys::expiry(until, key).into(), Some(Vec::new().into())));
    }
    ops
}
