//! `mortise:plugin/files`: content that never passes through JSON. In here files live as long as the
//! call; [`crate::files`] says how they come in and what becomes of them.

use std::sync::Arc;

use bytes::Bytes;
use mortise_ports::files::Content as _;
use mortise_ports::plugins::File;

use crate::contract::mortise::plugin::files::{Host, Info};
use crate::files::{GivenFile, whole};
use crate::guest::Guest;

/// The files of one call.
pub(crate) struct Files {
    given: Vec<GivenFile>,
    made: Vec<File>,
    max_bytes: usize,
    left_bytes: usize,
    /// It wanted more than there is room for.
    is_over: bool,
}

/// More than one call has use for.
const COUNT_MAX: usize = 256;

/// The longest name, and the longest content type, in bytes: they stand in the journal.
const TEXT_MAX_BYTES: usize = 255;

/// Content of which nobody knows what it is.
pub(crate) const ANY_TYPE: &str = "application/octet-stream";

impl Files {
    /// The files that a call is given, and room for its own in what they leave.
    pub fn new(max_bytes: usize, given: Vec<GivenFile>) -> Self {
        let given_bytes: u64 = given.iter().map(|file| file.content.size_bytes()).sum();
        let given_bytes = usize::try_from(given_bytes).unwrap_or(usize::MAX);
        Self {
            given,
            made: Vec::new(),
            max_bytes,
            left_bytes: max_bytes.saturating_sub(given_bytes),
            is_over: false,
        }
    }

    /// Keeps content under a new id.
    pub fn create(
        &mut self,
        name: Option<String>,
        content_type: String,
        data: Bytes,
    ) -> Result<String, String> {
        if self.made.len() >= COUNT_MAX {
            return Err(format!("a call makes at most {COUNT_MAX} files"));
        }
        let wrong = |what: &str| {
            format!(
                "the {what} of a file has at most {TEXT_MAX_BYTES} bytes and no control characters"
            )
        };
        if name.as_deref().is_some_and(|name| !is_fit(name)) {
            return Err(wrong("name"));
        }
        if !is_fit(&content_type) {
            return Err(wrong("content type"));
        }
        self.take_room(data.len())?;
        let first = self.given.len() + self.made.len() + 1;
        let mut ids = (first..).map(|number| format!("file-{number}"));
        let id = ids.find(|id| self.find(id).is_err()).unwrap_or_default();
        self.made.push(File {
            id: id.clone(),
            name,
            content_type,
            data,
        });
        Ok(id)
    }

    /// How many bytes and how many files there is room for.
    pub fn room(&self) -> (usize, usize) {
        (self.left_bytes, COUNT_MAX.saturating_sub(self.made.len()))
    }

    /// Reads files whole that a request is about to take along, so that [`content`](Self::content) has them at hand.
    pub async fn load(&mut self, ids: impl IntoIterator<Item = &str>) -> Result<(), String> {
        for id in ids {
            if let Some(file) = self.given.iter_mut().find(|file| file.id == id) {
                file.content = Arc::new(whole(&file.content).await?);
            }
        }
        Ok(())
    }

    /// The whole content of a file that was loaded, or made.
    pub fn content(&self, id: &str) -> Result<Bytes, String> {
        match self.find(id)? {
            Found::Given(file) => file.content.whole(),
            Found::Made(file) => Ok(file.data.clone()),
        }
    }

    /// Whether the call wanted more than the limit, which this is.
    pub fn over(&self) -> Option<usize> {
        self.is_over.then_some(self.max_bytes)
    }

    /// What the call made.
    pub fn into_made(self) -> Vec<File> {
        self.made
    }

    fn find(&self, id: &str) -> Result<Found<'_>, String> {
        let given = self.given.iter().find(|file| file.id == id);
        let made = || self.made.iter().find(|file| file.id == id);
        let found = given.map(Found::Given);
        let found = found.or_else(|| made().map(Found::Made));
        found.ok_or_else(|| nowhere(id))
    }

    fn append(&mut self, id: &str, data: &[u8]) -> Result<(), String> {
        if let Found::Given(_) = self.find(id)? {
            return Err(format!(
                "the file `{id}` was given to the call and stays as it is: create another one"
            ));
        }
        self.take_room(data.len())?;
        let file = self.made.iter_mut().find(|file| file.id == id);
        let file = file.ok_or_else(|| nowhere(id))?;
        // Unshared content grows in place; what a request still holds is copied once.
        let mut grown = std::mem::take(&mut file.data)
            .try_into_mut()
            .unwrap_or_else(|shared| shared.as_ref().into());
        grown.extend_from_slice(data);
        file.data = grown.freeze();
        Ok(())
    }

    fn take_room(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.left_bytes.checked_sub(bytes);
        self.is_over |= left.is_none();
        self.left_bytes = left.ok_or(
            "the files of this call are larger than the limit `sandbox.files-max-bytes` allows",
        )?;
        Ok(())
    }
}

/// A file of a call.
enum Found<'a> {
    Given(&'a GivenFile),
    Made(&'a File),
}

/// Whether a text may be a file's name or type.
pub(crate) fn is_fit(text: &str) -> bool {
    text.len() <= TEXT_MAX_BYTES && !text.contains(char::is_control)
}

fn nowhere(id: &str) -> String {
    format!("there is no file `{id}` in this call")
}

impl Host for Guest {
    fn stat(&mut self, id: String) -> wasmtime::Result<Result<Info, String>> {
        Ok(self.files()?.find(&id).map(|found| match found {
            Found::Given(file) => Info {
                size: file.content.size_bytes(),
                content_type: file.content_type.clone(),
                name: file.name.clone(),
            },
            Found::Made(file) => Info {
                size: file.data.len() as u64,
                content_type: file.content_type.clone(),
                name: file.name.clone(),
            },
        }))
    }

    fn read(
        &mut self,
        id: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        let read = self.files()?.find(&id).and_then(|found| match found {
            Found::Given(file) => file.content.read(offset, length as usize),
            Found::Made(file) => file.data.read(offset, length as usize),
        });
        Ok(read.map(Vec::from))
    }

    fn create(
        &mut self,
        name: Option<String>,
        content_type: String,
    ) -> wasmtime::Result<Result<String, String>> {
        Ok(self.files()?.create(name, content_type, Bytes::new()))
    }

    fn append(&mut self, id: String, data: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        Ok(self.files()?.append(&id, &data))
    }
}
