//! What calls cost, in microseconds: `cargo run --release --example calls -- [PLUGINS] [RECORD]`.
//! The last line is JSON, for the benchmark. With `ISOLATE=true` plugins run in worker processes.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mortise_egress::Client;
use mortise_model::descriptor::{Plugin, Records, Repeat};
use mortise_model::plan::{Operation, OperationKind, Retry};
use mortise_model::template::Template;
use mortise_model::{Json, Namespace, RunId, StepPath, Timestamp, WorkflowName};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Call, Invocation, Turn};
use mortise_sandbox::isolate::worker;
use mortise_sandbox::{Sandbox, Settings};
use mortise_vault::Connections;

/// As in the benchmark's workflow.
const MAPPING: &str = r#"{"fields": {
    "invoiceNo": {"text": "INV-{.id}"}, "orderRef": ".id",
    "issuedAt": {"value": ".created", "to": "date"}, "currency": ".currency",
    "buyer": {"fields": {
        "id": ".customer.id", "name": ".customer.name", "email": ".customer.email",
        "vat": ".customer.vat", "city": ".customer.address.city",
        "postcode": ".customer.address.zip", "country": ".customer.address.country"}},
    "lines": {"each": ".items", "keep": ".qty > 0", "fields": {
        "no": {"number": true}, "sku": ".sku", "text": ".name",
        "unitPrice": {"value": ".price", "to": "number"}, "quantity": ".qty",
        "amount": ".price * .qty"}},
    "labels": {"flatten": ".tags"}, "lineCount": {"count": ".items", "keep": ".qty > 0"},
    "total": {"sum": ".items", "of": ".price * .qty", "keep": ".qty > 0"},
    "memo": {"value": ".note", "default": ""}}}"#;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some(worker::COMMAND) {
        return worker::run().unwrap();
    }
    let plugins = first.unwrap_or("target/plugins".to_owned());
    let record = arguments.next().unwrap_or("bench/order.json".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::spawn(measure(plugins, record)).await.unwrap();
    });
}

async fn measure(plugins: String, record: String) {
    let egress = Arc::new(Client::new(mortise_egress::Settings::default()).unwrap());
    let begun = Instant::now();
    let mut settings = Settings {
        cache_dir: Some(std::env::temp_dir().join("mortise-calls-example")),
        ..Settings::default()
    };
    settings.isolate.is_on = std::env::var("ISOLATE").is_ok_and(|set| set == "true");
    let sandbox = Sandbox::new(settings, egress, Arc::<Connections>::default()).unwrap();
    let sandbox = Arc::new(sandbox);
    println!("{:>9.1} ms  set up", begun.elapsed().as_secs_f64() * 1e3);
    let begun = Instant::now();
    sandbox.prove_isolation().await.unwrap();
    println!(
        "{:>9.1} ms  a worker from start to end",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let order = Json::parse(std::fs::read_to_string(record).unwrap().trim()).unwrap();
    let two = Json::parse(r#"{"a":1}"#).unwrap();

    let program = "{ text: (.a | tostring), next: (.a + 1) }";
    time("expression, warm", || async {
        black_box(sandbox.evaluate(program, two.clone()).await.unwrap());
    })
    .await;
    let jq = load(&sandbox, &plugins, "jq").await;
    let map = operation(&jq, "map", true);
    let config = Json::parse(r#"{"program":"."}"#).unwrap();
    time("jq/map of one field, fresh", || async {
        let report = sandbox.call(call(&map, &config, Some(&two))).await;
        black_box(report.result.unwrap());
    })
    .await;
    let http = load(&sandbox, &plugins, "http").await;
    let request = operation(&http, "request", false);
    let refused = Json::parse(r#"{"url":"https://example.com/"}"#).unwrap();
    time("http/request that is refused, fresh", || async {
        let report = sandbox.call(call(&request, &refused, None)).await;
        black_box(report.result.unwrap_err());
    })
    .await;
    if Path::new(&plugins).join("record.wasm").is_file() {
        let plugin = load(&sandbox, &plugins, "record").await;
        let map = operation(&plugin, "map", true);
        let with = Json::parse(MAPPING).unwrap();
        time("record/map of the order, fresh", || async {
            black_box(
                sandbox
                    .call(call(&map, &with, Some(&order)))
                    .await
                    .result
                    .unwrap(),
            );
        })
        .await;
    }
    trivial(&sandbox, &plugins).await;
}

/// A fresh instance with next to nothing to do, and what each call of the host adds to it.
async fn trivial(sandbox: &Arc<Sandbox>, plugins: &str) {
    const CROSSINGS: u32 = 1_000;
    let guests = Path::new(plugins).with_file_name("test-guests");
    let guest = load(sandbox, &guests.to_string_lossy(), "hostile").await;
    let act = operation(&guest, "act", false);
    let chatter =
        |lines: u32| Json::parse(format!(r#"{{"what":"chatter","bytes":{lines}}}"#)).unwrap();
    let (none, many) = (chatter(0), chatter(CROSSINGS));
    let fresh_us = time("an action that does nothing, fresh", || async {
        black_box(sandbox.call(call(&act, &none, None)).await.result.unwrap());
    })
    .await;
    let many_us = time("an action that calls the host a thousand times", || async {
        black_box(sandbox.call(call(&act, &many, None)).await.result.unwrap());
    })
    .await;
    let crossing_us = (many_us - fresh_us) / f64::from(CROSSINGS);
    let endless_us = beside(sandbox, &act, r#"{"what":"loop"}"#, &none).await;
    let greedy_us = beside(sandbox, &act, r#"{"what":"grow","bytes":66000000}"#, &none).await;
    println!(
        r#"{{"fresh_call_us":{fresh_us:.2},"host_crossing_us":{crossing_us:.4},"beside_endless_us":{endless_us:.0},"beside_greedy_us":{greedy_us:.0}}}"#
    );
}

/// What a call that does nothing takes beside neighbours that do this without a pause, each until its
/// deadline of 100 ms.
async fn beside(sandbox: &Arc<Sandbox>, act: &Arc<Operation>, what: &str, nothing: &Json) -> f64 {
    const NEIGHBOURS: usize = 4;
    const CALLS: u32 = 200;
    let mut short = Operation::clone(act);
    short.timeout_ms = 100;
    let (short, with) = (Arc::new(short), Json::parse(what).unwrap());
    let neighbours = (0..NEIGHBOURS).map(|_| {
        let (sandbox, short, with) = (Arc::clone(sandbox), Arc::clone(&short), with.clone());
        tokio::spawn(async move {
            loop {
                let report = sandbox.call(call(&short, &with, None)).await;
                black_box(report.result.unwrap_err());
            }
        })
    });
    let neighbours: Vec<_> = neighbours.collect();
    let begun = Instant::now();
    for _ in 0..CALLS {
        let report = sandbox.call(call(act, nothing, None)).await;
        black_box(report.result.unwrap());
    }
    let us = (begun.elapsed() / CALLS).as_secs_f64() * 1e6;
    for neighbour in neighbours {
        neighbour.abort();
    }
    println!("{us:>9.1} us  the same beside {NEIGHBOURS} that do {what}");
    us
}

/// The best of five rounds: the others say what else the machine was doing.
async fn time<F: Future<Output = ()>>(what: &str, once: impl Fn() -> F) -> f64 {
    const ROUND: u32 = 2_000;
    once().await;
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        for _ in 0..ROUND {
            once().await;
        }
        best = best.min(begun.elapsed() / ROUND);
    }
    let us = best.as_secs_f64() * 1e6;
    println!("{us:>9.1} us  {what}");
    us
}

async fn load(sandbox: &Sandbox, plugins: &str, name: &str) -> Arc<Plugin> {
    let path = Path::new(plugins).join(format!("{name}.wasm"));
    let begun = Instant::now();
    let plugin = sandbox.load(std::fs::read(path).unwrap()).await.unwrap();
    println!(
        "{:>9.1} ms  load {name}",
        begun.elapsed().as_secs_f64() * 1e3
    );
    plugin
}

fn operation(plugin: &Plugin, name: &str, is_transform: bool) -> Arc<Operation> {
    let null = Template::Literal(Json::null());
    Arc::new(Operation {
        plugin: plugin.descriptor.name.clone(),
        version: plugin.descriptor.version.clone(),
        digest: plugin.digest,
        uses: name.to_owned(),
        name: name.to_owned(),
        kind: if is_transform {
            let takes = Records::Each;
            let records = null.clone();
            OperationKind::Transform { records, takes }
        } else {
            OperationKind::Action
        },
        repeat: Repeat::Safe,
        with: null,
        connection: None,
        hosts: Vec::new(),
        retry: Retry::default(),
        timeout_ms: 10_000,
        on_unclear: None,
    })
}

fn call(operation: &Arc<Operation>, with: &Json, records: Option<&Json>) -> Call {
    Call {
        namespace: Namespace::default_namespace(),
        workflow: WorkflowName::from("calls"),
        run: RunId::from_parts(0, 0),
        step: StepPath::from("step"),
        attempt: 1,
        turn: 0,
        idempotency_key: "key".to_owned(),
        operation: Arc::clone(operation),
        invocation: match records.cloned() {
            Some(records) => Invocation::Transform {
                config: with.clone(),
                records,
            },
            None => Invocation::Action {
                input: with.clone(),
                turn: Turn::Start,
            },
        },
        callback_url: None,
        files: None,
        now: Timestamp(0),
        cancelled: Arc::default(),
    }
}
