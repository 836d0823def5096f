//! The whole sandbox, with guests that are built before it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod acting;
mod evaluating;
mod keeping;
mod loading;
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
use mortise_ports::plugins::{Call, Report};
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

    async fn call(&self, operation: Operation, with: &str, records: Option<&str>) -> Report {
        let json = |text: &str| Json::parse(text).unwrap();
        let call = Call {
            namespace: Namespace::default_namespace(),
            workflow: WorkflowName::from("test"),
            run: RunId::from_parts(1, 2),
            step: StepPath::from("step"),
            attempt: 1,
            turn: 0,
            idempotency_key: "the-key".to_owned(),
            operation: Arc::new(operation),
            with: json(with),
            records: records.map(json),
            now: Timestamp(1_000),
        };
        self.sandbox.call(call).await
    }
}

fn output(report: &Report) -> &str {
    report.result.as_ref().unwrap().output.as_str()
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
