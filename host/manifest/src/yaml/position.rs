//! Where a character of a text stands in the file: quotes, escapes and folded lines lie between.

use granit_parser::ScalarStyle;

use super::node::Text;
use crate::source::Place;

impl Text {
    /// The place of a byte of the text in the file that it was read from.
    pub fn place_of(&self, file: &str, byte: usize) -> Place {
        let Some(raw) = file.get(self.range.clone()) else {
            return Place::of_byte(file, self.range.start);
        };
        let within = self.raw_offset(raw, byte).unwrap_or(0);
        Place::of_byte(file, self.range.start + within)
    }

    /// Walks along the text and its notation at once. Only what is no white space is compared: that
    /// stands in both in the same order, while breaks and indentation differ.
    fn raw_offset(&self, raw: &str, byte: usize) -> Option<usize> {
        let mut at = match self.style {
            ScalarStyle::Plain => 0,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
            ScalarStyle::Literal | ScalarStyle::Folded => header_len(raw),
        };
        for (n, c) in self.text.char_indices() {
            if c.is_whitespace() && n < byte {
                at += self.skip_space(&raw[at..], c);
                continue;
            }
            at += raw.get(at..)?.len() - raw.get(at..)?.trim_start().len();
            if n >= byte {
                return Some(at);
            }
            at += self.notation_len(raw.get(at..)?)?;
        }
        None
    }

    /// Bytes that write one character of white space, where it is not only a break.
    fn skip_space(&self, raw: &str, c: char) -> usize {
        if self.style == ScalarStyle::DoubleQuoted && raw.starts_with('\\') {
            return self.notation_len(raw).unwrap_or(0);
        }
        if raw.starts_with(c) { c.len_utf8() } else { 0 }
    }

    /// Bytes that write the next character.
    fn notation_len(&self, raw: &str) -> Option<usize> {
        let first = raw.chars().next()?;
        let len = match (self.style, first) {
            (ScalarStyle::SingleQuoted, '\'') => 2,
            (ScalarStyle::DoubleQuoted, '\\') => match raw.as_bytes().get(1)? {
                b'x' => 4,
                b'u' => 6,
                b'U' => 10,
                _ => 2,
            },
            _ => first.len_utf8(),
        };
        (len <= raw.len()).then_some(len)
    }
}

/// The line with `|` or `>` belongs to the range of some block scalars.
fn header_len(raw: &str) -> usize {
    if raw.starts_with(['|', '>']) {
        raw.find('\n').map_or(raw.len(), |newline| newline + 1)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::source::{Sink, Source};
    use crate::yaml::{Node, Value, read};

    fn place_of_needle(yaml: &str) -> (u32, u32) {
        let source = Source::new("a.yaml", yaml);
        let node: Node = read(&mut Sink::new(&source)).unwrap();
        let Value::Text(text) = &node.child("a").unwrap().value else {
            panic!("no text");
        };
        let place = text.place_of(yaml, text.text.find("@@").unwrap());
        (place.line, place.column)
    }

    #[test]
    fn a_character_is_found_in_every_notation() {
        for yaml in [
            "a: x @@ y",
            "a: x\n  y @@ z",
            "a: 'it''s  @@'",
            "a: \"\\\"q\\\" \\u00e9 \\n @@\"",
            "a: \"x\n\n    y @@\"",
            "a: |\n  x\n    y @@\n  z",
            "a: >-\n  x\n  é y @@\n  z",
            "b: 1\na: |2\n     x @@",
        ] {
            let at = yaml.find("@@").unwrap();
            let line = yaml[..at].matches('\n').count() + 1;
            let start = yaml[..at].rfind('\n').map_or(0, |n| n + 1);
            let column = yaml[start..at].chars().count() + 1;
            assert_eq!(
                place_of_needle(yaml),
                (line as u32, column as u32),
                "{yaml}"
            );
        }
    }
}
