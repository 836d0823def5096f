//! The one thread that writes: it takes everything that waits, makes it durable at once, and
//! answers only then.
//!
//! While one group is on its way to the disk the next one gathers by itself, so a single writer waits
//! for nobody and many share one fsync, which is in `flush` or behind it: see [`crate::barrier`].
//! Neither
//! is ever tried again: after a failed one nobody knows what the disk holds, so the process has to
//! stop.

mod accept;
mod deliver;
mod turn;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use mortise_ports::StoreError;
use serde::de::DeserializeOwned;
use sled::{Batch, IVec};

use crate::commits::Commits;
use crate::disk::Writer;
use crate::group::{Answer, Effect, Group, refuse};
use crate::job::{Job, MemoryItem, PutItem, Reply, Work};
use crate::keys::{self, Key};
use crate::record;
use crate::shared::Shared;
use crate::sync::lock;

/// The fsync that sled leaves out, on the file that it writes to; nothing where it does not.
pub type Sync = Box<dyn Fn() -> io::Result<()> + Send>;

/// The disk failed, and the process was told.
pub struct Failed;

/// The thread's state.
pub struct Committer {
    shared: Arc<Shared>,
    sync: Sync,
    commits: Commits,
    /// The last number of a letter or an acceptance; grows over the lives of the process.
    number: u64,
}

impl Committer {
    /// A committer over an open store.
    #[must_use]
    pub fn new(shared: Arc<Shared>, epoch: u32, commits: Commits, sync: Sync) -> Self {
        Self {
            shared,
            sync,
            commits,
            number: u64::from(epoch) << 32,
        }
    }

    /// Works until the queue is closed, or until the disk fails.
    pub fn run(mut self) {
        if catch_unwind(AssertUnwindSafe(|| self.work())).is_err() {
            self.shared
                .fail("the thread that writes the store panicked");
        }
        self.shared.queue.close(true);
    }

    fn work(&mut self) -> Result<(), Failed> {
        let max_bytes = self.shared.settings.group_bytes;
        let gather = Duration::from_micros(self.shared.settings.gather_us);
        let mut served = 0;
        while let Some(jobs) = self.shared.queue.take(served, gather) {
            served = jobs.len();
            let mut group = Group::default();
            for job in jobs {
                self.add(&mut group, job)?;
                if group.size_bytes >= max_bytes {
                    self.write(std::mem::take(&mut group))?;
                }
            }
            self.write(group)?;
        }
        Ok(())
    }

    fn add(&mut self, group: &mut Group, job: Job) -> Result<(), Failed> {
        let written = (group.size_bytes + job.size_bytes) as u64;
        let has_room = |writer| self.shared.disk.has_room(writer, written);
        match job.work {
            Work::Accept { reply, .. } if !has_room(Writer::News) => {
                refuse(reply, StoreError::Full);
            }
            Work::Accept { items, reply } => match self.hold_memories(&items) {
                Ok(()) => {
                    let admissions = self.accept(group, items, false)?;
                    group.answers.push(Answer::Accept(reply, admissions));
                }
                Err(error) => refuse(reply, error),
            },
            Work::Turn(turn, reply) => {
                let room = has_room(Writer::UnderWay);
                self.turn(group, *turn, reply, room)?;
            }
            Work::Send(_, reply) if !has_room(Writer::UnderWay) => refuse(reply, StoreError::Full),
            Work::Send(post, reply) => {
                let delivery = self.deliver(group, *post, false)?;
                group.answers.push(Answer::Send(reply, delivery));
            }
            Work::Put(item, reply) => {
                let room = has_room(item.writer);
                self.put(group, *item, reply, room)?;
            }
        }
        group.size_bytes += job.size_bytes;
        group.places.push(job.place);
        Ok(())
    }

    fn put(
        &mut self,
        group: &mut Group,
        item: PutItem,
        reply: Option<Reply<()>>,
        room: bool,
    ) -> Result<(), Failed> {
        let memory = item.memory.as_ref();
        let refused = match memory {
            _ if !room => Some(StoreError::Full),
            Some(memory) if !self.hold_memory(memory) => Some(StoreError::Outdated),
            _ => None,
        };
        if let Some(error) = refused {
            if let Some(reply) = reply {
                refuse(reply, error);
            }
            return Ok(());
        }
        group.write(item.ops);
        for (key, bytes) in item.replace {
            self.replace(group, &key, &bytes)?;
        }
        if let Some(memory) = item.memory {
            self.remember(group, memory)?;
        }
        group.answers.extend(reply.map(Answer::Put));
        Ok(())
    }

    /// Keeps a trigger from changing hands until what it is to remember is durable. Tells whether
    /// it has not changed hands before.
    fn hold_memory(&self, memory: &MemoryItem) -> bool {
        let mut holds = lock(&self.shared.holds);
        memory
            .fence
            .is_none_or(|fence| holds.begin(&memory.trigger, fence))
    }

    fn remember(&self, group: &mut Group, memory: MemoryItem) -> Result<(), Failed> {
        let (key, bytes) = &memory.record;
        self.replace(group, key, bytes)?;
        if memory.fence.is_some() {
            group.effects.push(Effect::Remembered(memory.trigger));
        }
        Ok(())
    }

    /// Writes a record over one that may have more chunks. No bytes remove it.
    fn replace(&self, group: &mut Group, key: &Key, bytes: &[u8]) -> Result<(), Failed> {
        let old = self.read(group, &keys::chunk(key, 0))?;
        let old = old.map_or(0, |first| record::chunk_count(&first));
        let mut ops = Vec::new();
        record::put(&mut ops, key, bytes);
        let new = u16::try_from(ops.len()).unwrap_or(u16::MAX);
        group.write(ops);
        group.write((new..old).map(|number| (keys::chunk(key, number).into(), None)));
        Ok(())
    }

    /// Reads what a write depends on, and sees what the group writes. Without it nothing more can
    /// be decided.
    fn read(&self, group: &Group, key: &[u8]) -> Result<Option<IVec>, Failed> {
        let read = group.read(&self.shared.db, key);
        self.decided(read.map_err(record::unreadable))
    }

    fn read_record<T: DeserializeOwned>(
        &self,
        group: &Group,
        key: &[u8],
    ) -> Result<Option<T>, Failed> {
        let read = |chunk: &[u8]| {
            group
                .read(&self.shared.db, chunk)
                .map_err(record::unreadable)
        };
        self.decided(record::get_with(read, key))
    }

    fn decided<T>(&self, read: Result<T, StoreError>) -> Result<T, Failed> {
        read.map_err(|error| {
            self.shared
                .fail(&format!("the store cannot be read: {error}"));
            Failed
        })
    }

    fn write(&mut self, group: Group) -> Result<(), Failed> {
        let more_live = group.effects.iter().map(Effect::more_live).sum();
        if group.operations > 0 {
            self.shared.disk.spend(group.size_bytes as u64);
            // The process is told before anybody who waits: nothing may be answered after it.
            let live = self.shared.live().saturating_add_signed(more_live);
            self.make_durable(group.batch, live).map_err(|why| {
                self.shared
                    .fail(&format!("the store cannot be written: {why}"));
                Failed
            })?;
        }
        self.settle(group.effects);
        self.shared.count_live(more_live);
        group.answers.into_iter().for_each(Answer::send);
        Ok(())
    }

    fn make_durable(&mut self, mut batch: Batch, live: usize) -> Result<(), String> {
        let counted = self.commits.count(&mut batch, live);
        counted.map_err(|error| error.to_string())?;
        let _watched = self.shared.watch.begin();
        let written = catch_unwind(AssertUnwindSafe(|| {
            self.shared.db.apply_batch(batch)?;
            self.shared.db.flush()
        }));
        match written {
            Ok(Ok(_)) => (self.sync)()
                .and_then(|()| self.commits.tell())
                .map_err(|error| error.to_string()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("sled panicked".to_owned()),
        }
    }

    fn settle(&self, effects: Vec<Effect>) {
        let fresh_max = self.shared.settings.fresh_bytes;
        let mut claims = lock(&self.shared.claims);
        for effect in effects {
            if let Effect::Remembered(trigger) = &effect {
                lock(&self.shared.holds).end(trigger);
            }
            effect.settle(&mut claims, fresh_max);
        }
    }

    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}
