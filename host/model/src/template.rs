//! Values with expressions in them, as the checked plan holds them.

use serde::{Deserialize, Serialize};

use crate::json::{Json, Segment};

/// A value of the manifest that may hold expressions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// No expression inside.
    Literal(Json),
    /// One expression: keeps its type.
    Expression(Expression),
    /// Expressions inside text: each is turned into text.
    Text(Vec<TextPart>),
    /// An object, in the order of the manifest.
    Object(Vec<(String, Template)>),
    /// An array.
    Array(Vec<Template>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextPart {
    /// Stands as it is.
    Literal(String),
    /// Is turned into text: a string as it is, anything else as JSON.
    Expression(Expression),
}

/// One `${{ … }}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expression {
    /// A bare path: the host reads it itself.
    Path(Path),
    /// A jq program: runs in the sandbox and sees only what its paths name.
    Program {
        /// The text between the braces, trimmed.
        text: String,
        /// What the program is given.
        paths: Vec<Path>,
    },
}

/// A path from the root of an expression's scope: `.event.id` is `[event, id]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Path {
    /// The steps of the path; the first is a field of the scope.
    pub segments: Vec<Segment>,
    /// Written with `?` or before `//`: where it is missing the value is `null` instead of an error.
    pub optional: bool,
}
