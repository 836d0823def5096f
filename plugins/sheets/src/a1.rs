//! A1 notation: how places in a spreadsheet are written.

/// The name of a sheet in quotes, as it stands before `!`: they are never wrong, and names with
/// spaces, with apostrophes, or that look like a cell need them.
pub fn quoted(sheet: &str) -> String {
    format!("'{}'", sheet.replace('\'', "''"))
}

/// A range of a sheet, or one that names its sheet itself, where none is given.
pub fn range(sheet: Option<&str>, range: Option<&str>) -> Option<String> {
    match (sheet, range) {
        (Some(sheet), Some(range)) => Some(format!("{}!{range}", quoted(sheet))),
        (Some(sheet), None) => Some(quoted(sheet)),
        (None, Some(range)) => Some(range.to_owned()),
        (None, None) => None,
    }
}

/// Whole rows of a sheet.
pub fn rows(sheet: &str, first: u32, last: u32) -> String {
    format!("{}!{first}:{last}", quoted(sheet))
}

/// A column, from 0, in letters.
pub fn column(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        // Below 26, so that it is a letter.
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The row in which a range that Google names begins: 12 in `'a b'!C12:D14`.
pub fn first_row(range: &str) -> Option<u32> {
    // A name may hold `!` itself; a place never does.
    let place = range.rsplit('!').next()?;
    let first = place.split(':').next()?;
    first
        .trim_start_matches(|c: char| c.is_ascii_alphabetic())
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sheets_are_quoted() {
        assert_eq!(
            range(Some("Bob's sales"), Some("A1:B2")).unwrap(),
            "'Bob''s sales'!A1:B2"
        );
        assert_eq!(range(Some("A1"), None).unwrap(), "'A1'");
        assert_eq!(range(None, Some("Prices")).unwrap(), "Prices");
        assert_eq!(range(None, None), None);
    }

    #[test]
    fn columns_are_letters() {
        for (index, letters) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (52, "BA"),
            (701, "ZZ"),
            (702, "AAA"),
        ] {
            assert_eq!(column(index), letters);
        }
    }

    #[test]
    fn the_first_row_is_read() {
        assert_eq!(first_row("'what! now'!AB12:C14"), Some(12));
        assert_eq!(first_row("Sheet1!A3"), Some(3));
        assert_eq!(first_row("Sheet1!A:B"), None);
    }
}
