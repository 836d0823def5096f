//! `mortise:plugin/files`: content that never passes through JSON. In here files live as long as the
//! call; [`crate::files`] says how they come in and what becomes of them.

use bytes::Bytes;
use mortise_ports::plugins::File;

use crate::contract::mortise::plugin::files::{Host, Info};
use crate::guest::Guest;

/// The files of one call.
pub(crate) struct Files {
    files: Vec<File>,
    /// The first ones were given to the call, so many.
    given: usize,
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
    pub fn new(max_bytes: usize, given: Vec<File>) -> Self {
        let given_bytes: usize = given.iter().map(|file| file.data.len()).sum();
        Self {
            given: given.len(),
            files: given,
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
        if self.files.len() - self.given >= COUNT_MAX {
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
        let mut ids = (self.files.len() + 1..).map(|number| format!("file-{number}"));
        let id = ids.find(|id| self.find(id).is_err()).unwrap_or_default();
        self.files.push(File {
            id: id.clone(),
            name,
            content_type,
            data,
        });
        Ok(id)
    }

    /// How many bytes and how many files there is room for.
    pub fn room(&self) -> (usize, usize) {
        let made = self.files.len() - self.given;
        (self.left_bytes, COUNT_MAX.saturating_sub(made))
    }

    /// The whole content.
    pub fn content(&self, id: &str) -> Result<Bytes, String> {
        Ok(self.find(id)?.data.clone())
    }

    /// Whether the call wanted more than the limit, which this is.
    pub fn over(&self) -> Option<usize> {
        self.is_over.then_some(self.max_bytes)
    }

    /// What the call made.
    pub fn into_made(mut self) -> Vec<File> {
        self.files.split_off(self.given)
    }

    fn find(&self, id: &str) -> Result<&File, String> {
        let found = self.files.iter().find(|file| file.id == id);
        found.ok_or_else(|| nowhere(id))
    }

    fn append(&mut self, id: &str, data: &[u8]) -> Result<(), String> {
        let index = self.files.iter().position(|file| file.id == id);
        let index = index.ok_or_else(|| nowhere(id))?;
        if index < self.given {
            return Err(format!(
                "the file `{id}` was given to the call and stays as it is: create another one"
            ));
        }
        self.take_room(data.len())?;
        let file = &mut self.files[index];
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

/// Whether a text may be a file's name or type.
pub(crate) fn is_fit(text: &str) -> bool {
    text.len() <= TEXT_MAX_BYTES && !text.contains(char::is_control)
}

fn nowhere(id: &str) -> String {
    format!("there is no file `{id}` in this call")
}

impl Host for Guest {
    fn stat(&mut self, id: String) -> wasmtime::Result<Result<Info, String>> {
        Ok(self.files()?.find(&id).map(|file| Info {
            size: file.data.len() as u64,
            content_type: file.content_type.clone(),
            name: file.name.clone(),
        }))
    }

    fn read(
        &mut self,
        id: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        Ok(self.files()?.find(&id).map(|file| {
            let start = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(file.data.len());
            let end = start.saturating_add(length as usize).min(file.data.len());
            file.data[start..end].to_vec()
        }))
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
