//! Which letters wait, in memory: of runs that have any and were looked at.

use std::collections::HashMap;

use mortise_model::Letter;
use mortise_model::id::{Namespace, RunId};
use mortise_ports::StoreError;

use crate::keys;
use crate::record::{self, Op};

/// A letter that waits, without what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its number.
    pub number: u64,
    /// How many chunks it is kept in.
    pub chunks: u16,
    /// Whether a parked run reads it.
    pub wakes: bool,
}

/// The letters that wait, oldest first, by run.
#[derive(Debug, Default)]
pub struct Letters(HashMap<RunId, Vec<Mark>>);

impl Letters {
    /// Those of a run, where that is known.
    pub fn of(&self, run: RunId) -> Option<&[Mark]> {
        self.0.get(&run).map(Vec::as_slice)
    }

    /// Whether any wait; what is not known counts as none.
    pub fn wait(&self, run: RunId) -> bool {
        self.of(run).is_some_and(|marks| !marks.is_empty())
    }

    /// Says what is found of a run, unless it is known better already.
    pub fn learn(&mut self, run: RunId, marks: impl IntoIterator<Item = Mark>) {
        self.0
            .entry(run)
            .or_insert_with(|| marks.into_iter().collect());
    }

    /// One more.
    pub fn add(&mut self, run: RunId, mark: Mark) {
        self.0.entry(run).or_default().push(mark);
    }

    /// Takes away those up to a number. That none is left stays known until it is durable.
    pub fn take(&mut self, run: RunId, up_to: u64) -> Vec<Mark> {
        let Some(marks) = self.0.get_mut(&run) else {
            return Vec::new();
        };
        let left = marks.split_off(marks.partition_point(|mark| mark.number <= up_to));
        std::mem::replace(marks, left)
    }

    /// What is known of a run is durable: that it has none need not be remembered.
    pub fn settle(&mut self, run: RunId) {
        if !self.wait(run) {
            self.0.remove(&run);
        }
    }
}

/// The letters of a run as they are kept, oldest first, after a number.
///
/// # Errors
/// `Damaged`.
pub fn read(
    db: &sled::Db,
    (namespace, run): (&Namespace, RunId),
    after: Option<u64>,
) -> Result<Vec<(Mark, Letter)>, StoreError> {
    let prefix = keys::letters(namespace, run);
    let mut found = Vec::new();
    for record in record::scan_bytes(db, &prefix) {
        let (key, bytes) = record?;
        let number = key
            .strip_prefix(&*prefix)
            .and_then(|rest| rest.try_into().ok());
        let number = number.ok_or_else(|| record::damaged(&key, "it has no number"))?;
        let number = u64::from_be_bytes(number);
        if after.is_none_or(|after| number > after) {
            let letter: Letter = record::decode(&key, &bytes)?;
            let mark = Mark {
                number,
                chunks: record::chunk_count(&bytes),
                wakes: letter.wakes(),
            };
            found.push((mark, letter));
        }
    }
    Ok(found)
}

/// The removal of letters.
pub fn removal(namespace: &Namespace, run: RunId, marks: &[Mark]) -> Vec<Op> {
    let keys = marks.iter().flat_map(|mark| {
        let key = keys::letter(namespace, run, mark.number);
        (0..mark.chunks).map(move |chunk| keys::chunk(&key, chunk))
    });
    keys.map(|key| (key.into(), None)).collect()
}
