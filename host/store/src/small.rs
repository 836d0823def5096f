//! Records that are no JSON, because there are many of them or each byte counts. Each begins with
//! the format version.

use mortise_model::Timestamp;
use mortise_model::id::{Digest, RunId};
use mortise_ports::StoreError;
use mortise_ports::journal::{Admission, Asked, Dedupe};
use sled::IVec;

use crate::record::{FORMAT, damaged};

/// What is kept of a run that is not at rest. One that was just accepted takes one byte, one that
/// waits for a time nine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// When it is due, where it is suspended.
    pub due: Option<Timestamp>,
    /// The plan that it was moved to, and its version.
    pub moved: Option<(Digest, u32)>,
    /// The place that it needs.
    pub place: Option<LivePlace>,
}

/// A run's place among those of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivePlace {
    /// Grows with every acceptance: who came first.
    pub order: u64,
    /// So many runs have a place.
    pub limit: u32,
    /// What tells the key from others, see [`crate::keys::place`].
    pub key: Box<[u8]>,
}

const DUE: u8 = 1;
const MOVED: u8 = 2;
const PLACE: u8 = 4;

impl Live {
    /// The bytes that are kept.
    #[must_use]
    pub fn to_bytes(&self) -> IVec {
        if *self == Self::default() {
            return IVec::from(&[FORMAT]);
        }
        let mut bytes = vec![FORMAT, 0];
        if let Some(due) = self.due {
            bytes[1] |= DUE;
            bytes.extend_from_slice(&due.0.to_be_bytes());
        }
        if let Some((plan, version)) = self.moved {
            bytes[1] |= MOVED;
            bytes.extend_from_slice(&plan.0);
            bytes.extend_from_slice(&version.to_be_bytes());
        }
        if let Some(place) = &self.place {
            bytes[1] |= PLACE;
            bytes.extend_from_slice(&place.order.to_be_bytes());
            bytes.extend_from_slice(&place.limit.to_be_bytes());
            bytes.extend_from_slice(&place.key);
        }
        bytes.into()
    }

    /// The inverse of [`Live::to_bytes`].
    ///
    /// # Errors
    /// `Damaged`, naming the key.
    pub fn of_bytes(key: &[u8], bytes: &[u8]) -> Result<Self, StoreError> {
        Self::read(bytes).ok_or_else(|| damaged(key, "it does not say what the run waits for"))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut live = Self::default();
        let rest = bytes.strip_prefix(&[FORMAT])?;
        let Some((flags, mut rest)) = rest.split_first() else {
            return Some(live);
        };
        if flags & DUE != 0 {
            live.due = Some(Timestamp(i64::from_be_bytes(take(&mut rest)?)));
        }
        if flags & MOVED != 0 {
            let plan = Digest(take(&mut rest)?);
            live.moved = Some((plan, u32::from_be_bytes(take(&mut rest)?)));
        }
        if flags & PLACE != 0 {
            live.place = Some(LivePlace {
                order: u64::from_be_bytes(take(&mut rest)?),
                limit: u32::from_be_bytes(take(&mut rest)?),
                key: std::mem::take(&mut rest).into(),
            });
        }
        rest.is_empty().then_some(live)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

/// Which run an event or a key started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Of an event's id, with the digest of its body. It goes with the run.
    Event(RunId, Digest),
    /// Of a key. It goes at this time.
    Key(RunId, Timestamp),
}

impl First {
    /// What a run is from now on the first of.
    #[must_use]
    pub fn of(run: RunId, dedupe: &Dedupe) -> Self {
        match *dedupe {
            Dedupe::Event { body, .. } => Self::Event(run, body),
            Dedupe::Key { until, .. } => Self::Key(run, until),
        }
    }

    /// The run.
    #[must_use]
    pub fn run(self) -> RunId {
        match self {
            Self::Event(run, _) | Self::Key(run, _) => run,
        }
    }

    /// What another run is told that has the same identity at this time; none where it is the first.
    #[must_use]
    pub fn admission(self, other: Self, at: Timestamp) -> Option<Admission> {
        match (self, other) {
            (Self::Key(_, until), _) if until <= at => None,
            (Self::Event(run, body), Self::Event(_, other)) if body != other => {
                Some(Admission::Conflict(run))
            }
            _ => Some(Admission::Duplicate(self.run())),
        }
    }

    /// The bytes that are kept: format, run, and a digest or a time.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&self.run().to_bytes());
        match self {
            Self::Event(_, body) => bytes.extend_from_slice(&body.0),
            Self::Key(_, until) => bytes.extend_from_slice(&until.0.to_be_bytes()),
        }
        bytes
    }

    /// The inverse of [`First::to_bytes`].
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(&[FORMAT])?;
        let run = RunId::from_bytes(take(&mut rest)?);
        if let Ok(until) = rest.try_into() {
            return Some(Self::Key(run, Timestamp(i64::from_be_bytes(until))));
        }
        Some(Self::Event(run, Digest(rest.try_into().ok()?)))
    }
}

/// The bytes of an approval that is asked for: format, since when, until when.
#[must_use]
pub fn asked_bytes(asked: Asked) -> IVec {
    let mut bytes = [FORMAT; 17];
    bytes[1..9].copy_from_slice(&asked.since.0.to_be_bytes());
    bytes[9..].copy_from_slice(&asked.until.0.to_be_bytes());
    IVec::from(&bytes)
}

/// The inverse of [`asked_bytes`].
#[must_use]
pub fn asked_of_bytes(bytes: &[u8]) -> Option<Asked> {
    let mut rest = bytes.strip_prefix(&[FORMAT])?;
    let since = Timestamp(i64::from_be_bytes(take(&mut rest)?));
    let until = Timestamp(i64::from_be_bytes(rest.try_into().ok()?));
    Some(Asked { since, until })
}
