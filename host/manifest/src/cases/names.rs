//! The steps that cases may name.

use std::collections::BTreeSet;

use mortise_model::path::{FINALLY, UNDO};
use mortise_model::plan;

use crate::authored::{Action, Manifest, Step, Wait};
use crate::diagnostic::Code;
use crate::resolve::Callees;
use crate::source::{Place, Sink};
use crate::suggest;

/// What a case may say about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It calls an operation.
    Operation,
    /// It reads pages.
    Pages,
    /// It calls a workflow.
    Call,
    /// It waits for a request.
    Callback,
    /// It waits for a person.
    Approval,
    /// It does its work by itself.
    Other,
}

/// The steps of a manifest.
pub(super) struct Names<'a> {
    /// Path without numbers, id, kind; several times where cases of a `switch` have the same id.
    steps: Vec<(String, &'a str, Kind)>,
    callees: &'a Callees<'a>,
}

impl<'a> Names<'a> {
    /// Those of a manifest.
    pub fn new(manifest: &'a Manifest<'a>, callees: &'a Callees<'a>) -> Self {
        let mut names = Self {
            steps: Vec::new(),
            callees,
        };
        names.add(&manifest.steps, "");
        names.add(&manifest.finally, FINALLY);
        names
    }

    fn add(&mut self, steps: &'a [Step<'a>], scope: &str) {
        for step in steps {
            let Some(id) = step.id else { continue };
            let path = below(scope, id.value);
            if step.undo.is_some() {
                let undo = below(&path, UNDO);
                self.steps.push((undo, UNDO, Kind::Operation));
            }
            for (part, inner) in step.inner() {
                self.add(inner, &below(&path, part));
            }
            self.steps.push((path, id.value, self.kind(step)));
        }
    }

    fn kind(&self, step: &Step<'_>) -> Kind {
        match &step.action {
            Some(Action::Operation(operation)) => match self.callees.get(operation.uses) {
                Some(callee) if callee.is_paged() => Kind::Pages,
                _ => Kind::Operation,
            },
            Some(Action::Call(_)) => Kind::Call,
            Some(Action::Wait(Wait::Ready(plan::Wait::Callback { .. }))) => Kind::Callback,
            Some(Action::Wait(Wait::Ready(plan::Wait::Approval { .. }))) => Kind::Approval,
            _ => Kind::Other,
        }
    }

    /// The path of the step that a text names by its path or its id, and what the step may be; none, with
    /// a diagnostic, where that is no step or several.
    pub fn find(
        &self,
        text: &str,
        place: Place,
        sink: &mut Sink<'_>,
    ) -> Option<(String, Vec<Kind>)> {
        let by_path = |path: &str| {
            let steps = self.steps.iter().filter(|(known, _, _)| known == path);
            steps.map(|(_, _, kind)| *kind).collect::<Vec<_>>()
        };
        let kinds = by_path(text);
        if !kinds.is_empty() {
            return Some((text.to_owned(), kinds));
        }
        let steps = self.steps.iter().filter(|(_, id, _)| *id == text);
        let mut paths: Vec<&str> = steps.map(|(path, _, _)| path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        match paths.as_slice() {
            [only] => return Some(((*only).to_owned(), by_path(only))),
            [] => {
                let paths = self.steps.iter().map(|(path, _, _)| path.as_str());
                let ids = self.steps.iter().map(|(_, id, _)| *id);
                let known: BTreeSet<_> = paths.chain(ids.filter(|id| *id != UNDO)).collect();
                let help = suggest::help(text, known);
                let message = format!("there is no step `{text}`");
                sink.error(Code::UnknownStep, place, message, help);
            }
            several => {
                let several = several.iter().map(|path| format!("`{path}`"));
                let several: Vec<_> = several.collect();
                sink.error(
                    Code::AmbiguousStep,
                    place,
                    format!("several steps are called `{text}`"),
                    format!("write the path of one: {}", several.join(", ")),
                );
            }
        }
        None
    }
}

/// A word below a path; an empty one of either changes nothing.
fn below(path: &str, word: &str) -> String {
    match (path, word) {
        ("", word) => word.to_owned(),
        (path, "") => path.to_owned(),
        (path, word) => format!("{path}.{word}"),
    }
}
