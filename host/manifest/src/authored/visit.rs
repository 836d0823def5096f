//! Everything of one sort, wherever it stands in a manifest.

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

    /// Every workflow that is called.
    pub fn every_call(&self) -> Vec<Spanned<&'n str>> {
        let steps = self.every_step().into_iter();
        steps
            .filter_map(|step| match &step.action {
                Some(Action::Call(Call { workflow, .. })) => *workflow,
                _ => None,
            })
            .collect()
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
