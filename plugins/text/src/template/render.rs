//! From a record to a text.

use std::collections::BTreeMap;
use std::io;

use minijinja::{Environment, Value as Seen};
use mortise_sdk::Failure;
use serde_json::Value;

use super::explain;

/// The longest text, in bytes.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// What a template sees: the fields of the record by their names, and all of it as `record`.
pub fn context(record: &Value) -> Seen {
    let mut seen = BTreeMap::from([("record".to_owned(), Seen::from_serialize(record))]);
    if let Value::Object(fields) = record {
        for (name, value) in fields {
            seen.insert(name.clone(), Seen::from_serialize(value));
        }
    }
    Seen::from(seen)
}

/// Makes one text.
pub fn render(
    environment: &Environment<'_>,
    name: &str,
    context: &Seen,
) -> Result<String, Failure> {
    let template = environment
        .get_template(name)
        .map_err(|error| explain::syntax(name, &error))?;
    let mut text = Limited(Vec::new());
    let rendered = template.render_captured_to(context, &mut text);
    if let Err(error) = rendered {
        if text.0.len() >= TEXT_BYTES_MAX {
            let why = format!("the text of `{name}` is longer than {TEXT_BYTES_MAX} bytes");
            return Err(Failure::reject(why));
        }
        return Err(explain::failure(name, template.source(), &error));
    }
    String::from_utf8(text.0)
        .map_err(|_| Failure::reject(format!("the text of `{name}` is not UTF-8")))
}

/// Takes no more than a text may have.
struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = TEXT_BYTES_MAX.saturating_sub(self.0.len());
        let taken = bytes.len().min(room);
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
