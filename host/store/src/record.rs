//! The encoding of records, and how they are cut: one format version for all of them.
//!
//! A record is JSON behind five bytes: the format version and the length of the JSON. It is cut
//! into chunks of at most [`CHUNK_MAX_BYTES`], because sled moves larger values to files of
//! their own that it never syncs. All chunks of a record are written in one batch.

use std::sync::Arc;

use mortise_model::Entry;
use mortise_ports::StoreError;
use mortise_ports::journal::History;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::IVec;

use crate::keys;

/// Version of keys and records. A store of another one is never opened.
pub const FORMAT: u8 = 2;
/// The largest value that sled is given.
pub const CHUNK_MAX_BYTES: usize = 4096;
const HEAD_BYTES: usize = 5;

/// A write: a value, or none to remove the key.
pub type Op = (IVec, Option<IVec>);

/// The bytes of a record, and what they may not exceed.
///
/// # Errors
/// `TooLarge`.
pub fn encode<T: Serialize + ?Sized>(value: &T, max_bytes: usize) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::with_capacity(1024);
    bytes.extend_from_slice(&[FORMAT, 0, 0, 0, 0]);
    serde_json::to_writer(&mut bytes, value)
        .map_err(|error| StoreError::Failed(format!("a record has no JSON form: {error}")))?;
    let length = bytes.len() - HEAD_BYTES;
    let head = u32::try_from(length).ok().filter(|_| length <= max_bytes);
    let head = head.ok_or(StoreError::TooLarge {
        size_bytes: length as u64,
        max_bytes: max_bytes as u64,
    })?;
    bytes[1..HEAD_BYTES].copy_from_slice(&head.to_be_bytes());
    Ok(bytes)
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// `Damaged`, naming the key.
pub fn decode<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, StoreError> {
    if total_bytes(bytes) != Some(bytes.len()) {
        return Err(damaged(key, "its length is not what it says"));
    }
    serde_json::from_slice(json(bytes)).map_err(|error| damaged(key, &error.to_string()))
}

/// The JSON of an encoded record.
#[must_use]
pub fn json(record: &[u8]) -> &[u8] {
    record.get(HEAD_BYTES..).unwrap_or_default()
}

/// Adds the writes that keep an encoded record under a key.
pub fn put(ops: &mut Vec<Op>, key: &[u8], record: &[u8]) {
    for (number, part) in (0_u16..).zip(record.chunks(CHUNK_MAX_BYTES)) {
        ops.push((keys::chunk(key, number).into(), Some(part.into())));
    }
}

/// How many chunks the record has whose first chunk this is.
#[must_use]
pub fn chunk_count(first: &[u8]) -> u16 {
    let total = total_bytes(first).unwrap_or(0);
    u16::try_from(total.div_ceil(CHUNK_MAX_BYTES)).unwrap_or(u16::MAX)
}

/// Length of the whole record with its head, of its first chunk.
fn total_bytes(first: &[u8]) -> Option<usize> {
    let (head, _) = first.split_first_chunk::<HEAD_BYTES>()?;
    let [FORMAT, length @ ..] = *head else {
        return None;
    };
    usize::try_from(u32::from_be_bytes(length))
        .ok()?
        .checked_add(HEAD_BYTES)
}

/// Reads a record, chunk by chunk.
///
/// # Errors
/// `Damaged` where a chunk is missing or sled cannot read.
pub fn get<T: DeserializeOwned>(db: &sled::Db, key: &[u8]) -> Result<Option<T>, StoreError> {
    get_with(|chunk| db.get(chunk).map_err(unreadable), key)
}

/// The same, of chunks that are read so.
///
/// # Errors
/// `Damaged` where a chunk is missing, or as `read` says.
pub fn get_with<T: DeserializeOwned>(
    read: impl Fn(&[u8]) -> Result<Option<IVec>, StoreError>,
    key: &[u8],
) -> Result<Option<T>, StoreError> {
    let Some(first) = read(&keys::chunk(key, 0))? else {
        return Ok(None);
    };
    let count = chunk_count(&first);
    if count <= 1 {
        return decode(key, &first).map(Some);
    }
    let mut bytes = first.to_vec();
    for number in 1..count {
        let part = read(&keys::chunk(key, number))?;
        bytes.extend_from_slice(&part.ok_or_else(|| damaged(key, "a chunk is missing"))?);
    }
    decode(key, &bytes).map(Some)
}

/// Reads all records below a prefix, in the order of their keys.
pub fn scan<T: DeserializeOwned>(
    db: &sled::Db,
    prefix: &[u8],
) -> impl Iterator<Item = Result<(Arc<[u8]>, T), StoreError>> {
    scan_bytes(db, prefix).map(|record| {
        let (key, bytes) = record?;
        let value = decode(&key, &bytes)?;
        Ok((key, value))
    })
}

/// Reads the bytes of all records below a prefix, in the order of their keys.
pub fn scan_bytes(
    db: &sled::Db,
    prefix: &[u8],
) -> impl Iterator<Item = Result<(Arc<[u8]>, Vec<u8>), StoreError>> {
    let mut chunks = db.scan_prefix(prefix);
    std::iter::from_fn(move || {
        let (key, mut bytes) = match next_chunk(&mut chunks)? {
            Ok((key, value)) => (key, value.to_vec()),
            Err(error) => return Some(Err(error)),
        };
        let Some((record, 0)) = keys::split_chunk(&key) else {
            return Some(Err(damaged(&key, "its first chunk is missing")));
        };
        for number in 1..chunk_count(&bytes) {
            match next_chunk(&mut chunks) {
                Some(Ok((key, part))) if keys::split_chunk(&key) == Some((record, number)) => {
                    bytes.extend_from_slice(&part);
                }
                Some(Err(error)) => return Some(Err(error)),
                _ => return Some(Err(damaged(record, "a chunk is missing"))),
            }
        }
        Some(Ok((record.into(), bytes)))
    })
}

fn next_chunk(chunks: &mut sled::Iter) -> Option<Result<(IVec, IVec), StoreError>> {
    chunks.next().map(|item| item.map_err(unreadable))
}

/// Reads the journal records below a prefix, oldest first. What was forgotten is missing.
///
/// # Errors
/// `Damaged`.
pub fn history(db: &sled::Db, journal: &[u8]) -> Result<History, StoreError> {
    let mut history = History::default();
    for record in scan::<Vec<Entry>>(db, journal) {
        let (key, entries) = record?;
        let first = key
            .strip_prefix(journal)
            .and_then(|rest| rest.try_into().ok());
        let first = u32::from_be_bytes(first.ok_or_else(|| damaged(&key, "it has no sequence"))?);
        if first < history.next_sequence {
            return Err(damaged(&key, "its entries are there twice"));
        }
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        history.entries.extend((first..).zip(entries));
        history.turns.push(first);
        history.next_sequence = first.saturating_add(count);
    }
    Ok(history)
}

/// A finding about a key, in words.
#[must_use]
pub fn damaged(key: &[u8], what: &str) -> StoreError {
    StoreError::Damaged(format!("record `{}`: {what}", key.escape_ascii()))
}

/// What sled says when it cannot read.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
pub fn unreadable(error: sled::Error) -> StoreError {
    StoreError::Damaged(format!("the file `store/db` cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn open() -> (tempfile::TempDir, sled::Db) {
        let folder = tempfile::tempdir().unwrap();
        let db = sled::open(folder.path()).unwrap();
        (folder, db)
    }

    fn write(db: &sled::Db, key: &[u8], text: &str) -> usize {
        let mut ops = Vec::new();
        put(&mut ops, key, &encode(text, usize::MAX).unwrap());
        let values = ops.iter().filter_map(|(_, value)| value.as_ref());
        assert!(values.clone().all(|value| value.len() <= CHUNK_MAX_BYTES));
        let count = values.count();
        for (key, value) in ops {
            db.insert(key, value.unwrap()).unwrap();
        }
        count
    }

    #[test]
    fn a_record_is_cut_where_it_must_be() {
        let (_folder, db) = open();
        // Two quotation marks and the head come on top.
        let whole = CHUNK_MAX_BYTES - HEAD_BYTES - 2;
        for (size, chunks) in [
            (0, 1),
            (whole - 1, 1),
            (whole, 1),
            (whole + 1, 2),
            (whole + CHUNK_MAX_BYTES, 2),
            (whole + CHUNK_MAX_BYTES + 1, 3),
        ] {
            let text = "x".repeat(size);
            assert_eq!(write(&db, b"key", &text), chunks, "{size}");
            assert_eq!(get::<String>(&db, b"key").unwrap(), Some(text));
        }
    }

    #[test]
    fn what_is_cut_short_is_damage() {
        let (_folder, db) = open();
        write(&db, b"key", &"x".repeat(10_000));
        db.remove(keys::chunk(b"key", 1)).unwrap();
        let read = get::<String>(&db, b"key");
        assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
        let read: Result<Vec<_>, _> = scan::<String>(&db, b"key").collect();
        assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
        db.insert(keys::chunk(b"other", 0), &[FORMAT + 1, 0, 0, 0, 0][..])
            .unwrap();
        let read = get::<String>(&db, b"other");
        assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
    }

    #[test]
    fn too_large_is_told_before_anything_is_written() {
        let text = "x".repeat(100);
        let refused = encode(&text, 101);
        let wanted = StoreError::TooLarge {
            size_bytes: 102,
            max_bytes: 101,
        };
        assert_eq!(refused, Err(wanted));
        assert!(encode(&text, 102).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn records_beside_each_other_stay_apart(
            sizes in prop::collection::vec(0_usize..20_000, 1..6)
        ) {
            let (_folder, db) = open();
            for (number, size) in (0_u32..).zip(&sizes) {
                write(&db, &number.to_be_bytes(), &"x".repeat(*size));
            }
            let read: Result<Vec<_>, _> = scan::<String>(&db, b"").collect();
            let lengths: Vec<_> = read.unwrap().iter().map(|(_, text)| text.len()).collect();
            prop_assert_eq!(lengths, sizes);
        }
    }
}
