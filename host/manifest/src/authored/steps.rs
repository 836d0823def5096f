//! Steps and what they do.

use mortise_model::path::ON_FAILURE;
use mortise_model::plan::{self, OnItemFailure, OnUnclear, Retry};

use super::Spanned;
use crate::source::Place;
use crate::yaml::Node;

/// An entry of a list of steps.
#[derive(Debug)]
pub(crate) struct Step<'n> {
    /// None where it is missing or no id.
    pub id: Option<Spanned<&'n str>>,
    pub place: Place,
    pub condition: Option<&'n Node>,
    /// None where it is missing or there are several.
    pub action: Option<Action<'n>>,
    pub on_failure: OnFailure<'n>,
    pub undo: Option<Use<'n>>,
}

/// What a step does.
#[derive(Debug)]
pub(crate) enum Action<'n> {
    Operation(Box<Use<'n>>),
    Switch(Vec<Case<'n>>),
    Parallel(Vec<Branch<'n>>),
    Foreach(Box<Foreach<'n>>),
    Collect(Collect<'n>),
    Call(Call<'n>),
    Wait(Wait<'n>),
}

/// What follows where a step fails for good.
#[derive(Debug)]
pub(crate) enum OnFailure<'n> {
    Park,
    Fail,
    Continue,
    Steps(Vec<Step<'n>>),
}

/// An operation with all that a place says about calling it.
#[derive(Debug)]
pub(crate) struct Use<'n> {
    /// None where it is missing or no text.
    pub uses: Option<Spanned<&'n str>>,
    pub connection: Option<Spanned<&'n str>>,
    pub with: Option<&'n Node>,
    pub records: Option<&'n Node>,
    pub retry: Retry,
    pub timeout_ms: u64,
    pub on_unclear: Option<OnUnclear>,
}

/// An entry of a `switch`.
#[derive(Debug)]
pub(crate) struct Case<'n> {
    /// None for `else`.
    pub condition: Option<&'n Node>,
    pub steps: Vec<Step<'n>>,
}

/// An entry of a `parallel`.
#[derive(Debug)]
pub(crate) struct Branch<'n> {
    pub name: &'n str,
    pub steps: Vec<Step<'n>>,
}

/// A `foreach` with its `steps`.
#[derive(Debug)]
pub(crate) struct Foreach<'n> {
    pub items: Option<&'n Node>,
    pub name: Option<Spanned<&'n str>>,
    pub at_once: u32,
    pub batch: Option<u32>,
    pub on_failure: OnItemFailure,
    pub steps: Vec<Step<'n>>,
}

/// A `collect`.
#[derive(Debug)]
pub(crate) struct Collect<'n> {
    pub items: Option<&'n Node>,
    pub records_max: u32,
}

/// A `call`.
#[derive(Debug)]
pub(crate) struct Call<'n> {
    pub workflow: Option<Spanned<&'n str>>,
    pub with: Option<&'n Node>,
}

/// A `wait`.
#[derive(Debug)]
pub(crate) enum Wait<'n> {
    Until(&'n Node),
    /// Nothing in it needs an expression.
    Ready(plan::Wait),
}

impl<'n> Step<'n> {
    /// The lists of steps inside, each with the word that stands before its ids in a path; cases and
    /// items have a number there, and here nothing.
    pub fn inner(&self) -> Vec<(&'n str, &[Step<'n>])> {
        let mut lists: Vec<(&str, &[Step<'n>])> = match &self.action {
            Some(Action::Switch(cases)) => {
                let cases = cases.iter();
                cases.map(|case| ("", case.steps.as_slice())).collect()
            }
            Some(Action::Parallel(branches)) => {
                let branches = branches.iter();
                branches
                    .map(|branch| (branch.name, branch.steps.as_slice()))
                    .collect()
            }
            Some(Action::Foreach(foreach)) => vec![("", &foreach.steps)],
            _ => Vec::new(),
        };
        if let OnFailure::Steps(steps) = &self.on_failure {
            lists.push((ON_FAILURE, steps));
        }
        lists
    }
}
