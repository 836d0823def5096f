//! An event on its way to being a run: its keys are evaluated, and its payload is kept.

use std::sync::Arc;

use mortise_engine::fold;
use mortise_model::entry::{self, End, Parent};
use mortise_model::event::{Event, Origin};
use mortise_model::path::RECEIVE;
use mortise_model::plan::WhenFull;
use mortise_model::template::Template;
use mortise_model::{
    Digest, Disposition, Entry, Fact, Failure, Json, Plan, Run, RunId, ScopePath, StepPath,
};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::journal::{Acceptance, Dedupe, Place};
use mortise_ports::plugins::File;
use mortise_ports::{Plugins, Store, StoreError};

use super::NewEvent;
use super::choice::{By, Taken, choose};
use super::failed::{self, Failed};
use crate::Inner;
use crate::evaluate::lists::Lists;
use crate::evaluate::view::{Halt, View, keep, shown};
use crate::files;

/// The longest key in bytes: it is part of a key of the store.
const KEY_MAX_BYTES: usize = 1_024;

/// An event on its way to being a run.
pub(crate) struct Draft {
    /// The one that the run takes; there is no candidate beside it any more.
    pub plan: ActivePlan,
    /// What it took, where there was one.
    pub taken: Option<Taken>,
    pub origin: Origin,
    pub run: RunId,
    pub event_id: String,
    pub payload: Json,
    pub request: Option<Json>,
    /// One run for one id of the trigger.
    pub is_unique: bool,
    /// A webhook's plugin has understood its request already.
    pub is_understood: bool,
    pub parent: Option<Parent>,
    /// Runs of its `concurrency` key that may wait before it.
    pub queue_max: u32,
    /// Where the plan names no `concurrency`, events of a trigger with the same key are worked on one
    /// after the other.
    pub ordering_key: Option<String>,
    /// Where the files are that its payload names.
    pub files: EventFiles,
}

/// Where the files come from that an event names. They become those of its run.
#[derive(Clone)]
pub(crate) enum EventFiles {
    /// Nowhere: whoever sends an event has none.
    None,
    /// The call of a plugin made them.
    Made(Arc<[File]>),
    /// They are copies of those of another run.
    Of(RunId),
}

/// What the keys of a plan gave for an event.
#[derive(Default)]
struct Keys {
    dedupe: Option<Dedupe>,
    place: Option<Place>,
}

impl Draft {
    pub fn of<S, P>(inner: &Inner<S, P>, event: NewEvent) -> Self {
        let run = inner.new_run();
        let is_unique = event.id.is_some();
        let event_id = event.id.unwrap_or_else(|| run.to_string());
        let (plan, taken) = choose(event.plan, By::Event(&event_id));
        Self {
            plan,
            taken,
            origin: event.origin,
            run,
            is_unique,
            event_id,
            payload: event.payload,
            request: event.request,
            is_understood: false,
            parent: None,
            queue_max: inner.settings.queue_max,
            ordering_key: None,
            files: EventFiles::None,
        }
    }

    /// What the journal is to accept: the run, and where one of its keys fails, which parks it at
    /// once, the runs that are started by that.
    pub async fn acceptances<S: Store, P: Plugins>(
        self,
        inner: &Arc<Inner<S, P>>,
    ) -> Result<Vec<Acceptance>, StoreError> {
        let mut dedupe = Vec::new();
        if self.is_unique {
            dedupe.push(Dedupe::Event {
                id: self.event_id.clone(),
                body: Digest::of(self.payload.as_str().as_bytes()),
            });
        }
        let (is_called, is_understood) = (self.parent.is_some(), self.is_understood);
        let (plan, queue_max) = (Arc::clone(&self.plan.plan), self.queue_max);
        let turn = self.turn();
        let first = self.accepted(inner).await?;
        let mut entries = vec![first.clone()];
        if let (true, Fact::Accepted(accepted)) = (is_understood, &first.fact) {
            entries.push(Entry {
                at: first.at,
                fact: Fact::EventReceived {
                    event: accepted.event.clone(),
                    requests: Vec::new(),
                },
            });
        }
        let next = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let numbered: Vec<(u32, Entry)> = (0..).zip(entries.iter().cloned()).collect();
        let run = fold(&plan, &numbered, next)
            .map_err(|defect| StoreError::Damaged(defect.to_string()))?;
        let keys = keys(inner, &plan, run.clone(), queue_max).await;
        let (keys, starts) = match keys {
            Ok(keys) => (keys, Vec::new()),
            Err(Halt::Store(error)) => return Err(error),
            Err(Halt::Failure(failure)) => {
                let end = End::Parked {
                    step: None,
                    failure,
                };
                let mut starts = started_by(inner, (&plan, &run), &end, next).await?;
                if let Some(Dedupe::Event { id, body }) = dedupe.first() {
                    // Where the event is known the run does not exist, and starts nothing.
                    let accepted = &run.accepted;
                    let id = format!("{}.{}.{id}", accepted.workflow, accepted.origin.trigger);
                    for start in &mut starts {
                        let (id, body) = (id.clone(), *body);
                        start.dedupe = vec![Dedupe::Event { id, body }];
                    }
                }
                entries.push(Entry {
                    at: first.at,
                    fact: Fact::Ended(end),
                });
                (Keys::default(), starts)
            }
        };
        // A run that another one calls is no event that could come twice.
        dedupe.extend(keys.dedupe.filter(|_| !is_called));
        let acceptance = Acceptance {
            entries,
            dedupe,
            place: keys.place.or(turn),
            memory: None,
        };
        Ok([vec![acceptance], starts].concat())
    }

    /// The place that keeps the order of events.
    fn turn(&self) -> Option<Place> {
        let key = self.ordering_key.as_ref()?;
        // A plugin's key may be longer than a key of the store.
        let key = Digest::of(format!("{} {key}", self.origin.trigger).as_bytes());
        Some(Place {
            key: key.to_string(),
            limit: 1,
            skip: false,
            queue_max: self.queue_max,
        })
    }

    /// The first entry of the run.
    async fn accepted<S: Store, P>(self, inner: &Inner<S, P>) -> Result<Entry, StoreError> {
        let namespace = self.plan.plan.namespace.clone();
        let (store, run) = (&*inner.store, self.run);
        match &self.files {
            EventFiles::None => {}
            EventFiles::Made(made) => {
                files::keep_named(store, (&namespace, run), (&self.payload, made)).await?;
            }
            EventFiles::Of(other) => {
                files::hand_over(store, &namespace, (*other, run), &self.payload).await?;
            }
        }
        let payload = keep(store, &namespace, run, self.payload).await?;
        let accepted = entry::Accepted {
            run: self.run,
            namespace,
            workflow: self.plan.plan.workflow.clone(),
            plan: self.plan.digest,
            version: self.plan.version,
            rollout: self.taken.and_then(Taken::into_rollout),
            origin: self.origin,
            event: Event {
                id: self.event_id,
                payload,
                request: self.request,
            },
            parent: self.parent,
        };
        Ok(Entry {
            at: inner.now(),
            fact: Fact::Accepted(Box::new(accepted)),
        })
    }
}

/// A run that was not accepted, as one that is parked, and the runs that are started by that.
pub(crate) async fn parked<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    plan: &Plan,
    refused: &Acceptance,
    failure: Failure,
) -> Result<Vec<Acceptance>, StoreError> {
    let mut entries = refused.entries.clone();
    let next = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let numbered: Vec<(u32, Entry)> = (0..).zip(entries.iter().cloned()).collect();
    let run =
        fold(plan, &numbered, next).map_err(|defect| StoreError::Damaged(defect.to_string()))?;
    let mut starts = Vec::new();
    // One whose key failed is parked already.
    if run.end.is_none() {
        let end = End::Parked {
            step: None,
            failure,
        };
        starts = started_by(inner, (plan, &run), &end, next).await?;
        entries.push(Entry {
            at: inner.now(),
            fact: Fact::Ended(end),
        });
    }
    let parked = Acceptance {
        entries,
        dedupe: Vec::new(),
        place: None,
        memory: None,
    };
    Ok([vec![parked], starts].concat())
}

/// The runs that are started because this one is parked before it began.
async fn started_by<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    (plan, run): (&Plan, &Run),
    end: &End,
    sequence: u32,
) -> Result<Vec<Acceptance>, StoreError> {
    inner.metrics.ended(end);
    failed::warn_of(plan, run, end);
    let Some(failed) = Failed::of((plan, run), end, sequence) else {
        return Ok(Vec::new());
    };
    // Nothing is started by what this starts, so it goes no deeper.
    Box::pin(failed::starts(inner, &failed)).await
}

/// Whether a webhook's plugin has yet to understand the run's event.
pub(crate) fn is_raw(plan: &Plan, run: &Run) -> bool {
    let receive = StepPath::from(RECEIVE);
    run.event.is_none() && plan.operation(&receive, &run.accepted.origin).is_some()
}

async fn keys<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    plan: &Arc<Plan>,
    run: Run,
    queue_max: u32,
) -> Result<Keys, Halt> {
    let mut keys = Keys::default();
    let has_keys = plan.deduplicate.is_some() || plan.concurrency.is_some();
    if !has_keys || is_raw(plan, &run) {
        return Ok(keys);
    }
    let at = run.accepted_at;
    let view = View {
        inner: Arc::clone(inner),
        plan: Arc::clone(plan),
        run: Arc::new(run),
        lists: Arc::<Lists>::default(),
        files: Arc::default(),
    };
    if let Some(deduplicate) = &plan.deduplicate {
        keys.dedupe = Some(Dedupe::Key {
            key: key(&view, "deduplicate.key", &deduplicate.key).await?,
            until: at.plus_ms(deduplicate.within_ms),
        });
    }
    if let Some(concurrency) = &plan.concurrency {
        keys.place = Some(Place {
            key: key(&view, "concurrency.key", &concurrency.key).await?,
            limit: concurrency.limit,
            skip: concurrency.when_full == WhenFull::Skip,
            queue_max,
        });
    }
    Ok(keys)
}

/// What stands before a key that is no text, so that `1` and `"1"` are two.
const NO_TEXT: char = '=';

fn of_text(text: String) -> String {
    if text.starts_with(NO_TEXT) {
        return format!("{NO_TEXT}{text}");
    }
    text
}

/// The same for the same value, however it is written.
fn of_other(value: &Json) -> String {
    if value.as_str().len() > KEY_MAX_BYTES {
        return value.as_str().to_owned();
    }
    format!("{NO_TEXT}{}", value.canonical())
}

async fn key<S: Store, P: Plugins>(
    view: &View<S, P>,
    name: &str,
    template: &Template,
) -> Result<String, Halt> {
    let value = view.value(&ScopePath::root(), template).await?;
    let text = value
        .read::<String>()
        .map_or_else(|_| of_other(&value), of_text);
    let why = if value.is_null() {
        "`null`, which tells no two events apart".to_owned()
    } else if text.len() > KEY_MAX_BYTES {
        format!(
            "{}, which is longer than the {KEY_MAX_BYTES} bytes of a key",
            shown(&value)
        )
    } else {
        return Ok(text);
    };
    let message = format!("`{name}` gave {why}");
    Err(Failure::new(Disposition::Misconfigured, "key", message).into())
}
