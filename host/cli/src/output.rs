//! stdout, which is data. Nothing else in the binary prints there.
#![allow(clippy::print_stdout)]

use std::io::{self, Write as _};

use mortise_model::text::printable;
use serde::Serialize;
use serde_json::Value;

use crate::exit::{Outcome, Stop};

/// Prints a line or several.
///
/// # Errors
/// Where stdout cannot be written.
pub fn text(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    // Plugins and applications have their words in it.
    let text = printable(text);
    let newline = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    written(write!(out, "{text}{newline}").and_then(|()| out.flush()))
}

/// Writes bytes as they are.
///
/// # Errors
/// Where stdout cannot be written.
pub fn raw(bytes: &[u8]) -> Outcome {
    let mut out = io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// A reader that has gone away, such as `head`, is no error.
fn written(done: io::Result<()>) -> Outcome {
    match done {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Stop::environment(format!(
            "stdout cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Prints a value as JSON on lines of its own.
///
/// # Errors
/// Where stdout cannot be written.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Outcome {
    text(&serde_json::to_string_pretty(value).map_err(Stop::defect)?)
}

/// Prints rows in columns as wide as their widest cell.
///
/// # Errors
/// Where stdout cannot be written.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> Outcome {
    text(&aligned(head, rows))
}

fn aligned(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .chain(head.get(column).map(|name| name.chars().count()))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(&mut head.iter().copied());
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

/// The members of a list in an object.
pub fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let list = value.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// A member of an object as text for a cell; `-` where there is none.
pub fn cell(value: &Value, path: &[&str]) -> String {
    let found = path.iter().try_fold(value, |value, name| value.get(*name));
    match found {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [
            vec!["a".to_owned(), "grün".to_owned(), "x".to_owned()],
            vec!["bcd".to_owned(), "e".to_owned(), String::new()],
        ];
        assert_eq!(
            aligned(&["ID", "STATUS", "N"], &rows),
            "ID   STATUS  N\na    grün    x\nbcd  e\n"
        );
    }

    #[test]
    fn a_missing_member_is_a_dash() {
        let value = serde_json::json!({"a": {"b": 1}, "c": null, "d": "x"});
        assert_eq!(cell(&value, &["a", "b"]), "1");
        assert_eq!(cell(&value, &["c"]), "-");
        assert_eq!(cell(&value, &["d"]), "x");
        assert_eq!(cell(&value, &["a", "z"]), "-");
    }
}
