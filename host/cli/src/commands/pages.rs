//! Lists that come in pages.

use std::future::Future;

use mortise_model::RunId;
use serde_json::{Value, json};

use crate::exit::Outcome;
use crate::output;
use crate::progress;

/// A list as far as it was wanted.
pub struct Pages {
    /// What is in it.
    pub items: Vec<Value>,
    /// Where it goes on; null at its end.
    next: Value,
}

/// A list's `--limit`.
///
/// # Errors
/// Where it is no number, or none that lists anything.
pub fn limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it is at least 1".to_owned()),
        Ok(limit) => Ok(limit),
        Err(error) => Err(error.to_string()),
    }
}

/// Asks for pages until there are enough items. `page` is given how many are wanted and where to go
/// on.
///
/// # Errors
/// Where a page cannot be had.
pub async fn collect<F>(limit: usize, page: impl Fn(usize, Option<RunId>) -> F) -> Outcome<Pages>
where
    F: Future<Output = Outcome<Value>>,
{
    let mut pages = Pages {
        items: Vec::new(),
        next: Value::Null,
    };
    let mut cursor = None;
    // A page may be short although the list goes on.
    while pages.items.len() < limit {
        let mut found = page(limit - pages.items.len(), cursor).await?;
        if let Some(Value::Array(items)) = found.get_mut("items").map(Value::take) {
            pages.items.extend(items);
        }
        pages.next = found.get("next").cloned().unwrap_or_default();
        cursor = pages.next.as_str().and_then(|text| text.parse().ok());
        if cursor.is_none() {
            break;
        }
    }
    Ok(pages)
}

impl Pages {
    /// Prints the list: as JSON, or as a table with a row for each item.
    ///
    /// # Errors
    /// Where stdout cannot be written.
    pub fn print(&self, json: bool, head: &[&str], row: fn(&Value) -> Vec<String>) -> Outcome {
        if json {
            return output::json(&json!({"items": self.items, "next": self.next}));
        }
        let rows: Vec<Vec<String>> = self.items.iter().map(row).collect();
        output::table(head, &rows)?;
        if let Some(next) = self.next.as_str() {
            progress::note(format!("there are more: add `--cursor {next}`"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_nothing_is_refused() {
        for (text, got) in [("0", None), ("1", Some(1)), ("50", Some(50)), ("x", None)] {
            assert_eq!(limit(text).ok(), got, "{text}");
        }
    }
}
