//! A workflow as it is shown.

use mortise_model::id::{Digest, Namespace, WorkflowName};
use mortise_model::plan::{Action, Source, Trigger};
use mortise_ports::catalog::ActivePlan;
use serde::Serialize;

/// An active workflow.
#[derive(Debug, Serialize)]
pub struct WorkflowView {
    /// Its name.
    pub name: WorkflowName,
    /// Whose it is.
    pub namespace: Namespace,
    /// What it is for.
    pub description: Option<String>,
    /// The plan that new runs are bound to.
    pub plan: Digest,
    /// The plan's number among the versions of the workflow.
    pub version: u32,
    /// What starts runs.
    pub triggers: Vec<TriggerView>,
    /// What its steps call, in order.
    pub steps: Vec<StepView>,
}

/// A trigger.
#[derive(Debug, Serialize)]
pub struct TriggerView {
    /// Its id.
    pub id: String,
    /// `webhook`, `schedule` or `manual`.
    pub kind: &'static str,
    /// Of a webhook: its path on the hooks listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Of a webhook: its method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Of a schedule: when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// Of a schedule: where that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// A step of the plan.
#[derive(Debug, Serialize)]
pub struct StepView {
    /// Its id.
    pub id: String,
    /// What it calls.
    pub uses: String,
    /// The plugin's bytes.
    pub digest: Digest,
}

impl From<&ActivePlan> for WorkflowView {
    fn from(active: &ActivePlan) -> Self {
        let plan = &active.plan;
        Self {
            name: plan.workflow.clone(),
            namespace: plan.namespace.clone(),
            description: plan.description.clone(),
            plan: active.digest,
            version: active.version,
            triggers: plan.triggers.iter().map(TriggerView::from).collect(),
            steps: plan
                .steps
                .iter()
                .map(|step| {
                    let Action::Operation(operation) = &step.action;
                    StepView {
                        id: step.id.to_string(),
                        uses: operation.uses.clone(),
                        digest: operation.digest,
                    }
                })
                .collect(),
        }
    }
}

impl From<&Trigger> for TriggerView {
    fn from(trigger: &Trigger) -> Self {
        let mut view = Self {
            id: trigger.id.clone(),
            kind: "manual",
            path: None,
            method: None,
            cron: None,
            timezone: None,
        };
        match &trigger.source {
            Source::Webhook(webhook) => {
                view.kind = "webhook";
                view.path = Some(format!("{}{}", crate::routes::PREFIX, webhook.path));
                view.method = Some(webhook.method.clone());
            }
            Source::Schedule(schedule) => {
                view.kind = "schedule";
                view.cron = Some(schedule.cron.clone());
                view.timezone = Some(schedule.timezone.clone());
            }
            Source::Manual { .. } => {}
        }
        view
    }
}
