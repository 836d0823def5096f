//! `mortise approvals`

use clap::{Args, Subcommand};
use mortise_model::plan::Decision;
use mortise_model::{RunId, StepPath};
use serde_json::Value;

use super::said::Reason;
use super::{order, pages};
use crate::access::orders::Order;
use crate::access::{Access, ListQuery};
use crate::args::Data;
use crate::exit::Outcome;
use crate::output::cell;

/// Commands about approvals.
#[derive(Subcommand)]
pub enum Approvals {
    /// List what is asked for now
    #[command(after_help = "Example:\n  mortise approvals list --data data")]
    List(List),
    /// Let a step go on
    #[command(
        after_help = "Example:\n  mortise approvals approve 01K… ok --why 'checked by phone' --data data"
    )]
    Approve(Decide),
    /// Let a step fail
    #[command(
        after_help = "Example:\n  mortise approvals reject 01K… ok --why 'too dear' --data data"
    )]
    Reject(Decide),
}

/// Lists them.
#[derive(Args)]
pub struct List {
    /// At most so many; a daemon is asked for them in pages of up to 500
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = pages::limit)]
    limit: usize,
    /// Go on where an earlier list ended: its `next`
    #[arg(long)]
    cursor: Option<RunId>,
    #[command(flatten)]
    data: Data,
}

/// Decides one.
#[derive(Args)]
pub struct Decide {
    /// The run
    run: RunId,
    /// The path of the step that asks
    step: String,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    data: Data,
}

/// Does what was asked about approvals.
///
/// # Errors
/// Where the data folder cannot be used, or the step does not ask.
pub async fn run(approvals: Approvals) -> Outcome {
    match approvals {
        Approvals::List(list) => {
            let settings = list.data.resolve()?.settings;
            let access = Access::find(&settings).await?;
            let pages = pages::collect(list.limit, |limit, cursor| {
                let query = ListQuery {
                    cursor: cursor.or(list.cursor),
                    ..ListQuery::default()
                };
                let access = &access;
                async move { access.approvals(&query, limit).await }
            });
            let head = ["RUN", "STEP", "WORKFLOW", "SINCE", "UNTIL"];
            pages.await?.print(list.data.json, &head, row)
        }
        Approvals::Approve(decide) => decided(decide, Decision::Approve).await,
        Approvals::Reject(decide) => decided(decide, Decision::Reject).await,
    }
}

async fn decided(decide: Decide, decision: Decision) -> Outcome {
    let step = StepPath::from(decide.step.as_str());
    let wanted = Order::Decide(step, decision, decide.reason.said());
    order(&decide.data, (decide.run, wanted)).await
}

fn row(asked: &Value) -> Vec<String> {
    vec![
        cell(asked, &["run"]),
        cell(asked, &["step"]),
        cell(asked, &["workflow"]),
        cell(asked, &["since"]),
        cell(asked, &["until"]),
    ]
}
