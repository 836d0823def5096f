//! `mortise parked`

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use mortise_api::orders::Said;
use mortise_api::orders::bulk::{What, Which};
use mortise_api::orders::parked::Replay as Going;
use mortise_model::{Json, RunId, Status, StepPath};
use serde_json::Value;

use super::said::Reason;
use super::{input, order, pages, runs};
use crate::access::orders::Order;
use crate::access::{Access, ListQuery};
use crate::args::Data;
use crate::exit::{Code, Outcome, Stop};
use crate::output::{self, cell, list};
use crate::progress;

/// Commands about parked runs.
#[derive(Subcommand)]
pub enum Parked {
    /// List parked runs, newest first, with the sentence that says why
    #[command(
        after_help = "Example:\n  mortise parked list --workflow order-to-invoice --data data"
    )]
    List(List),
    /// Show a parked run whole
    #[command(after_help = "Example:\n  mortise parked show 01K… --data data")]
    Show(Show),
    /// Let parked runs go on: as the same runs, from the step that failed or from another one
    #[command(
        after_help = "Examples:\n  mortise parked replay 01K… --data data\n  mortise parked replay 01K… --from invoice --input corrected.json --why 'price corrected' --data data\n  mortise parked replay --workflow order-to-invoice --code http-503 --data data"
    )]
    Replay(Replay),
    /// Give parked runs up
    #[command(
        after_help = "Examples:\n  mortise parked discard 01K… --why 'a test' --data data\n  mortise parked discard --all --why 'a bad day' --data data"
    )]
    Discard(Discard),
}

/// Lists them.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    filter: Filter,
    /// At most so many; a daemon is asked for them in pages of up to 500
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = pages::limit)]
    limit: usize,
    /// Go on where an earlier list ended: its `next`
    #[arg(long)]
    cursor: Option<RunId>,
    #[command(flatten)]
    data: Data,
}

/// Shows one.
#[derive(Args)]
pub struct Show {
    /// The run
    id: RunId,
    /// Print large values whole
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    data: Data,
}

/// Lets some go on.
#[derive(Args)]
pub struct Replay {
    #[command(flatten)]
    which: Chosen,
    /// Go on from this step instead of the one that failed; what came after it is done again
    #[arg(long, value_name = "STEP", value_parser = step)]
    from: Option<StepPath>,
    /// Go on with this event, as JSON; `-` reads it from stdin. For one run
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    data: Data,
}

/// Gives some up.
#[derive(Args)]
pub struct Discard {
    #[command(flatten)]
    which: Chosen,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    data: Data,
}

/// Which parked runs are meant.
#[derive(Args)]
pub struct Chosen {
    /// The run
    id: Option<RunId>,
    #[command(flatten)]
    filter: Filter,
    /// All parked runs
    #[arg(long, conflicts_with = "id")]
    all: bool,
}

/// Which of many.
#[derive(Args)]
pub struct Filter {
    /// Only of this workflow
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Only those whose failure has this code
    #[arg(long)]
    code: Option<String>,
}

/// Does what was asked about parked runs.
///
/// # Errors
/// Where the data folder cannot be used, there is no such run, or it cannot be told that.
pub async fn run(parked: Parked) -> Outcome {
    match parked {
        Parked::List(list) => list_runs(list).await,
        Parked::Show(show) => self::show(show).await,
        Parked::Replay(replay) => self::replay(replay).await,
        Parked::Discard(discard) => {
            let said = discard.reason.said();
            match discard.which.chosen()? {
                Meant::One(run) => {
                    let wanted = Order::Discard(said);
                    order(&discard.data, (run, wanted)).await
                }
                Meant::Many(which) => {
                    let wanted = (which, What::Discard, said);
                    bulk(&discard.data, wanted).await
                }
            }
        }
    }
}

async fn list_runs(list: List) -> Outcome {
    let settings = list.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let query = ListQuery {
        workflow: list.filter.workflow,
        code: list.filter.code,
        cursor: list.cursor,
        ..ListQuery::default()
    };
    let pages = pages::collect(list.limit, |limit, cursor| {
        let query = ListQuery {
            cursor: cursor.or(query.cursor),
            ..query.clone()
        };
        let access = &access;
        async move { access.parked(&query, limit).await }
    });
    let head = [
        "ID", "WORKFLOW", "STEP", "PARKED", "ATTEMPTS", "CODE", "WHY",
    ];
    pages.await?.print(list.data.json, &head, row)
}

fn row(run: &Value) -> Vec<String> {
    vec![
        cell(run, &["id"]),
        cell(run, &["workflow"]),
        cell(run, &["step"]),
        cell(run, &["parked_at"]),
        cell(run, &["attempts"]),
        cell(run, &["failure", "code"]),
        cell(run, &["failure", "sentence"]),
    ]
}

async fn show(show: Show) -> Outcome {
    let settings = show.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let run = access.run(show.id, show.full, Duration::ZERO).await?;
    let status = cell(&run, &["status"]);
    if status != Status::Parked.word() {
        let id = show.id;
        return Err(Stop::not_found(format!(
            "run `{id}` is {status} and not parked"
        )));
    }
    runs::print(&run, show.data.json)
}

async fn replay(replay: Replay) -> Outcome {
    let said = replay.reason.said();
    let from = replay.from;
    match replay.which.chosen()? {
        Meant::One(run) => {
            let input = replay.input.as_deref().map(event).transpose()?;
            let wanted = Order::Replay(Going { from, input }, said);
            order(&replay.data, (run, wanted)).await
        }
        Meant::Many(_) if replay.input.is_some() => {
            Err(Stop::usage("`--input` is for one run: name it"))
        }
        Meant::Many(which) => {
            let wanted = (which, What::Replay(from), said);
            bulk(&replay.data, wanted).await
        }
    }
}

fn step(text: &str) -> Result<StepPath, &'static str> {
    if text.trim().is_empty() {
        return Err(
            "it is empty: name a step as `parked show` lists it, or leave the flag out to go on \
             with the one that failed",
        );
    }
    Ok(StepPath::from(text))
}

fn event(path: &Path) -> Outcome<Json> {
    let shown = path.display();
    let text = String::from_utf8(input::read(path)?)
        .map_err(|_| Stop::usage(format!("`{shown}` is not text in UTF-8")))?;
    Json::parse(text).map_err(|error| Stop::usage(format!("`{shown}` is not JSON: {error}")))
}

enum Meant {
    One(RunId),
    Many(Which),
}

impl Chosen {
    fn chosen(self) -> Outcome<Meant> {
        let Filter { workflow, code } = self.filter;
        let is_filtered = workflow.is_some() || code.is_some();
        match self.id {
            Some(_) if is_filtered => Err(Stop::usage(
                "name a run, or say which with `--workflow` and `--code`, and not both",
            )),
            Some(id) => Ok(Meant::One(id)),
            None if !is_filtered && !self.all => Err(Stop::usage(
                "say which: a run, `--workflow NAME`, `--code CODE`, or `--all`",
            )),
            None => Ok(Meant::Many(Which {
                workflow: workflow.as_deref().map(Into::into),
                code,
                all: self.all,
            })),
        }
    }
}

async fn bulk(data: &Data, (which, what, said): (Which, What, Said)) -> Outcome {
    let settings = data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let done = access.bulk(which, what, said).await?;
    if data.json {
        output::json(&done)?;
    } else {
        output::text(&format!(
            "{} of {} parked runs",
            cell(&done, &["done"]),
            cell(&done, &["matched"])
        ))?;
        for refused in list(&done, "refusals") {
            progress::note(cell(refused, &["why"]));
        }
    }
    match done.get("refused").and_then(Value::as_u64) {
        None | Some(0) => Ok(()),
        Some(_) => Err(Stop::silent(Code::Failed)),
    }
}
