//! How many runs a second the store carries: each is an acceptance and three commits of about a
//! kilobyte. `throughput DIR [TASKS] [SECONDS] [PAYLOAD_BYTES] [THREADS]`;
//! `GATHER_US` sets `store.gather-us`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::too_many_lines
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mortise_model::entry::{Accepted, End, StepInput};
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Event, Fact, Json, Payload, StepPath, Timestamp, WorkflowName};
use mortise_ports::journal::{Acceptance, Owner, Turn};
use mortise_ports::{Journal, Payloads, Runs};
use mortise_store::{Settings, SledStore, open};

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().expect("a folder"));
    let mut number = |default: u64| args.next().map_or(default, |text| text.parse().unwrap());
    let (tasks, seconds, payload) = (number(64), number(10), number(1000));
    let threads = number(2);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(usize::try_from(threads).unwrap())
        .enable_all()
        .build()
        .unwrap();
    let mut settings = Settings::default();
    if let Ok(gather) = std::env::var("GATHER_US") {
        settings.gather_us = gather.parse().unwrap();
    }
    let store = Arc::new(open(&folder, settings, Box::new(|why| panic!("{why}"))).unwrap());
    let done = Arc::new(AtomicU64::new(0));
    let ids = Arc::new(AtomicU32::new(0));
    let before = (cpu_seconds(), disk_bytes(&folder), written_bytes());
    let began = Instant::now();
    let end = began + Duration::from_secs(seconds);
    let payload = usize::try_from(payload).unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..tasks)
            .map(|_| {
                let (store, done, ids) = (Arc::clone(&store), Arc::clone(&done), Arc::clone(&ids));
                tokio::spawn(async move {
                    while Instant::now() < end {
                        one_run(&store, payload, ids.fetch_add(1, Ordering::Relaxed)).await;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let took = began.elapsed().as_secs_f64();
    let runs = done.load(Ordering::Relaxed) as f64;
    let cpu = cpu_seconds() - before.0;
    let disk = (disk_bytes(&folder) - before.1) as f64 / 1024.0;
    let written = (written_bytes() - before.2) as f64 / 1024.0;
    println!(
        "{:.0} runs/s, {:.3} CPU s per 1000 runs, {} MiB resident, {:.1} kB on disk and {:.1} kB written per run, {} live",
        runs / took,
        cpu / runs * 1000.0,
        resident_mib(),
        disk / runs,
        written / runs,
        store.live(),
    );
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(i64::try_from(since.unwrap().as_millis()).unwrap())
}

fn entry(fact: Fact) -> Entry {
    Entry { at: now(), fact }
}

async fn data(store: &SledStore, run: RunId, bytes: usize) -> Payload {
    let text = format!("{{\"text\":\"{}\"}}", "x".repeat(bytes));
    let size_bytes = text.len() as u64;
    if text.len() > Payload::INLINE_MAX_BYTES {
        let namespace = Namespace::default_namespace();
        let digest = store.put(&namespace, run, text.into_bytes()).await.unwrap();
        return Payload::Stored { digest, size_bytes };
    }
    Payload::Inline(Json::parse(text).unwrap())
}

async fn one_run(store: &SledStore, bytes: usize, number: u32) {
    let namespace = Namespace::default_namespace();
    let random = u128::from(number) << 40 | u128::from(number.wrapping_mul(2_654_435_761));
    let run = RunId::from_parts(u64::try_from(now().0).unwrap(), random);
    let accepted = Accepted {
        run,
        namespace,
        workflow: WorkflowName::from("orders"),
        plan: Digest::of(b"plan"),
        version: 1,
        rollout: None,
        origin: Origin {
            trigger: "hook".to_owned(),
            kind: TriggerKind::Webhook,
        },
        event: Event {
            id: run.to_string(),
            payload: data(store, run, bytes).await,
            request: None,
        },
        parent: None,
    };
    let entry0 = entry(Fact::Accepted(Box::new(accepted)));
    store
        .accept(vec![Acceptance {
            entries: vec![entry0],
            dedupe: Vec::new(),
            place: None,
            memory: None,
        }])
        .await
        .unwrap();
    let owner = Owner {
        name: "bench".to_owned(),
        lease_ms: 60_000,
    };
    let mut work = store.claim(&owner, now(), 1).await.unwrap();
    let claimed = work
        .claimed
        .pop()
        .expect("every task adds one run before it takes one");
    let step = StepPath::from("map");
    let start = |input| Fact::AttemptStarted {
        step: step.clone(),
        attempt: 1,
        turn: 0,
        input,
    };
    let output = data(store, claimed.claim.run, bytes).await;
    let input = StepInput {
        with: Json::null().into(),
        records: Some(output.clone()),
    };
    let succeeded = |output| Fact::AttemptSucceeded {
        step: step.clone(),
        output,
        failures: Vec::new(),
        requests: Vec::new(),
    };
    let first = vec![entry(Fact::Started), entry(start(None))];
    store.commit(&claimed.claim, turn(1, first)).await.unwrap();
    let second = vec![entry(succeeded(output)), entry(start(Some(input)))];
    store.commit(&claimed.claim, turn(3, second)).await.unwrap();
    let null = Payload::Inline(Json::null());
    let end = Fact::Ended(End::Succeeded {
        output: null.clone(),
    });
    let third = vec![entry(succeeded(null)), entry(end)];
    store.commit(&claimed.claim, turn(5, third)).await.unwrap();
}

fn turn(expected_sequence: u32, entries: Vec<Entry>) -> Turn {
    Turn {
        expected_sequence,
        entries,
        ..Turn::default()
    }
}

fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn written_bytes() -> u64 {
    let io = fs::read_to_string("/proc/self/io").unwrap();
    let line = io
        .lines()
        .find(|line| line.starts_with("write_bytes"))
        .unwrap();
    line.split_whitespace().last().unwrap().parse().unwrap()
}

fn resident_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

fn disk_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => disk_bytes(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}
