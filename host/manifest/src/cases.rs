//! The cases of a manifest's `tests`, checked and ready to be run: `mortise test` needs nothing else of
//! the manifest. [`suites`] gives them together with the plan.
//!
//! Steps are named by their paths without numbers, see [`without_indexes`]: what is said of one counts
//! for every item of a `foreach` and every case of a `switch`.

mod expect;
mod mock;
mod names;
mod read;

use std::collections::BTreeMap;

use mortise_model::plan::Decision;
use mortise_model::run::Status;
use mortise_model::{Failure, Json, StepPath, Timestamp};

pub use crate::check::{Suite, Suites, suites};
pub(crate) use read::cases;

/// An entry of `tests`.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Unique in the manifest.
    pub name: String,
    /// Where it stands, from 1.
    pub line: u32,
    /// The trigger that gives the event; none where the workflow has no triggers.
    pub trigger: Option<String>,
    /// `.event`; none where the case says nothing, which stands for `null`.
    pub event: Option<Data>,
    /// `.request`, as far as the case gives it.
    pub request: Option<Json>,
    /// When the virtual clock begins.
    pub at: Option<Timestamp>,
    /// What stands in for calls, by step. A step that calls and is not here is not to be called.
    pub mocks: BTreeMap<String, Mocks>,
    /// What comes to the waits, by step. A wait that is not here runs out.
    pub answers: BTreeMap<String, Answer>,
    /// What has to come of it.
    pub expect: Expect,
}

/// A value, here or in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Here.
    Inline(Json),
    /// In a file of JSON, relative to the manifest.
    File(String),
}

/// What stands in for the calls of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mocks {
    /// The same for every call.
    Every(Mock),
    /// One for each call, in the order of the calls; there has to be no further one.
    InTurn(Vec<Mock>),
}

/// What stands in for one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mock {
    /// It succeeds. Of a step that gives pages these are the records of one, and it is the last one
    /// where no other mock follows.
    Output(Json),
    /// It fails.
    Failure(Failure),
}

/// What comes to a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A person decides.
    Decision {
        /// What.
        decision: Decision,
        /// Who.
        by: Option<String>,
        /// Why.
        why: Option<String>,
    },
    /// A request to the step's address has this body.
    Callback(Json),
}

/// What has to come of a case. What it does not name may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// How the run ends; `succeeded` where the case does not say.
    pub status: Status,
    /// The run's output, as a whole.
    pub output: Option<Json>,
    /// What becomes of steps.
    pub steps: BTreeMap<String, ExpectStep>,
    /// Why the run does not succeed.
    pub failure: Option<ExpectFailure>,
}

/// What has to become of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectStep {
    /// How often it begins, over all items and cases; a skipped step does not begin.
    pub ran: Option<u32>,
    /// How it ends, each time.
    pub status: Option<StepEnd>,
    /// What it is given, the last time.
    pub input: Option<Json>,
    /// What it gives, the last time.
    pub output: Option<Json>,
}

/// How a step ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// Done.
    Succeeded,
    /// For good.
    Failed,
    /// Its condition was false.
    Skipped,
    /// The run ended before it did.
    Cancelled,
}

impl StepEnd {
    /// Every end, with the word that users see.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("succeeded", Self::Succeeded),
        ("failed", Self::Failed),
        ("skipped", Self::Skipped),
        ("cancelled", Self::Cancelled),
    ];
}

/// Why a run has to end without success.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectFailure {
    /// The step that failed.
    pub step: Option<String>,
    /// The failure's code.
    pub code: Option<String>,
    /// The word of its disposition.
    pub disposition: Option<&'static str>,
}

/// A step's path as cases name it: `lines.stock` for `lines[3].stock`.
#[must_use]
pub fn without_indexes(path: &StepPath) -> String {
    let mut parts = path.as_str().split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once(']').map_or("", |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_left_out_of_paths() {
        for (path, name) in [
            ("book", "book"),
            ("lines[3].stock", "lines.stock"),
            ("a[0].b[12].c.on-failure.d", "a.b.c.on-failure.d"),
            ("finally.clean", "finally.clean"),
        ] {
            assert_eq!(without_indexes(&path.into()), name);
        }
    }
}
