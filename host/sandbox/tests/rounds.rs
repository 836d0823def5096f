//! Hostile guests in rounds without end: none leaves anything behind in the host's memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../src/tests/raw.rs"]
mod raw;

use std::path::Path;
use std::sync::Arc;

use mortise_egress::Client;
use mortise_model::descriptor::{Plugin, Repeat};
use mortise_model::plan::{Operation, OperationKind, Retry};
use mortise_model::template::Template;
use mortise_model::{Json, Namespace, RunId, StepPath, Timestamp, WorkflowName};
use mortise_ports::Plugins as _;
use mortise_ports::plugins::{Call, Invocation, Turn};
use mortise_sandbox::{Sandbox, Settings};
use raw::{LOOP, Raw};
use tokio::task::JoinSet;

/// Rounds of a guest that breaks down at once.
const QUICK: usize = 10_000;
/// Rounds of a guest that runs into its deadline.
const SLOW: usize = 200;
const DEADLINE_MS: u64 = 20;
/// Rounds that are under way at once.
const AT_ONCE: usize = 20;
/// What may be left of all rounds of one guest: less than a KiB of each quick one. Allocators keep
/// what was freed by pages.
const LEFT_MAX_BYTES: usize = 8 << 20;

fn guests() -> Vec<(&'static str, Raw, usize)> {
    let usual = Raw::default;
    let quick = |name, raw| (name, raw, QUICK);
    let slow = |name, raw| (name, raw, SLOW);
    vec![
        quick(
            "breaks down",
            Raw {
                invoke: "(unreachable)",
                ..usual()
            },
        ),
        quick(
            "gives no UTF-8",
            Raw {
                invoke: "(i32.store8 (i32.const 1023) (i32.const 255)) (i32.const 32)",
                ..usual()
            },
        ),
        quick(
            "gives memory that is not there",
            Raw {
                realloc: "(i32.const -16)",
                ..usual()
            },
        ),
        quick(
            "takes all memory",
            Raw {
                invoke: "(drop (memory.grow (i32.const 1022))) (drop (memory.grow (i32.const 1))) (unreachable)",
                ..usual()
            },
        ),
        slow(
            "never ends",
            Raw {
                invoke: LOOP,
                ..usual()
            },
        ),
        slow(
            "never gives memory",
            Raw {
                realloc: LOOP,
                ..usual()
            },
        ),
        slow(
            "never puts its result away",
            Raw {
                post: LOOP,
                ..usual()
            },
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_round_of_a_hostile_guest_leaves_anything_behind() {
    let cache_dir = Path::new(env!("MORTISE_TARGET")).join("sandbox-tests");
    let settings = Settings {
        cache_dir: Some(cache_dir),
        ..Settings::default()
    };
    let egress = Arc::new(Client::new(mortise_egress::Settings::default()).unwrap());
    let sandbox = Arc::new(Sandbox::new(settings, egress, Arc::default()).unwrap());
    for (name, raw, times) in guests() {
        let plugin = sandbox.load(raw.build()).await.unwrap();
        // What is made once, and how many places are used at once, shows after some rounds.
        rounds(&sandbox, &plugin, times / 10).await;
        let before = resident_bytes();
        rounds(&sandbox, &plugin, times).await;
        let left = resident_bytes().saturating_sub(before);
        assert!(
            left < LEFT_MAX_BYTES,
            "{name}: {left} bytes after {times} rounds"
        );
    }
}

async fn rounds(sandbox: &Arc<Sandbox>, plugin: &Plugin, times: usize) {
    let mut under_way = JoinSet::new();
    for _ in 0..times {
        if under_way.len() == AT_ONCE {
            under_way.join_next().await.unwrap().unwrap();
        }
        let (sandbox, call) = (Arc::clone(sandbox), call(plugin));
        under_way.spawn(async move {
            let report = sandbox.call(call).await;
            assert!(report.result.is_err(), "{report:?}");
        });
    }
    while let Some(round) = under_way.join_next().await {
        round.unwrap();
    }
}

/// What the process has in memory.
fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = text.lines().find(|line| line.starts_with("Rss:")).unwrap();
    let kib = line.split_whitespace().nth(1).unwrap();
    kib.parse::<usize>().unwrap() << 10
}

fn call(plugin: &Plugin) -> Call {
    Call {
        namespace: Namespace::default_namespace(),
        workflow: WorkflowName::from("test"),
        run: RunId::from_parts(1, 2),
        step: StepPath::from("step"),
        attempt: 1,
        turn: 0,
        idempotency_key: "the-key".to_owned(),
        operation: Arc::new(Operation {
            plugin: plugin.descriptor.name.clone(),
            version: plugin.descriptor.version.clone(),
            digest: plugin.digest,
            uses: "raw/act".to_owned(),
            name: "act".to_owned(),
            kind: OperationKind::Action,
            repeat: Repeat::Safe,
            with: Template::Literal(Json::null()),
            connection: None,
            hosts: Vec::new(),
            retry: Retry::default(),
            timeout_ms: DEADLINE_MS,
            on_unclear: None,
        }),
        invocation: Invocation::Action {
            input: Json::null(),
            turn: Turn::Start,
        },
        callback_url: None,
        files: None,
        now: Timestamp(1_000),
        cancelled: Arc::default(),
    }
}
