//! Files that a value names: the object `{"$file": "<id>"}`, with what is known of the file beside
//! its id. What else stands in such an object is left alone, and is not looked into.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde_json::value::RawValue;

use super::Json;

/// The key that makes an object the name of a file.
const KEY: &str = "$file";

/// A file as a value names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRef {
    /// `$file`: its id.
    pub id: String,
    /// `name`, where it has one.
    pub name: Option<String>,
    /// `content_type`, such as `text/csv`.
    pub content_type: Option<String>,
    /// `size_bytes`
    pub size_bytes: Option<u64>,
}

/// A reference by its members.
type Members<'a> = BTreeMap<String, &'a RawValue>;

impl Json {
    /// The files that the value names, each once, with all that is said of it anywhere.
    #[must_use]
    pub fn files(&self) -> Vec<FileRef> {
        let text = self.as_str();
        let named = references(text).into_iter();
        let named = named.filter_map(|at| FileRef::of(&members(&text[at])?));
        let mut found = Vec::new();
        FileRef::join(&mut found, named);
        found
    }

    /// The value with what `known` says of its files: their ids and sizes, and names and types
    /// where none are said. Files that it does not know stay as they are.
    ///
    /// # Errors
    /// Where the text cannot be put together again.
    pub fn with_files(
        &self,
        known: impl Fn(&str) -> Option<FileRef>,
    ) -> Result<Self, serde_json::Error> {
        let text = self.as_str();
        let (mut out, mut done) = (String::new(), 0);
        for at in references(text) {
            let Some(members) = members(&text[at.clone()]) else {
                continue;
            };
            let file = FileRef::of(&members).and_then(|file| known(&file.id));
            if let Some(file) = file {
                out.push_str(&text[done..at.start]);
                out.push_str(&file.beside(&members)?);
                done = at.end;
            }
        }
        if done == 0 {
            return Ok(self.clone());
        }
        out.push_str(&text[done..]);
        Self::kept(out)
    }
}

impl FileRef {
    /// Adds files to a list that has each once, with all that is said of it.
    pub fn join(list: &mut Vec<Self>, files: impl IntoIterator<Item = Self>) {
        let mut places: HashMap<String, usize> = HashMap::new();
        places.extend(
            list.iter()
                .enumerate()
                .map(|(at, file)| (file.id.clone(), at)),
        );
        for file in files {
            match places.get(&file.id).and_then(|at| list.get_mut(*at)) {
                None => {
                    places.insert(file.id.clone(), list.len());
                    list.push(file);
                }
                Some(known) => {
                    known.name = known.name.take().or(file.name);
                    known.content_type = known.content_type.take().or(file.content_type);
                }
            }
        }
    }

    fn of(members: &Members<'_>) -> Option<Self> {
        let text = |name: &str| {
            let raw = members.get(name)?;
            serde_json::from_str::<String>(raw.get()).ok()
        };
        Some(Self {
            id: text(KEY)?,
            name: text("name"),
            content_type: text("content_type"),
            size_bytes: members
                .get("size_bytes")
                .and_then(|raw| raw.get().parse().ok()),
        })
    }

    /// The text of a reference that says so much more than `members` do.
    fn beside(&self, members: &Members<'_>) -> Result<String, serde_json::Error> {
        let mut all: BTreeMap<&str, Json> = BTreeMap::new();
        for (name, raw) in members {
            all.insert(name, Json((*raw).to_owned().into()));
        }
        all.insert(KEY, Json::of(&self.id)?);
        all.insert("size_bytes", Json::of(&self.size_bytes)?);
        for (name, value) in [("name", &self.name), ("content_type", &self.content_type)] {
            let is_said = all.get(name).is_some_and(|said| !said.is_null());
            if let (Some(value), false) = (value, is_said) {
                all.insert(name, Json::of(value)?);
            }
        }
        serde_json::to_string(&all)
    }
}

fn members(text: &str) -> Option<Members<'_>> {
    serde_json::from_str(text).ok()
}

/// Where the objects are that have a text under the key; of those in each other the outermost. One
/// look at each byte, however deep the value nests: it is known to be well formed.
fn references(text: &str) -> Vec<Range<usize>> {
    if !text.contains(KEY) && !text.contains("\\u") {
        return Vec::new();
    }
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    // Objects that are open, and whether they are references.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_text(bytes, at);
                if is_key(&text[at..end])
                    && value_after(bytes, end) == Some(b'"')
                    && let Some(innermost) = open.last_mut()
                {
                    innermost.1 = true;
                }
                at = end;
                continue;
            }
            b'{' => open.push((at, false)),
            b'}' => {
                if let Some((start, true)) = open.pop() {
                    while found.last().is_some_and(|inner| inner.start > start) {
                        found.pop();
                    }
                    found.push(start..at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Behind the closing quote of a text that begins here.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_key(text: &str) -> bool {
    match text.contains('\\') {
        false => text.trim_matches('"') == KEY,
        true => serde_json::from_str::<String>(text).is_ok_and(|text| text == KEY),
    }
}

/// The first byte of the value, where what ends here is the name of a member.
fn value_after(bytes: &[u8], end: usize) -> Option<u8> {
    let mut rest = bytes[end..]
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace());
    rest.next().filter(|byte| **byte == b':')?;
    rest.next().copied()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    fn ids(text: &str) -> Vec<String> {
        let files = json(text).files();
        files.into_iter().map(|file| file.id).collect()
    }

    #[test]
    fn files_are_found_wherever_they_are_named() {
        assert_eq!(ids(r#"{"$file":"a"}"#), ["a"]);
        assert_eq!(
            ids(r#"[{"x":{"$file" : "a"}},{"$file":"b"},{"$file":"a"}]"#),
            ["a", "b"]
        );
        assert_eq!(ids(r#"{"\u0024file":"\u0061"}"#), ["a"]);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            r#""$file""#,
            r#"["$file","a"]"#,
            r#"{"x":"$file"}"#,
            r#"{"$file":7}"#,
            r#"{"$file":null}"#,
            r#"{"$files":"a"}"#,
            r#"{"a":"{\"$file\":\"a\"}"}"#,
        ] {
            assert_eq!(ids(text), [""; 0], "{text}");
        }
        assert_eq!(ids(r#"{"$file":["x",{"$file":"b"}]}"#), ["b"]);
    }

    #[test]
    fn one_inside_of_another_is_not_looked_at() {
        assert_eq!(ids(r#"{"of":{"$file":"b"},"$file":"a"}"#), ["a"]);
        assert_eq!(
            ids(r#"[{"$file":"c"},{"of":{"$file":"b"},"$file":"a"}]"#),
            ["c", "a"]
        );
    }

    #[test]
    fn what_is_said_anywhere_counts() {
        let text =
            r#"[{"$file":"a"},{"$file":"a","name":"x","content_type":"text/csv","size_bytes":3}]"#;
        let file = json(text).files().remove(0);
        assert_eq!(file.name.as_deref(), Some("x"));
        assert_eq!(file.content_type.as_deref(), Some("text/csv"));
    }

    #[test]
    fn what_is_known_is_said_beside_the_id() {
        let known = |id: &str| {
            (id == "a").then(|| FileRef {
                id: "sha256:0".to_owned(),
                name: Some("n".to_owned()),
                content_type: Some("text/plain".to_owned()),
                size_bytes: Some(3),
            })
        };
        let text = r#"{"n": 1.10, "f": {"$file":"a","name":"mine","content_type":null,"more":[1.0]}, "g": [{"$file":"b"},{"$file":"a"}]}"#;
        let with = json(text).with_files(known).unwrap();
        assert_eq!(
            with.as_str(),
            r#"{"n": 1.10, "f": {"$file":"sha256:0","content_type":"text/plain","more":[1.0],"name":"mine","size_bytes":3}, "g": [{"$file":"b"},{"$file":"sha256:0","content_type":"text/plain","name":"n","size_bytes":3}]}"#
        );
        let plain = json(r#"{"a": 1}"#);
        assert_eq!(plain.with_files(known).unwrap(), plain);
    }
}
