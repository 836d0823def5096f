//! What a plugin costs in each language: `cargo run --release --example languages -- FOLDER`, where FOLDER has
//! the sample connector in several languages. The last line is JSON, for the benchmark.
//!
//! The call is `ticket-closed` of the sample: a webhook's JSON is read, and an event made of it.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mortise_egress::Client;
use mortise_model::descriptor::{Plugin, Repeat};
use mortise_model::plan::{Operation, OperationKind, Retry};
use mortise_model::template::Template;
use mortise_model::{Json, Namespace, RunId, StepPath, Timestamp, WorkflowName};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Call, Invocation, RawRequest};
use mortise_sandbox::{Sandbox, Settings};
use mortise_vault::Connections;

const NAME: &str = "ticket-closed";
const BODY: &str = r#"{"event_id":"e-1","occurred_at":"2026-01-03T00:00:00.000Z",
    "ticket":{"id":"t-1","subject":"One","status":"closed","created_at":"2026-01-01T00:00:00.000Z"}}"#;

/// Calls of a round, and rounds, of which the best counts: the others say what else the machine was doing.
const ROUND: u32 = 100;
const ROUNDS: u32 = 5;

fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .collect();
    files.sort();
    let measured = files.into_iter().map(|file| {
        let measuring = async move { tokio::spawn(measure(file)).await.unwrap() };
        runtime.block_on(measuring)
    });
    let measured: Vec<String> = measured.collect();
    println!("[{}]", measured.join(","));
}

async fn measure(file: PathBuf) -> String {
    let egress = Arc::new(Client::new(mortise_egress::Settings::default()).unwrap());
    // Without a folder of compiled code it compiles.
    let sandbox = Sandbox::new(Settings::default(), egress, Arc::<Connections>::default()).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let size_bytes = bytes.len();
    let begun = Instant::now();
    let plugin = sandbox.load(bytes).await.unwrap();
    let compile_ms = begun.elapsed().as_secs_f64() * 1e3;
    let call = call(&plugin);
    let (mut fresh, mut warm) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..ROUND {
            sandbox.call(call.clone()).await.result.unwrap();
        }
        fresh = fresh.min(begun.elapsed() / ROUND);
        let timed = sandbox.time_warm(call.clone(), ROUND).await.unwrap();
        warm = warm.min(timed / ROUND);
    }
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let (fresh_us, warm_us) = (us(fresh), us(warm));
    let language = file.file_stem().and_then(|stem| stem.to_str()).unwrap();
    println!(
        "{language:12} {size_bytes:>10} bytes {compile_ms:>8.0} ms to compile {fresh_us:>8.0} us fresh {warm_us:>8.1} us warm"
    );
    format!(
        r#"{{"language":"{language}","size_bytes":{size_bytes},"compile_ms":{compile_ms:.0},"fresh_us":{fresh_us:.1},"warm_us":{warm_us:.1}}}"#
    )
}

fn call(plugin: &Plugin) -> Call {
    let null = || Template::Literal(Json::null());
    let operation = Operation {
        plugin: plugin.descriptor.name.clone(),
        version: plugin.descriptor.version.clone(),
        digest: plugin.digest,
        uses: NAME.to_owned(),
        name: NAME.to_owned(),
        kind: OperationKind::Webhook {
            answers: false,
            subscribes: false,
        },
        repeat: Repeat::Safe,
        with: null(),
        connection: None,
        hosts: Vec::new(),
        retry: Retry::default(),
        timeout_ms: 60_000,
        on_unclear: None,
    };
    Call {
        namespace: Namespace::default_namespace(),
        workflow: WorkflowName::from("languages"),
        run: RunId::from_parts(0, 0),
        step: StepPath::from("step"),
        attempt: 1,
        turn: 0,
        idempotency_key: "key".to_owned(),
        operation: Arc::new(operation),
        invocation: Invocation::Receive {
            input: Json::parse("{}").unwrap(),
            memory: None,
            request: RawRequest {
                method: "POST".to_owned(),
                path_and_query: "/hooks/desk".to_owned(),
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: BODY.as_bytes().to_vec(),
            },
        },
        callback_url: None,
        files: None,
        now: Timestamp(0),
        cancelled: Arc::default(),
    }
}
