//! A body in chunks, read strictly: sizes in at most eight digits, no extensions, no trailers.

use super::flaw::Flaw;

/// Where in the body the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size { digits: u8, size: u64 },
    SizeEnd { size: u64 },
    Data { left: u64 },
    DataReturn,
    DataEnd,
    LastReturn,
    LastEnd,
    Over,
}

/// Follows a body through its chunks.
#[derive(Clone, Copy, Debug)]
pub struct Chunks(At);

/// Up to 4 GiB, which is more than any body may have.
const SIZE_DIGITS_MAX: u8 = 8;

impl Chunks {
    /// Before the first chunk.
    #[must_use]
    pub fn new() -> Self {
        Self(At::Size { digits: 0, size: 0 })
    }

    /// Whether the last chunk is over.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.0 == At::Over
    }

    /// How many of these bytes belong to the body as far as they are right.
    ///
    /// # Errors
    /// Where already the first of them is wrong.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<usize, Flaw> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.is_over() {
                break;
            }
            if let At::Data { left } = self.0 {
                let rest = (bytes.len() - at) as u64;
                let taken = left.min(rest);
                at += usize::try_from(taken).unwrap_or(bytes.len() - at);
                self.0 = match left - taken {
                    0 => At::DataReturn,
                    left => At::Data { left },
                };
                continue;
            }
            match self.next(*byte) {
                Ok(next) => (self.0, at) = (next, at + 1),
                Err(flaw) if at == 0 => return Err(flaw),
                Err(_) => break,
            }
        }
        Ok(at)
    }

    fn next(self, byte: u8) -> Result<At, Flaw> {
        match (self.0, byte) {
            (At::Size { digits, size }, _) if byte.is_ascii_hexdigit() => {
                if digits == SIZE_DIGITS_MAX {
                    return Err(Flaw::Chunk("has a size of more than eight digits"));
                }
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                Ok(At::Size {
                    digits: digits + 1,
                    size: size * 16 + u64::from(digit),
                })
            }
            (At::Size { digits: 1.., size }, b'\r') => Ok(At::SizeEnd { size }),
            (At::Size { .. }, b';' | b' ' | b'\t') => {
                Err(Flaw::Chunk("has an extension, which is not read here"))
            }
            (At::Size { .. }, _) => Err(Flaw::Chunk("has a size that is no number")),
            (At::SizeEnd { size: 0 }, b'\n') => Ok(At::LastReturn),
            (At::SizeEnd { size }, b'\n') => Ok(At::Data { left: size }),
            (At::DataReturn, b'\r') => Ok(At::DataEnd),
            (At::DataEnd, b'\n') => Ok(At::Size { digits: 0, size: 0 }),
            (At::LastReturn, b'\r') => Ok(At::LastEnd),
            (At::LastEnd, b'\n') => Ok(At::Over),
            (At::LastReturn, _) => Err(Flaw::Chunk("is followed by trailers, which are not read")),
            (At::DataReturn, _) => Err(Flaw::Chunk("is longer than its size says")),
            _ => Err(Flaw::Chunk("does not end in a whole line break")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that belong to the body, and the flaw behind them.
    fn follow(text: &str, step: usize) -> (usize, Option<Flaw>) {
        let (mut chunks, mut at) = (Chunks::new(), 0);
        while at < text.len() && !chunks.is_over() {
            let end = (at + step).min(text.len());
            match chunks.follow(&text.as_bytes()[at..end]) {
                Ok(taken) => at += taken,
                Err(flaw) => return (at, Some(flaw)),
            }
        }
        (at, None)
    }

    #[test]
    fn a_body_ends_where_its_last_chunk_ends() {
        let text = "3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\nGET";
        for step in [1, 2, 7, 100] {
            assert_eq!(follow(text, step), (text.len() - 3, None), "{step}");
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for (text, right, why) in [
            ("\r\n", 0, "no number"),
            ("x\r\n", 0, "no number"),
            ("-1\r\n", 0, "no number"),
            ("0x1\r\n", 1, "no number"),
            ("1;a=b\r\n", 1, "extension"),
            ("1 \r\n", 1, "extension"),
            ("123456789\r\n", 8, "eight digits"),
            ("1\n", 1, "no number"),
            ("1\rX", 2, "line break"),
            ("1\r\nab\r\n", 4, "longer"),
            ("1\r\na\n", 4, "longer"),
            ("1\r\na\rX", 5, "line break"),
            ("0\r\na: b\r\n\r\n", 3, "trailers"),
            ("0\r\n\n", 3, "trailers"),
        ] {
            for step in [1, 100] {
                let (at, flaw) = follow(text, step);
                let said = flaw.map(|flaw| flaw.to_string()).unwrap_or_default();
                assert_eq!(at, right, "{text:?}");
                assert!(said.contains(why), "{text:?}: {said}");
            }
        }
    }
}
