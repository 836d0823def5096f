//! Parts of the scope, and terms that name one by nothing but a path.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::load::span;
use jaq_core::path::{Opt, Part};
use mortise_model::json::Segment;
use mortise_model::template::Path;

/// The parts of a path, as jaq parses them.
pub(super) type Parts<'t> = [(Part<Term<&'t str>>, Opt)];

/// A part of the scope that a term sees as its input.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// Each with its byte in the text.
    pub segments: Vec<(Segment, usize)>,
    pub optional: bool,
}

impl Input {
    /// The scope itself.
    pub fn root() -> Self {
        Self {
            segments: Vec::new(),
            optional: false,
        }
    }

    /// The path to the part.
    pub fn path(self) -> Path {
        Path {
            segments: self
                .segments
                .into_iter()
                .map(|(segment, _)| segment)
                .collect(),
            optional: self.optional,
        }
    }
}

/// The part of the scope that a term is, if it is nothing but a path.
pub(super) fn fixed_path(text: &str, term: &Term<&str>, input: Option<&Input>) -> Option<Input> {
    match term {
        Term::Id => input.cloned(),
        Term::TryCatch(inner, None) => {
            let mut found = fixed_path(text, inner, input)?;
            found.optional = true;
            Some(found)
        }
        Term::Path(head, path) => {
            let mut found = fixed_path(text, head, input)?;
            let rest = extend(text, &mut found, &path.0);
            rest.is_empty().then_some(found)
        }
        Term::BinOp(left, BinaryOp::Pipe(None), right) => {
            let left = fixed_path(text, left, input)?;
            fixed_path(text, right, Some(&left))
        }
        _ => None,
    }
}

/// Follows the parts of a path that are plain names and numbers, and gives the others.
pub(super) fn extend<'p, 't>(text: &str, input: &mut Input, parts: &'p Parts<'t>) -> &'p Parts<'t> {
    for (n, (part, opt)) in parts.iter().enumerate() {
        let segment = match part {
            Part::Index(Term::Str(None, key)) => match key.as_slice() {
                [StrPart::Str(name)] => Some((Segment::Field((*name).into()), *name)),
                _ => None,
            },
            Part::Index(Term::Num(number)) => number
                .parse()
                .ok()
                .map(|index| (Segment::Index(index), *number)),
            _ => None,
        };
        let Some((segment, written)) = segment else {
            return parts.get(n..).unwrap_or_default();
        };
        input.segments.push((segment, span(text, written).start));
        input.optional |= matches!(opt, Opt::Optional);
    }
    &[]
}
