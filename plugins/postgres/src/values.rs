//! Parameters of a statement that is put together piece by piece.

use mortise_sdk::sql::{Statement, Value};
use serde_json::Value as Json;

/// A text with its parameters.
#[derive(Default)]
pub struct Builder {
    text: String,
    parameters: Vec<Value>,
}

impl Builder {
    /// Begins with a text that is ours, or is quoted.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            parameters: Vec::new(),
        }
    }

    /// Goes on with such a text.
    pub fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Puts a parameter's place into the text, and binds it.
    pub fn bind(&mut self, value: impl Into<Value>) {
        self.parameters.push(value.into());
        self.text.push_str(&format!("${}", self.parameters.len()));
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    /// The statement.
    pub fn statement(self) -> Statement {
        Statement::new(self.text).bind_all(self.parameters)
    }
}

/// Values of a workflow, as they are bound.
pub fn bound(values: Vec<Json>) -> impl Iterator<Item = Value> {
    values.into_iter().map(Value::from)
}
