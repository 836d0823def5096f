//! Ids: unique where they stand, and not the same as one that is seen from around.

use std::collections::HashMap;

use mortise_model::path::ON_FAILURE;

use crate::authored::{Action, Manifest, Spanned, Step};
use crate::diagnostic::Code;
use crate::source::Sink;

/// Checks the ids of triggers and steps, and the names of items.
pub(super) fn check_ids<'n>(manifest: &Manifest<'n>, sink: &mut Sink<'_>) {
    let triggers = manifest.triggers.iter().map(|trigger| trigger.id);
    unique("trigger", triggers, sink);
    let mut around = Around::default();
    around.check(&manifest.steps, sink);
    around.enter(&manifest.steps);
    around.check(&manifest.finally, sink);
}

/// What is seen from around a list of steps.
#[derive(Default)]
struct Around<'n> {
    ids: Vec<Spanned<&'n str>>,
    names: Vec<Spanned<&'n str>>,
}

impl<'n> Around<'n> {
    fn enter(&mut self, steps: &[Step<'n>]) {
        self.ids.extend(steps.iter().filter_map(|step| step.id));
    }

    fn check(&mut self, steps: &[Step<'n>], sink: &mut Sink<'_>) {
        unique("step", steps.iter().filter_map(|step| step.id), sink);
        for id in steps.iter().filter_map(|step| step.id) {
            shadows("step", id, &self.ids, sink);
        }
        let len = self.ids.len();
        self.enter(steps);
        for step in steps {
            let names = self.names.len();
            if let Some(Action::Foreach(foreach)) = &step.action
                && let Some(name) = foreach.name
            {
                shadows("item", name, &self.names, sink);
                self.names.push(name);
            }
            for (part, inner) in step.inner() {
                // What follows a failed `foreach` has no item.
                if part == ON_FAILURE {
                    self.names.truncate(names);
                }
                self.check(inner, sink);
            }
            self.names.truncate(names);
        }
        self.ids.truncate(len);
    }
}

fn shadows(what: &str, id: Spanned<&str>, around: &[Spanned<&str>], sink: &mut Sink<'_>) {
    if let Some(other) = around.iter().find(|other| other.value == id.value) {
        sink.error(
            Code::ShadowedId,
            id.place,
            format!(
                "{what} `{}` hides the {what} of that name around it",
                id.value
            ),
            format!(
                "give one of the two another name; the other one is in line {}",
                other.place.line
            ),
        );
    }
}

fn unique<'n>(what: &str, ids: impl Iterator<Item = Spanned<&'n str>>, sink: &mut Sink<'_>) {
    let mut seen = HashMap::new();
    for id in ids {
        if let Some(line) = seen.insert(id.value, id.place.line) {
            sink.error(
                Code::DuplicateId,
                id.place,
                format!("there is another {what} `{}`", id.value),
                format!("give one of the two another id; the other one is in line {line}"),
            );
        }
    }
}
