//! Which bytes of content are meant.

use std::ops::Range;

/// What a `range` header asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it; also where the header says what nobody has to understand.
    Whole,
    /// A part.
    Part(Range<u64>),
    /// What is not there.
    Nothing,
}

/// The bytes that a `content-range` header of a chunk names: `0-99`, both counted. Some clients write
/// `bytes 0-99/*`, as HTTP does.
#[must_use]
pub fn chunk(text: &str) -> Option<Range<u64>> {
    let text = text.strip_prefix("bytes ").unwrap_or(text);
    let text = text.split_once('/').map_or(text, |(range, _)| range);
    let (first, last) = text.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(())?;
    Some(first..last.checked_add(1)?)
}

/// What a `range` header asks for of content of this size: one range, as all clients ask.
#[must_use]
pub fn wanted(text: &str, size: u64) -> Wanted {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return Wanted::Whole;
    };
    let range = match (first, number(first), last, number(last)) {
        // The last so many bytes.
        ("", _, _, Some(length)) => size.saturating_sub(length)..size,
        (_, Some(first), "", _) => first..size,
        (_, Some(first), _, Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        // Backwards: no byte is named.
        (_, Some(_), _, Some(_)) => return Wanted::Nothing,
        _ => return Wanted::Whole,
    };
    match range.start < range.end {
        true => Wanted::Part(range),
        false => Wanted::Nothing,
    }
}

/// Digits alone: a sign is none.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_counts_both_of_its_ends() {
        for (text, wanted) in [
            ("0-0", Some(0..1)),
            ("10-19", Some(10..20)),
            ("bytes 10-19/*", Some(10..20)),
            ("bytes 10-19/100", Some(10..20)),
            ("19-10", None),
            ("-1", None),
            ("1-", None),
            ("+1-2", None),
            ("a-b", None),
            ("", None),
            ("0-18446744073709551615", None),
        ] {
            assert_eq!(chunk(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_range_is_held_against_the_size() {
        for (text, part) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=5-99", Wanted::Part(5..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-12", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-4", Wanted::Nothing),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
            ("bytes=", Wanted::Whole),
        ] {
            assert_eq!(wanted(text, 10), part, "{text}");
        }
    }
}
