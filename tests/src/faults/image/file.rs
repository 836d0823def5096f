//! One file of an image: its content now, what of it is durable, and which pages differ.

use std::collections::BTreeMap;
use std::ops::Range;

/// What a disk writes at once.
pub const PAGE_BYTES: usize = 4096;

/// A file as the process sees it and as a power cut would leave it.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    now: Vec<u8>,
    durable: Vec<u8>,
    /// Pages of `now` that were written since they were last made durable, and when.
    written: BTreeMap<usize, u64>,
    /// When what is durable of a page, and the length, was seen: a sync that began earlier and
    /// ends later takes nothing back.
    pages_at: BTreeMap<usize, u64>,
    length_at: u64,
}

/// What a sync that has begun will make durable.
#[derive(Clone, Debug)]
pub struct Moment {
    at: u64,
    length: usize,
    pages: BTreeMap<usize, Vec<u8>>,
}

impl Stored {
    /// A file that is durable as it is.
    #[must_use]
    pub fn durable(bytes: Vec<u8>) -> Self {
        Self {
            now: bytes.clone(),
            durable: bytes,
            ..Self::default()
        }
    }

    /// What the process sees.
    #[must_use]
    pub fn now_bytes(&self) -> &[u8] {
        &self.now
    }

    /// What a power cut leaves.
    #[must_use]
    pub fn durable_bytes(&self) -> &[u8] {
        &self.durable
    }

    /// Writes bytes; a gap before them is zeros.
    pub fn write(&mut self, offset: usize, bytes: &[u8], at: u64) {
        if bytes.is_empty() {
            return;
        }
        let end = offset + bytes.len();
        self.touch(self.now.len().min(offset)..end, at);
        if self.now.len() < end {
            self.now.resize(end, 0);
        }
        self.now[offset..end].copy_from_slice(bytes);
    }

    /// Gives it another length.
    pub fn truncate(&mut self, length: usize, at: u64) {
        let both = self.now.len().min(length)..self.now.len().max(length);
        self.touch(both, at);
        self.now.resize(length, 0);
    }

    fn touch(&mut self, bytes: Range<usize>, at: u64) {
        if !bytes.is_empty() {
            for page in bytes.start / PAGE_BYTES..bytes.end.div_ceil(PAGE_BYTES) {
                self.written.insert(page, at);
            }
        }
    }

    /// What a sync that begins now will make durable.
    #[must_use]
    pub fn moment(&self, at: u64) -> Moment {
        let page = |(page, _): (&usize, &u64)| (*page, self.page(*page).to_vec());
        Moment {
            at,
            length: self.now.len(),
            pages: self.written.iter().map(page).collect(),
        }
    }

    /// The bytes of a page that are in the file.
    fn page(&self, page: usize) -> &[u8] {
        let end = self.now.len().min((page + 1) * PAGE_BYTES);
        self.now.get(page * PAGE_BYTES..end).unwrap_or_default()
    }

    /// A sync has succeeded.
    pub fn make_durable(&mut self, moment: Moment) {
        if moment.at > self.length_at {
            self.length_at = moment.at;
            self.durable.resize(moment.length, 0);
        }
        for (page, bytes) in moment.pages {
            let seen = self.pages_at.entry(page).or_default();
            if moment.at > *seen {
                *seen = moment.at;
                self.put(page, &bytes);
            }
        }
        self.written.retain(|_, at| *at > moment.at);
    }

    /// The disk wrote some of the pages early. A page beyond the durable length makes the file
    /// longer, with zeros where nothing was written. That it became shorter is early by chance too.
    pub fn write_early(&mut self, mut early: impl FnMut() -> bool) {
        if self.now.len() < self.durable.len() && early() {
            self.durable.truncate(self.now.len());
        }
        let mut chosen = std::mem::take(&mut self.written);
        chosen.retain(|_, _| early());
        for page in chosen.into_keys() {
            let bytes = self.page(page).to_vec();
            let end = page * PAGE_BYTES + bytes.len();
            if !bytes.is_empty() && self.durable.len() < end {
                self.durable.resize(end, 0);
            }
            self.put(page, &bytes);
        }
    }

    /// Puts a page in its place, as far as the file reaches.
    fn put(&mut self, page: usize, bytes: &[u8]) {
        let begin = page * PAGE_BYTES;
        let end = self.durable.len().min(begin + bytes.len());
        if let Some(place) = self.durable.get_mut(begin..end) {
            let length = place.len();
            place.copy_from_slice(&bytes[..length]);
        }
    }
}
