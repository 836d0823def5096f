//! A process under the preloaded library.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::layout::{self, Action, Kind};
use super::record::{self, Record};
use crate::paths;

/// Which operation is struck, and how.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// What is done to it.
    pub action: Action,
    /// The kind; none for every kind.
    pub on: Option<Kind>,
    /// The path below the folder contains this: that of the file for writes and syncs, that of the
    /// folder for names.
    pub matching: &'static str,
    /// Which one of those that match from now on, from 1.
    pub at: u64,
    /// Whether all later ones are struck as well.
    pub sticky: bool,
}

impl Fault {
    /// This action at the n-th operation from now on, of whatever kind.
    #[must_use]
    pub fn at(action: Action, at: u64) -> Self {
        Self {
            action,
            on: None,
            matching: "",
            at,
            sticky: false,
        }
    }

    /// The same on one kind of operation alone.
    #[must_use]
    pub fn on(self, kind: Kind) -> Self {
        Self {
            on: Some(kind),
            ..self
        }
    }

    /// The same where the path contains this.
    #[must_use]
    pub fn matching(self, matching: &'static str) -> Self {
        Self { matching, ..self }
    }

    /// The same, and every later one.
    #[must_use]
    pub fn sticky(self) -> Self {
        Self {
            sticky: true,
            ..self
        }
    }
}

/// The library, ready for the start of one process. What it shares is in a folder of its own.
pub struct Preload {
    own: TempDir,
    watched: PathBuf,
    numbers: File,
}

impl Preload {
    /// Watches a folder, which is made where it is not there.
    ///
    /// # Errors
    /// Where the library was not built.
    pub fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let own = tempfile::tempdir()?;
        let mut options = OpenOptions::new();
        let numbers = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(own.path().join("numbers"))?;
        numbers.set_len(layout::NUMBERS as u64 * 8)?;
        Ok(Self {
            watched: folder.canonicalize()?,
            own,
            numbers,
        })
    }

    /// What to set for the process.
    ///
    /// # Errors
    /// Where the library was not built.
    pub fn variables(&self) -> Result<[(&'static str, PathBuf); 4]> {
        Ok([
            ("LD_PRELOAD", paths::preload()?),
            (layout::STATE_VARIABLE, self.own.path().join("numbers")),
            (layout::FOLDER_VARIABLE, self.watched.clone()),
            (layout::LOG_VARIABLE, self.log()),
        ])
    }

    fn log(&self) -> PathBuf {
        self.own.path().join("log")
    }

    fn number(&self, index: usize) -> Result<u64> {
        let mut bytes = [0; 8];
        self.numbers.read_exact_at(&mut bytes, index as u64 * 8)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn set(&self, index: usize, number: u64) -> Result<()> {
        let bytes = number.to_ne_bytes();
        Ok(self.numbers.write_all_at(&bytes, index as u64 * 8)?)
    }

    /// Arms a fault, in place of another, also while the process runs.
    ///
    /// # Errors
    /// Where the shared numbers cannot be written.
    pub fn arm(&self, fault: Fault) -> Result<()> {
        self.disarm()?;
        let mut matching = [0; layout::MATCHING_BYTES];
        ensure!(
            fault.matching.len() < matching.len(),
            "the text is too long"
        );
        matching[..fault.matching.len()].copy_from_slice(fault.matching.as_bytes());
        self.numbers
            .write_all_at(&matching, layout::MATCHING as u64 * 8)?;
        self.set(layout::ON, fault.on.map_or(0, |kind| kind as u64 + 1))?;
        self.set(layout::ACTION, fault.action as u64)?;
        self.set(layout::STICKY, u64::from(fault.sticky))?;
        self.set(layout::SEEN, 0)?;
        self.set(layout::STRUCK, 0)?;
        // Last: from here on it strikes.
        self.set(layout::AT, fault.at)
    }

    /// Lets everything through again.
    ///
    /// # Errors
    /// As [`Self::arm`].
    pub fn disarm(&self) -> Result<()> {
        self.set(layout::AT, 0)
    }

    /// Makes statvfs say that so much is free; none for the truth.
    ///
    /// # Errors
    /// As [`Self::arm`].
    pub fn free_bytes(&self, free: Option<u64>) -> Result<()> {
        self.set(layout::FREE, free.map_or(0, |bytes| bytes + 1))
    }

    /// How many operations the fault has struck.
    ///
    /// # Errors
    /// Where the shared numbers cannot be read.
    pub fn struck(&self) -> Result<u64> {
        self.number(layout::STRUCK)
    }

    /// How many operations of a kind there were.
    ///
    /// # Errors
    /// As [`Self::struck`].
    pub fn count(&self, kind: Kind) -> Result<u64> {
        self.number(layout::COUNTS + kind as usize)
    }

    /// How many operations of all kinds there were.
    ///
    /// # Errors
    /// As [`Self::struck`].
    pub fn operations(&self) -> Result<u64> {
        let kinds = Kind::Write as usize..=Kind::Sync as usize;
        kinds.map(|kind| self.number(layout::COUNTS + kind)).sum()
    }

    /// How often sync_file_range was called.
    ///
    /// # Errors
    /// As [`Self::struck`].
    pub fn ranges(&self) -> Result<u64> {
        self.number(layout::RANGES)
    }

    /// What was done so far.
    ///
    /// # Errors
    /// As [`record::read`]; where the process did not load the library.
    pub fn records(&self) -> Result<Vec<Record>> {
        ensure!(
            self.number(layout::OWNER)? != 0,
            "the process runs without the preloaded library"
        );
        let log = fs::read(self.log()).context("the log of the preloaded library")?;
        record::read(&log)
    }
}
