//! One case: the engine itself, over a store in memory and a clock that jumps to whatever is due.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mortise_api::query::{self, Extent, Seen};
use mortise_manifest::cases::{Answer, Case, Data, Mocks, Suite, without_indexes};
use mortise_model::entry::{Letter, Waiting};
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::plan::{Action, OnFailure, Operation, OperationKind, Retry, Source, Step};
use mortise_model::{Fact, Json, Namespace, Plan, RunId, Timestamp};
use mortise_ports::inbox::Post;
use mortise_ports::memory::{MemoryStore, Write};
use mortise_ports::{Catalog as _, Journal as _};
use mortise_runner::{Activation, NewEvent, Runner, Settings, VirtualClock};
use mortise_sandbox::Sandbox;
use tokio::sync::Notify;

use super::mocks::{PLAYED, Played};
use crate::exit::{Outcome, Stop};

/// Where the virtual clock begins where a case does not say: 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp(1_767_225_600_000);

/// The longest that a case may take by the virtual clock.
const PATIENCE: Duration = Duration::from_secs(400 * 86_400);

/// How long after a step began to wait it is answered: what happens at the same moment is looked at
/// once.
const ANSWER_AFTER: Duration = Duration::from_millis(10);

/// Longer than any case takes, in milliseconds: nobody sets a virtual clock, and there is no other
/// process, so nothing is looked at again and again. Each look would be a stop of the clock.
const NEVER_MS: u64 = 100 * 365 * 86_400_000;

/// What happened.
pub struct Record {
    /// The run as `runs show --json` gives it.
    pub run: serde_json::Value,
    /// How often each step that calls something began.
    pub begun: BTreeMap<String, u32>,
}

/// A case that is ready to be played.
pub struct Stage {
    plans: Vec<Plan>,
    workflow: String,
    plugins: Arc<Played>,
    answers: BTreeMap<String, Answer>,
    start: Timestamp,
    event: Json,
    request: Option<Json>,
    origin: Origin,
}

impl Stage {
    /// Reads the case's event and puts the mocks into place. Blocks.
    ///
    /// # Errors
    /// Where the file of the event cannot be read.
    pub fn new(sandbox: Arc<Sandbox>, plans: &[Plan], suite: &Suite, case: &Case) -> Outcome<Self> {
        let mut plans = plans.to_vec();
        for plan in &mut plans {
            if plan.workflow == suite.plan.workflow {
                play_calls(&mut plan.steps, "", &case.mocks);
                play_calls(&mut plan.finally, "finally.", &case.mocks);
            }
            // The event of a case is what the webhook's plugin would have made of the request.
            for trigger in &mut plan.triggers {
                if let Source::Webhook(webhook) = &mut trigger.source {
                    webhook.uses = None;
                }
            }
        }
        Ok(Self {
            workflow: suite.plan.workflow.to_string(),
            plugins: Arc::new(Played::new(sandbox, case.mocks.clone())),
            answers: case.answers.clone(),
            start: case.at.unwrap_or(START),
            event: event(&suite.file, case)?,
            request: case.request.clone(),
            origin: origin(&suite.plan, case),
            plans,
        })
    }

    /// Plays the case on a thread with a clock of its own.
    ///
    /// # Errors
    /// Where the run does not come to rest, or the engine breaks down.
    pub async fn play(self) -> Outcome<Record> {
        let thread = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .map_err(Stop::environment)?;
            runtime.block_on(self.play_here())
        });
        thread.await.map_err(Stop::defect)?
    }

    async fn play_here(self) -> Outcome<Record> {
        let namespace = Namespace::default_namespace();
        let store = Arc::new(MemoryStore::default());
        let active = store.publish(&namespace, 0, self.plans.into()).await?;
        let clock = Arc::new(VirtualClock::new(self.start, 1));
        let plugins = Arc::clone(&self.plugins);
        let settings = Settings {
            look_ms: NEVER_MS,
            lease_ms: NEVER_MS,
            ..Settings::default()
        };
        let runner = Runner::start(Arc::clone(&store), plugins, clock, settings);
        let plan = active
            .plans
            .iter()
            .find(|active| active.plan.workflow.as_str() == self.workflow)
            .cloned()
            .ok_or_else(|| Stop::defect("the plan of the case was not published"))?;
        let activation = Activation {
            // Schedules and polls of the workflow are not what a case is about.
            plans: active.plans.iter().map(without_triggers).collect(),
            ..Activation::default()
        };
        runner.activate(&namespace, activation);
        let event = NewEvent {
            plan,
            origin: self.origin,
            id: None,
            payload: self.event,
            request: self.request,
        };
        let accepted = runner.accept(event).await.map_err(Stop::failed)?;
        let answering = answer(&runner, &store, accepted.run, &self.answers);
        let rest = runner.wait(&namespace, accepted.run, PATIENCE);
        tokio::select! {
            status = rest => {
                status.ok_or_else(|| Stop::failed("the run does not come to rest"))?;
            }
            stopped = answering => return Err(stopped),
        }
        let seen = Seen {
            extent: Extent::Full,
            links: runner.links(),
        };
        let run = query::run(&*store, &namespace, accepted.run, &seen).await?;
        let run = serde_json::to_value(run).map_err(Stop::defect)?;
        Ok(Record {
            run,
            begun: self.plugins.begun(),
        })
    }
}

/// Gives each wait the answer that the case has for it, when it is waited for. Never ends but by an
/// error.
async fn answer(
    runner: &Runner<MemoryStore, Played>,
    store: &MemoryStore,
    run: RunId,
    answers: &BTreeMap<String, Answer>,
) -> Stop {
    let namespace = Namespace::default_namespace();
    let news = Arc::new(Notify::new());
    let bell = Arc::clone(&news);
    store.on_write(move |write| {
        if write == Write::Commit {
            bell.notify_one();
        }
    });
    let mut seen = 0;
    while !answers.is_empty() {
        let history = match store.entries(&namespace, run).await {
            Ok(history) => history,
            Err(error) => return error.into(),
        };
        for (_, entry) in history.entries.iter().filter(|(n, _)| *n >= seen) {
            let Some(letter) = letter(&entry.fact, answers) else {
                continue;
            };
            let post = Post::new(namespace.clone(), run, letter);
            if let Err(error) = runner.tell(post).await {
                return error.into();
            }
        }
        seen = history.next_sequence;
        news.notified().await;
        tokio::time::sleep(ANSWER_AFTER).await;
    }
    std::future::pending().await
}

fn letter(fact: &Fact, answers: &BTreeMap<String, Answer>) -> Option<Letter> {
    let step = fact.step()?;
    let is_waited_for = match fact {
        Fact::StepWaiting { wait, .. } => {
            matches!(wait, Waiting::Callback | Waiting::Approval { .. })
        }
        Fact::AttemptSuspended { callback, .. } => *callback,
        _ => false,
    };
    let answer = answers
        .get(&without_indexes(step))
        .filter(|_| is_waited_for)?;
    Some(match answer.clone() {
        Answer::Callback(body) => Letter::Callback {
            step: step.clone(),
            body: body.into(),
        },
        Answer::Decision { decision, by, why } => Letter::Decided {
            step: step.clone(),
            decision,
            by: by.unwrap_or_else(|| "test".to_owned()),
            why: why.unwrap_or_default(),
        },
    })
}

fn event(file: &str, case: &Case) -> Outcome<Json> {
    match &case.event {
        None => Ok(Json::null()),
        Some(Data::Inline(json)) => Ok(json.clone()),
        Some(Data::File(path)) => {
            let folder = Path::new(file).parent().unwrap_or(Path::new(""));
            let path = folder.join(path);
            let unreadable = |why: &dyn std::fmt::Display| {
                Stop::failed(format!(
                    "`{}`, the event of case `{}`, cannot be read: {why}",
                    path.display(),
                    case.name
                ))
            };
            let text = std::fs::read_to_string(&path).map_err(|e| unreadable(&e))?;
            Json::parse(text).map_err(|e| unreadable(&e))
        }
    }
}

fn origin(plan: &Plan, case: &Case) -> Origin {
    let trigger = case
        .trigger
        .as_ref()
        .and_then(|id| plan.triggers.iter().find(|trigger| trigger.id == *id));
    let kind = match trigger.map(|trigger| &trigger.source) {
        Some(Source::Webhook(_)) => TriggerKind::Webhook,
        Some(Source::Schedule(_)) => TriggerKind::Schedule,
        Some(Source::Poll(_)) => TriggerKind::Poll,
        Some(Source::Failure { .. }) => TriggerKind::Failure,
        Some(Source::Manual { .. }) | None => TriggerKind::Manual,
    };
    Origin {
        trigger: trigger.map_or_else(|| "manual".to_owned(), |trigger| trigger.id.clone()),
        kind,
    }
}

fn without_triggers(
    active: &mortise_ports::catalog::ActivePlan,
) -> mortise_ports::catalog::ActivePlan {
    let mut plan = (*active.plan).clone();
    plan.triggers.clear();
    mortise_ports::catalog::ActivePlan {
        plan: Arc::new(plan),
        ..active.clone()
    }
}

/// A call of another workflow that has a mock becomes a call that the mock answers.
fn play_calls(steps: &mut [Step], scope: &str, mocks: &BTreeMap<String, Mocks>) {
    for step in steps {
        let path = format!("{scope}{}", step.id);
        let inside = format!("{path}.");
        match &mut step.action {
            Action::Call(call) if mocks.contains_key(&path) => {
                let uses = format!("call {}", call.workflow);
                step.action = Action::Operation(Arc::new(stand_in(uses, call.with.clone())));
            }
            Action::Switch(cases) => cases
                .iter_mut()
                .for_each(|case| play_calls(&mut case.steps, &inside, mocks)),
            Action::Parallel(branches) => branches.iter_mut().for_each(|branch| {
                let inside = format!("{inside}{}.", branch.name);
                play_calls(&mut branch.steps, &inside, mocks);
            }),
            Action::Foreach(foreach) => play_calls(&mut foreach.steps, &inside, mocks),
            _ => {}
        }
        if let OnFailure::Steps(steps) = &mut step.on_failure {
            play_calls(steps, &format!("{inside}on-failure."), mocks);
        }
    }
}

fn stand_in(uses: String, with: mortise_model::template::Template) -> Operation {
    Operation {
        plugin: "test/played".to_owned(),
        version: "0.0.0".to_owned(),
        digest: PLAYED,
        name: uses.clone(),
        uses,
        kind: OperationKind::Action,
        repeat: mortise_model::descriptor::Repeat::Safe,
        with,
        connection: None,
        hosts: Vec::new(),
        retry: Retry {
            attempts: 1,
            ..Retry::default()
        },
        timeout_ms: mortise_model::plan::STEP_TIMEOUT_MS,
        on_unclear: None,
    }
}
