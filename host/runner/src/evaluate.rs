//! What a step is about to do: its condition, and what its action needs.

pub(crate) mod gather;
pub(crate) mod lists;
pub(crate) mod view;

use mortise_model::entry::StepInput;
use mortise_model::input::Evaluated;
use mortise_model::path::Node;
use mortise_model::plan::{
    Action, CallWorkflow, Case, Foreach, Items, Operation, OperationKind, Wait,
};
use mortise_model::run::StepState;
use mortise_model::{
    Disposition, Failure, Json, Payload, ScopePath, StepPath, Timestamp, WorkflowName,
};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::{Plugins, Store};

use crate::accept::choice::{By, Taken, choose};
use crate::by_hand::{Unfit, fits_schema, manual};
use view::{Halt, View, shown};

/// Items of a list that a `foreach` goes through; more have to come in pages, because the list
/// itself is in memory.
const ITEMS_MAX: u32 = 10_000;

/// What a step is about to do.
pub(crate) struct Next {
    pub evaluated: Evaluated,
    /// The plan that a called workflow runs on.
    pub callee: Option<Callee>,
}

/// The plan that a called workflow runs on, and what it took where it had a choice.
pub(crate) type Callee = (ActivePlan, Option<Taken>);

impl From<Evaluated> for Next {
    fn from(evaluated: Evaluated) -> Self {
        Self {
            evaluated,
            callee: None,
        }
    }
}

/// Evaluates a step that is about to begin.
pub(crate) async fn step<S: Store, P: Plugins>(
    view: &View<S, P>,
    path: &StepPath,
) -> Result<Next, Halt> {
    let at = path.scope();
    let step = match view.plan.node(path) {
        Some(Node::Step(step)) => step,
        Some(Node::Undo(operation)) => {
            // It stands where the step stands that it takes back.
            let at = StepPath::from(at.as_str()).scope();
            return Ok(operation_input(view, &at, operation).await?.into());
        }
        None => return Err(unknown(path).into()),
    };
    if let Some(condition) = &step.condition
        && !view.holds(&at, condition).await?
    {
        return Ok(Evaluated::Skip.into());
    }
    let evaluated = match &step.action {
        Action::Operation(operation) => operation_input(view, &at, operation).await?,
        Action::Switch(cases) => Evaluated::Case(case(view, &at, cases).await?),
        Action::Parallel(_) => Evaluated::Branches,
        Action::Foreach(foreach) => match &foreach.items {
            Items::List(list) => {
                let list = view.value(&at, list).await?;
                items(view, foreach, list).await?
            }
            Items::Pages(pages) => first_page(view, &at, pages),
        },
        Action::Collect(collect) => first_page(view, &at, &collect.pages),
        Action::Wait(wait) => Evaluated::Wait {
            until: until(view, &at, wait).await?,
        },
        Action::Call(call) => return call_input(view, &at, call).await,
    };
    Ok(evaluated.into())
}

/// The output of a run: what the manifest says, or the output of the last step.
pub(crate) async fn run_output<S: Store, P: Plugins>(view: &View<S, P>) -> Result<Payload, Halt> {
    if let Some(template) = &view.plan.output {
        return view.payload(&ScopePath::root(), template).await;
    }
    let last = view.plan.steps.last();
    let state = last.and_then(|step| view.run.steps.get(&step.id));
    Ok(state
        .and_then(|state| state.output.clone())
        .unwrap_or_else(|| Json::null().into()))
}

async fn operation_input<S: Store, P: Plugins>(
    view: &View<S, P>,
    at: &ScopePath,
    operation: &Operation,
) -> Result<Evaluated, Halt> {
    let with = view.payload(at, &operation.with).await?;
    let records = match &operation.kind {
        OperationKind::Transform { records, .. } => Some(view.payload(at, records).await?),
        _ => None,
    };
    Ok(Evaluated::Operation(StepInput { with, records }))
}

async fn case<S: Store, P: Plugins>(
    view: &View<S, P>,
    at: &ScopePath,
    cases: &[Case],
) -> Result<Option<u32>, Halt> {
    for (index, case) in (0..).zip(cases) {
        match &case.condition {
            Some(condition) if !view.holds(at, condition).await? => {}
            _ => return Ok(Some(index)),
        }
    }
    Ok(None)
}

async fn items<S: Store, P: Plugins>(
    view: &View<S, P>,
    foreach: &Foreach,
    list: Json,
) -> Result<Evaluated, Halt> {
    let count = lists::count(&list)?;
    let items = count.div_ceil(foreach.batch.unwrap_or(1).max(1));
    if items > ITEMS_MAX {
        let message = format!(
            "the list has {items} items, and a `foreach` over a list goes through {ITEMS_MAX} at most; walk the pages of a paged step, or put several into one item with `batch`"
        );
        return Err(Failure::new(Disposition::Limit, "foreach-items", message).into());
    }
    Ok(Evaluated::Items {
        items: view.keep(list).await?,
        count,
        next: None,
    })
}

/// Where the pages of a step begin. A step that was skipped, or failed and did not matter, has none.
fn first_page<S, P>(view: &View<S, P>, at: &ScopePath, pages: &StepPath) -> Evaluated {
    let state: Option<&StepState> = view
        .plan
        .visible(at, pages.as_str())
        .and_then(|path| view.run.steps.get(&path));
    match state.and_then(|state| Some((state, state.output.as_ref()?))) {
        Some((state, records)) => Evaluated::Items {
            items: records.clone(),
            count: state.count,
            next: state.token.clone(),
        },
        None => Evaluated::Items {
            items: empty_list().into(),
            count: 0,
            next: None,
        },
    }
}

async fn until<S: Store, P: Plugins>(
    view: &View<S, P>,
    at: &ScopePath,
    wait: &Wait,
) -> Result<Timestamp, Halt> {
    let now = view.inner.clock.now();
    match wait {
        Wait::Duration { ms } => Ok(now.plus_ms(*ms)),
        Wait::Callback { within_ms } | Wait::Approval { within_ms, .. } => {
            Ok(now.plus_ms(*within_ms))
        }
        Wait::Until(template) => {
            let value = view.value(at, template).await?;
            let text = value.read::<String>().unwrap_or_default();
            text.parse().map_err(|_| {
                let why = if Timestamp::is_beyond(&text) {
                    format!(
                        "too far off: nothing waits longer than until `{}`",
                        Timestamp::last()
                    )
                } else {
                    "no time such as `2026-03-01T06:00:00Z`".to_owned()
                };
                let message = format!("`until` gave {}, which is {why}", shown(&value));
                Failure::new(Disposition::Misconfigured, "wait-until", message).into()
            })
        }
    }
}

async fn call_input<S: Store, P: Plugins>(
    view: &View<S, P>,
    at: &ScopePath,
    call: &CallWorkflow,
) -> Result<Next, Halt> {
    let inner = &view.inner;
    let accepted = &view.run.accepted;
    let depth = accepted.parent.as_ref().map_or(1, |p| p.depth + 1);
    let depth_max = inner.settings.call_depth_max;
    if depth > depth_max {
        let message = format!(
            "workflows call each other {depth} deep, and `runner.call-depth-max` allows {depth_max}"
        );
        return Err(Failure::new(Disposition::Limit, "call-depth-max", message).into());
    }
    let workflow = &call.workflow;
    let Some(callee) = inner.plans.active(&accepted.namespace, workflow) else {
        let message = format!(
            "there is no active workflow `{workflow}` in namespace `{}`: publish it, or correct the name",
            accepted.namespace
        );
        let failure = Failure::new(Disposition::Misconfigured, "workflow-missing", message);
        return Err(failure.into());
    };
    let input = view.payload(at, &call.with).await?;
    let trigger = manual(&callee.plan);
    if let Some((trigger, Some(schema))) = trigger {
        let value = view.json(&input).await?;
        fits_schema(schema, &value).map_err(|unfit| misfit(workflow, trigger, unfit))?;
    }
    let child = inner.new_run();
    let caller = inner.plans.active(&accepted.namespace, &accepted.workflow);
    let by = By::Caller {
        accepted,
        active: caller.as_ref(),
    };
    Ok(Next {
        evaluated: Evaluated::Call { child, input },
        callee: Some(choose(callee, by)),
    })
}

/// The input of a call that the workflow does not take.
fn misfit(workflow: &WorkflowName, trigger: &str, unfit: Unfit) -> Failure {
    let of = format!("the schema of trigger `{trigger}` of workflow `{workflow}`");
    match unfit {
        Unfit::Input(why, cause) => Failure {
            cause: cause.field.is_some().then_some(cause),
            ..Failure::new(
                Disposition::Reject,
                "call-input",
                format!("the input does not fit {of}: {why}"),
            )
        },
        Unfit::Schema(why) => Failure::new(
            Disposition::Misconfigured,
            "call-input",
            format!("{of} is not valid: {why}"),
        ),
    }
}

fn empty_list() -> Json {
    Json::of::<[(); 0]>(&[]).unwrap_or_else(|_| Json::null())
}

fn unknown(path: &StepPath) -> Failure {
    let message = format!("the plan has no step `{path}`");
    Failure::new(Disposition::Misconfigured, "plan", message)
}

fn not_a_list(value: &Json) -> Failure {
    let message = format!(
        "`in` of a `foreach` must be a list, and gave {}",
        shown(value)
    );
    Failure::new(Disposition::Misconfigured, "foreach-list", message)
}

fn malformed(error: &serde_json::Error) -> Failure {
    Failure::new(Disposition::Misconfigured, "json", error.to_string())
}
