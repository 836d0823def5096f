//! Rows out of text that comes in pieces.
//!
//! A quote counts at the beginning of a field alone, as it is written by everybody; within one that
//! is not quoted it is a character (`5" pipe`). What is quoted ends with its quote: what is left open
//! would swallow the rest of the file in silence, so it is a failure, and so is text after the end.

use std::borrow::Cow;

use memchr::{memchr, memchr3};
use mortise_sdk::Failure;
use plugin_pieces::{Pieces, Place};

use crate::dialect::Dialect;

/// The longest row, in bytes. More than anybody writes, and little enough to be held.
pub const ROW_BYTES_MAX: usize = 1 << 20;

/// A field of the row at hand.
#[derive(Clone, Copy, Debug)]
struct Field {
    start: usize,
    end: usize,
    /// Doubled quotes stand in it.
    is_doubled: bool,
}

/// Goes from row to row.
pub struct Rows {
    pieces: Pieces,
    dialect: Dialect,
    fields: Vec<Field>,
    /// Bytes of the row at hand.
    used: usize,
    /// Everything is decoded.
    is_end: bool,
}

/// What is at the beginning of a text.
enum Found {
    /// So many bytes.
    Row(usize),
    /// A line with nothing in it.
    Blank(usize),
    /// The row goes on where the text ends.
    Incomplete,
}

impl Rows {
    /// From where the pieces are.
    pub fn new(pieces: Pieces, dialect: Dialect) -> Self {
        Self {
            pieces,
            dialect,
            fields: Vec::new(),
            used: 0,
            is_end: false,
        }
    }

    /// Goes to the next row that is not blank and gives its line; none at the end.
    pub fn next(&mut self) -> Result<Option<u64>, Failure> {
        self.leave();
        loop {
            let (is_end, line) = (self.is_end, self.pieces.place().line);
            let text = self.pieces.ahead();
            if text.is_empty() && is_end {
                return Ok(None);
            }
            let found = split(text, is_end, self.dialect, &mut self.fields);
            match found.map_err(|what| refuse(line, what))? {
                Found::Row(used) => {
                    self.used = used;
                    return Ok(Some(line));
                }
                Found::Blank(used) => self.pieces.consume(used),
                Found::Incomplete if text.len() > ROW_BYTES_MAX => {
                    let what =
                        format!("is longer than {ROW_BYTES_MAX} bytes: is a quote left open?");
                    return Err(refuse(line, &what));
                }
                Found::Incomplete => self.is_end = !self.pieces.more()?,
            }
        }
    }

    /// Fields of the row at hand.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// One of them.
    pub fn field(&self, index: usize) -> Cow<'_, str> {
        let Some(field) = self.fields.get(index) else {
            return Cow::Borrowed("");
        };
        let text = &self.pieces.ahead()[field.start..field.end];
        match self.dialect.quote {
            Some(quote) if field.is_doubled => {
                let quote = char::from(quote).to_string();
                Cow::Owned(text.replace(&quote.repeat(2), &quote))
            }
            _ => Cow::Borrowed(text),
        }
    }

    /// Where the next row begins; none where nothing comes after this one.
    pub fn rest(&mut self) -> Result<Option<Place>, Failure> {
        self.leave();
        if self.pieces.ahead().is_empty() && !self.pieces.more()? {
            return Ok(None);
        }
        Ok(Some(self.pieces.place()))
    }

    fn leave(&mut self) {
        self.pieces.consume(self.used);
        self.used = 0;
        self.fields.clear();
    }
}

fn refuse(line: u64, what: &str) -> Failure {
    Failure::reject(format!("the row on line {line} {what}")).with_field("/input")
}

fn split(
    text: &str,
    is_end: bool,
    dialect: Dialect,
    fields: &mut Vec<Field>,
) -> Result<Found, &'static str> {
    let bytes = text.as_bytes();
    fields.clear();
    let mut at = 0;
    loop {
        let begin = match dialect.trim {
            true => skip_spaces(bytes, at, dialect.delimiter),
            false => at,
        };
        let is_quoted = dialect.quote.is_some() && bytes.get(begin).copied() == dialect.quote;
        let end = match dialect.quote {
            Some(quote) if is_quoted => quoted(bytes, begin + 1, is_end, (quote, dialect), fields)?,
            _ => plain(text, at, is_end, dialect, fields),
        };
        let Some(end) = end else {
            return Ok(Found::Incomplete);
        };
        let used = match bytes.get(end) {
            Some(byte) if *byte == dialect.delimiter => {
                at = end + 1;
                continue;
            }
            Some(b'\r') if end + 1 == bytes.len() && !is_end => return Ok(Found::Incomplete),
            Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => end + 2,
            Some(_) => end + 1,
            None => end,
        };
        let is_blank = matches!(fields[..], [field] if field.start == field.end && !is_quoted);
        return Ok(if is_blank {
            Found::Blank(used)
        } else {
            Found::Row(used)
        });
    }
}

/// A field without quotes; gives where it ends, and none where that is not there yet.
fn plain(
    text: &str,
    start: usize,
    is_end: bool,
    dialect: Dialect,
    fields: &mut Vec<Field>,
) -> Option<usize> {
    let rest = &text.as_bytes()[start..];
    let end = match memchr3(dialect.delimiter, b'\n', b'\r', rest) {
        Some(length) => start + length,
        None if is_end => text.len(),
        None => return None,
    };
    let mut field = Field {
        start,
        end,
        is_doubled: false,
    };
    if dialect.trim {
        let value = &text[start..end];
        field.start += value.len() - value.trim_start().len();
        field.end = field.start + value.trim().len();
    }
    fields.push(field);
    Some(end)
}

/// What comes after an opening quote; gives where the field ends, as [`plain`].
fn quoted(
    bytes: &[u8],
    start: usize,
    is_end: bool,
    (quote, dialect): (u8, Dialect),
    fields: &mut Vec<Field>,
) -> Result<Option<usize>, &'static str> {
    const OPEN: &str = "opens a quote that is never closed";
    let (mut at, mut is_doubled) = (start, false);
    let end = loop {
        match memchr(quote, &bytes[at..]) {
            None if is_end => return Err(OPEN),
            None => return Ok(None),
            // Whether it is doubled shows the character after it.
            Some(length) if at + length + 1 == bytes.len() && !is_end => return Ok(None),
            Some(length) if bytes.get(at + length + 1) == Some(&quote) => {
                is_doubled = true;
                at += length + 2;
            }
            Some(length) => break at + length,
        }
    };
    fields.push(Field {
        start,
        end,
        is_doubled,
    });
    let after = match dialect.trim {
        true => skip_spaces(bytes, end + 1, dialect.delimiter),
        false => end + 1,
    };
    match bytes.get(after) {
        None if !is_end => Ok(None),
        None | Some(b'\r' | b'\n') => Ok(Some(after)),
        Some(byte) if *byte == dialect.delimiter => Ok(Some(after)),
        Some(_) => Err("has text between the end of a quoted field and the delimiter"),
    }
}

fn skip_spaces(bytes: &[u8], from: usize, delimiter: u8) -> usize {
    let is_space = |byte: &&u8| **byte == b' ' && delimiter != b' ';
    from + bytes[from..].iter().take_while(is_space).count()
}

#[cfg(test)]
mod tests;
