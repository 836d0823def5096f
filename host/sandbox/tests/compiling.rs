//! Compiling in a process of its own. This program is that process as well, as the binary is: with
//! the command that the sandbox gives it compiles, without one it tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../src/tests/raw.rs"]
mod raw;

use std::process::ExitCode;
use std::sync::Arc;

use mortise_egress::Client;
use mortise_ports::Plugins as _;
use mortise_ports::plugins::LoadError;
use mortise_sandbox::{Sandbox, Settings, compiling};
use raw::{Raw, bomb};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == compiling::COMMAND) {
        let [memory, time] = [1, 2].map(|at| words[at].parse().unwrap());
        return match compiling::serve(memory, time) {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                eprintln!("{reason}");
                ExitCode::FAILURE
            }
        };
    }
    let chosen = words.iter().find(|word| !word.starts_with('-'));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (name, test) in TESTS {
        if chosen.is_none_or(|part| name.contains(part.as_str())) {
            runtime.block_on(async { test().await });
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

type Test = fn() -> std::pin::Pin<Box<dyn Future<Output = ()>>>;

const TESTS: [(&str, Test); 5] = [
    ("what_is_compiled_apart_runs_here", || Box::pin(runs())),
    ("a_bomb_ends_at_the_limit_of_memory", || Box::pin(memory())),
    ("a_bomb_ends_at_the_limit_of_time", || Box::pin(time())),
    ("instances_of_instances_end_at_a_limit", || {
        Box::pin(laughs())
    }),
    ("a_program_that_is_missing_is_said", || Box::pin(missing())),
];

fn settings() -> Settings {
    Settings {
        compiler: Some(std::env::current_exe().unwrap()),
        ..Settings::default()
    }
}

fn sandbox(settings: Settings) -> Sandbox {
    let egress = Client::new(mortise_egress::Settings::default()).unwrap();
    Sandbox::new(settings, Arc::new(egress), Arc::default()).unwrap()
}

async fn refusal(settings: Settings, bytes: Vec<u8>) -> LoadError {
    // The evaluator of expressions needs what it needs; the limits are for what comes after it.
    let folder = std::env::temp_dir().join(format!("mortise-compiling-{}", std::process::id()));
    let kept = Settings {
        cache_dir: Some(folder),
        ..self::settings()
    };
    drop(sandbox(kept.clone()));
    let settings = Settings {
        cache_dir: kept.cache_dir.clone(),
        ..settings
    };
    let refusal = sandbox(settings).load(bytes).await.unwrap_err();
    std::fs::remove_dir_all(kept.cache_dir.unwrap()).unwrap();
    println!("{refusal}");
    refusal
}

async fn runs() {
    let sandbox = sandbox(settings());
    let plugin = sandbox.load(Raw::default().build()).await.unwrap();
    assert_eq!(plugin.descriptor.name, "acme/raw");
    let three = sandbox.evaluate(".a + 1", mortise_model::Json::parse(r#"{"a":2}"#).unwrap());
    assert_eq!(three.await.unwrap().as_str(), "3");
}

async fn memory() {
    let bytes = bomb(1, 10_000, 5_000).build();
    println!("a component of {} bytes", bytes.len());
    let small = Settings {
        compile_memory_max_bytes: 128 << 20,
        ..settings()
    };
    let said = refusal(small, bytes).await.to_string();
    assert!(
        said.contains("`sandbox.compile-memory-max-bytes` of 134217728 bytes"),
        "{said}"
    );
}

async fn time() {
    let bytes = bomb(40, 500, 500).build();
    println!("a component of {} bytes", bytes.len());
    let short = Settings {
        compile_memory_max_bytes: 64 << 30,
        compile_time_max_ms: 1_000,
        ..settings()
    };
    let said = refusal(short, bytes).await.to_string();
    assert!(
        said.contains("`sandbox.compile-time-max-ms` of 1000 ms"),
        "{said}"
    );
}

async fn missing() {
    let sandbox = sandbox(settings());
    drop(sandbox);
    let lost = Settings {
        compiler: Some("/nowhere/mortise".into()),
        ..settings()
    };
    let said = refusal(lost, Raw::default().build()).await.to_string();
    assert!(said.contains("cannot be started"), "{said}");
}

/// A component that holds a module, in a component that makes ten of it, in a component that makes
/// ten of that, and so on.
async fn laughs() {
    const LEVELS: usize = 8;
    let mut inner =
        "(component (core module $m (memory 0)) (core instance (instantiate $m)))".to_owned();
    for _ in 0..LEVELS {
        let ten = "(instance (instantiate 0))".repeat(10);
        inner = format!("(component {inner} {ten})");
    }
    let exports = ["describe", "actions"].map(|name| {
        format!("(component ${name}) (instance ${name} (instantiate ${name})) (export \"mortise:plugin/{name}@0.1.0\" (instance ${name}))")
    });
    let text = format!(
        "(component {inner} (instance (instantiate 0)) {})",
        exports.concat()
    );
    let limited = Settings {
        compile_memory_max_bytes: 128 << 20,
        compile_time_max_ms: 5_000,
        ..settings()
    };
    let refusal = refusal(limited, wat::parse_str(text).unwrap()).await;
    assert!(matches!(refusal, LoadError::Compile(_)), "{refusal:?}");
    assert!(
        refusal.to_string().contains("`sandbox.compile-"),
        "{refusal}"
    );
}
