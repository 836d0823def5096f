//! Lists that Slack gives page by page: `response_metadata.next_cursor` asks for the next one and is empty at the end.

use mortise_sdk::Failure;
use serde::Deserialize;

/// Pages that one call reads when it looks for something. With a thousand entries on a page that is more than the
/// largest workspaces have; beyond it, Slack gives cursors without end.
const PAGES_MAX: usize = 1_000;

/// Where an answer holds its cursor.
#[derive(Default, Deserialize)]
pub struct Metadata {
    #[serde(default)]
    next_cursor: String,
}

/// What asks for the page after this one, which was asked for with `asked`.
pub fn next(metadata: Option<Metadata>, asked: Option<&str>) -> Result<Option<String>, Failure> {
    let next = metadata.unwrap_or_default().next_cursor;
    if Some(next.as_str()) == asked {
        return Err(Failure::retry("slack named a page as its own next page"));
    }
    Ok(Some(next).filter(|next| !next.is_empty()))
}

/// Reads page after page, each with the cursor of the one before it, until `page` gives no other cursor.
pub fn walk(
    mut page: impl FnMut(Option<&str>) -> Result<Option<String>, Failure>,
) -> Result<(), Failure> {
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        cursor = page(cursor.as_deref())?;
        if cursor.is_none() {
            return Ok(());
        }
    }
    Err(Failure::reject(format!(
        "slack gave more than {PAGES_MAX} pages"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(cursor: &str) -> Option<Metadata> {
        Some(Metadata {
            next_cursor: cursor.to_owned(),
        })
    }

    #[test]
    fn an_empty_cursor_is_the_end() {
        assert_eq!(next(None, None).unwrap(), None);
        assert_eq!(next(metadata(""), Some("a")).unwrap(), None);
        assert_eq!(
            next(metadata("b="), Some("a")).unwrap().as_deref(),
            Some("b=")
        );
        assert!(next(metadata("a"), Some("a")).is_err());
    }

    #[test]
    fn pages_without_end_are_given_up() {
        let mut pages = 0;
        let walked = walk(|_| {
            pages += 1;
            Ok(Some(pages.to_string()))
        });
        assert!(walked.unwrap_err().message.contains("1000 pages"));
    }
}
