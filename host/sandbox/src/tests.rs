//! The whole sandbox, with guests that are built before it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod acting;
mod application;
mod dropping;
mod evaluating;
mod feeding;
mod filing;
mod forging;
mod keeping;
mod limits;
mod listening;
mod loading;
mod raiding;
mod raw;
mod reaching;
mod triggering;
mod turning;
mod twisting;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise_egress::Client;
use mortise_model::descriptor::{Plugin, Records, Repeat};
use mortise_model::plan::{Operation, OperationKind, Retry};
use mortise_model::template::Template;
use mortise_model::{
    ConnectionName, Failure, Json, Namespace, RunId, StepPath, Timestamp, WorkflowName,
};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Call, Invocation, Outcome, RawRequest, Report, Turn};
use mortise_vault::Connections;

use crate::{Sandbox, Settings};

/// Where the guests are.
fn target() -> &'static Path {
    Path::new(env!("MORTISE_TARGET"))
}

fn guest(folder: &str, name: &str) -> Vec<u8> {
    let path = target().join(folder).join(format!("{name}.wasm"));
    std::fs::read(&path)
        .unwrap_or_else(|_| panic!("`{}` is missing: run scripts/guests", path.display()))
}

fn hostile() -> Vec<u8> {
    guest("test-guests", "hostile")
}

/// Compiled code of the tests; whatever changes in it changes its name.
fn cache_dir() -> PathBuf {
    target().join("sandbox-tests")
}

fn settings() -> Settings {
    Settings {
        cache_dir: Some(cache_dir()),
        ..Settings::default()
    }
}

fn sandbox(settings: Settings) -> Sandbox {
    sandbox_with(settings, Arc::default())
}

fn sandbox_with(settings: Settings, connections: Arc<Connections>) -> Sandbox {
    let egress = mortise_egress::Settings {
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
        ..mortise_egress::Settings::default()
    };
    let egress = Arc::new(Client::new(egress).unwrap());
    Sandbox::new(settings, egress, connections).unwrap()
}

/// A plugin in a sandbox.
struct Stage {
    sandbox: Sandbox,
    plugin: Arc<Plugin>,
}

impl Stage {
    async fn new(settings: Settings, bytes: Vec<u8>) -> Self {
        Self::with(sandbox(settings), bytes).await
    }

    async fn with(sandbox: Sandbox, bytes: Vec<u8>) -> Self {
        let plugin = sandbox.load(bytes).await.unwrap();
        Self { sandbox, plugin }
    }

    fn operation(&self, name: &str, kind: OperationKind) -> Operation {
        Operation {
            plugin: self.plugin.descriptor.name.clone(),
            version: self.plugin.descriptor.version.clone(),
            digest: self.plugin.digest,
            uses: format!("hostile/{name}"),
            name: name.to_owned(),
            kind,
            repeat: Repeat::Safe,
            with: Template::Literal(Json::null()),
            connection: None,
            hosts: Vec::new(),
            retry: Retry::default(),
            timeout_ms: 5_000,
            on_unclear: None,
        }
    }

    fn action(&self, name: &str) -> Operation {
        self.operation(name, OperationKind::Action)
    }

    fn transform(&self, name: &str, takes: Records) -> Operation {
        let records = Template::Literal(Json::null());
        self.operation(name, OperationKind::Transform { records, takes })
    }

    fn paged(&self, name: &str) -> Operation {
        self.operation(name, OperationKind::Paged)
    }

    fn webhook(&self, name: &str) -> Operation {
        let kind = OperationKind::Webhook {
            answers: false,
            subscribes: false,
        };
        self.operation(name, kind)
    }

    async fn call(&self, operation: Operation, with: &str, records: Option<&str>) -> Report {
        let invocation = match records {
            Some(records) => Invocation::Transform {
                config: json(with),
                records: json(records),
            },
            None => action(with, Turn::Start),
        };
        self.sandbox.call(call(operation, invocation)).await
    }

    async fn invoke(&self, operation: Operation, invocation: Invocation) -> Report {
        self.sandbox.call(call(operation, invocation)).await
    }
}

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn action(input: &str, turn: Turn) -> Invocation {
    Invocation::Action {
        input: json(input),
        turn,
    }
}

fn poll(input: &str, cursor: Option<&str>) -> Invocation {
    Invocation::Poll {
        input: json(input),
        cursor: cursor.map(json),
    }
}

fn receive(input: &str, request: RawRequest) -> Invocation {
    Invocation::Receive {
        input: json(input),
        memory: None,
        request,
    }
}

fn request(method: &str, path_and_query: &str, body: &str) -> RawRequest {
    RawRequest {
        method: method.to_owned(),
        path_and_query: path_and_query.to_owned(),
        headers: vec![("x-one".to_owned(), "1".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

/// A call of a step that has no address for callbacks.
fn call(operation: Operation, invocation: Invocation) -> Call {
    Call {
        namespace: Namespace::default_namespace(),
        workflow: WorkflowName::from("test"),
        run: RunId::from_parts(1, 2),
        step: StepPath::from("step"),
        attempt: 1,
        turn: 0,
        idempotency_key: "the-key".to_owned(),
        operation: Arc::new(operation),
        invocation,
        callback_url: None,
        files: None,
        now: Timestamp(1_000),
        cancelled: Arc::default(),
    }
}

fn outcome(report: &Report) -> &Outcome {
    report.result.as_ref().unwrap()
}

fn output(report: &Report) -> &str {
    match outcome(report) {
        Outcome::Output { output, .. } => output.as_str(),
        other => panic!("{other:?}"),
    }
}

fn failure(report: &Report) -> &Failure {
    report.result.as_ref().unwrap_err()
}

fn code(report: &Report) -> (&str, &str) {
    let failure = failure(report);
    (failure.disposition.word(), failure.code.as_str())
}

fn connection_name() -> ConnectionName {
    ConnectionName::from("crm")
}
