//! What expressions see: `.event`, `.request`, `.steps`, `.vars`, `.run`, `.waits` and the items of the
//! `foreach` steps around them.

pub(crate) mod known;
mod lost;
mod steps;

use mortise_model::json::Segment;
use mortise_model::template::Path;

pub(super) use self::lost::Lost;
use self::lost::descend;
pub(crate) use self::steps::{EarlierStep, Given};
use crate::diagnostic::Code;
use crate::schema::Shape;
use crate::suggest;

/// The names that paths begin with, beside those of items.
pub(crate) const ROOTS: [&str; 6] = ["event", "request", "run", "steps", "vars", "waits"];

/// How much of it there is where an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sees {
    /// All: a run is under way.
    Run,
    /// An event has come, and its run has not begun.
    Event,
    /// There is no event yet.
    Vars,
}

/// What an expression sees.
pub(crate) struct Scope<'a> {
    pub sees: Sees,
    pub event: Shape<'a>,
    /// Whether any trigger gives a request.
    pub request: bool,
    pub vars: Shape<'a>,
    /// The items of the `foreach` steps around, by name.
    items: Vec<(&'a str, Shape<'a>)>,
    steps: steps::Steps<'a>,
}

impl<'a> Scope<'a> {
    /// One without steps.
    pub fn new(event: Shape<'a>, request: bool, vars: Shape<'a>) -> Self {
        Self {
            sees: Sees::Run,
            event,
            request,
            vars,
            items: Vec::new(),
            steps: steps::Steps::default(),
        }
    }

    /// Begins the steps of an item.
    pub fn push_item(&mut self, name: &'a str, shape: Shape<'a>) {
        self.items.push((name, shape));
    }

    /// Ends them.
    pub fn pop_item(&mut self) {
        self.items.pop();
    }

    /// What a path finds, where it finds something.
    pub fn at(&self, path: &[Segment]) -> Option<Shape<'a>> {
        self.follow(path).ok()
    }

    /// What a path finds.
    pub(super) fn follow(&self, path: &[Segment]) -> Result<Shape<'a>, Lost> {
        let Some(Segment::Field(root)) = path.first() else {
            return Ok(Shape::anything());
        };
        let root = &**root;
        if let Some((_, item)) = self.items.iter().find(|(name, _)| *name == root) {
            return descend(item.clone(), path, 1);
        }
        self.check_seen(root)?;
        match root {
            "event" => descend(self.event.clone(), path, 1),
            "vars" => descend(self.vars.clone(), path, 1),
            "run" => descend(known::run(), path, 1),
            "request" if self.request => descend(known::request(), path, 1),
            "request" => Err(Lost::new(
                Code::UnknownRoot,
                0,
                "there is no `.request`: no trigger of this workflow is a webhook".to_owned(),
                "read `.event`, or add a `webhook` trigger",
            )),
            "steps" => self.steps.follow(path),
            "waits" => self.steps.follow_wait(path),
            _ => Err(Lost::new(
                Code::UnknownRoot,
                0,
                format!("expressions see no `.{root}` here"),
                suggest::help(root, self.roots()),
            )),
        }
    }

    fn check_seen(&self, root: &str) -> Result<(), Lost> {
        let (is_seen, why) = match self.sees {
            Sees::Run => return Ok(()),
            Sees::Event => (
                !["run", "steps", "waits"].contains(&root),
                "a key sees `.event`, `.request` and `.vars`: it is read before the run begins",
            ),
            Sees::Vars => (
                !ROOTS.contains(&root) || root == "vars",
                "a trigger sees `.vars` alone: it is read before any event comes",
            ),
        };
        if is_seen {
            return Ok(());
        }
        let message = format!("there is no `.{root}` here yet");
        Err(Lost::new(Code::UnknownRoot, 0, message, why))
    }

    fn roots(&self) -> Vec<&'a str> {
        let items = self.items.iter().map(|(name, _)| *name);
        match self.sees {
            Sees::Run => items.chain(ROOTS).collect(),
            Sees::Event => vec!["event", "request", "vars"],
            Sees::Vars => vec!["vars"],
        }
    }

    /// Everything that an expression could read, for one that cannot be followed. Addresses are not
    /// among it: they are as good as a password, so only what names one gets it.
    pub(super) fn everything(&self) -> Vec<Path> {
        let mut paths = vec![vec!["vars"]];
        if self.sees != Sees::Vars {
            paths.push(vec!["event"]);
            paths.extend(self.request.then(|| vec!["request"]));
        }
        if self.sees == Sees::Run {
            paths.push(vec!["run"]);
            paths.extend(self.items.iter().map(|(name, _)| vec![*name]));
            paths.extend(self.steps.everything());
        }
        let paths = paths.into_iter().map(|names| Path {
            segments: names
                .into_iter()
                .map(|name| Segment::Field(name.into()))
                .collect(),
            optional: true,
        });
        paths.collect()
    }
}
