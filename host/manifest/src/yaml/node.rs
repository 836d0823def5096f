//! The tree.

use std::ops::Range;

use granit_parser::ScalarStyle;
use mortise_model::Json;

use crate::source::Place;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub place: Place,
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As JSON writes it.
    Number(String),
    Text(Text),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A text and what is needed to find one of its characters in the file.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub text: String,
    pub style: ScalarStyle,
    /// Bytes of the file.
    pub range: Range<usize>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub key_place: Place,
    pub value: Node,
}

impl Node {
    /// What the value is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// Whether it is nothing, or a list or map of nothing.
    pub fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }

    /// Where lists and maps are nested deeper than so many levels.
    pub fn beyond(&self, levels: u32) -> Option<Place> {
        let below = |node: &Self| node.beyond(levels.saturating_sub(1));
        match &self.value {
            Value::List(_) | Value::Map(_) if levels == 0 => Some(self.place),
            Value::List(items) => items.iter().find_map(below),
            Value::Map(entries) => entries.iter().find_map(|entry| below(&entry.value)),
            _ => None,
        }
    }

    /// The entries of a map.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value below a key of a map, or at an index of a list.
    pub fn child(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.key == name).map(|e| &e.value),
            Value::List(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The value as JSON, numbers as they are written.
    pub fn json(&self) -> Json {
        let mut text = String::new();
        self.write_json(&mut text);
        // Every branch of the writer writes one whole value.
        Json::parse(text).unwrap_or_else(|_| Json::null())
    }

    fn write_json(&self, out: &mut String) {
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => out.push_str(number),
            Value::Text(text) => write_json_text(out, &text.text),
            Value::List(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    out.push_str(if n > 0 { "," } else { "" });
                    item.write_json(out);
                }
                out.push(']');
            }
            Value::Map(entries) => {
                out.push('{');
                for (n, entry) in entries.iter().enumerate() {
                    out.push_str(if n > 0 { "," } else { "" });
                    write_json_text(out, &entry.key);
                    out.push(':');
                    entry.value.write_json(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_json_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
