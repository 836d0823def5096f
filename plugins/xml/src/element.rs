//! From an element to a value.
//!
//! An element with text alone is that text. One with attributes or elements is an object: attributes
//! by `@name`, elements by their names, text by `#text`. Elements of one name are a list as soon as
//! there are two, or where that is said.

use serde_json::{Map, Value};

/// The elements that are open within a record.
#[derive(Default)]
pub struct Builder {
    open: Vec<Element>,
}

struct Element {
    name: String,
    members: Map<String, Value>,
    text: String,
    is_listed: bool,
}

impl Builder {
    /// Nothing is open.
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// An element begins, with its attributes.
    pub fn start(&mut self, name: String, attributes: Vec<(String, String)>, is_listed: bool) {
        let attributes = attributes.into_iter();
        self.open.push(Element {
            name,
            members: attributes
                .map(|(name, text)| (format!("@{name}"), Value::String(text)))
                .collect(),
            text: String::new(),
            is_listed,
        });
    }

    /// Text of the innermost element.
    pub fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    /// The innermost element ends; the outermost one gives its name and its value.
    pub fn end(&mut self, trim: bool) -> Option<(String, Value)> {
        let element = self.open.pop()?;
        let (name, is_listed) = (element.name.clone(), element.is_listed);
        let value = element.value(trim);
        let Some(parent) = self.open.last_mut() else {
            return Some((name, value));
        };
        match parent.members.get_mut(&name) {
            // The value of an element is never a list itself.
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None if is_listed => {
                parent.members.insert(name, Value::Array(vec![value]));
            }
            None => {
                parent.members.insert(name, value);
            }
        }
        None
    }
}

impl Element {
    fn value(mut self, trim: bool) -> Value {
        // Between elements, space is how the document is laid out.
        let has_elements = self.members.keys().any(|name| !name.starts_with('@'));
        if trim || has_elements && self.text.trim().is_empty() {
            self.text = self.text.trim().to_owned();
        }
        if self.members.is_empty() {
            return Value::String(self.text);
        }
        if !self.text.is_empty() {
            self.members
                .insert("#text".to_owned(), Value::String(self.text));
        }
        Value::Object(self.members)
    }
}
