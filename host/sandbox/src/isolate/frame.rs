//! Messages as bytes: a length of four bytes, little-endian, and so many bytes of postcard.

use std::io::{self, Read};

use bytes::{Buf as _, BytesMut};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why bytes are no message.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// It is longer than any message can be.
    #[error("a message of {size_bytes} bytes, where {max_bytes} are the most")]
    TooLong {
        /// How long it says that it is.
        size_bytes: usize,
        /// How long it may be.
        max_bytes: usize,
    },
    /// It is none.
    #[error("a message that makes no sense: {0}")]
    Malformed(postcard::Error),
}

/// Both of a frame's length.
const HEAD_BYTES: usize = 4;

/// A message with its length before it.
pub(crate) fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let bytes = postcard::to_extend(message, vec![0; HEAD_BYTES]);
    let mut bytes = bytes.map_err(FrameError::Malformed)?;
    let size_bytes = bytes.len() - HEAD_BYTES;
    let length = u32::try_from(size_bytes).map_err(|_| FrameError::TooLong {
        size_bytes,
        max_bytes: u32::MAX as usize,
    })?;
    bytes[..HEAD_BYTES].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// The message of a frame.
pub(crate) fn decode<'a, T: Deserialize<'a>>(frame: &'a [u8]) -> Result<T, FrameError> {
    postcard::from_bytes(frame).map_err(FrameError::Malformed)
}

/// Takes the first frame out of what was read, if it is all there. What it says of its length is
/// believed only as far as `max_bytes`.
pub(crate) fn split(read: &mut BytesMut, max_bytes: usize) -> Result<Option<BytesMut>, FrameError> {
    let Some(head) = read.first_chunk::<HEAD_BYTES>() else {
        return Ok(None);
    };
    let size_bytes = u32::from_le_bytes(*head) as usize;
    if size_bytes > max_bytes {
        return Err(FrameError::TooLong {
            size_bytes,
            max_bytes,
        });
    }
    if read.len() - HEAD_BYTES < size_bytes {
        return Ok(None);
    }
    read.advance(HEAD_BYTES);
    Ok(Some(read.split_to(size_bytes)))
}

/// Reads a frame of somebody who is trusted; none at the end.
pub(crate) fn read(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; HEAD_BYTES];
    match from.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut frame = vec![0; u32::from_le_bytes(head) as usize];
    from.read_exact(&mut frame)?;
    Ok(Some(frame))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn frames_come_out_whole_however_they_are_cut() {
        let sent = [
            encode(&"one").unwrap(),
            encode(&"").unwrap(),
            encode(&"three").unwrap(),
        ]
        .concat();
        for step in 1..sent.len() {
            let (mut read, mut came) = (BytesMut::new(), Vec::new());
            for piece in sent.chunks(step) {
                read.extend_from_slice(piece);
                while let Some(frame) = split(&mut read, 16).unwrap() {
                    came.push(decode::<String>(&frame).unwrap());
                }
            }
            assert_eq!(came, ["one", "", "three"], "{step}");
        }
    }

    #[test]
    fn a_length_is_not_believed_beyond_the_limit() {
        let mut read = BytesMut::from(&[17, 0, 0, 0][..]);
        let error = split(&mut read, 16).unwrap_err();
        assert!(error.to_string().contains("17 bytes"), "{error}");
        let mut read = BytesMut::from(&[16, 0, 0, 0][..]);
        assert_eq!(split(&mut read, 16), Ok(None));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(decode::<String>(&[200, 1, 2]).is_err());
        assert!(decode::<Vec<String>>(&[0xff, 0xff, 0xff, 0xff, 0x0f]).is_err());
    }
}
