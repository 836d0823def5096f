//! Many parked runs at once.

use std::fmt;
use std::future::Future;

use mortise_model::{Namespace, RunId, Status, StepPath, WorkflowName};
use mortise_ports::inbox::{Delivery, Post};
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Store, StoreError};
use serde::Serialize;

use super::parked::{Replay, discard, replay};
use super::{OrderError, Said, delivered};

/// Runs that are looked at in one go.
const PAGE: usize = 200;
/// Refusals that are told one by one; more are only counted.
const REFUSED_MAX: usize = 100;

/// Which parked runs.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Only of this workflow.
    pub workflow: Option<WorkflowName>,
    /// Only those whose failure has this code.
    pub code: Option<String>,
    /// All of them, where nothing else is said.
    pub all: bool,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all parked runs")?;
        if let Some(workflow) = &self.workflow {
            write!(f, " of workflow {workflow}")?;
        }
        match &self.code {
            Some(code) => write!(f, " with code {code}"),
            None => Ok(()),
        }
    }
}

/// What becomes of them.
#[derive(Clone, Debug)]
pub enum What {
    /// They go on, from this step where one is named.
    Replay(Option<StepPath>),
    /// They are given up.
    Discard,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Done {
    /// Parked runs that were meant.
    pub matched: usize,
    /// Of those, the ones that were told.
    pub done: usize,
    /// Of those, the ones that were not.
    pub refused: usize,
    /// The first of them.
    pub refusals: Vec<Refused>,
}

/// A run that was not told.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// The run.
    pub id: RunId,
    /// Why.
    pub why: String,
}

/// Tells every parked run that is meant, page by page. What was told stays so where a later page
/// fails.
///
/// # Errors
/// Where it is not said which are meant, or the store refuses.
pub async fn tell<S, F, T>(
    store: &S,
    namespace: &Namespace,
    (which, what, said): (Which, What, Said),
    send: F,
) -> Result<Done, OrderError>
where
    S: Store,
    F: Fn(Post) -> T + Sync,
    T: Future<Output = Result<Delivery, StoreError>> + Send,
{
    if !which.all && which.workflow.is_none() && which.code.is_none() {
        return Err(OrderError::NoFilter);
    }
    let filter = Filter {
        workflow: which.workflow,
        code: which.code,
        status: Some(Status::Parked),
        ..Filter::default()
    };
    let mut done = Done::default();
    let mut before = None;
    loop {
        let page = Page {
            before,
            limit: PAGE,
        };
        let listing = store.list(namespace, &filter, page).await?;
        for row in &listing.runs {
            let run = row.run;
            let post = match &what {
                What::Replay(from) => {
                    let from = from.clone();
                    let how = (Replay { from, input: None }, said.clone());
                    replay(store, namespace, run, how).await
                }
                What::Discard => discard(store, namespace, run, said.clone()).await,
            };
            let told = match post {
                Ok(post) => delivered(run, send(post).await?),
                Err(error) => Err(error),
            };
            done.count(run, told)?;
        }
        before = listing.next;
        if before.is_none() {
            return Ok(done);
        }
    }
}

impl Done {
    fn count(&mut self, run: RunId, told: Result<(), OrderError>) -> Result<(), OrderError> {
        self.matched += 1;
        match told {
            Ok(()) => self.done += 1,
            Err(OrderError::Store(error)) => return Err(error.into()),
            Err(error) => {
                self.refused += 1;
                if self.refusals.len() < REFUSED_MAX {
                    self.refusals.push(Refused {
                        id: run,
                        why: error.to_string(),
                    });
                }
            }
        }
        Ok(())
    }
}
