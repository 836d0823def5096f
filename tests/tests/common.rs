//! What several tests set up: a folder with one workflow, a sink, a daemon.

use std::path::PathBuf;

use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::plugins;
use mortise_tests::scenario::SINK;
use mortise_tests::sink::Sink;
use tempfile::TempDir;

/// Passes an event on to the sink, through a mapping. The step may be tried often and fast: a sink
/// that is away for a while must not park it.
pub const DELIVER: &str = r#"
version: 1
name: deliver
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: events
    webhook: { path: /events }
steps:
  - id: mapped
    uses: record/map
    with: { fields: { id: .id, total: { sum: .lines, of: .price * .qty } } }
    records: "${{ .event }}"
  - id: delivered
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/orders", json: "${{ .steps.mapped.output }}" }
    retry: { attempts: 100, initial: 50ms, factor: 2, max: 1s }
output: "${{ .steps.mapped.output }}"
"#;

/// A temporary place for one test.
pub struct Place {
    pub folder: TempDir,
    pub workflows: PathBuf,
    pub data: PathBuf,
    pub sink: Sink,
}

impl Place {
    /// With these workflows, in which [`SINK`] stands for the sink's address.
    pub async fn with(workflows: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sink = Sink::start().await.unwrap();
        let place = Self {
            workflows: folder.path().join("workflows"),
            data: folder.path().join("data"),
            folder,
            sink,
        };
        std::fs::create_dir(&place.workflows).unwrap();
        for (index, text) in workflows.iter().enumerate() {
            let text = text.replace(SINK, &place.sink.address());
            std::fs::write(place.workflows.join(format!("workflow-{index}.yaml")), text).unwrap();
        }
        place
    }

    /// A folder of the basic plugins and these.
    pub fn plugins(&self, names: &[&str]) -> PathBuf {
        plugins::with(names, &[], &self.folder.path().join("plugins")).unwrap()
    }

    pub fn launch(&self) -> Launch {
        Launch::new(&self.data, &self.workflows)
    }

    pub async fn start(&self) -> Daemon {
        self.launch().start().await.unwrap()
    }

    pub fn data(&self) -> &str {
        self.data.to_str().unwrap()
    }
}

/// The body of the event of a number, about as large as a small order.
pub fn event(number: u64) -> String {
    let note = "x".repeat(600);
    format!(
        r#"{{"id":"e-{number}","note":"{note}","lines":[{{"price":"12.50","qty":4}},{{"price":"0.35","qty":120}}]}}"#
    )
}
