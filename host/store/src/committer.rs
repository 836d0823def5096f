//! The one thread that writes: it takes everything that waits, makes it durable at once, and
//! answers only then.
//!
//! While one group is on its way to the disk the next one gathers by itself, so a single writer waits
//! for nobody and many share one fsync. `flush` of sled ends in `sync_file_range`, which does not
//! survive a power cut; the `fdatasync` behind it does. Neither is ever tried again: after a
//! failed one nobody knows what the disk holds, so the process has to stop.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mortise_model::Entry;
use mortise_model::id::{Namespace, RunId};
use mortise_ports::StoreError;
use mortise_ports::journal::{Admission, Claim};
use sled::{Batch, IVec};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::claims::{After, Claims};
use crate::disk::Writer;
use crate::keys::{self, Key};
use crate::record::{self, DedupeRecord, Op};
use crate::shared::Shared;
use crate::sync::lock;

/// The answer that a caller waits for.
pub type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Something to be written.
#[derive(Debug)]
pub struct Job {
    /// What.
    pub work: Work,
    /// Its keys and values in bytes.
    pub size_bytes: usize,
    /// Its place in the queue.
    pub place: OwnedSemaphorePermit,
}

/// What is to be written.
#[derive(Debug)]
pub enum Work {
    /// Events.
    Accept {
        /// All in the same commit.
        items: Vec<AcceptItem>,
        /// One admission for each.
        reply: Reply<Vec<Admission>>,
    },
    /// Entries of a claimed run.
    Commit {
        /// The records.
        ops: Vec<Op>,
        /// Whose.
        claim: Claim,
        /// How many entries.
        entries: u32,
        /// What becomes of the claim.
        after: After,
        /// When it is durable.
        reply: Reply<()>,
    },
    /// Anything else.
    Put {
        /// The records.
        ops: Vec<Op>,
        /// Records that may be shorter than what they replace.
        replace: Vec<(Key, Vec<u8>)>,
        /// Whether it is news.
        writer: Writer,
        /// When it is durable, where somebody waits for it.
        reply: Option<Reply<()>>,
    },
}

/// An event that is to be accepted.
#[derive(Debug)]
pub struct AcceptItem {
    /// Whose.
    pub namespace: Namespace,
    /// The run that it starts.
    pub run: RunId,
    /// The first entry.
    pub entry: Entry,
    /// The records of the run.
    pub ops: Vec<Op>,
    /// The size of its records in bytes.
    pub size_bytes: usize,
    /// Where to look for the same event.
    pub dedupe: Option<(Key, DedupeRecord)>,
    /// What the trigger remembers from now on.
    pub memory: Option<(Key, Vec<u8>)>,
}

/// What is answered when the group is durable.
enum Answer {
    Accept {
        fresh: Vec<AcceptItem>,
        admissions: Vec<Admission>,
        reply: Reply<Vec<Admission>>,
    },
    Commit {
        claim: Claim,
        after: After,
        reply: Reply<()>,
    },
    Put(Option<Reply<()>>),
}

/// The fsync that sled leaves out, on the file that it writes to.
pub type Sync = Box<dyn Fn() -> io::Result<()> + Send>;

/// The disk failed, and the process was told.
struct Failed;

/// The thread's state.
pub struct Committer {
    shared: Arc<Shared>,
    sync: Sync,
}

/// What is written at once.
#[derive(Default)]
struct Group {
    batch: Batch,
    size_bytes: usize,
    operations: usize,
    answers: Vec<Answer>,
    places: Vec<OwnedSemaphorePermit>,
    events: HashMap<Key, DedupeRecord>,
    replaced: HashMap<Key, u16>,
}

impl Committer {
    /// A committer over an open store.
    #[must_use]
    pub fn new(shared: Arc<Shared>, sync: Sync) -> Self {
        Self { shared, sync }
    }

    /// Works until the queue is closed, or until the disk fails.
    pub fn run(self) {
        if catch_unwind(AssertUnwindSafe(|| self.work())).is_err() {
            self.shared
                .fail("the thread that writes the store panicked");
        }
        self.shared.queue.close(true);
    }

    fn work(&self) -> Result<(), Failed> {
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

    fn add(&self, group: &mut Group, job: Job) -> Result<(), Failed> {
        let written = (group.size_bytes + job.size_bytes) as u64;
        let room = |writer| self.shared.disk.has_room(writer, written);
        match job.work {
            Work::Accept { reply, .. } if !room(Writer::News) => refuse(reply),
            Work::Accept { items, reply } => self.add_events(group, items, reply)?,
            Work::Commit {
                claim,
                entries,
                reply,
                ..
            } if !room(Writer::UnderWay) => {
                lock(&self.shared.claims).give_back(&claim, entries);
                refuse(reply);
            }
            Work::Commit {
                ops,
                claim,
                after,
                reply,
                ..
            } => {
                group.write(ops);
                group.answers.push(Answer::Commit {
                    claim,
                    after,
                    reply,
                });
            }
            Work::Put { writer, reply, .. } if !room(writer) => {
                if let Some(reply) = reply {
                    refuse(reply);
                }
            }
            Work::Put {
                ops,
                replace,
                reply,
                ..
            } => {
                group.write(ops);
                for (key, bytes) in replace {
                    self.replace(group, key, &bytes)?;
                }
                group.answers.push(Answer::Put(reply));
            }
        }
        group.size_bytes += job.size_bytes;
        group.places.push(job.place);
        Ok(())
    }

    /// Decides about each event whether it is new. Only this thread writes, and what the same
    /// group brings counts as well, so two equal events can never both be.
    fn add_events(
        &self,
        group: &mut Group,
        items: Vec<AcceptItem>,
        reply: Reply<Vec<Admission>>,
    ) -> Result<(), Failed> {
        let mut admissions = Vec::with_capacity(items.len());
        let mut fresh = Vec::with_capacity(items.len());
        for mut item in items {
            if let Some((key, bytes)) = item.memory.take() {
                self.replace(group, key, &bytes)?;
            }
            if let Some((key, wanted)) = item.dedupe.take() {
                if let Some(known) = self.known(group, &key)? {
                    admissions.push(if known.body == wanted.body {
                        Admission::Duplicate(known.run)
                    } else {
                        Admission::Conflict(known.run)
                    });
                    continue;
                }
                group.write([(key.as_slice().into(), Some(wanted.to_bytes().into()))]);
                group.events.insert(key, wanted);
            }
            group.write(item.ops.drain(..));
            admissions.push(Admission::New(item.run));
            fresh.push(item);
        }
        group.answers.push(Answer::Accept {
            fresh,
            admissions,
            reply,
        });
        Ok(())
    }

    fn known(&self, group: &Group, key: &Key) -> Result<Option<DedupeRecord>, Failed> {
        if let Some(known) = group.events.get(key) {
            return Ok(Some(*known));
        }
        let found = self.read(key)?;
        Ok(found.and_then(|bytes| DedupeRecord::of_bytes(&bytes)))
    }

    fn replace(&self, group: &mut Group, key: Key, bytes: &[u8]) -> Result<(), Failed> {
        let old = match group.replaced.get(&key) {
            Some(count) => *count,
            None => self
                .read(&keys::chunk(&key, 0))?
                .map_or(0, |first| record::chunk_count(&first)),
        };
        let mut ops = Vec::new();
        record::put(&mut ops, &key, bytes);
        let new = u16::try_from(ops.len()).unwrap_or(u16::MAX);
        group.write(ops);
        group.write((new..old).map(|number| (keys::chunk(&key, number).into(), None)));
        group.replaced.insert(key, new);
        Ok(())
    }

    /// Reads what a write depends on. Without it nothing more can be decided.
    fn read(&self, key: &[u8]) -> Result<Option<IVec>, Failed> {
        self.shared.db.get(key).map_err(|error| {
            self.shared
                .fail(&format!("the store cannot be read: {error}"));
            Failed
        })
    }

    fn write(&self, group: Group) -> Result<(), Failed> {
        if group.operations > 0 {
            self.shared.disk.spend(group.size_bytes as u64);
            // The process is told before anybody who waits: nothing may be answered after it.
            self.make_durable(group.batch).map_err(|why| {
                self.shared
                    .fail(&format!("the store cannot be written: {why}"));
                Failed
            })?;
        }
        let mut answers = group.answers;
        let mut claims = lock(&self.shared.claims);
        for answer in &mut answers {
            self.settle(&mut claims, answer);
        }
        drop(claims);
        answers.into_iter().for_each(Answer::send);
        Ok(())
    }

    fn make_durable(&self, batch: Batch) -> Result<(), String> {
        let _watched = self.shared.watch.begin();
        let written = catch_unwind(AssertUnwindSafe(|| {
            self.shared.db.apply_batch(batch)?;
            self.shared.db.flush()
        }));
        match written {
            Ok(Ok(_)) => (self.sync)().map_err(|error| error.to_string()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("sled panicked".to_owned()),
        }
    }

    fn settle(&self, claims: &mut Claims, answer: &mut Answer) {
        match answer {
            Answer::Accept { fresh, .. } => {
                let fresh_max = self.shared.settings.fresh_bytes;
                self.shared.live.fetch_add(fresh.len(), Ordering::Relaxed);
                for item in fresh.drain(..) {
                    let (namespace, run) = (&item.namespace, item.run);
                    claims.add_fresh(namespace, run, item.entry, item.size_bytes, fresh_max);
                }
            }
            Answer::Commit { claim, after, .. } => {
                claims.settle(claim, *after);
                if *after == After::End {
                    self.shared.live.fetch_sub(1, Ordering::Relaxed);
                }
            }
            Answer::Put(_) => {}
        }
    }
}

impl Group {
    fn write(&mut self, ops: impl IntoIterator<Item = Op>) {
        for (key, value) in ops {
            self.operations += 1;
            match value {
                Some(value) => self.batch.insert(key, value),
                None => self.batch.remove(key),
            }
        }
    }
}

impl Answer {
    /// Whoever asked may have gone away; what was written stays.
    fn send(self) {
        match self {
            Self::Accept {
                admissions, reply, ..
            } => drop(reply.send(Ok(admissions))),
            Self::Commit { reply, .. } | Self::Put(Some(reply)) => drop(reply.send(Ok(()))),
            Self::Put(None) => {}
        }
    }
}

fn refuse<T>(reply: Reply<T>) {
    let _ = reply.send(Err(StoreError::Full));
}
