//! One row: a mode and a number of connections, with a daemon and a data folder of its own.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use super::load;
use super::receiver::Receiver;
use crate::daemon::{Daemon, Launch};
use crate::scenario::Words;
use crate::scenario::stage::copy_manifests;
use crate::{measure, paths};

/// Longest wait for the runs that are under way when the senders stop.
const DRAIN_MAX: Duration = Duration::from_secs(300);

/// How often the daemon is asked how far it is, once the senders have stopped.
const ASK: Duration = Duration::from_millis(20);

/// When the sender is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// When the event is durable.
    Accepted,
    /// When the run has succeeded.
    Result,
}

impl Mode {
    fn path(self) -> &'static str {
        match self {
            Self::Accepted => "/hooks/orders",
            Self::Result => "/hooks/orders-answered",
        }
    }
}

/// What was measured. Rates and latencies are those of the measured seconds; totals are those of
/// the whole row, with its warm-up, so that they can be compared with what the sink got.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The mode.
    pub mode: Mode,
    /// Connections of the load generator.
    pub conns: usize,
    /// Seconds measured.
    pub secs: u64,
    /// Events accepted a second.
    pub accepted_rps: f64,
    /// Runs recorded as succeeded a second.
    pub completed_rps: f64,
    /// Median time to the answer.
    pub p50_ms: f64,
    /// The time that 99 of 100 answers do not exceed.
    pub p99_ms: f64,
    /// Answers that are neither 2xx nor 429, and requests without one.
    pub errors: u64,
    /// Answers of 429: the sender was told to come back, and did.
    pub deferred: u64,
    /// Events accepted, counted at the sender.
    pub accepted_total: u64,
    /// Distinct idempotency keys at the sink.
    pub delivered_total: u64,
    /// Accepted and not yet succeeded when the senders stopped.
    pub backlog_at_end: u64,
    /// Seconds until these had succeeded.
    pub drain_s: f64,
    /// Accepted and never delivered.
    pub lost: u64,
    /// Delivered twice, or never accepted.
    pub extra: u64,
    /// The daemon's processor time for a thousand completed runs.
    pub cpu_s_per_1000: f64,
    /// Most memory that the daemon had resident.
    pub rss_peak_mb: f64,
    /// What the data folder grew by, for each run.
    pub disk_kb_per_run: f64,
}

/// How far the daemon is at some moment.
struct Moment {
    at: Instant,
    succeeded: u64,
    cpu_s: f64,
}

impl Moment {
    async fn now(daemon: &Daemon) -> Result<Self> {
        let succeeded = daemon.metric("mortise_runs_succeeded_total").await?;
        Ok(Self {
            at: Instant::now(),
            succeeded,
            cpu_s: measure::cpu_s(daemon.pid())?,
        })
    }
}

/// Measures one row.
///
/// # Errors
/// Where the daemon does not work, does not finish, or delivers something else than the invoice.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn measure(mode: Mode, connections: usize, warmup: Duration, secs: Duration) -> Result<Row> {
    let folder = tempfile::tempdir()?;
    let (data, workflows) = (folder.path().join("data"), folder.path().join("workflows"));
    std::fs::create_dir(&workflows)?;
    let receiver = Receiver::start()?;
    copy_manifests(
        &paths::checked_in("bench")?,
        &workflows,
        &receiver.address(),
        &Words::default(),
    )?;
    let order = std::fs::read(paths::checked_in("bench/order.json")?)?;
    let runtime = Runtime::new()?;
    let settings = paths::checked_in("demo/settings.yaml")?;
    let launch = Launch::new(&data, &workflows)
        .without_setting("egress.allow-private")
        .settings_file(&settings);
    let daemon = runtime.block_on(launch.start())?;
    let to: SocketAddr = daemon.ready.hooks.trim_start_matches("http://").parse()?;
    let disk_before = measure::disk_bytes(&data)?;

    let warm = load::send(to, mode.path(), &order, connections, warmup)?;
    let begin = runtime.block_on(Moment::now(&daemon))?;
    let mut load = load::send(to, mode.path(), &order, connections, secs)?;
    let end = runtime.block_on(Moment::now(&daemon))?;
    let accepted_total = warm.accepted + load.accepted;
    let drained = runtime.block_on(drained(&daemon, accepted_total))?;

    let measured_s = (end.at - begin.at).as_secs_f64();
    let disk = measure::disk_bytes(&data)?.saturating_sub(disk_before);
    let deliveries = receiver.deliveries();
    check_invoice(&deliveries.first, deliveries.different)?;
    let delivered_total = deliveries.distinct();
    let row = Row {
        mode,
        conns: connections,
        secs: secs.as_secs(),
        accepted_rps: round(load.accepted as f64 / measured_s, 0),
        completed_rps: round((end.succeeded - begin.succeeded) as f64 / measured_s, 0),
        p50_ms: round(load.percentile_ms(500), 2),
        p99_ms: round(load.percentile_ms(990), 2),
        errors: load.errors,
        deferred: load.deferred,
        accepted_total,
        delivered_total,
        backlog_at_end: accepted_total.saturating_sub(end.succeeded),
        drain_s: round((drained.at - end.at).as_secs_f64(), 2),
        lost: accepted_total.saturating_sub(delivered_total),
        extra: deliveries.repeated + delivered_total.saturating_sub(accepted_total),
        cpu_s_per_1000: round(
            (drained.cpu_s - begin.cpu_s) * 1000.0
                / (drained.succeeded - begin.succeeded).max(1) as f64,
            3,
        ),
        rss_peak_mb: round(measure::rss_peak_mb(daemon.pid())?, 1),
        disk_kb_per_run: round(disk as f64 / 1024.0 / drained.succeeded.max(1) as f64, 2),
    };
    drop(deliveries);
    let status = runtime.block_on(daemon.stop())?;
    ensure!(status.success(), "the daemon ended with {status}");
    Ok(row)
}

async fn drained(daemon: &Daemon, accepted: u64) -> Result<Moment> {
    let started = Instant::now();
    loop {
        let moment = Moment::now(daemon).await?;
        if moment.succeeded >= accepted {
            return Ok(moment);
        }
        ensure!(
            started.elapsed() < DRAIN_MAX,
            "{} of {accepted} runs have succeeded after {DRAIN_MAX:?}",
            moment.succeeded
        );
        sleep(ASK).await;
    }
}

fn check_invoice(first: &[u8], different: u64) -> Result<()> {
    let delivered: Value =
        serde_json::from_slice(first).context("what the sink got is not JSON")?;
    let expected = std::fs::read(paths::checked_in("bench/invoice.json")?)?;
    let expected: Value = serde_json::from_slice(&expected)?;
    let differences = crate::matching::differences(&exact(expected), &delivered);
    ensure!(
        differences.is_empty(),
        "the invoice is not as expected:\n{}",
        differences.join("\n")
    );
    ensure!(
        different == 0,
        "{different} deliveries differ from the first one"
    );
    Ok(())
}

/// The same value, with every object marked as complete.
fn exact(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: serde_json::Map<_, _> = members
                .into_iter()
                .map(|(name, value)| (name, exact(value)))
                .collect();
            members.insert("$exact".to_owned(), Value::Bool(true));
            Value::Object(members)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(exact).collect()),
        other => other,
    }
}

fn round(value: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    (value * factor).round() / factor
}
