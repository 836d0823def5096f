//! What people and applications do to runs and workflows from outside.

use futures::StreamExt as _;
use mortise_model::id::{Namespace, WorkflowName};
use mortise_model::{Json, Letter, Payload, RunId, Status};
use mortise_ports::inbox::{Delivery, Post};
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Plugins, Store, StoreError};

use crate::evaluate::view::keep;
use crate::{Inner, Runner};

/// Runs that are woken at the same time, so that their letters share a commit.
const WAKES_AT_ONCE: usize = 64;

/// Runs in one look for those that are to be woken.
const PAGE: usize = 1_000;

impl<S: Store, P: Plugins> Runner<S, P> {
    /// Tells a run something, durably, and has it read that at once where a lane of this process works
    /// on it. A payload in the letter must be kept for that run: see [`Runner::keep_for`].
    ///
    /// # Errors
    /// Where the letter cannot be kept.
    pub async fn tell(&self, post: Post) -> Result<Delivery, StoreError> {
        tell(&self.inner, post).await
    }

    /// Keeps a value for a run that is about to be told of it.
    ///
    /// # Errors
    /// Where it is too large, or cannot be kept.
    pub async fn keep_for(
        &self,
        namespace: &Namespace,
        run: RunId,
        value: Json,
    ) -> Result<Payload, StoreError> {
        keep(&*self.inner.store, namespace, run, value).await
    }

    /// Pauses a workflow or lets it go on, durably. While it is paused its events are accepted, and
    /// nothing is worked on: a run that is under way is put down where it would be taken up again.
    ///
    /// # Errors
    /// Where that cannot be kept, or the runs to go on with cannot be found; it may be asked again.
    pub async fn pause(
        &self,
        namespace: &Namespace,
        workflow: &WorkflowName,
        paused: bool,
    ) -> Result<(), StoreError> {
        let inner = &self.inner;
        inner.store.pause(namespace, workflow, paused).await?;
        inner.plans.set_paused(namespace, workflow, paused);
        if !paused {
            // A lane that read the pause before may be about to put a running one down.
            wake(inner, namespace, workflow, Status::Running).await?;
            wake(inner, namespace, workflow, Status::Waiting).await?;
        }
        Ok(())
    }
}

/// Wakes every run of a workflow that has a status.
async fn wake<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    namespace: &Namespace,
    workflow: &WorkflowName,
    status: Status,
) -> Result<(), StoreError> {
    let filter = Filter {
        workflow: Some(workflow.clone()),
        status: Some(status),
        ..Filter::default()
    };
    let mut before = None;
    loop {
        let page = Page {
            before,
            limit: PAGE,
        };
        let listing = inner.store.list(namespace, &filter, page).await?;
        let mut posts = Vec::with_capacity(listing.runs.len());
        for row in listing.runs {
            posts.push(Post::new(namespace.clone(), row.run, Letter::Wake));
        }
        let mut told = futures::stream::iter(posts.into_iter().map(|post| tell(inner, post)))
            .buffer_unordered(WAKES_AT_ONCE);
        while let Some(result) = told.next().await {
            result?;
        }
        before = listing.next;
        if before.is_none() {
            return Ok(());
        }
    }
}

pub(crate) async fn tell<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    post: Post,
) -> Result<Delivery, StoreError> {
    let run = post.run;
    let delivery = inner.store.send(post).await?;
    if delivery == Delivery::Kept {
        inner.metrics.letters(1);
        inner.poke(run);
    }
    Ok(delivery)
}

impl<S, P> Inner<S, P> {
    /// Has a run read its letters: by the lane that works on it, or by the next one.
    pub(crate) fn poke(&self, run: RunId) {
        if !self.claims.poke(run) {
            self.news.notify_one();
        }
    }
}
