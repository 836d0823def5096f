//! `mortise audit`

use clap::{Args, Subcommand};
use mortise_model::Digest;
use serde_json::Value;

use crate::access::Access;
use crate::args::Data;
use crate::exit::{Code, Outcome, Stop};
use crate::output::{self, cell, list};
use crate::progress;

/// Commands about the audit log.
#[derive(Subcommand)]
pub enum Audit {
    /// List what people did, newest first
    #[command(after_help = "Example:\n  mortise audit list --limit 20 --data data")]
    List(List),
    /// Say whether the log is whole
    #[command(
        after_help = "Examples:\n  mortise audit verify --data data\n  mortise audit verify --head sha256:… --data data\n\nEach entry carries the sha256 of the one before, so one that was changed, left out or put in between\nis found. Whoever can write the whole store can write the whole log again: note the head that this\ncommand prints elsewhere, and give it with `--head` the next time. Exit code 1 where the log is not whole."
    )]
    Verify(Verify),
}

/// Lists entries.
#[derive(Args)]
pub struct List {
    /// The most entries that are listed
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=500))]
    limit: u64,
    /// Only entries before this one: `next` of an earlier list
    #[arg(long, value_name = "NUMBER")]
    cursor: Option<u64>,
    #[command(flatten)]
    data: Data,
}

/// Verifies the log.
#[derive(Args)]
pub struct Verify {
    /// A head that was noted earlier: the log must go on from it
    #[arg(long, value_name = "DIGEST")]
    head: Option<Digest>,
    #[command(flatten)]
    data: Data,
}

/// Does what was asked about the log.
///
/// # Errors
/// Where it cannot be read; `Failed` where it is not whole.
pub async fn run(audit: Audit) -> Outcome {
    match audit {
        Audit::List(list) => list_entries(list).await,
        Audit::Verify(verify) => self::verify(verify).await,
    }
}

async fn list_entries(wanted: List) -> Outcome {
    let access = Access::find(&wanted.data.resolve()?.settings).await?;
    let limit = usize::try_from(wanted.limit).map_err(Stop::defect)?;
    let listed = access.audited(wanted.cursor, limit).await?;
    if wanted.data.json {
        return output::json(&listed);
    }
    let rows: Vec<Vec<String>> = list(&listed, "items").map(row).collect();
    let head = ["NUMBER", "AT", "WHO", "WHAT", "NAMESPACE", "TARGET"];
    output::table(&head, &rows)?;
    if let Some(next) = listed.get("next").and_then(Value::as_str) {
        progress::note(format!("there are older entries: `--cursor {next}`"));
    }
    Ok(())
}

fn row(entry: &Value) -> Vec<String> {
    let names = ["number", "at", "who", "what", "namespace", "target"];
    names.map(|name| cell(entry, &[name])).to_vec()
}

async fn verify(wanted: Verify) -> Outcome {
    let access = Access::find(&wanted.data.resolve()?.settings).await?;
    let verdict = access.verify_audit(wanted.head).await?;
    let is_whole = verdict.get("ok") == Some(&Value::Bool(true));
    if wanted.data.json {
        output::json(&verdict)?;
    } else {
        output::text(&sentence(&verdict, is_whole))?;
    }
    match is_whole {
        true => Ok(()),
        false => Err(Stop::silent(Code::Failed)),
    }
}

fn sentence(verdict: &Value, is_whole: bool) -> String {
    let of = |path: &[&str]| cell(verdict, path);
    let (count, head) = (of(&["count"]), of(&["head"]));
    if !is_whole {
        let at = match of(&["broken", "number"]).as_str() {
            "-" => String::new(),
            number => format!("entry {number}: "),
        };
        return format!(
            "not whole: {at}{} ({count} entries fit)",
            of(&["broken", "why"])
        );
    }
    match of(&["noted"]).as_str() {
        "-" => format!("ok: {count} entries, head {head}"),
        noted => {
            format!("ok: {count} entries, head {head}; the head that was noted is of entry {noted}")
        }
    }
}
