//! `mortise:plugin/files`: content that never passes through JSON. Files live as long as the call.

use bytes::Bytes;
use mortise_ports::plugins::File as Given;

use crate::contract::mortise::plugin::files::{Host, Info};
use crate::guest::Guest;

/// The files of one call.
pub(crate) struct Files {
    files: Vec<File>,
    left_bytes: usize,
}

/// One file.
struct File {
    id: String,
    name: Option<String>,
    content_type: String,
    data: Bytes,
}

/// More than one call has use for.
const COUNT_MAX: usize = 256;

impl Files {
    /// The files that a call is given, and room for its own.
    pub fn new(max_bytes: usize, given: Vec<Given>) -> Self {
        let files = given.into_iter().map(|file| File {
            id: file.id,
            name: file.name,
            content_type: file.content_type,
            data: file.data,
        });
        Self {
            files: files.collect(),
            left_bytes: max_bytes,
        }
    }

    /// Keeps content under a new id.
    pub fn create(
        &mut self,
        name: Option<String>,
        content_type: String,
        data: Bytes,
    ) -> Result<String, String> {
        if self.files.len() >= COUNT_MAX {
            return Err(format!("a call has at most {COUNT_MAX} files"));
        }
        self.take_room(data.len())?;
        let id = format!("file-{}", self.files.len() + 1);
        self.files.push(File {
            id: id.clone(),
            name,
            content_type,
            data,
        });
        Ok(id)
    }

    /// The whole content, its type and name.
    pub fn content(&self, id: &str) -> Result<(Bytes, &str, Option<&str>), String> {
        let file = self.find(id)?;
        Ok((file.data.clone(), &file.content_type, file.name.as_deref()))
    }

    fn find(&self, id: &str) -> Result<&File, String> {
        self.index(id).map(|index| &self.files[index])
    }

    fn index(&self, id: &str) -> Result<usize, String> {
        self.files
            .iter()
            .position(|file| file.id == id)
            .ok_or_else(|| format!("there is no file `{id}` in this call"))
    }

    fn take_room(&mut self, bytes: usize) -> Result<(), String> {
        self.left_bytes = self.left_bytes.checked_sub(bytes).ok_or(
            "the files of this call are larger than the limit `sandbox.files-max-bytes` allows",
        )?;
        Ok(())
    }
}

impl Host for Guest {
    fn stat(&mut self, id: String) -> wasmtime::Result<Result<Info, String>> {
        Ok(self.work()?.files.find(&id).map(|file| Info {
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
        Ok(self.work()?.files.find(&id).map(|file| {
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
        let files = &mut self.work()?.files;
        Ok(files.create(name, content_type, Bytes::new()))
    }

    fn append(&mut self, id: String, data: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        let files = &mut self.work()?.files;
        Ok(files.index(&id).and_then(|index| {
            files.take_room(data.len())?;
            let file = &mut files.files[index];
            // Unshared content grows in place; what a request still holds is copied once.
            let mut grown = std::mem::take(&mut file.data)
                .try_into_mut()
                .unwrap_or_else(|shared| shared.as_ref().into());
            grown.extend_from_slice(&data);
            file.data = grown.freeze();
            Ok(())
        }))
    }
}
