//! Everything of one sort, wherever it stands in a manifest.

use mortise_model::path::ON_FAILURE;

use super::{Action, Call, Manifest, Source, Spanned, Step, Use};

impl<'n> Manifest<'n> {
    /// Every step, in the order of the file, those inside after those around them.
    pub fn every_step(&self) -> Vec<&Step<'n>> {
        let mut found = Vec::new();
        collect(&self.steps, &mut found);
        collect(&self.finally, &mut found);
        found
    }

    /// Every operation that is used: by triggers, steps and undos.
    pub fn every_use(&self) -> Vec<&Use<'n>> {
        let triggers = self.triggers.iter();
        let mut found: Vec<_> = triggers
            .filter_map(|trigger| match &trigger.source {
                Source::Webhook(hook) => hook.operation.as_ref(),
                Source::Poll(poll) => Some(&poll.operation),
                _ => None,
            })
            .collect();
        for step in self.every_step() {
            if let Some(Action::Operation(operation)) = &step.action {
                found.push(operation);
            }
            found.extend(step.undo.as_ref());
        }
        found
    }

    /// Every workflow that is called, and whether each run that comes so far calls it: there is no
    /// condition before it, and no list that may be empty.
    pub fn every_call(&self) -> Vec<(Spanned<&'n str>, bool)> {
        let mut found = Vec::new();
        calls(&self.steps, true, &mut found);
        calls(&self.finally, true, &mut found);
        found
    }
}

fn calls<'n>(steps: &[Step<'n>], is_certain: bool, found: &mut Vec<(Spanned<&'n str>, bool)>) {
    for step in steps {
        let is_certain = is_certain && step.condition.is_none();
        if let Some(Action::Call(Call { workflow, .. })) = &step.action {
            found.extend(workflow.map(|workflow| (workflow, is_certain)));
        }
        let goes_all_ways = matches!(step.action, Some(Action::Parallel(_)));
        for (word, inner) in step.inner() {
            calls(
                inner,
                is_certain && goes_all_ways && word != ON_FAILURE,
                found,
            );
        }
    }
}

fn collect<'s, 'n>(steps: &'s [Step<'n>], found: &mut Vec<&'s Step<'n>>) {
    for step in steps {
        found.push(step);
        for (_, inner) in step.inner() {
            collect(inner, found);
        }
    }
}
