//! Every limit of the settings: what fits exactly passes, one more is refused by the limit's name.

use std::sync::Arc;

use mortise_model::Json;
use mortise_model::descriptor::Records;
use mortise_model::plan::OperationKind;
use mortise_ports::Plugins as _;
use mortise_ports::plugins::{LoadError, Report};

use super::application::Application;
use super::raw::{LOOP, Raw};
use super::{Stage, code, hostile, poll, receive, request, settings};
use crate::engine;
use crate::link::Linkers;
use crate::load::Loader;
use crate::settings::Settings;

/// What came of a try: the sentence of the refusal.
type Tried = Result<(), String>;

/// At the limit, and one past it.
type Pair = (Tried, Tried);

/// What limits nothing that a guest does.
const NO_LIMITS: [&str; 3] = ["cache_dir", "compiler", "memory_keep_bytes"];
/// Held by `tests/compiling.rs`, which is a process of its own.
const APART: [&str; 2] = ["compile_memory_max_bytes", "compile_time_max_ms"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_limit_holds_exactly_and_its_refusal_names_it() {
    let mut complaints = Vec::new();
    for field in fields() {
        if NO_LIMITS.contains(&field.as_str()) || APART.contains(&field.as_str()) {
            continue;
        }
        let (at, past) = tried(&field).await;
        let setting = format!("`sandbox.{}`", field.replace('_', "-"));
        let is_named = past.as_ref().is_err_and(|said| said.contains(&setting));
        if at.is_err() || !is_named {
            complaints.push(format!("{field}: at the limit {at:?}, past it {past:?}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The names of all settings of the sandbox; those of workers have tests of their own.
fn fields() -> Vec<String> {
    let settings = serde_json::to_value(Settings::default()).unwrap();
    let names: Vec<String> = settings.as_object().unwrap().keys().cloned().collect();
    assert!(names.len() > 30, "{names:?}");
    names
}

async fn tried(field: &str) -> Pair {
    match field {
        "component_max_bytes" => {
            let size = Raw::default().build().len() as u64;
            loaded(Raw::default, |settings, less| {
                settings.component_max_bytes = size - less
            })
        }
        "modules_max" | "nesting_max" | "types_max" | "functions_max" | "function_max_bytes"
        | "locals_max" | "core_instances_max" | "table_elements_max" => screened(field),
        "memories_max" => placed("(memory 0)", |settings, max| settings.memories_max = max),
        "tables_max" => placed("(table 0 funcref)", |settings, max| {
            settings.tables_max = max
        }),
        "memory_max_bytes" => grown().await,
        "stack_max_bytes" => deep().await,
        "hostcall_max_bytes" | "random_max_bytes" | "resources_max" => handed(field).await,
        "answer_time_max_ms" | "expression_time_max_ms" | "describe_time_max_ms" => {
            late(field).await
        }
        "calls_max" | "slow_calls_max" => crowded(field).await,
        "requests_max" | "header_block_max_bytes" => sent(field).await,
        "log_lines_max" | "log_max_bytes" => logged(field).await,
        _ => given(field).await,
    }
}

fn loader(settings: Settings) -> Loader {
    let engine = engine::start(&settings).unwrap();
    Loader {
        linkers: Linkers::new(&engine).unwrap(),
        engine,
        settings: Arc::new(settings),
        cache: None,
        isolated: None,
    }
}

fn load(settings: Settings, bytes: &[u8]) -> Tried {
    let loaded = loader(settings).load(bytes);
    loaded.map(|_| ()).map_err(|error| error.to_string())
}

/// `set` takes what the limit lies below what the component needs.
fn loaded(raw: impl Fn() -> Raw, set: impl Fn(&mut Settings, u64)) -> Pair {
    let try_with = |less| {
        let mut settings = Settings::default();
        set(&mut settings, less);
        load(settings, &raw().build())
    };
    (try_with(0), try_with(1))
}

/// A limit of the look at the file. How much of it the component has, a refusal tells.
fn screened(field: &str) -> Pair {
    let raw = Raw {
        more: "(table 3 funcref) (func (local i32 i64) (local f64))".to_owned(),
        ..Raw::default()
    };
    let bytes = raw.build();
    let with = |max: u32| {
        let mut settings = Settings::default();
        match field {
            "modules_max" => settings.modules_max = max,
            "nesting_max" => settings.nesting_max = max,
            "types_max" => settings.types_max = max,
            "functions_max" => settings.functions_max = max,
            "function_max_bytes" => settings.function_max_bytes = max,
            "locals_max" => settings.locals_max = max,
            "core_instances_max" => settings.core_instances_max = max,
            "table_elements_max" => settings.table_elements_max = max as usize,
            other => panic!("`{other}` has no case: add one"),
        }
        load(settings, &bytes)
    };
    let mut max = 1;
    // The count in a refusal is that of the place where it ends, so it may grow.
    while let Err(refusal) = with(max) {
        max += 1;
        assert!(max < 10_000, "{refusal}");
    }
    (with(max), with(max - 1))
}

/// A limit of the places for instances, held where the code is put into place; what comes after it
/// is that this component is hollow.
fn placed(what: &str, set: impl Fn(&mut Settings, u32)) -> Pair {
    let exports = ["describe", "actions"].map(|name| {
        format!("(component ${name}) (instance ${name} (instantiate ${name})) (export \"mortise:plugin/{name}@0.1.0\" (instance ${name}))")
    });
    let text = format!(
        "(component (core module $m {what}) (core instance (instantiate $m)) (core instance (instantiate $m)) {})",
        exports.concat()
    );
    let bytes = wat::parse_str(text).unwrap();
    let try_with = |max| {
        let mut settings = Settings::default();
        set(&mut settings, max);
        match loader(settings).load(&bytes) {
            Err(LoadError::Describe(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
            Ok(_) => Err("it is no plugin".to_owned()),
        }
    };
    (try_with(2), try_with(1))
}

async fn act_of(settings: Settings, raw: Raw) -> Tried {
    // The evaluator of expressions has to be there already: it needs more than some limits here.
    let stage = Stage::new(settings, raw.build()).await;
    let mut operation = stage.action("act");
    operation.timeout_ms = 2_000;
    verdict(&stage.call(operation, "null", None).await)
}

fn verdict(report: &Report) -> Tried {
    match &report.result {
        Ok(_) => Ok(()),
        Err(failure) => Err(failure.message.clone()),
    }
}

/// The memory at the start, and what it may grow to.
async fn grown() -> Pair {
    let most = Settings::MEMORY_MAX_BYTES >> 16;
    let grow = |invoke| Raw {
        invoke,
        ..Raw::default()
    };
    assert_eq!(most, 1_024);
    let at = grow(
        "(if (i32.ne (memory.grow (i32.const 1022)) (i32.const 2)) (then unreachable)) (i32.const 32)",
    );
    let past = grow(
        "(if (i32.ne (memory.grow (i32.const 1023)) (i32.const 2)) (then unreachable)) (i32.const 32)",
    );
    let began = |pages| {
        load(
            Settings::default(),
            &Raw {
                pages,
                ..Raw::default()
            }
            .build(),
        )
    };
    assert_eq!(began(1_024), Ok(()));
    let said = began(1_025).unwrap_err();
    assert!(
        said.contains("`sandbox.memory-max-bytes` of 67108864"),
        "{said}"
    );
    (act_of(settings(), at).await, act_of(settings(), past).await)
}

/// How much a frame takes is the compiler's secret, so the border is only come near to.
async fn deep() -> Pair {
    let recursing = |invoke| Raw {
        more: "(func $deep (param i64) (result i64) (if (result i64) (i64.eqz (local.get 0)) \
               (then (i64.const 0)) (else (i64.add (i64.const 1) \
               (call $deep (i64.sub (local.get 0) (i64.const 1)))))))"
            .to_owned(),
        invoke,
        ..Raw::default()
    };
    let at = recursing("(drop (call $deep (i64.const 5000))) (i32.const 32)");
    let past = recursing("(drop (call $deep (i64.const 50000))) (i32.const 32)");
    (act_of(settings(), at).await, act_of(settings(), past).await)
}

/// What a component hands over, is handed and holds.
async fn handed(field: &str) -> Pair {
    // Handles of WASI may be two of the host's: a timer, and what waits for it.
    let things = |invoke| Raw {
        world: "export things;",
        packages: "interface things { resource thing; }",
        imports: r#"(import "[export]test:raw/things" "[resource-new]thing" (func $take (param i32) (result i32)))"#,
        invoke,
        ..Raw::default()
    };
    let random = |invoke| Raw {
        world: "import wasi:random/random@0.2.6;",
        packages: "package wasi:random@0.2.6 { interface random { get-random-bytes: func(len: u64) -> list<u8>; } }",
        imports: r#"(import "wasi:random/random@0.2.6" "get-random-bytes" (func $random (param i64 i32)))"#,
        invoke,
        ..Raw::default()
    };
    let logging = |invoke| Raw {
        world: "import mortise:plugin/log@0.1.0;",
        imports: r#"(import "mortise:plugin/log@0.1.0" "write" (func $write (param i32 i32 i32 i32 i32)))"#,
        invoke,
        ..Raw::default()
    };
    let mut small = settings();
    let (at, past) = match field {
        "resources_max" => {
            small.resources_max = 3;
            (
                things(
                    "(drop (call $take (i32.const 1))) (drop (call $take (i32.const 1))) (drop (call $take (i32.const 1))) (i32.const 32)",
                ),
                things(
                    "(drop (call $take (i32.const 1))) (drop (call $take (i32.const 1))) (drop (call $take (i32.const 1))) (drop (call $take (i32.const 1))) (i32.const 32)",
                ),
            )
        }
        "random_max_bytes" => {
            small.random_max_bytes = 100;
            (
                random("(call $random (i64.const 100) (i32.const 64)) (i32.const 32)"),
                random("(call $random (i64.const 101) (i32.const 64)) (i32.const 32)"),
            )
        }
        _ => {
            small.hostcall_max_bytes = 10_000;
            (
                logging(
                    "(call $write (i32.const 2) (i32.const 8192) (i32.const 10000) (i32.const 0) (i32.const 0)) (i32.const 32)",
                ),
                logging(
                    "(call $write (i32.const 2) (i32.const 8192) (i32.const 10001) (i32.const 0) (i32.const 0)) (i32.const 32)",
                ),
            )
        }
    };
    (act_of(small.clone(), at).await, act_of(small, past).await)
}

async fn late(field: &str) -> Pair {
    match field {
        "answer_time_max_ms" => {
            let short = Settings {
                answer_time_max_ms: 100,
                ..settings()
            };
            let stage = Stage::new(short, hostile()).await;
            let call = async |what: &str| {
                let with = format!(r#"{{"what":"{what}"}}"#);
                let request = receive(&with, request("POST", "/", ""));
                verdict(&stage.invoke(stage.webhook("reply"), request).await)
            };
            (call("fine").await, call("loop").await)
        }
        "expression_time_max_ms" => {
            let sandbox = super::sandbox(settings());
            let value = || Json::parse("1").unwrap();
            let tried = async |program: &str| {
                let result = sandbox.evaluate(program, value()).await;
                result.map(|_| ()).map_err(|failure| failure.message)
            };
            let long = "reduce range(100000000) as $i (0; . + $i)";
            (tried(". + 1").await, tried(long).await)
        }
        _ => {
            let short = || Settings {
                describe_time_max_ms: 100,
                ..Settings::default()
            };
            let endless = Raw {
                more: format!("(func $start {LOOP}) (start $start)"),
                ..Raw::default()
            };
            (
                load(short(), &Raw::default().build()),
                load(short(), &endless.build()),
            )
        }
    }
}

/// One call is under way, and a second one comes.
async fn crowded(field: &str) -> Pair {
    let narrow = Settings {
        calls_max: 1,
        slow_calls_max: 1,
        ..settings()
    };
    let stage = Stage::new(narrow, hostile()).await;
    let tried = async |timeout_ms: u64| {
        let (mut operation, records) = match field {
            "calls_max" => (stage.action("act"), None),
            _ => (stage.transform("twist", Records::Each), Some("1")),
        };
        operation.timeout_ms = timeout_ms;
        stage.call(operation, r#"{"what":"loop"}"#, records).await
    };
    let (first, second) = tokio::join!(tried(600), tried(200));
    // Who has the place gets all of the time.
    assert_eq!(code(&first), ("timeout", "deadline"));
    (Ok(()), verdict(&second))
}

async fn sent(field: &str) -> Pair {
    let application = Application::start(|_| (200, "{}".to_owned())).await;
    // A line is `a: b` and its end.
    let small = Settings {
        requests_max: 3,
        header_block_max_bytes: 60,
        ..settings()
    };
    let stage = Stage::new(small, hostile()).await;
    let tried = async |bytes: usize| {
        let what = if field == "requests_max" {
            "requests"
        } else {
            "headers"
        };
        let mut operation = stage.action("raid");
        operation.hosts = vec![application.address.clone()];
        let url = application.url("/");
        let with = format!(r#"{{"what":"{what}","bytes":{bytes},"url":"{url}"}}"#);
        let report = stage.call(operation, &with, None).await;
        let said = verdict(&report);
        match said.is_ok() && super::output(&report).contains("sandbox.") {
            true => Err(super::output(&report).to_owned()),
            false => said,
        }
    };
    match field {
        "requests_max" => (tried(3).await, tried(4).await),
        _ => (tried(10).await, tried(11).await),
    }
}

/// The last line that is kept says that there were more.
async fn logged(field: &str) -> Pair {
    // A line is `again`.
    let small = match field {
        "log_lines_max" => Settings {
            log_lines_max: 4,
            ..settings()
        },
        _ => Settings {
            log_max_bytes: 15,
            ..settings()
        },
    };
    let stage = Stage::new(small, hostile()).await;
    let tried = async |lines: usize| {
        let with = format!(r#"{{"what":"chatter","bytes":{lines}}}"#);
        let report = stage.call(stage.action("act"), &with, None).await;
        let last = report.log.last().unwrap();
        match last.message == "again" {
            true => Ok(()),
            false => Err(last.message.clone()),
        }
    };
    (tried(3).await, tried(4).await)
}

/// What a plugin gives.
async fn given(field: &str) -> Pair {
    let mut small = settings();
    let (most, name, what) = match field {
        "payload_max_bytes" => (&mut small.payload_max_bytes, "raid", "output"),
        "files_max_bytes" => (&mut small.files_max_bytes, "raid", "files"),
        "events_max" => (&mut small.events_max, "nag", "events"),
        "page_records_max" => (&mut small.page_records_max, "leaf", "records"),
        "token_max_bytes" => (&mut small.token_max_bytes, "leaf", "token"),
        other => panic!("the limit `{other}` has no case: add one"),
    };
    *most = 100;
    let stage = Stage::new(small, hostile()).await;
    let tried = async |bytes: usize| {
        let with = format!(r#"{{"what":"{what}","bytes":{bytes}}}"#);
        let report = match name {
            "nag" => {
                let operation = stage.operation(name, OperationKind::Polling);
                stage.invoke(operation, poll(&with, None)).await
            }
            "leaf" => stage.call(stage.paged(name), &with, None).await,
            _ => stage.call(stage.action(name), &with, None).await,
        };
        match (&report.result, field) {
            (Ok(_), "files_max_bytes") if super::output(&report) != "\"kept\"" => {
                Err(super::output(&report).to_owned())
            }
            _ => verdict(&report),
        }
    };
    (tried(100).await, tried(101).await)
}
