//! Mail through servers of others: aiosmtpd takes it, Dovecot serves it, and between them is the built binary
//! with the plugin `mortise/email`.

mod reading;
mod refusals;
mod sending;

use std::path::{Path, PathBuf};

use mortise_tests::cli::Output;
use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::mail::{PASSWORD, Servers, Smtp};
use serde_json::{Value, json};

use crate::connections::{Kept, files_with};

/// Sends what the event says to whom it says.
const SENDS: &str = r#"
version: 1
name: sends
triggers:
  - id: events
    webhook: { path: /send }
steps:
  - id: sent
    uses: email/send
    connection: post
    with:
      to: "${{ .event.to }}"
      subject: "${{ .event.subject // \"hello\" }}"
      text: "${{ .event.text // \"a text\" }}"
      partial: "${{ .event.partial // false }}"
    retry: { attempts: 3, initial: 50ms }
output: "${{ .steps.sent.output }}"
"#;

/// Servers, a place with a key, and the connection `post`.
struct Post {
    servers: Servers,
    kept: Kept,
}

impl Post {
    async fn with(workflows: &[&str], smtp: Smtp) -> Self {
        let post = Self::without_connection(workflows).await;
        let settings = post.servers.settings(smtp, false);
        post.connect(&settings, PASSWORD, &[]).await.ok().unwrap();
        post
    }

    async fn without_connection(workflows: &[&str]) -> Self {
        Self {
            servers: Servers::start().await.unwrap(),
            kept: Kept::with(workflows).await,
        }
    }

    /// Makes the connection `post`.
    async fn connect(&self, settings: &Value, password: &str, more: &[&str]) -> Output {
        let path = self.kept.place.folder.path().join("settings.json");
        std::fs::write(&path, settings.to_string()).unwrap();
        let plugins = self.plugins();
        let arguments = [
            "connections",
            "add",
            "post",
            "--plugin",
            "mortise/email",
            "--plugins",
            plugins.to_str().unwrap(),
            "--settings",
            path.to_str().unwrap(),
            "--secret",
            "password=env:SECRET",
        ];
        let arguments = [&arguments, more].concat();
        self.kept.command(&arguments, password).await.unwrap()
    }

    fn plugins(&self) -> PathBuf {
        self.kept.place.plugins(&["email"])
    }

    fn launch(&self) -> Launch {
        self.kept.launch().plugins(&self.plugins())
    }

    async fn start(&self) -> Daemon {
        self.launch().start().await.unwrap()
    }

    /// Sends what this says, and gives the run at rest.
    async fn sent(&self, daemon: &Daemon, event: &Value) -> Value {
        let run = daemon.accept("/send", event.to_string()).await.unwrap();
        daemon.rest(&run).await.unwrap()
    }

    /// `runs show`, as people read it.
    async fn shown(&self, run: &Value) -> String {
        let id = run["id"].as_str().unwrap();
        let output = self.kept.command(&["runs", "show", id], "").await.unwrap();
        output.ok().unwrap().stdout
    }

    /// That nobody was told the password.
    fn assert_secret(&self, daemon: &Daemon, said: &str) {
        assert!(!daemon.stderr().contains(PASSWORD), "{}", daemon.stderr());
        assert!(!said.contains(PASSWORD), "{said}");
        let found = files_with(Path::new(self.kept.place.data()), &[PASSWORD]);
        assert_eq!(found, [] as [PathBuf; 0]);
    }
}

fn to(address: &str) -> Value {
    json!({ "to": address })
}
