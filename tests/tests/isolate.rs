//! Plugins in worker processes: what a worker holds, and what becomes of a crash.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use memchr::memmem;
use mortise_tests::cli::mortise;
use mortise_tests::daemon::Daemon;
use mortise_tests::sink::Behaviour;
use mortise_tests::{paths, warm};
use rustix::process::{Pid, Signal, kill_process};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};
use serde_json::Value;
use tokio::time::timeout;

use crate::common::{DELIVER, Place, event};
use crate::connections::{ASKS, CANARY, Kept};

/// One try, so that what became of it shows.
const ONCE: &str = r#"
version: 1
name: once
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: events
    webhook: { path: /once }
steps:
  - id: delivered
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/orders", json: "${{ .event }}" }
    retry: { attempts: 1 }
"#;

const PATIENCE: Duration = Duration::from_secs(60);

async fn isolated(place: &Place) -> Daemon {
    let launch = place.launch().setting("isolate", "true");
    launch.start().await.unwrap()
}

/// The workers of a daemon, by their process ids.
fn workers(daemon: &Daemon) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap();
    let ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|pid| parent(*pid) == Some(daemon.pid()))
        .filter(|pid| fs::read(of(*pid, "cmdline")).unwrap_or_default() == b"mortise\0worker\0")
        .collect()
}

fn of(pid: u32, file: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(file)
}

fn parent(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(of(pid, "status")).ok()?;
    field(&status, "PPid:")?.parse().ok()
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.map(str::trim)
}

/// The only worker of a daemon.
fn the_worker(daemon: &Daemon) -> Pid {
    let workers = workers(daemon);
    assert_eq!(workers.len(), 1, "{workers:?}");
    pid(workers[0])
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap()).unwrap()
}

async fn failure(daemon: &Daemon, run: &str) -> Value {
    let rest = timeout(PATIENCE, daemon.rest(run)).await.unwrap().unwrap();
    assert_eq!(rest["status"], "parked", "{rest}");
    rest["failure"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_gives_the_same_in_workers() {
    let place = Place::with(&[DELIVER]).await;
    let input = place.folder.path().join("input.json");
    fs::write(&input, event(7)).unwrap();
    let workflow = place.workflows.join("workflow-0.yaml");
    let plugins = paths::plugins().unwrap();
    let mut outputs = Vec::new();
    for is_isolated in [true, false] {
        let mut arguments = vec![
            "run".as_ref(),
            workflow.as_os_str(),
            "--input".as_ref(),
            input.as_os_str(),
            "--plugins".as_ref(),
            plugins.as_os_str(),
        ];
        if is_isolated {
            arguments.push("--isolate".as_ref());
        }
        let output = mortise(arguments).await.unwrap().ok().unwrap();
        outputs.push(output.json().unwrap());
    }
    assert_eq!(outputs[0]["id"], "e-7");
    assert_eq!(outputs[0], outputs[1]);
    let ledger = place.sink.ledger();
    assert_eq!(ledger.received.len(), 2);
    for received in &ledger.received {
        assert_eq!(received.json(), outputs[0]);
        assert_ne!(received.header("idempotency-key"), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_holds_no_secret_no_socket_and_no_right() {
    let place = Place::with(&[ONCE]).await;
    place.sink.behave(Behaviour::Hold);
    let daemon = isolated(&place).await;
    let run = daemon.accept("/once", event(1)).await.unwrap();
    place.sink.until_held(1).await.unwrap();
    let workers = workers(&daemon);
    assert_eq!(workers.len(), 1, "{}", daemon.stderr());
    let pid = workers[0];

    let threads: Vec<_> = fs::read_dir(of(pid, "task")).unwrap().collect();
    assert!(threads.len() > 1, "{threads:?}");
    for thread in threads {
        let status = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        assert_eq!(field(&status, "Seccomp:"), Some("2"), "{status}");
        assert_eq!(field(&status, "NoNewPrivs:"), Some("1"), "{status}");
    }
    assert_eq!(fs::read(of(pid, "environ")).unwrap(), b"");
    let mut open: Vec<String> = fs::read_dir(of(pid, "fd"))
        .unwrap()
        .map(|entry| fs::read_link(entry.unwrap().path()).unwrap())
        .map(|target| String::from_utf8_lossy(target.as_os_str().as_bytes()).into_owned())
        .collect();
    open.retain(|target| !target.starts_with("pipe:["));
    // What tells which pages of its own a guest touched, and what instances begin with.
    open.retain(|target| !target.ends_with("/pagemap") && !target.starts_with("/memfd:"));
    assert_eq!(open, [""; 0], "sockets, files or folders are open");
    let limits = fs::read_to_string(of(pid, "limits")).unwrap();
    for name in ["Max core file size", "Max processes"] {
        let limit = field(&limits, name).unwrap();
        assert!(limit.starts_with("0 "), "{limits}");
    }
    for name in ["Max address space", "Max data size"] {
        let limit = field(&limits, name).unwrap();
        assert!(!limit.starts_with("unlimited"), "{limits}");
    }

    place.sink.release();
    daemon.succeeded(&run).await.unwrap();
}

/// Whether what a process has in memory contains these bytes.
fn remembers(pid: u32, wanted: &[u8]) -> bool {
    let maps = fs::read_to_string(of(pid, "maps")).unwrap();
    let memory = fs::File::open(of(pid, "mem")).unwrap();
    let readable = maps.lines().filter_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (from, to) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        rest.starts_with("rw").then_some(number(from)?..number(to)?)
    });
    readable.into_iter().any(|range| {
        let mut piece = vec![0; 1 << 20];
        let step = piece.len() - wanted.len();
        range.clone().step_by(step).any(|from| {
            let size = usize::try_from(range.end - from).unwrap().min(piece.len());
            // What cannot be read is not there.
            let read = memory.read_at(&mut piece[..size], from).unwrap_or(0);
            memmem::find(&piece[..read], wanted).is_some()
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_used_is_not_in_the_memory_of_the_worker() {
    let kept = Kept::with(&[ASKS]).await;
    kept.add("crm", "token", CANARY).await;
    kept.place.sink.behave(Behaviour::Hold);
    let launch = kept.launch().setting("isolate", "true");
    let daemon = launch.start().await.unwrap();
    let run = daemon.accept("/events", event(1)).await.unwrap();
    kept.place.sink.until_held(1).await.unwrap();
    let worker = the_worker(&daemon).as_raw_pid().cast_unsigned();
    assert!(remembers(worker, b"/me"), "the search finds nothing at all");
    assert!(remembers(daemon.pid(), CANARY.as_bytes()));
    assert!(!remembers(worker, CANARY.as_bytes()));
    kept.place.sink.release();
    let run = daemon.succeeded(&run).await.unwrap();
    assert_eq!(run["output"]["status"], 200, "{run}");
    assert!(!remembers(worker, CANARY.as_bytes()));
    let sent = &kept.place.sink.ledger().received[0];
    assert_eq!(sent.header("authorization"), format!("Bearer {CANARY}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_does_not_end_a_call_is_killed() {
    let place = Place::with(&[&ONCE.replace("retry:", "timeout: 1s\n    retry:")]).await;
    place.sink.behave(Behaviour::Hold);
    let launch = place.launch().setting("isolate", "true");
    let launch = launch.setting("isolate.grace-ms", "100");
    let daemon = launch.start().await.unwrap();
    let run = daemon.accept("/once", event(1)).await.unwrap();
    place.sink.until_held(1).await.unwrap();
    kill_process(the_worker(&daemon), Signal::STOP).unwrap();
    let failure = failure(&daemon, &run).await;
    assert_eq!(failure["code"], "worker-crashed", "{failure}");
    let message = failure["message"].as_str().unwrap();
    assert!(
        message.contains("`isolate.grace-ms` of 100 ms"),
        "{message}"
    );
    assert_eq!(workers(&daemon), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_workers_than_the_limit_are_at_work() {
    let other = ONCE
        .replace("once", "other")
        .replace("9000\"", "9000\", \"localhost\"");
    let other = other.replace("retry:", "timeout: 1s\n    retry:");
    let place = Place::with(&[ONCE, &other]).await;
    place.sink.behave(Behaviour::Hold);
    let launch = place.launch().setting("isolate", "true");
    let daemon = launch
        .setting("isolate.workers-max", "1")
        .start()
        .await
        .unwrap();
    let run = daemon.accept("/once", event(1)).await.unwrap();
    place.sink.until_held(1).await.unwrap();
    let before = the_worker(&daemon);
    // It has another list of grants, so it needs another worker.
    let crowded = daemon.accept("/other", event(2)).await.unwrap();
    let failure = failure(&daemon, &crowded).await;
    assert_eq!(failure["code"], "workers-max", "{failure}");
    let message = failure["message"].as_str().unwrap();
    assert!(message.contains("`isolate.workers-max` of 1"), "{message}");
    assert_eq!(the_worker(&daemon), before);
    place.sink.release();
    daemon.succeeded(&run).await.unwrap();

    // One that is idle makes room.
    place.sink.behave(Behaviour::ok());
    let run = daemon.accept("/other", event(3)).await.unwrap();
    daemon.succeeded(&run).await.unwrap();
    assert_ne!(the_worker(&daemon), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_a_worker_is_a_failed_attempt() {
    let place = Place::with(&[DELIVER]).await;
    place.sink.behave(Behaviour::Hold);
    let daemon = isolated(&place).await;
    let run = daemon.accept("/events", event(1)).await.unwrap();
    place.sink.until_held(1).await.unwrap();
    // The mapping's worker is another one: it serves another plugin.
    let all = workers(&daemon);
    assert_eq!(all.len(), 2, "{all:?}");
    place.sink.behave(Behaviour::ok());
    for worker in all {
        kill_process(pid(worker), Signal::KILL).unwrap();
    }
    let run = timeout(PATIENCE, daemon.succeeded(&run)).await.unwrap();
    let run = run.unwrap();
    let attempts = run["steps"][1]["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2, "{run}");
    assert_eq!(attempts[0]["failure"]["code"], "worker-crashed");
    assert_eq!(attempts[0]["failure"]["disposition"], "trap");
    let message = attempts[0]["failure"]["message"].as_str().unwrap();
    assert!(message.contains("signal 9"), "{message}");
    // What it had asked for is on record.
    assert_eq!(attempts[0]["requests"][0]["method"], "POST");
    assert_eq!(attempts[1]["requests"][0]["status"], 200);
    let keys: Vec<_> = attempts.iter().map(|a| &a["idempotency_key"]).collect();
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_keeps_crashing_is_quarantined() {
    let place = Place::with(&[ONCE]).await;
    place.sink.behave(Behaviour::Hold);
    let daemon = isolated(&place).await;
    for crash in 1..=3 {
        let run = daemon.accept("/once", event(crash)).await.unwrap();
        place.sink.until_held(1).await.unwrap();
        let worker = the_worker(&daemon);
        kill_process(worker, Signal::KILL).unwrap();
        let failure = failure(&daemon, &run).await;
        assert_eq!(failure["code"], "worker-crashed", "{failure}");
        // The request ended with the worker that wanted it.
        place.sink.until_none_held().await.unwrap();
        daemon
            .until_said(&format!("worker={}", worker.as_raw_pid()))
            .await
            .unwrap();
    }
    let run = daemon.accept("/once", event(4)).await.unwrap();
    let failure = failure(&daemon, &run).await;
    assert_eq!(failure["code"], "quarantined", "{failure}");
    assert_eq!(failure["disposition"], "misconfigured");
    let message = failure["message"].as_str().unwrap();
    for part in ["`mortise/http@", "`sha256:", "plugins folder"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(workers(&daemon), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_end_with_the_daemon() {
    let place = Place::with(&[ONCE]).await;
    let mut daemon = isolated(&place).await;
    let run = daemon.accept("/once", event(1)).await.unwrap();
    daemon.succeeded(&run).await.unwrap();
    let worker = the_worker(&daemon).as_raw_pid().cast_unsigned();
    daemon.signal(Signal::KILL).unwrap();
    daemon.exited().await.unwrap();
    let gone = async {
        while fs::read(of(worker, "cmdline")).is_ok_and(|line| !line.is_empty()) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_wants_ends_and_its_worker_goes_on() {
    let place = Place::with(&[ONCE]).await;
    place.sink.behave(Behaviour::Hold);
    let launch = place.launch().setting("isolate", "true");
    let launch = launch.setting("runner.cancel-grace-ms", "50");
    let daemon = launch.start().await.unwrap();
    let run = daemon.accept("/once", event(1)).await.unwrap();
    place.sink.until_held(1).await.unwrap();
    let before = workers(&daemon);
    let cancel = daemon.route(&format!("/runs/{run}/cancel"));
    let body = r#"{"why":"a test"}"#;
    let answer = daemon.admin.post(&cancel, body).await.unwrap();
    assert!((200..300).contains(&answer.status), "{}", answer.text());
    assert_eq!(daemon.rest(&run).await.unwrap()["status"], "cancelled");
    place.sink.until_none_held().await.unwrap();

    place.sink.behave(Behaviour::ok());
    let run = daemon.accept("/once", event(2)).await.unwrap();
    daemon.succeeded(&run).await.unwrap();
    assert_eq!(workers(&daemon), before, "{}", daemon.stderr());
}

/// What a kernel without `seccomp`, or a container that forbids it, looks like to a program.
fn without_seccomp(mut command: Command) -> Output {
    let rules = BTreeMap::from([(libc::SYS_seccomp, Vec::new())]);
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let machine = TargetArch::try_from(std::env::consts::ARCH).unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, machine).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    // The filter is of this thread, and of what it starts.
    let thread = std::thread::spawn(move || {
        seccompiler::apply_filter(&program).unwrap();
        command.output().unwrap()
    });
    thread.join().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_seccomp_nothing_runs_with_isolate() {
    let place = Place::with(&[ONCE]).await;
    let input = place.folder.path().join("input.json");
    fs::write(&input, event(1)).unwrap();
    let mut command = Command::new(paths::binary().unwrap());
    command
        .env_clear()
        .env("XDG_CACHE_HOME", warm::cache_home().unwrap())
        .arg("run")
        .arg(place.workflows.join("workflow-0.yaml"))
        .args(["--isolate", "--input"])
        .arg(input)
        .arg("--plugins")
        .arg(paths::plugins().unwrap());
    let output = tokio::task::spawn_blocking(|| without_seccomp(command));
    let output = output.await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{said}");
    for part in ["`seccomp`", "`isolate`"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(place.sink.ledger().received.len(), 0);
}
