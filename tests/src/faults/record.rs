//! The log of the preloaded library, read.

use anyhow::{Context, Result, bail};

use super::layout;

/// What was done below the watched folder. Files and folders are inodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Bytes were written.
    Wrote {
        /// The file.
        file: u64,
        /// Where.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A file has another length.
    Truncated {
        /// The file.
        file: u64,
        /// Its length.
        length: u64,
    },
    /// A sync began.
    SyncBegan {
        /// The file or folder.
        file: u64,
        /// Which sync it is.
        token: u64,
    },
    /// A sync succeeded.
    SyncEnded {
        /// Which one.
        token: u64,
    },
    /// A file or folder was made.
    Made {
        /// The folder it is in.
        folder: u64,
        /// What was made.
        file: u64,
        /// Its name.
        name: String,
        /// Whether it is a folder.
        is_folder: bool,
    },
    /// A name is gone.
    Removed {
        /// The folder it was in.
        folder: u64,
        /// The name.
        name: String,
    },
    /// A name became another.
    Renamed {
        /// The folder of the old name and that of the new one.
        folders: [u64; 2],
        /// The old name and the new one.
        names: [String; 2],
    },
}

/// Reads a log. What a killed process began to append at its end and did not finish is no record.
///
/// # Errors
/// Where something was done that the log cannot say, or the bytes are no log.
pub fn read(mut log: &[u8]) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    while let Some((length, rest)) = log.split_first_chunk() {
        let length = u32::from_ne_bytes(*length) as usize;
        if rest.len() < length {
            break;
        }
        let (record, next) = rest.split_at(length);
        records.push(one(record).with_context(|| format!("record {}", records.len()))?);
        log = next;
    }
    Ok(records)
}

/// What is left of a record.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn number(&mut self) -> Result<u64> {
        let (number, rest) = self.0.split_first_chunk().context("it is too short")?;
        self.0 = rest;
        Ok(u64::from_ne_bytes(*number))
    }

    fn text(&self) -> Result<String> {
        String::from_utf8(self.0.to_vec()).context("a name that is no text")
    }
}

fn one(record: &[u8]) -> Result<Record> {
    let (what, rest) = record.split_first().context("it is empty")?;
    let mut rest = Rest(rest);
    Ok(match *what {
        layout::WROTE => Record::Wrote {
            file: rest.number()?,
            offset: rest.number()?,
            bytes: rest.0.to_vec(),
        },
        layout::TRUNCATED => Record::Truncated {
            file: rest.number()?,
            length: rest.number()?,
        },
        layout::SYNC_BEGAN => Record::SyncBegan {
            file: rest.number()?,
            token: rest.number()?,
        },
        layout::SYNC_ENDED => Record::SyncEnded {
            token: rest.number()?,
        },
        layout::FILE_MADE | layout::FOLDER_MADE => Record::Made {
            folder: rest.number()?,
            file: rest.number()?,
            name: rest.text()?,
            is_folder: *what == layout::FOLDER_MADE,
        },
        layout::REMOVED => Record::Removed {
            folder: rest.number()?,
            name: rest.text()?,
        },
        layout::RENAMED => renamed(&mut rest)?,
        layout::UNKNOWN => bail!("the process used `{}` on a watched file", rest.text()?),
        other => bail!("{other} is no kind of record"),
    })
}

fn renamed(rest: &mut Rest) -> Result<Record> {
    let folders = [rest.number()?, rest.number()?];
    let length = usize::try_from(rest.number()?)?;
    let (from, to) = rest.0.split_at_checked(length).context("a name is cut")?;
    let names = [Rest(from).text()?, Rest(to).text()?];
    Ok(Record::Renamed { folders, names })
}
