//! The table for people and the file for programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use serde::Serialize;

use super::calls::Calls;
use super::languages::{Language, table};
use super::row::{Mode, Row};
use crate::paths;

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The commit, with `+` where the checkout has changes.
    pub commit: String,
    /// When it was finished, RFC 3339 in UTC.
    pub date: String,
    /// What it ran on.
    pub machine: String,
    /// The rows.
    pub rows: Vec<Row>,
    /// See [`Calls`].
    pub fresh_call_us: Option<f64>,
    /// See [`Calls`].
    pub host_crossing_us: Option<f64>,
    /// See [`Calls`].
    pub beside_endless_us: Option<f64>,
    /// See [`Calls`].
    pub beside_greedy_us: Option<f64>,
    /// See [`Language`].
    pub languages: Vec<Language>,
}

impl Report {
    /// Adds where and when.
    ///
    /// # Errors
    /// Where `date` is missing.
    pub fn new(rows: Vec<Row>, calls: Option<Calls>, languages: Vec<Language>) -> Result<Self> {
        let commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
        let changed = !said("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
        Ok(Self {
            commit: format!("{commit}{}", if changed { "+" } else { "" }),
            date: said("date", &["-u", "+%Y-%m-%dT%H:%M:%S.000Z"]),
            machine: machine()?,
            rows,
            fresh_call_us: calls.map(|calls| calls.fresh_call_us),
            host_crossing_us: calls.map(|calls| calls.host_crossing_us),
            beside_endless_us: calls.map(|calls| calls.beside_endless_us),
            beside_greedy_us: calls.map(|calls| calls.beside_greedy_us),
            languages,
        })
    }

    /// Writes `result.json` into a folder and gives its path.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let file = folder.join("result.json");
        fs::write(&file, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(file)
    }

    /// What stands below the table.
    #[must_use]
    pub fn summary(&self) -> String {
        let us = |value: Option<f64>| {
            value.map_or_else(|| "not measured".to_owned(), |us| format!("{us:.1} µs"))
        };
        format!(
            "\na fresh instance with a trivial call {}, a call into the host {}\nthe same \
             beside four hostile neighbours: endless ones {}, greedy ones {}\n{}\n{}, {}, commit {}",
            us(self.fresh_call_us),
            us(self.host_crossing_us),
            us(self.beside_endless_us),
            us(self.beside_greedy_us),
            table(&self.languages),
            self.machine,
            self.date,
            self.commit
        )
    }
}

/// The head of the table.
#[must_use]
pub fn heading() -> String {
    format!(
        "{:8} {:>5} {:>10} {:>11} {:>8} {:>8} {:>6} {:>8} {:>9} {:>8} {:>7} {:>5} {:>5} {:>9} {:>8} {:>9}",
        "mode",
        "conns",
        "accepted/s",
        "completed/s",
        "p50 ms",
        "p99 ms",
        "errors",
        "deferred",
        "accepted",
        "backlog",
        "drain s",
        "lost",
        "extra",
        "cpu s/1k",
        "rss MiB",
        "KiB/run"
    )
}

/// A row of the table.
#[must_use]
pub fn line(row: &Row) -> String {
    let mode = match row.mode {
        Mode::Accepted => "accepted",
        Mode::Result => "result",
    };
    format!(
        "{mode:8} {:>5} {:>10.0} {:>11.0} {:>8.2} {:>8.2} {:>6} {:>8} {:>9} {:>8} {:>7.2} {:>5} {:>5} {:>9.3} {:>8.1} {:>9.2}",
        row.conns,
        row.accepted_rps,
        row.completed_rps,
        row.p50_ms,
        row.p99_ms,
        row.errors,
        row.deferred,
        row.accepted_total,
        row.backlog_at_end,
        row.drain_s,
        row.lost,
        row.extra,
        row.cpu_s_per_1000,
        row.rss_peak_mb,
        row.disk_kb_per_run
    )
}

fn machine() -> Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let field = |name: &str| {
        cpus.lines()
            .find_map(|line| line.strip_prefix(name)?.split_once(':'))
    };
    let model = field("model name").map_or("unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism()?;
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kib = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let gib = kib
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .unwrap_or(0)
        / (1024 * 1024);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!(
        "{cores} cores of {model}, {gib} GiB, Linux {}",
        kernel.trim()
    ))
}

/// What a program prints; empty where it does not work.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(paths::root())
        .output();
    let stdout = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&stdout).trim().to_owned()
}
