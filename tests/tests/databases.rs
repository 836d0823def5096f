//! Databases: real workflows of the built daemon against a real server.

mod away;
mod changes;
mod logins;
mod pages;
mod polls;
mod pool;
mod types;

use std::path::PathBuf;

use anyhow::Result;
use mortise_tests::cli::Output;
use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::postgres::Server;
use serde_json::{Value, json};

use crate::connections::Kept;

/// The role that connections log in as, which is no administrator.
const ROLE: &str = "app";
/// Its password, which nobody may get to see.
const PASSWORD: &str = "canary-pg-51f0c7e9";

/// A workflow with one step, whose `with` is made of the event.
fn one_step(name: &str, with: &str) -> String {
    format!(
        r#"
version: 1
name: {name}
triggers:
  - id: events
    webhook: {{ path: /{name} }}
steps:
  - id: asked
    uses: postgres/{name}
    connection: db
    with: {with}
    retry: {{ attempts: 1 }}
output: "${{{{ .steps.asked.output }}}}"
"#
    )
}

fn query() -> String {
    one_step(
        "query",
        r#"{ sql: "${{ .event.sql }}", parameters: "${{ .event.parameters // [] }}" }"#,
    )
}

fn transaction() -> String {
    one_step(
        "transaction",
        r#"{ statements: "${{ .event.statements }}" }"#,
    )
}

fn insert() -> String {
    one_step(
        "insert",
        r#"{ table: "${{ .event.table }}", rows: "${{ .event.rows }}" }"#,
    )
}

/// A server with a role, and a place whose connection `db` leads there.
struct Setup {
    server: Server,
    kept: Kept,
}

impl Setup {
    async fn with(workflows: &[String]) -> Self {
        let setup = Self::without_connection(Server::start().await.unwrap(), workflows).await;
        setup.connect(&json!({})).await.ok().unwrap();
        setup
    }

    async fn without_connection(server: Server, workflows: &[String]) -> Self {
        let role = format!(
            "CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'; GRANT CREATE ON SCHEMA public TO {ROLE}"
        );
        server.sql(&role).await.unwrap();
        let workflows: Vec<&str> = workflows.iter().map(String::as_str).collect();
        let kept = Kept::with(&workflows).await;
        Self { server, kept }
    }

    /// Carries SQL out as the role that owns the tables.
    async fn sql(&self, sql: &str) -> Result<String> {
        self.server.sql(&format!("SET ROLE {ROLE}; {sql}")).await
    }

    /// Makes the connection `db`, with these settings over the usual ones.
    async fn connect(&self, other: &Value) -> Output {
        self.connect_with(other, PASSWORD).await
    }

    async fn connect_with(&self, other: &Value, password: &str) -> Output {
        let arguments = ["--secret", "password=env:SECRET"];
        self.add(other, &arguments, password).await
    }

    /// The same with other arguments, which may name the variable `SECRET`.
    async fn add(&self, other: &Value, arguments: &[&str], secret: &str) -> Output {
        let mut settings = json!({
            "host": "127.0.0.1", "port": self.server.port(), "user": ROLE, "database": "postgres",
            "tls-ca": self.server.authority,
        });
        for (name, value) in other.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        let file = self.kept.place.folder.path().join("settings.json");
        std::fs::write(&file, settings.to_string()).unwrap();
        let plugins = self.plugins();
        // One that is there already makes room.
        let remove = ["connections", "remove", "db"];
        self.kept.command(&remove, "").await.unwrap();
        let add = [
            "connections",
            "add",
            "db",
            "--plugin",
            "mortise/postgres",
            "--plugins",
            plugins.to_str().unwrap(),
            "--settings",
            file.to_str().unwrap(),
            "--json",
        ];
        let arguments = [&add, arguments].concat();
        self.kept.command(&arguments, secret).await.unwrap()
    }

    fn plugins(&self) -> PathBuf {
        self.kept.place.plugins(&["postgres"])
    }

    fn launch(&self) -> Launch {
        self.kept.launch().plugins(&self.plugins())
    }
}

/// Posts an event, and gives the run at its rest.
async fn run(daemon: &Daemon, path: &str, event: &Value) -> Value {
    let id = daemon.accept(path, event.to_string()).await.unwrap();
    daemon.rest(&id).await.unwrap()
}

/// The same for one that has to succeed: its output.
async fn output(daemon: &Daemon, path: &str, event: &Value) -> Value {
    let run = run(daemon, path, event).await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
    run["output"].clone()
}

/// The same for one that has to be parked: its failure.
async fn failure(daemon: &Daemon, path: &str, event: &Value) -> Value {
    let run = run(daemon, path, event).await;
    assert_eq!(run["status"], "parked", "{run:#}");
    run["failure"].clone()
}

fn sentence(failure: &Value) -> &str {
    failure["sentence"].as_str().unwrap_or_default()
}
