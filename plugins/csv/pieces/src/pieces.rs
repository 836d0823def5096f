//! The window that moves over the text.

use std::io;

use mortise_sdk::Failure;
use serde::{Deserialize, Serialize};

use crate::{Encoding, Input};

/// What is read at once, in bytes: a call of the host costs little beside it, and memory stays small.
const PIECE_BYTES: u32 = 256 << 10;

/// Where in the text something is; it goes with a page's token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bytes of the file before it.
    pub offset: u64,
    /// Line, from 1.
    pub line: u64,
}

/// A text that is read forward.
#[derive(Debug)]
pub struct Pieces {
    input: Input,
    encoding: Encoding,
    size: u64,
    /// What is decoded and perhaps not consumed.
    window: String,
    /// What of it is consumed.
    at: usize,
    place: Place,
    /// The first byte that is not decoded.
    next: u64,
    /// The byte there begins no character.
    is_broken: bool,
    /// Bytes consumed since the last mark.
    marked: usize,
    limit: Option<(usize, &'static str)>,
    failure: Option<Failure>,
}

impl Pieces {
    /// At the beginning, after a byte order mark. A text of the input is UTF-8 already, whatever is said.
    pub fn open(input: Input, encoding: Encoding) -> Result<Self, Failure> {
        let encoding = match &input {
            Input::Text(_) => Encoding::Utf8,
            Input::File(_) => encoding,
        };
        let size = input.size()?;
        let (encoding, mark) = encoding.begin(&input.read(0, 4)?)?;
        Ok(Self {
            input,
            encoding,
            size,
            window: String::new(),
            at: 0,
            place: Place {
                offset: mark,
                line: 1,
            },
            next: mark,
            is_broken: false,
            marked: 0,
            limit: None,
            failure: None,
        })
    }

    /// Goes on where another one was.
    #[must_use]
    pub fn from(mut self, place: Place) -> Self {
        self.place = place;
        self.next = place.offset;
        self
    }

    /// For a reader through [`io::BufRead`]: refuses to give more than so many bytes after a mark, with
    /// this sentence.
    #[must_use]
    pub fn limit(mut self, bytes: usize, sentence: &'static str) -> Self {
        self.limit = Some((bytes, sentence));
        self
    }

    /// What is there begins: the limit counts from here.
    pub fn mark(&mut self) {
        self.marked = 0;
    }

    /// Where the first character is that is not consumed.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What is decoded and not consumed.
    pub fn ahead(&self) -> &str {
        &self.window[self.at..]
    }

    /// Decodes a further piece; false where there is none.
    pub fn more(&mut self) -> Result<bool, Failure> {
        if self.is_broken {
            return Err(self.broken());
        }
        if self.next >= self.size {
            return Ok(false);
        }
        self.window.drain(..self.at);
        self.at = 0;
        let bytes = self.input.read(self.next, PIECE_BYTES)?;
        let (used, is_broken) = self.encoding.decode(&bytes, &mut self.window);
        self.next += used as u64;
        let is_cut = used < bytes.len() && self.next + (bytes.len() - used) as u64 >= self.size;
        self.is_broken = is_broken || is_cut || bytes.is_empty();
        match used {
            0 => Err(self.broken()),
            _ => Ok(true),
        }
    }

    /// Goes forward over so many bytes of what is ahead.
    pub fn consume(&mut self, bytes: usize) {
        let consumed = &self.window[self.at..self.at + bytes];
        self.place.offset += self.encoding.length(consumed);
        self.place.line += newlines(consumed);
        self.at += bytes;
        self.marked += bytes;
    }

    /// Why [`io::BufRead`] failed.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn broken(&self) -> Failure {
        let line = self.place.line + newlines(self.ahead());
        let remedy = match self.encoding {
            Encoding::Utf8 => ": say its encoding, such as `encoding: windows-1252`",
            _ => "",
        };
        Failure::reject(format!(
            "byte {} on line {line} is not {}{remedy}",
            self.next + 1,
            self.encoding.name(),
        ))
        .with_field("/input")
    }

    fn fill(&mut self) -> Result<(), Failure> {
        if let Some((limit, sentence)) = self.limit
            && self.marked > limit
        {
            let line = self.place.line;
            let sentence = format!("{sentence} before line {line}");
            return Err(Failure::reject(sentence).with_field("/input"));
        }
        if self.ahead().is_empty() {
            self.more()?;
        }
        Ok(())
    }
}

fn newlines(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64
}

impl io::Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ahead = io::BufRead::fill_buf(self)?;
        let mut length = ahead.len().min(buffer.len());
        // Characters stay whole, so that offsets can be told from them.
        while length > 0 && length < ahead.len() && (ahead[length] & 0xc0) == 0x80 {
            length -= 1;
        }
        if length == 0 && !ahead.is_empty() && !buffer.is_empty() {
            return Err(io::Error::other(
                "a whole character does not fit into the buffer",
            ));
        }
        buffer[..length].copy_from_slice(&ahead[..length]);
        self.consume(length);
        Ok(length)
    }
}

/// Whoever reads through this stops between characters: at ASCII, or at the end of what is there.
impl io::BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Err(failure) = self.fill() {
            let error = io::Error::other(failure.message.clone());
            self.failure = Some(failure);
            return Err(error);
        }
        Ok(self.ahead().as_bytes())
    }

    fn consume(&mut self, bytes: usize) {
        Self::consume(self, bytes);
    }
}

#[cfg(test)]
mod tests;
