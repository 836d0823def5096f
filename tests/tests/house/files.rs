//! Sizes of files, and words that have no place in the repository.

use std::path::Path;

use super::{no_complaints, read, repository};

/// Past this a file is hard to read as a whole.
const LINES_MAX: usize = 500;

/// Endings of what people write; the rest is data.
const WRITTEN: &[&str] = &["rs", "md", "toml", "wit", "py", "sh", "js", "go", "c", "h"];

/// What belongs to one machine, to one moment or to nobody. Cut in two, so that this file is not
/// among its own findings.
const WORDS: &[(&str, &str, &str)] = &[
    ("/wo", "rk/", "a path of one machine"),
    ("/ro", "ot/", "a path of one machine"),
    (
        "crates",
        ".io",
        "the host of a registry, which is a setting of cargo",
    ),
    ("registry.npm", "js", "the host of a registry"),
    ("TO", "DO", "do it, or write down where it is planned"),
    ("FIX", "ME", "fix it"),
    ("#[ign", "ore", "a test that does not run"),
    ("dbg", "!(", "a print for debugging"),
];

#[test]
fn no_written_file_is_longer_than_can_be_read() {
    let mut complaints = Vec::new();
    for path in repository().into_iter().filter(|path| is_written(path)) {
        let lines = read(&path).lines().count();
        if lines > LINES_MAX {
            complaints.push(format!(
                "{} has {lines} lines, and {LINES_MAX} are the most",
                path.display()
            ));
        }
    }
    no_complaints(complaints);
}

#[test]
fn no_written_file_has_a_word_without_a_place() {
    let mut complaints = Vec::new();
    for path in repository().into_iter().filter(|path| is_written(path)) {
        for (number, line) in read(&path).lines().enumerate() {
            for (start, end, why) in WORDS {
                let word = format!("{start}{end}");
                if line.contains(&word) {
                    complaints.push(format!(
                        "{}:{}: `{word}`: {why}",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    no_complaints(complaints);
}

/// Whether people wrote it: scripts have no ending.
fn is_written(path: &Path) -> bool {
    let script =
        path.starts_with("scripts") || path.starts_with(".ci") || path == Path::new("Makefile");
    script
        || path
            .extension()
            .is_some_and(|ending| WRITTEN.iter().any(|written| ending == *written))
}
