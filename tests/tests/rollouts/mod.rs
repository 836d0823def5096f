//! Versions of plugins that some of the new runs take, and the lock that says which one all take.

mod begin;
mod lock;
mod share;

use std::path::PathBuf;

use mortise_tests::cli::{Output, mortise};
use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::{paths, versions};
use serde_json::Value;
use tempfile::TempDir;

/// Maps its event with a plugin that there are two versions of, and waits in between where it is told to.
const MAPS: &str = r#"
version: 1
name: maps
triggers: [ { id: events, webhook: { path: /events } } ]
steps:
  - id: first
    uses: record/map
    with: { fields: { id: .id } }
    records: "${{ .event }}"
  - id: told
    if: "${{ .event.waits }}"
    wait: { for: callback, within: 1h }
  - id: second
    uses: record/map
    with: { fields: { id: .id } }
    records: "${{ .event }}"
"#;

/// Calls the other one, which has the plugin as well.
const CALLS: &str = r#"
version: 1
name: calls
triggers: [ { id: calls, webhook: { path: /calls } } ]
steps:
  - id: mapped
    uses: record/map
    with: { fields: { id: .id } }
    records: "${{ .event }}"
  - id: called
    call: { workflow: maps, with: { id: "${{ .event.id }}", waits: false } }
"#;

const OLD: &str = "mortise/record@0.1.0";
const NEW: &str = "mortise/record@0.1.1";

/// A folder of plugins and one of manifests.
struct World {
    folder: TempDir,
}

impl World {
    /// With the old version, and these manifests with a lock.
    async fn locked(manifests: &[(&str, &str)]) -> Self {
        let world = Self::unlocked(manifests);
        world.command("lock", &[]).await.ok().unwrap();
        world
    }

    fn unlocked(manifests: &[(&str, &str)]) -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for folder in ["plugins", "workflows"] {
            std::fs::create_dir(world.path(folder)).unwrap();
        }
        std::fs::copy(
            paths::plugin("record").unwrap(),
            world.path("plugins/record.wasm"),
        )
        .unwrap();
        for (name, text) in manifests {
            world.write(&format!("workflows/{name}"), text);
        }
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// The new version arrives in the folder of plugins, in a file of its own or over another.
    fn arrives(&self, name: &str) {
        let old = paths::plugin("record").unwrap();
        let words = [("mortise/record0.1.0", "mortise/record0.1.1")];
        versions::write(&self.path("plugins"), name, &old, &words).unwrap();
    }

    fn launch(&self) -> Launch {
        let launch = Launch::new(&self.path("data"), &self.path("workflows"));
        launch.plugins(&self.path("plugins"))
    }

    async fn start(&self) -> Daemon {
        self.launch().start().await.unwrap()
    }

    /// A command about the folders.
    async fn command(&self, command: &str, more: &[&str]) -> Output {
        let [workflows, plugins] = ["workflows", "plugins"].map(|name| self.path(name));
        let folders = [
            "--workflows",
            workflows.to_str().unwrap(),
            "--plugins",
            plugins.to_str().unwrap(),
        ];
        mortise(
            command
                .split(' ')
                .chain(folders)
                .chain(more.iter().copied()),
        )
        .await
        .unwrap()
    }

    /// A command about the daemon's runs.
    async fn ask(&self, command: &str) -> Output {
        let data = self.path("data");
        let data = ["--data", data.to_str().unwrap()];
        mortise(command.split(' ').chain(data)).await.unwrap()
    }

    async fn json(&self, command: &str) -> Value {
        self.ask(&format!("{command} --json"))
            .await
            .ok()
            .unwrap()
            .json()
            .unwrap()
    }
}

/// Sends an event and gives its run.
async fn send(daemon: &Daemon, path: &str, id: &str) -> String {
    let body = format!(r#"{{"id":"{id}","waits":false}}"#);
    sent(daemon, path, id, body).await.unwrap()
}

async fn sent(daemon: &Daemon, path: &str, id: &str, body: String) -> anyhow::Result<String> {
    let headers = [("content-type", "application/json"), ("webhook-id", id)];
    let answer = daemon
        .client
        .send("POST", &daemon.hook(path), &headers, body)
        .await?;
    mortise_tests::api::accepted(&answer)
}

/// The versions that the steps of a run had.
fn plugins(run: &Value) -> Vec<&str> {
    let steps = run["steps"].as_array().unwrap().iter();
    steps.filter_map(|step| step["plugin"].as_str()).collect()
}

/// Whether a run took the new version, as it says everywhere.
fn took(run: &Value) -> bool {
    let is_new = run["rollout"] == NEW;
    assert!(is_new || run["rollout"].is_null(), "{run:#}");
    let wanted = if is_new { NEW } else { OLD };
    assert!(
        plugins(run).iter().all(|plugin| *plugin == wanted),
        "{run:#}"
    );
    is_new
}
