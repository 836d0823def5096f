//! Paths that lead nowhere, and why.

use mortise_model::json::Segment;

use crate::diagnostic::Code;
use crate::schema::{Miss, Shape};
use crate::suggest;

/// Why a path leads nowhere.
#[derive(Debug)]
pub(in crate::expression) struct Lost {
    pub code: Code,
    /// Which segment is wrong.
    pub segment: usize,
    pub message: String,
    pub help: String,
}

impl Lost {
    /// A name that is wrong where it stands.
    pub fn new(code: Code, segment: usize, message: String, help: impl Into<String>) -> Self {
        Self {
            code,
            segment,
            message,
            help: help.into(),
        }
    }
}

/// Follows the rest of a path into a shape.
pub(super) fn descend<'a>(
    shape: Shape<'a>,
    path: &[Segment],
    from: usize,
) -> Result<Shape<'a>, Lost> {
    let mut shape = shape;
    for (n, segment) in path.iter().enumerate().skip(from) {
        shape = shape.follow(segment).map_err(|miss| lost(path, n, miss))?;
    }
    Ok(shape)
}

fn lost(path: &[Segment], segment: usize, miss: Miss<'_>) -> Lost {
    let owner = display(path.get(..segment).unwrap_or_default());
    let (message, help) = match (path.get(segment), miss) {
        (Some(Segment::Field(name)), Miss::NoField(known)) => (
            format!("`{owner}` has no `{name}`"),
            suggest::help(name, known),
        ),
        (Some(Segment::Index(index)), Miss::NoField(_)) => (
            format!("`{owner}` has no element {index}"),
            "count from 0".to_owned(),
        ),
        (Some(Segment::Field(name)), Miss::WrongKind(kinds)) => (
            format!("`{owner}` is {kinds}, which has no `{name}`"),
            "end the path before it, or read an element of a list with `[0]`".to_owned(),
        ),
        (_, Miss::WrongKind(kinds)) => (
            format!("`{owner}` is {kinds}, which has no elements"),
            "leave the index out".to_owned(),
        ),
        (None, Miss::NoField(_)) => (format!("`{owner}` is not known"), String::new()),
    };
    Lost {
        code: Code::UnknownPath,
        segment,
        message,
        help,
    }
}

/// A path as it is written.
fn display(path: &[Segment]) -> String {
    path.iter()
        .fold(String::new(), |text, segment| match segment {
            Segment::Field(name) => format!("{text}.{name}"),
            Segment::Index(index) => format!("{text}[{index}]"),
        })
}
