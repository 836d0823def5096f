#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::fake::Host;
use mortise_sdk::files::File;
use plugin_pieces::{Encoding, Input};

use super::*;

fn dialect(quote: &str, trim: bool) -> Dialect {
    Dialect::new(",", quote, trim).unwrap()
}

fn rows(text: &str, dialect: Dialect) -> Result<Vec<(u64, Vec<String>)>, String> {
    let pieces = Pieces::open(Input::Text(text.to_owned()), Encoding::Utf8).unwrap();
    let mut rows = Rows::new(pieces, dialect);
    let mut found = Vec::new();
    while let Some(line) = rows.next().map_err(|failure| failure.message)? {
        let fields = (0..rows.len()).map(|index| rows.field(index).into_owned());
        found.push((line, fields.collect()));
    }
    Ok(found)
}

fn check(text: &str, dialect: Dialect, expected: &[(u64, &[&str])]) {
    let found = rows(text, dialect).unwrap();
    let found: Vec<(u64, Vec<&str>)> = found
        .iter()
        .map(|(line, fields)| (*line, fields.iter().map(String::as_str).collect()))
        .collect();
    let expected: Vec<(u64, Vec<&str>)> = expected
        .iter()
        .map(|(line, fields)| (*line, fields.to_vec()))
        .collect();
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn rows_end_as_everybody_writes_it() {
    let usual = dialect("\"", false);
    check(
        "a,b\r\nc,d\r\n",
        usual,
        &[(1, &["a", "b"]), (2, &["c", "d"])],
    );
    check("a,b\nc,", usual, &[(1, &["a", "b"]), (2, &["c", ""])]);
    check("a\rb\r", usual, &[(1, &["a"]), (1, &["b"])]);
    check("a\n\n\r\nb\n", usual, &[(1, &["a"]), (4, &["b"])]);
    check("", usual, &[]);
    check("\n\n", usual, &[]);
    check("\"\"\n,\n", usual, &[(1, &[""]), (2, &["", ""])]);
}

#[test]
fn what_is_quoted_may_hold_everything() {
    let usual = dialect("\"", false);
    check(
        "\"a,\"\"b\"\"\r\nc\",d\ne",
        usual,
        &[(1, &["a,\"b\"\r\nc", "d"]), (3, &["e"])],
    );
    check("\"\"\"\",\"a\"", usual, &[(1, &["\"", "a"])]);
    check("5\" pipe,a\"b\"", usual, &[(1, &["5\" pipe", "a\"b\""])]);
    check(
        "\"a,'b''c,d'",
        dialect("'", false),
        &[(1, &["\"a", "b'c,d"])],
    );
    check("\"a,b\"", dialect("", false), &[(1, &["\"a", "b\""])]);
}

#[test]
fn spaces_around_fields_go_where_that_is_said() {
    check(
        " a , \" b \" ,c \n",
        dialect("\"", true),
        &[(1, &["a", " b ", "c"])],
    );
    check(" a ,b\n", dialect("\"", false), &[(1, &[" a ", "b"])]);
}

#[test]
fn quotes_that_are_wrong_are_told_with_their_line() {
    let usual = dialect("\"", false);
    let open = rows("a\n\"b\nc\nd", usual).unwrap_err();
    assert_eq!(open, "the row on line 2 opens a quote that is never closed");
    let after = rows("a\n\"b\" x,c\n", usual).unwrap_err();
    assert_eq!(
        after,
        "the row on line 2 has text between the end of a quoted field and the delimiter"
    );
    let swallowed = rows(&format!("a\n\"{}", "b,\n".repeat(ROW_BYTES_MAX)), usual).unwrap_err();
    assert!(
        swallowed.starts_with("the row on line 2 is longer than 1048576 bytes"),
        "{swallowed}"
    );
}

/// Every seam between two pieces falls once into each place of a row with all that is special.
#[test]
fn seams_between_pieces_do_not_show() {
    const PIECE_BYTES: usize = 256 << 10;
    let row = "\"a\"\"\r\n,€\",\"\",x\r\n";
    for shift in 0..row.len() {
        let filler = "f".repeat(PIECE_BYTES - row.len() + shift - 2);
        let text = format!("{filler}\r\n{row}{row}");
        let host = Host::new().file("f", "text/csv", text.as_bytes()).install();
        let input = Input::File(File { id: "f".to_owned() });
        let mut rows = Rows::new(
            Pieces::open(input, Encoding::Utf8).unwrap(),
            dialect("\"", false),
        );
        assert_eq!(rows.next().unwrap(), Some(1));
        for line in [2, 4] {
            assert_eq!(rows.next().unwrap(), Some(line), "shift {shift}");
            let fields: Vec<_> = (0..rows.len())
                .map(|index| rows.field(index).into_owned())
                .collect();
            assert_eq!(fields, ["a\"\r\n,€", "", "x"], "shift {shift}");
        }
        assert_eq!(rows.next().unwrap(), None);
        drop(host);
    }
}
