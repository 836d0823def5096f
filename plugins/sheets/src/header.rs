//! The row that names the columns, and rows as objects.

use std::collections::BTreeSet;

use mortise_sdk::{Failure, json};
use serde_json::{Map, Value};

use crate::a1;
use crate::values::{self, key_text};

/// The names of a sheet's columns.
pub struct Header {
    /// As they stand there; empty where a column has none.
    written: Vec<String>,
    /// What columns are called in objects: their letters where they have no name, or one that a column
    /// before has.
    names: Vec<String>,
}

impl Header {
    /// From the cells of the row.
    pub fn new(cells: &[Value]) -> Self {
        let mut seen = BTreeSet::new();
        let written: Vec<String> = cells
            .iter()
            .map(|cell| key_text(cell).trim().to_owned())
            .collect();
        let names = written.iter().enumerate().map(|(index, name)| {
            match !name.is_empty() && seen.insert(name.clone()) {
                true => name.clone(),
                false => a1::column(index),
            }
        });
        let names = names.collect();
        Self { written, names }
    }

    /// The column of a name; the failure names the field in which it was given.
    pub fn column(&self, name: &str, field: impl Fn() -> String) -> Result<usize, Failure> {
        let mut found = self
            .written
            .iter()
            .enumerate()
            .filter(|(_, written)| *written == name);
        let why = match (found.next(), found.next()) {
            (Some((index, _)), None) if !name.is_empty() => return Ok(index),
            (Some(_), Some(_)) => {
                format!("the header has several columns called `{name}`: give each its own name")
            }
            _ => format!(
                "the header has no column `{name}`: it has {}",
                self.listed()
            ),
        };
        Err(Failure::reject(why).with_field(field()))
    }

    fn listed(&self) -> String {
        let named = self.written.iter().filter(|name| !name.is_empty());
        let named: Vec<_> = named.map(|name| format!("`{name}`")).collect();
        match named.is_empty() {
            true => "no names at all".to_owned(),
            false => named.join(", "),
        }
    }

    /// The first column that has a name, and the last.
    pub fn span(&self) -> Option<(usize, usize)> {
        let first = self.written.iter().position(|name| !name.is_empty())?;
        let last = self.written.iter().rposition(|name| !name.is_empty())?;
        Some((first, last))
    }

    /// The cells of an object from one column to another; null where it has no such field, which leaves
    /// a cell as it is. `field` is where the object stands in the input.
    pub fn cells(
        &self,
        object: &Map<String, Value>,
        (first, last): (usize, usize),
        field: &str,
    ) -> Result<Vec<Value>, Failure> {
        let mut cells = vec![Value::Null; last + 1 - first];
        for (name, value) in object {
            let place = || {
                let mut pointer = field.to_owned();
                json::push_token(&mut pointer, name);
                pointer
            };
            let column = self.column(name, place)?;
            values::writable(value, place)?;
            if let Some(cell) = column.checked_sub(first).and_then(|at| cells.get_mut(at)) {
                *cell = value.clone();
            }
        }
        Ok(cells)
    }

    /// A row as an object. Every column of the header is in it, null where the cell is empty; a cell
    /// beyond the header is called by the letters of its column.
    pub fn object(&self, cells: &[Value]) -> Map<String, Value> {
        let count = self.names.len().max(cells.len());
        let field = |index: usize| {
            let name = self
                .names
                .get(index)
                .cloned()
                .unwrap_or_else(|| a1::column(index));
            let cell = cells.get(index).filter(|cell| !values::is_empty(cell));
            // A column without a name is only told of where something stands in it.
            let is_named = self.written.get(index).is_some_and(|name| !name.is_empty());
            (is_named || cell.is_some()).then(|| (name, cell.cloned().unwrap_or_default()))
        };
        (0..count).filter_map(field).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn header(names: &[&str]) -> Header {
        let cells: Vec<Value> = names.iter().map(|name| json!(name)).collect();
        Header::new(&cells)
    }

    #[test]
    fn ragged_rows_become_objects() {
        let header = header(&["Name", "", "Age", "Name"]);
        let object = header.object(&[
            json!("Ada"),
            json!(""),
            json!(36),
            json!("Lovelace"),
            json!(true),
        ]);
        assert_eq!(
            Value::from(object),
            json!({ "Name": "Ada", "Age": 36, "D": "Lovelace", "E": true })
        );
        assert_eq!(
            Value::from(header.object(&[])),
            json!({ "Name": null, "Age": null, "D": null })
        );
    }

    #[test]
    fn objects_become_rows() {
        let header = header(&["", "Name", "Age"]);
        let object = json!({ "Age": 36 });
        let cells = header
            .cells(
                object.as_object().unwrap(),
                header.span().unwrap(),
                "/rows/0",
            )
            .unwrap();
        assert_eq!(cells, [Value::Null, json!(36)]);
    }

    #[test]
    fn a_name_that_is_not_there_is_named() {
        let header = header(&["Name", "a/b", "a/b"]);
        for (name, pointer) in [
            ("Nme", "/rows/3/Nme"),
            ("a/b", "/rows/3/a~1b"),
            ("", "/rows/3/"),
        ] {
            let object = json!({ name: 1 });
            let failure = header
                .cells(object.as_object().unwrap(), (0, 2), "/rows/3")
                .unwrap_err();
            assert_eq!(failure.cause.unwrap().field.as_deref(), Some(pointer));
        }
    }
}
