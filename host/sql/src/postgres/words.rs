//! The first word of a statement, which says what it is.

use crate::error::{Error, Place};
use crate::statement::Statement;

/// What begins, ends or divides a transaction, and `COPY`, which speaks beside the protocol of statements.
const CONTROL: [&str; 10] = [
    "ABORT",
    "BEGIN",
    "COMMIT",
    "COPY",
    "END",
    "PREPARE",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "START",
];

const CHANGES: [&str; 4] = ["DELETE", "INSERT", "MERGE", "UPDATE"];

/// Refuses statements that have no place in the one transaction that all of them are in.
pub(super) fn check(statements: &[Statement]) -> Result<(), Error> {
    let count = statements.len();
    for (index, statement) in statements.iter().enumerate() {
        let word = first_word(&statement.text);
        if CONTROL.contains(&word.as_str()) {
            return Err(Error::Control {
                place: Place((count > 1).then_some((index + 1, count))),
                word,
            });
        }
    }
    Ok(())
}

/// Whether it adds, changes or deletes rows, and may give them back.
pub(super) fn changes_rows(text: &str) -> bool {
    CHANGES.contains(&first_word(text).as_str())
}

/// In capitals, behind white space and comments.
fn first_word(text: &str) -> String {
    let mut rest = text.trim_start_matches(is_space);
    loop {
        rest = match (rest.strip_prefix("--"), rest.strip_prefix("/*")) {
            (Some(comment), _) => comment
                .split_once(['\n', '\r'])
                .map_or("", |(_, rest)| rest),
            (_, Some(comment)) => after_comment(comment),
            _ => break,
        }
        .trim_start_matches(is_space);
    }
    let end = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    rest[..end].to_ascii_uppercase()
}

/// A statement may follow empty ones.
fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}' || c == ';'
}

/// Comments of this kind nest.
fn after_comment(comment: &str) -> &str {
    let (mut depth, mut rest) = (1, comment);
    while depth > 0 {
        let Some(at) = rest.find(['/', '*']) else {
            return "";
        };
        rest = &rest[at..];
        let (change, length) = match rest.as_bytes() {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth += change;
        rest = &rest[length..];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_found() {
        for (text, word) in [
            ("select 1", "SELECT"),
            (" \n\tInsert into t", "INSERT"),
            ("-- a comment\r\nCOMMIT", "COMMIT"),
            ("/* a /* nested */ comment */commit;", "COMMIT"),
            ("/* / * */ -- x\n/**/begin", "BEGIN"),
            (";; rollback", "ROLLBACK"),
            ("(select 1)", ""),
            ("/* never closed", ""),
            ("-- nothing", ""),
            ("", ""),
        ] {
            assert_eq!(first_word(text), word, "{text}");
        }
    }

    #[test]
    fn a_statement_that_ends_the_transaction_is_refused() {
        let statement = |text: &str| Statement {
            text: text.to_owned(),
            parameters: Vec::new(),
            rows_max: 0,
        };
        assert!(check(&[statement("select 1")]).is_ok());
        let refused = check(&[statement("select 1"), statement("commit and chain")]);
        let refused = refused.map_err(|error| error.to_string());
        assert!(refused.is_err_and(|text| text.starts_with("statement 2 of 2: `COMMIT` ")));
    }
}
