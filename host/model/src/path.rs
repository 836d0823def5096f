//! Where a step stands in a run.
//!
//! ```text
//! book                 at the top level
//! size[1].tell         in case 1 of a `switch`
//! spread.ledger.row    in branch `ledger` of a `parallel`
//! lines[3].stock       in item 3 of a `foreach`
//! book.on-failure.tell after `book` failed
//! book.undo            takes back what `book` did
//! finally.clean        at the end
//! receive-event        understands a webhook's request, before the first step
//! ```
//!
//! What is not an id of the manifest has a hyphen or is reserved, so that nothing collides.

use std::fmt;

use crate::event::Origin;
use crate::id::StepPath;
use crate::plan::{Action, OnFailure, Operation, Plan, Source, Step};
use std::sync::Arc;

/// The steps that follow a failed one.
pub const ON_FAILURE: &str = "on-failure";
/// The operation that takes a step back.
pub const UNDO: &str = "undo";
/// The steps at the end.
pub const FINALLY: &str = "finally";
/// The step that understands a webhook's request.
pub const RECEIVE: &str = "receive-event";

/// A list of steps that run one after the other: the path of each without its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopePath(String);

/// What a scope is to the step that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A case of a `switch`, an item of a `foreach`.
    Index(u64),
    /// A branch of a `parallel`.
    Branch(String),
    /// What follows a failure.
    OnFailure,
}

impl ScopePath {
    /// The steps of the workflow itself.
    #[must_use]
    pub fn root() -> Self {
        Self(String::new())
    }

    /// The steps at the end.
    #[must_use]
    pub fn finally() -> Self {
        Self(FINALLY.to_owned())
    }

    /// A part of a step.
    #[must_use]
    pub fn of(owner: &StepPath, part: &Part) -> Self {
        Self(match part {
            Part::Index(index) => format!("{owner}[{index}]"),
            Part::Branch(name) => format!("{owner}.{name}"),
            Part::OnFailure => format!("{owner}.{ON_FAILURE}"),
        })
    }

    /// A step of this scope.
    #[must_use]
    pub fn step(&self, id: &str) -> StepPath {
        if self.0.is_empty() {
            StepPath::from(id)
        } else {
            StepPath::from(format!("{}.{id}", self.0).as_str())
        }
    }

    /// The step that this scope belongs to, and how; none for the two outermost.
    #[must_use]
    pub fn owner(&self) -> Option<(StepPath, Part)> {
        if self.0.is_empty() || self.0 == FINALLY {
            return None;
        }
        if let Some((owner, index)) = self.0.strip_suffix(']').and_then(|s| s.rsplit_once('[')) {
            return Some((owner.into(), Part::Index(index.parse().ok()?)));
        }
        let (owner, name) = self.0.rsplit_once('.')?;
        let part = match name {
            ON_FAILURE => Part::OnFailure,
            branch => Part::Branch(branch.to_owned()),
        };
        Some((owner.into(), part))
    }

    /// This scope and those around it, from the inside out.
    pub fn outward(&self) -> impl Iterator<Item = ScopePath> {
        let around = |scope: &ScopePath| match scope.owner() {
            Some((owner, _)) => Some(owner.scope()),
            None if scope.0 == FINALLY => Some(ScopePath::root()),
            None => None,
        };
        std::iter::successors(Some(self.clone()), around)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScopePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StepPath {
    /// The list that the step stands in.
    #[must_use]
    pub fn scope(&self) -> ScopePath {
        ScopePath(
            self.as_str()
                .rsplit_once('.')
                .map_or("", |(scope, _)| scope)
                .to_owned(),
        )
    }

    /// Its own name.
    #[must_use]
    pub fn id(&self) -> &str {
        self.as_str()
            .rsplit_once('.')
            .map_or(self.as_str(), |(_, id)| id)
    }

    /// The operation that takes this step back.
    #[must_use]
    pub fn undo(&self) -> StepPath {
        StepPath::from(format!("{self}.{UNDO}").as_str())
    }

    /// Where the step's expressions look from: its own scope; of an `undo` that of the step that it
    /// takes back.
    #[must_use]
    pub fn seen_from(&self) -> ScopePath {
        match self.as_str().rsplit_once('.') {
            Some((step, UNDO)) => StepPath::from(step).scope(),
            _ => self.scope(),
        }
    }

    /// Whether it lies inside of a part of another step.
    #[must_use]
    pub fn is_inside(&self, owner: &StepPath) -> bool {
        self.as_str()
            .strip_prefix(owner.as_str())
            .is_some_and(|rest| rest.starts_with(['[', '.']))
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub enum Node<'p> {
    /// A step.
    Step(&'p Step),
    /// The operation that takes a step back.
    Undo(&'p Arc<Operation>),
}

impl Plan {
    /// What a path leads to.
    #[must_use]
    pub fn node(&self, path: &StepPath) -> Option<Node<'_>> {
        let mut rest = path.as_str();
        let mut steps = &self.steps;
        if let Some(inner) = rest.strip_prefix(FINALLY).and_then(|r| r.strip_prefix('.')) {
            steps = &self.finally;
            rest = inner;
        }
        loop {
            let end = rest.find(['[', '.']).unwrap_or(rest.len());
            let (id, after) = rest.split_at(end);
            let step = steps.iter().find(|step| step.id.as_str() == id)?;
            if after.is_empty() {
                return Some(Node::Step(step));
            }
            if after.strip_prefix('.') == Some(UNDO) && step.undo.is_some() {
                return step.undo.as_ref().map(Node::Undo);
            }
            (steps, rest) = enter(step, after)?;
        }
    }

    /// A step by its path.
    #[must_use]
    pub fn step(&self, path: &StepPath) -> Option<&Step> {
        match self.node(path)? {
            Node::Step(step) => Some(step),
            Node::Undo(_) => None,
        }
    }

    /// The steps of a scope, in order.
    #[must_use]
    pub fn steps_of(&self, scope: &ScopePath) -> Option<&[Step]> {
        if scope.0.is_empty() {
            return Some(&self.steps);
        }
        if scope.0 == FINALLY {
            return Some(&self.finally);
        }
        let (owner, part) = scope.owner()?;
        let step = self.step(&owner)?;
        match (part, &step.action) {
            (Part::OnFailure, _) => match &step.on_failure {
                OnFailure::Steps(steps) => Some(steps),
                _ => None,
            },
            (Part::Branch(name), Action::Parallel(branches)) => branches
                .iter()
                .find(|branch| branch.name == name)
                .map(|branch| branch.steps.as_slice()),
            (Part::Index(index), Action::Switch(cases)) => cases
                .get(usize::try_from(index).ok()?)
                .map(|case| case.steps.as_slice()),
            (Part::Index(_), Action::Foreach(foreach)) => Some(&foreach.steps),
            _ => None,
        }
    }

    /// The path of the step that an id means, seen from a scope: the nearest one outward.
    #[must_use]
    pub fn visible(&self, from: &ScopePath, id: &str) -> Option<StepPath> {
        from.outward()
            .map(|scope| scope.step(id))
            .find(|path| self.step(path).is_some())
    }

    /// The operation that attempts at a path call: of the step itself, of an `undo`, of the paged
    /// step that a `foreach` or `collect` goes on with, or of the webhook that gave the event.
    #[must_use]
    pub fn operation(&self, path: &StepPath, origin: &Origin) -> Option<&Arc<Operation>> {
        if path.as_str() == RECEIVE {
            let trigger = self.triggers.iter().find(|t| t.id == origin.trigger)?;
            return match &trigger.source {
                Source::Webhook(webhook) => webhook.uses.as_ref(),
                _ => None,
            };
        }
        let step = match self.node(path)? {
            Node::Undo(operation) => return Some(operation),
            Node::Step(step) => step,
        };
        let pages = match &step.action {
            Action::Operation(operation) => return Some(operation),
            Action::Foreach(foreach) => match &foreach.items {
                crate::plan::Items::Pages(pages) => pages,
                crate::plan::Items::List(_) => return None,
            },
            Action::Collect(collect) => &collect.pages,
            _ => return None,
        };
        let paged = self.visible(&path.scope(), pages.as_str())?;
        match &self.step(&paged)?.action {
            Action::Operation(operation) => Some(operation),
            _ => None,
        }
    }

    /// Every operation of the plan: of steps, undos and triggers, at whatever depth.
    #[must_use]
    pub fn operations(&self) -> Vec<&Arc<Operation>> {
        let mut found = Vec::new();
        for trigger in &self.triggers {
            match &trigger.source {
                Source::Webhook(webhook) => found.extend(webhook.uses.as_ref()),
                Source::Poll(poll) => found.push(&poll.operation),
                Source::Schedule(_) | Source::Manual { .. } | Source::Failure { .. } => {}
            }
        }
        operations(&self.steps, &mut found);
        operations(&self.finally, &mut found);
        found
    }
}

fn operations<'p>(steps: &'p [Step], found: &mut Vec<&'p Arc<Operation>>) {
    for step in steps {
        match &step.action {
            Action::Operation(operation) => found.push(operation),
            Action::Switch(cases) => cases.iter().for_each(|c| operations(&c.steps, found)),
            Action::Parallel(branches) => {
                branches.iter().for_each(|b| operations(&b.steps, found));
            }
            Action::Foreach(foreach) => operations(&foreach.steps, found),
            Action::Collect(_) | Action::Call(_) | Action::Wait(_) => {}
        }
        if let OnFailure::Steps(steps) = &step.on_failure {
            operations(steps, found);
        }
        found.extend(step.undo.as_ref());
    }
}

/// The inner steps that the rest of a path leads into, and what is left of it.
fn enter<'p, 't>(step: &'p Step, after: &'t str) -> Option<(&'p Vec<Step>, &'t str)> {
    if let Some(after) = after.strip_prefix('[') {
        let (index, rest) = after.split_once("].")?;
        let index: usize = index.parse().ok()?;
        return match &step.action {
            Action::Switch(cases) => Some((&cases.get(index)?.steps, rest)),
            Action::Foreach(foreach) => Some((&foreach.steps, rest)),
            _ => None,
        };
    }
    let (part, rest) = after.strip_prefix('.')?.split_once('.')?;
    match (&step.on_failure, &step.action) {
        (OnFailure::Steps(steps), _) if part == ON_FAILURE => Some((steps, rest)),
        (_, Action::Parallel(branches)) => {
            let branch = branches.iter().find(|branch| branch.name == part)?;
            Some((&branch.steps, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_knows_its_scope_and_the_scope_its_owner() {
        for (path, scope, owner) in [
            ("book", "", None),
            ("finally.clean", "finally", None),
            ("size[1].tell", "size[1]", Some(("size", Part::Index(1)))),
            (
                "spread.ledger.row",
                "spread.ledger",
                Some(("spread", Part::Branch("ledger".to_owned()))),
            ),
            (
                "lines[3].stock.on-failure.tell",
                "lines[3].stock.on-failure",
                Some(("lines[3].stock", Part::OnFailure)),
            ),
        ] {
            let path = StepPath::from(path);
            assert_eq!(path.scope().as_str(), scope);
            let owner = owner.map(|(owner, part)| (StepPath::from(owner), part));
            assert_eq!(path.scope().owner(), owner);
            assert_eq!(path.scope().step(path.id()), path);
            if let Some((owner, part)) = owner {
                assert_eq!(ScopePath::of(&owner, &part), path.scope());
            }
        }
        let scope = StepPath::from("a[0].b.left.c").scope();
        let around: Vec<String> = scope.outward().map(|s| s.to_string()).collect();
        assert_eq!(around, ["a[0].b.left", "a[0]", ""]);
    }

    #[test]
    fn inside_is_below_and_not_beside() {
        let lines = StepPath::from("lines");
        assert!(StepPath::from("lines[3].stock").is_inside(&lines));
        assert!(!StepPath::from("lines_two[3].stock").is_inside(&lines));
        assert!(!lines.is_inside(&lines));
    }
}
