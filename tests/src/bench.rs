//! The benchmark behind `make bench`: orders in, invoices out, everything journaled.
//!
//! [`receiver`] is the sink, as cheap as it gets; [`load`] sends; [`row`] measures one mode with
//! one number of connections, on a daemon and a data folder of its own; [`calls`] asks the
//! sandbox for the cost of a single call, [`languages`] for that of each language; [`report`] prints and writes what came of it.
//!
//! Receiver and load generator are a thread each of this process, on the same machine as the
//! daemon: what they use is not there for it.

pub mod calls;
mod example;
pub mod languages;
pub mod load;
pub mod receiver;
pub mod report;
pub mod row;
mod wire;

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{paths, seed};
use report::Report;
use row::{Mode, Row};

/// How long each row is measured; `SECS` in the environment.
const SECS: u64 = 60;

/// How long each row is warmed up before; `WARMUP_SECS` in the environment.
const WARMUP_SECS: u64 = 5;

/// The connections of the load generator.
const CONNECTIONS: [usize; 2] = [8, 64];

/// Measures everything, prints the table and writes `bench/out/result.json`.
///
/// # Errors
/// Where something cannot be measured, where an event was lost or delivered twice, or where an
/// invoice is not what it should be.
#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
pub fn run() -> Result<()> {
    let secs = Duration::from_secs(seed::number("SECS", SECS).max(1));
    let warmup = Duration::from_secs(seed::number("WARMUP_SECS", WARMUP_SECS));
    let mut rows = Vec::new();
    println!("{}", report::heading());
    for mode in [Mode::Accepted, Mode::Result] {
        for connections in CONNECTIONS {
            let row = row::measure(mode, connections, warmup, secs)
                .with_context(|| format!("mode {mode:?} with {connections} connections"))?;
            println!("{}", report::line(&row));
            rows.push(row);
        }
    }
    let calls = calls::measure();
    let languages = languages::measure();
    let failed = [calls.as_ref().err(), languages.as_ref().err()];
    let failed = failed
        .into_iter()
        .flatten()
        .map(|error| format!("{error:#}"));
    let failed: Vec<String> = failed.collect();
    let report = Report::new(rows, calls.ok(), languages.unwrap_or_default())?;
    let file = report.write(&paths::root().join("bench/out"))?;
    println!("{}", report.summary());
    println!("{}", file.display());
    ensure!(failed.is_empty(), "not measured: {}", failed.join("; "));
    faultless(&report.rows)
}

fn faultless(rows: &[Row]) -> Result<()> {
    for row in rows {
        let name = format!("mode {:?} with {} connections", row.mode, row.conns);
        ensure!(
            row.lost == 0,
            "{name}: {} accepted events were not delivered",
            row.lost
        );
        ensure!(row.extra == 0, "{name}: {} deliveries too many", row.extra);
    }
    Ok(())
}
