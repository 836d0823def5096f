//! Writes down what was done. The caller has the turn.

use libc::{c_int, c_void, iovec};

use crate::raw;
use crate::world::World;

/// The most parts of bytes that a record takes: the kernel takes 1,024 in one call, and the head is
/// one of them.
const PARTS_MAX: usize = 64;

/// The most numbers of a record.
const NUMBERS_MAX: usize = 3;

/// The head of a record: its length, what it is, its numbers.
const HEAD_BYTES: usize = 4 + 1 + NUMBERS_MAX * 8;

/// Appends a record of numbers and of bytes.
pub fn note(world: &World, what: u8, numbers: &[u64], bytes: &[&[u8]]) {
    let mut parts = [EMPTY; PARTS_MAX];
    let count = bytes.len().min(PARTS_MAX);
    for (part, bytes) in parts.iter_mut().zip(bytes) {
        *part = part_of(bytes);
    }
    note_parts(world, what, numbers, &parts[..count]);
}

/// Appends a record whose bytes are those that a call has just written: the first `length` of its
/// parts.
pub fn note_written(world: &World, what: u8, numbers: &[u64], parts: &[iovec], length: usize) {
    let mut left = length;
    let mut taken = [EMPTY; PARTS_MAX];
    let mut count = 0;
    let mut from = numbers.get(1).copied().unwrap_or(0);
    for part in parts {
        let bytes = part.iov_len.min(left);
        if count == PARTS_MAX {
            let written: usize = taken.iter().map(|part| part.iov_len).sum();
            note_parts(world, what, &[numbers[0], from], &taken);
            from += written as u64;
            count = 0;
        }
        taken[count] = iovec {
            iov_base: part.iov_base,
            iov_len: bytes,
        };
        count += 1;
        left -= bytes;
        if left == 0 {
            break;
        }
    }
    note_parts(world, what, &[numbers[0], from], &taken[..count]);
}

const EMPTY: iovec = iovec {
    iov_base: std::ptr::null_mut(),
    iov_len: 0,
};

fn part_of(bytes: &[u8]) -> iovec {
    iovec {
        iov_base: bytes.as_ptr().cast_mut().cast::<c_void>(),
        iov_len: bytes.len(),
    }
}

fn note_parts(world: &World, what: u8, numbers: &[u64], parts: &[iovec]) {
    let Some(log) = world.log else { return };
    let mut head = [0_u8; HEAD_BYTES];
    let head_length = 5 + numbers.len() * 8;
    let length: usize = parts.iter().map(|part| part.iov_len).sum();
    head[..4].copy_from_slice(&((head_length - 4 + length) as u32).to_ne_bytes());
    head[4] = what;
    for (place, number) in head[5..].chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&number.to_ne_bytes());
    }
    append(log, part_of(&head[..head_length]));
    for part in parts {
        append(log, *part);
    }
}

/// Appends all of it. A log that lacks something would prove nothing, so the process ends.
fn append(log: c_int, mut part: iovec) {
    while part.iov_len > 0 {
        // SAFETY: `part` is readable: it is a slice that the caller holds, or bytes that the
        // kernel has just read from there.
        match unsafe { raw::write(log, part.iov_base, part.iov_len) } {
            Ok(written) => {
                let written = usize::try_from(written).unwrap_or(0);
                // SAFETY: the kernel wrote at most `iov_len`, so this stays inside the part.
                part.iov_base = unsafe { part.iov_base.byte_add(written) };
                part.iov_len -= written;
            }
            Err(libc::EINTR) => {}
            Err(_) => {
                let words = b"the preloaded library cannot write its log\n";
                // SAFETY: `words` is readable for its length.
                let _ = unsafe { raw::write(2, words.as_ptr().cast(), words.len()) };
                std::process::abort();
            }
        }
    }
}
