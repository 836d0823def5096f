//! What a poll remembers of a sheet, in a cursor that may hold 64 KiB.

use std::collections::{HashMap, HashSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Characters of a fingerprint: 48 bits, so that one among 20,000 rows is taken for another with a
/// probability of one in ten billion.
const PRINT_CHARS: usize = 8;
/// Rows whose fingerprints are kept: the last ones of the sheet.
const ROWS_MAX: usize = 6_000;
/// Keys that are kept when their rows are gone: cut out in one place and not yet put back in another.
const GONE_MAX: usize = 500;

/// The rows that were seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Their fingerprints in the order of the sheet.
    rows: String,
    /// Rows above those, whose fingerprints were dropped.
    #[serde(default, skip_serializing_if = "is_zero")]
    older: usize,
    /// Fingerprints of keys that are not there any more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    gone: String,
    /// Events without a key so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    events: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Tells rows apart by what they hold.
pub fn fingerprint<T: Serialize>(cells: &[T]) -> String {
    // Cells are JSON already, so they can be written.
    let text = serde_json::to_vec(cells).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..PRINT_CHARS * 3 / 4])
}

fn prints(text: &str) -> Vec<&str> {
    let starts = (0..text.len()).step_by(PRINT_CHARS);
    starts
        .filter_map(|start| text.get(start..start + PRINT_CHARS))
        .collect()
}

impl Known {
    /// Which of the rows that are there now are new.
    pub fn compare(&self, now: &[&str], has_key: bool) -> Vec<bool> {
        let mut is_new = match has_key {
            true => self.by_key(now),
            false => self.by_content(now),
        };
        // What stands above the rows that are remembered was seen before they were.
        if self.older > 0
            && let Some(first) = is_new.iter().position(|is_new| !is_new)
        {
            is_new[..first].fill(false);
        }
        is_new
    }

    /// A key is new once.
    fn by_key(&self, now: &[&str]) -> Vec<bool> {
        let known = prints(&self.rows).into_iter().chain(prints(&self.gone));
        let mut known: HashSet<&str> = known.collect();
        now.iter().map(|print| known.insert(print)).collect()
    }

    /// Content that is not known is a new row, or a row that was edited: then the one that was known
    /// in its place is gone. The last row is an exception: whether it was edited, or deleted and another one added, cannot
    /// be told, and no row may be lost.
    fn by_content(&self, now: &[&str]) -> Vec<bool> {
        let known = prints(&self.rows);
        let mut places: HashMap<&str, VecDeque<usize>> = HashMap::new();
        for (place, print) in known.iter().enumerate() {
            places.entry(print).or_default().push_back(place);
        }
        let found: Vec<Option<usize>> = now
            .iter()
            .map(|print| places.get_mut(print).and_then(VecDeque::pop_front))
            .collect();
        let mut is_there = vec![false; known.len()];
        for place in found.iter().flatten() {
            is_there[*place] = true;
        }
        // The place after that of the row before.
        let mut place = 0;
        let judge = |found: &Option<usize>| match found {
            Some(known) => {
                place = known + 1;
                false
            }
            None => {
                let is_edited = place + 1 < known.len() && !is_there[place];
                place += usize::from(is_edited);
                !is_edited
            }
        };
        found.iter().map(judge).collect()
    }

    /// What is known after these rows were seen.
    pub fn follow<'a>(&self, now: impl Iterator<Item = &'a str>, has_key: bool) -> Self {
        let now: Vec<&str> = now.collect();
        let older = now.len().saturating_sub(ROWS_MAX);
        let gone = match has_key {
            true => self.gone_from(&now),
            false => String::new(),
        };
        Self {
            rows: now[older..].concat(),
            older,
            gone,
            events: self.events,
        }
    }

    fn gone_from(&self, now: &[&str]) -> String {
        let there: HashSet<&str> = now.iter().copied().collect();
        let known = prints(&self.gone).into_iter().chain(prints(&self.rows));
        let gone: Vec<&str> = known.filter(|print| !there.contains(print)).collect();
        gone[gone.len().saturating_sub(GONE_MAX)..].concat()
    }

    /// The number of one more event.
    pub fn number(&mut self) -> usize {
        self.events += 1;
        self.events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(rows: &str) -> Vec<String> {
        rows.chars()
            .map(|c| c.to_string().repeat(PRINT_CHARS))
            .collect()
    }

    /// The rows that are new when a sheet goes from one to the other; a letter is a row.
    fn new(before: &str, now: &str, has_key: bool) -> String {
        let (before, prints) = (named(before), named(now));
        let known = Known::default().follow(before.iter().map(String::as_str), has_key);
        let prints: Vec<&str> = prints.iter().map(String::as_str).collect();
        let is_new = known.compare(&prints, has_key);
        now.chars()
            .zip(is_new)
            .filter(|(_, is_new)| *is_new)
            .map(|(row, _)| row)
            .collect()
    }

    #[test]
    fn what_was_not_there_is_new_wherever_it_stands() {
        for has_key in [true, false] {
            for (before, now, expected) in [
                ("", "ab", "ab"),
                ("abc", "abc", ""),
                ("abc", "abcd", "d"),
                ("abc", "axbc", "x"),
                ("abc", "xabc", "x"),
                // Deleted and added between two polls: the number of rows is the same.
                ("abc", "bcd", "d"),
                ("abc", "abd", "d"),
                ("abcd", "dcba", ""),
                ("abc", "", ""),
                ("abc", "a", ""),
            ] {
                assert_eq!(
                    new(before, now, has_key),
                    expected,
                    "{before} to {now}, {has_key}"
                );
            }
        }
    }

    #[test]
    fn a_row_that_was_edited_is_not_new() {
        assert_eq!(new("abcd", "aBcd", false), "");
        assert_eq!(new("abcd", "ABcde", false), "e");
        assert_eq!(new("abcd", "acDe", false), "De");
    }

    #[test]
    fn the_same_content_may_come_again_and_the_same_key_not() {
        assert_eq!(new("ab", "abab", false), "ab");
        assert_eq!(new("ab", "abab", true), "");
        assert_eq!(new("", "xx", true), "x");
    }

    #[test]
    fn a_key_that_was_cut_out_is_known_when_it_is_put_back() {
        let (all, without) = (named("abc"), named("ac"));
        let known = Known::default().follow(all.iter().map(String::as_str), true);
        let known = known.follow(without.iter().map(String::as_str), true);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(known.compare(&all, true), [false; 3]);
        assert_eq!(known.follow(all.into_iter(), true).gone, "");
    }

    #[test]
    fn a_long_sheet_is_known_by_its_last_rows() {
        let rows: Vec<String> = (0..ROWS_MAX + 10).map(|n| format!("{n:08}")).collect();
        let prints: Vec<&str> = rows.iter().map(String::as_str).collect();
        let known = Known::default().follow(prints.iter().copied(), false);
        assert_eq!(known.older, 10);
        assert!(serde_json::to_string(&known).unwrap().len() < 64 << 10);
        let mut now = prints[3..].to_vec();
        now.push("new-row-");
        let is_new = known.compare(&now, false);
        assert_eq!(is_new.iter().filter(|is_new| **is_new).count(), 1);
        assert_eq!(is_new.last(), Some(&true));
    }
}
