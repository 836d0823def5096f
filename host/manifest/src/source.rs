//! Texts, places in them, and the list that problems are put into.

use std::cmp::Ordering;

use crate::diagnostic::{Code, Diagnostic, Level};

/// A file as the caller read it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name that diagnostics show.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Why there is none, and what to do.
    pub(crate) unreadable: Option<(String, String)>,
}

impl Source {
    /// A file's name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            unreadable: None,
        }
    }

    /// A file without a text: what is wrong with it, and what to do.
    pub fn unreadable(
        name: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            unreadable: Some((message.into(), help.into())),
            ..Self::new(name, "")
        }
    }
}

/// A place in a text; both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub line: u32,
    pub column: u32,
}

impl Place {
    /// Where a text begins.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place of a byte of a text.
    pub fn of_byte(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[line_start..].chars().count() + 1;
        Self {
            line: count(before.bytes().filter(|b| *b == b'\n').count() + 1),
            column: count(column),
        }
    }
}

/// A count as places hold it; no text is long enough to hit the end.
pub(crate) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Problems that are shown for one file.
const PROBLEMS_MAX: usize = 1_000;

/// Problems of one file, in the order of their discovery.
pub(crate) struct Sink<'s> {
    pub source: &'s Source,
    pub found: Vec<Diagnostic>,
}

impl<'s> Sink<'s> {
    pub fn new(source: &'s Source) -> Self {
        Self {
            source,
            found: Vec::new(),
        }
    }

    /// Something that makes the file unusable.
    pub fn error(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Level::Error, code, place, (message.into(), help.into()));
    }

    /// Something that is probably not meant.
    pub fn warn(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Level::Warning, code, place, (message.into(), help.into()));
    }

    /// Whether no further problem is shown, so that nobody needs to look for one.
    pub fn is_full(&self) -> bool {
        self.found.len() > PROBLEMS_MAX
    }

    fn push(&mut self, level: Level, code: Code, place: Place, text: (String, String)) {
        let (level, code, text) = match self.found.len().cmp(&PROBLEMS_MAX) {
            Ordering::Less => (level, code, text),
            Ordering::Equal => (Level::Error, Code::TooManyProblems, rest()),
            Ordering::Greater => return,
        };
        self.found.push(Diagnostic {
            code,
            level,
            file: self.source.name.clone(),
            line: place.line,
            column: place.column,
            message: text.0,
            help: text.1,
        });
    }
}

fn rest() -> (String, String) {
    (
        format!("the file has more than {PROBLEMS_MAX} problems, and the others are not shown"),
        "repair these first".to_owned(),
    )
}
