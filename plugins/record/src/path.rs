//! Paths such as `.customer.address.city`, `$.currency`, `.lines[0]."unit price"`.

use crate::tape::{At, Kind, ROOT, Tape};

/// A checked path. It is kept as text and walked as such: nothing is allocated for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path<'r> {
    /// Starts at the whole record instead of the item at hand.
    from_root: bool,
    /// What is not there is null.
    optional: bool,
    /// The steps: `.a.b[0]`.
    steps: &'r str,
    /// The steps are this name alone, as nearly all are.
    only: Option<&'r str>,
}

/// One step.
enum Step<'r> {
    Key(&'r str),
    Index(usize),
}

/// What a path leads to.
pub enum Found {
    /// This node.
    Node(At),
    /// Nothing, and that is allowed: null.
    Null,
    /// Nothing: the last node that is there, and how many bytes of the path's steps led to it.
    Missing(At, usize),
}

impl<'r> Path<'r> {
    /// Reads a path from the start of a text, and gives the rest.
    pub fn read(text: &'r str) -> Result<(Self, &'r str), String> {
        let (from_root, steps) = match text.strip_prefix('$') {
            Some(steps) => (true, steps),
            None => (false, text),
        };
        let mut rest = steps;
        // `.` alone is the item itself.
        if let Some(after) = rest.strip_prefix('.')
            && !starts_key(after)
        {
            rest = if after.starts_with('[') {
                after
            } else {
                return Ok(Self::done(from_root, "", after));
            };
        }
        let start = rest;
        while let Some((_, after)) = read_step(rest)? {
            rest = after;
        }
        if start.len() == rest.len() && !from_root {
            return Err(format!("`{text}` is no path: one starts with `.` or `$`"));
        }
        Ok(Self::done(
            from_root,
            &start[..start.len() - rest.len()],
            rest,
        ))
    }

    fn done(from_root: bool, steps: &'r str, rest: &'r str) -> (Self, &'r str) {
        let only = match read_step(steps) {
            Ok(Some((Step::Key(key), ""))) => Some(key),
            _ => None,
        };
        match rest.strip_prefix('?') {
            Some(rest) => (
                Self {
                    from_root,
                    optional: true,
                    steps,
                    only,
                },
                rest,
            ),
            None => (
                Self {
                    from_root,
                    optional: false,
                    steps,
                    only,
                },
                rest,
            ),
        }
    }

    /// Reads a text that is one path and nothing else.
    pub fn parse(text: &'r str) -> Result<Self, String> {
        match Self::read(text.trim())? {
            (path, "") => Ok(path),
            (_, rest) => Err(format!("`{text}` is no path: `{rest}` is left over")),
        }
    }

    /// Where it leads from an item.
    pub fn find(self, tape: &Tape<'_>, item: At) -> Found {
        let mut at = if self.from_root { ROOT } else { item };
        if let Some(key) = self.only
            && let Some(at) = tape.get(at, key)
        {
            return Found::Node(at);
        }
        let mut rest = self.steps;
        while let Ok(Some((step, after))) = read_step(rest) {
            let next = match &step {
                Step::Key(key) => tape.get(at, key),
                Step::Index(index) if tape.kind(at) == Kind::Array => tape.items(at).nth(*index),
                Step::Index(_) => None,
            };
            match next {
                Some(next) => at = next,
                None if self.optional => return Found::Null,
                None => return Found::Missing(at, self.steps.len() - rest.len()),
            }
            rest = after;
        }
        Found::Node(at)
    }

    /// The JSON Pointer of what is missing.
    pub fn pointer_of_missing(self, tape: &Tape<'_>, at: At, walked: usize) -> String {
        let mut pointer = tape.pointer(at);
        let mut rest = &self.steps[walked..];
        while let Ok(Some((step, after))) = read_step(rest) {
            match step {
                Step::Key(key) => mortise_sdk::json::push_token(&mut pointer, key),
                Step::Index(index) => {
                    mortise_sdk::json::push_token(&mut pointer, &index.to_string())
                }
            }
            rest = after;
        }
        pointer
    }
}

/// Whether a name can start with it. What is not ASCII is left to stand: names are any language's.
fn starts_key(text: &str) -> bool {
    matches!(
        text.as_bytes().first(),
        Some(b'"' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80..)
    )
}

fn is_key(byte: u8) -> bool {
    matches!(byte, b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80..)
}

/// The first step of a path and what follows it; none where the path ends.
fn read_step(text: &str) -> Result<Option<(Step<'_>, &str)>, String> {
    let Some(rest) = text.strip_prefix('.') else {
        return if text.starts_with('[') {
            read_index(text).map(Some)
        } else {
            Ok(None)
        };
    };
    if !starts_key(rest) {
        return Err(format!("a name is missing after `.` in `{text}`"));
    }
    if let Some(quoted) = rest.strip_prefix('"') {
        let end = quoted
            .find('"')
            .ok_or_else(|| format!("`\"` is missing after `{text}`"))?;
        return Ok(Some((Step::Key(&quoted[..end]), &quoted[end + 1..])));
    }
    let end = rest
        .bytes()
        .position(|byte| !is_key(byte))
        .unwrap_or(rest.len());
    let (key, rest) = rest.split_at(end);
    Ok(Some((Step::Key(key), rest)))
}

fn read_index(text: &str) -> Result<(Step<'_>, &str), String> {
    let (index, rest) = text[1..]
        .split_once(']')
        .ok_or_else(|| format!("`]` is missing after `{text}`"))?;
    let index = index.trim();
    let index = index
        .parse()
        .map_err(|_| format!("`{index}` is no index"))?;
    Ok((Step::Index(index), rest))
}
