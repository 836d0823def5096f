//! Connections with secrets: a secret goes to its application, and nowhere else.

mod signatures;
mod tokens;

use std::path::{Path, PathBuf};

use anyhow::Result;
use mortise_tests::cli::{Output, mortise_with};
use mortise_tests::daemon::Launch;
use mortise_tests::sink::Behaviour;
use mortise_tests::{paths, plugins};
use serde_json::json;

use crate::common::Place;

pub const CANARY: &str = "canary-7f3e2a91";
const SECOND: &str = "canary-b81d0c55";
/// 32 bytes in base64.
const KEY: &str = "c2l4dGVlbiBieXRlcyAhIXNpeHRlZW4gYnl0ZXMgISE=";
const OTHER_KEY: &str = "YW5vdGhlciBrZXkgb2YgMzIgYnl0ZXMgaW4gYWxsISE=";

pub const ASKS: &str = r#"
version: 1
name: asks
triggers:
  - id: events
    webhook: { path: /events }
steps:
  - id: asked
    uses: http/request
    connection: crm
    with: { method: POST, url: "http://127.0.0.1:9000/me", json: "${{ .event }}" }
output: "${{ .steps.asked.output }}"
"#;

const SEARCHES: &str = r#"
version: 1
name: searches
triggers:
  - id: events
    webhook: { path: /search }
steps:
  - id: found
    uses: members/search
    connection: mine
    with: { url: "http://127.0.0.1:9000/me", shifted: "${{ .event.shifted }}" }
output: "${{ .steps.found.output }}"
"#;

/// A place with a key beside its data folder.
pub struct Kept {
    pub place: Place,
    pub key: PathBuf,
}

impl Kept {
    pub async fn with(workflows: &[&str]) -> Self {
        let place = Place::with(workflows).await;
        let key = place.folder.path().join("key");
        std::fs::write(&key, KEY).unwrap();
        Self { place, key }
    }

    pub fn launch(&self) -> Launch {
        let key = self.key.to_str().unwrap();
        self.place.launch().setting("key-file", key)
    }

    /// `mortise connections …` with the key and a secret in the environment.
    pub async fn command(&self, arguments: &[&str], secret: &str) -> Result<Output> {
        let data = ["--data", self.place.data()];
        let variables = [
            ("MORTISE_KEY_FILE", self.key.to_str().unwrap()),
            ("SECRET", secret),
        ];
        let arguments = arguments.iter().chain(&data);
        mortise_with(&paths::root(), arguments, "", &variables).await
    }

    /// Makes a connection to the sink.
    pub async fn add(&self, name: &str, secret: &str, value: &str) -> Output {
        let plugins = plugins::basic().unwrap();
        let origin = format!("http://{}", self.place.sink.address());
        let secret = format!("{secret}=env:SECRET");
        let arguments = [
            "connections",
            "add",
            name,
            "--plugin",
            "mortise/http",
            "--plugins",
            plugins.to_str().unwrap(),
            "--origin",
            &origin,
            "--secret",
            &secret,
            "--json",
        ];
        self.command(&arguments, value).await.unwrap().ok().unwrap()
    }

    /// The plugins of the house, and `test/members`.
    fn members(&self) -> PathBuf {
        let plugins = self.place.folder.path().join("plugins");
        plugins::with(&[], &["members"], &plugins).unwrap();
        plugins
    }

    /// Makes the connection `mine` to the sink for [`members`](Self::members), with the same value for
    /// each secret.
    async fn add_member(&self, scheme: &str, secrets: &[&str], value: &str) {
        let settings = self.place.folder.path().join("settings.json");
        std::fs::write(
            &settings,
            r#"{"issuer":"http://127.0.0.1:1","tenant":"acme"}"#,
        )
        .unwrap();
        let plugins = self.place.folder.path().join("plugins");
        let origin = format!("http://{}", self.place.sink.address());
        let secrets: Vec<String> = secrets
            .iter()
            .map(|secret| format!("{secret}=env:SECRET"))
            .collect();
        let mut arguments = vec![
            "connections",
            "add",
            "mine",
            "--plugin",
            "test/members",
            "--plugins",
            plugins.to_str().unwrap(),
            "--settings",
            settings.to_str().unwrap(),
            "--origin",
            &origin,
            "--scheme",
            scheme,
        ];
        for secret in &secrets {
            arguments.extend(["--secret", secret]);
        }
        let added = self.command(&arguments, value).await.unwrap();
        added.ok().unwrap();
    }
}

/// Every file below a folder that has one of these texts in it.
pub fn files_with(folder: &Path, texts: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, texts));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let has = |text: &&str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        if texts.iter().any(has) {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_to_its_application_and_nowhere_else() {
    let kept = Kept::with(&[ASKS]).await;
    let sink = &kept.place.sink;
    let mut said = kept.add("crm", "token", CANARY).await.stdout;
    let daemon = kept.launch().start().await.unwrap();
    // The application tells what it was told, in a header and in its body.
    let echo = |secret: &str| Behaviour::Answer {
        status: 200,
        headers: [("x-echo".to_owned(), format!("Bearer {secret}"))].into(),
        json: Some(json!({ "you": secret, "and": "more" })),
        after_ms: 0,
    };
    sink.behave(echo(CANARY));
    let run = daemon.accept("/events", "{}").await.unwrap();
    let run = daemon.succeeded(&run).await.unwrap();
    assert_eq!(
        run["output"]["json"],
        json!({ "you": "[secret]", "and": "more" })
    );
    assert_eq!(run["output"]["headers"]["x-echo"], "[secret]");
    said += &run.to_string();

    // With a daemon, and in use at once.
    let rotate = [
        "connections",
        "rotate",
        "crm",
        "--secret",
        "token=env:SECRET",
    ];
    let rotated = kept.command(&rotate, SECOND).await.unwrap().ok().unwrap();
    assert_eq!(rotated.stdout, "crm rotated\n");
    sink.behave(echo(SECOND));
    let run = daemon.accept("/events", "{}").await.unwrap();
    said += &daemon.succeeded(&run).await.unwrap().to_string();
    let sent: Vec<_> = {
        let ledger = sink.ledger();
        let sent = ledger.received.iter();
        sent.map(|one| one.header("authorization").to_owned())
            .collect()
    };
    assert_eq!(
        sent,
        [format!("Bearer {CANARY}"), format!("Bearer {SECOND}")]
    );

    said += &tried_and_listed(&kept).await;
    said += &format!("{rotated:?}{}", daemon.stderr());
    assert!(daemon.stop().await.unwrap().success());
    for secret in [CANARY, SECOND] {
        assert!(!said.contains(secret), "{said}");
    }
    let found = files_with(&kept.place.data, &[CANARY, SECOND]);
    assert_eq!(found, Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_given_as_an_argument_is_refused_and_not_repeated() {
    let kept = Kept::with(&[ASKS]).await;
    for secret in [CANARY.to_owned(), format!("token={CANARY}")] {
        let arguments = ["connections", "add", "crm", "--plugin", "mortise/http"];
        let arguments = [&arguments[..], &["--secret", &secret]].concat();
        let refused = kept.command(&arguments, "").await.unwrap();
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("never an argument"), "{refused:?}");
        assert!(!format!("{refused:?}").contains(CANARY), "{refused:?}");
    }
}

/// What `connections test` and `list` say; the application takes the credential, and then does not.
async fn tried_and_listed(kept: &Kept) -> String {
    let test = ["connections", "test", "crm", "--json"];
    let tried = kept.command(&test, "").await.unwrap().ok().unwrap();
    assert_eq!(tried.json().unwrap()["accepted"], true);
    kept.place.sink.behave(Behaviour::status(401));
    let refused = kept.command(&test[..3], "").await.unwrap();
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let mut said = format!("{tried:?}{refused:?}");
    for arguments in [
        &["connections", "list"][..],
        &["connections", "list", "--json"],
    ] {
        let listed = kept.command(arguments, "").await.unwrap().ok().unwrap();
        let tells = |word: &str| listed.stdout.contains(word);
        assert!(tells("crm") && tells("token"), "{listed:?}");
        said += &listed.stdout;
    }
    said
}

/// A plugin that has a `check` knows better than a GET whether a credential works, and whose it is.
#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story")]
async fn a_plugin_checks_its_connection_and_tells_the_account() {
    let kept = Kept::with(&[]).await;
    let folder = kept.place.folder.path();
    let plugins = folder.join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::copy(
        paths::sample("rust").unwrap(),
        plugins.join("sample-plugin.wasm"),
    )
    .unwrap();
    let origin = format!("http://{}", kept.place.sink.address());
    let settings = folder.join("settings.json");
    std::fs::write(&settings, json!({ "base-url": origin }).to_string()).unwrap();
    let (plugins_flag, settings) = (plugins.to_str().unwrap(), settings.to_str().unwrap());
    let add = [
        "connections",
        "add",
        "desk",
        "--plugin",
        "example/sample-plugin",
        "--plugins",
        plugins_flag,
        "--settings",
        settings,
        "--origin",
        &origin,
        "--secret",
        "token=env:SECRET",
        "--secret",
        "signing-secret=env:SECRET",
    ];
    kept.command(&add, CANARY).await.unwrap().ok().unwrap();

    let account = Behaviour::Answer {
        status: 200,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        json: Some(json!({ "id": "acct-1", "name": "Acme" })),
        after_ms: 0,
    };
    kept.place.sink.behave(account);
    let test = ["connections", "test", "desk", "--plugins", plugins_flag];
    let offline = kept.command(&test, "").await.unwrap().ok().unwrap();
    let says = "the application takes the credential, that of `Acme` (acct-1)";
    assert!(offline.stdout.contains(says), "{offline:?}");

    let daemon = kept.launch().cold_plugins(&plugins).start().await.unwrap();
    let tested = kept.command(&test[..3], "").await.unwrap().ok().unwrap();
    assert!(tested.stdout.contains(says), "{tested:?}");
    let received = kept.place.sink.ledger().received.clone();
    assert!(received.iter().all(|request| request.path == "/me"));
    kept.place.sink.behave(Behaviour::status(401));
    let json = [&test[..3], &["--json"]].concat();
    let refused = kept.command(&json, "").await.unwrap();
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let told = refused.json().unwrap();
    assert_eq!(told["plugin"], "example/sample-plugin@0.1.0");
    assert_eq!(
        (&told["accepted"], &told["account"]),
        (&json!(false), &json!(null))
    );
    // A path asks the old way.
    let asked = [&test[..3], &["--path", "/v2/me"]].concat();
    let refused = kept.command(&asked, "").await.unwrap();
    assert!(refused.stdout.contains("/v2/me answers 401"), "{refused:?}");
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_finds_the_secret_nowhere_in_its_memory() {
    let kept = Kept::with(&[SEARCHES]).await;
    let plugins = kept.members();
    kept.add_member("bearer", &["token"], CANARY).await;
    let daemon = kept.launch().plugins(&plugins).start().await.unwrap();
    kept.place.sink.behave(Behaviour::Answer {
        status: 200,
        headers: [("x-echo".to_owned(), CANARY.to_owned())].into(),
        json: Some(json!({ "you": CANARY, "and": "control-there" })),
        after_ms: 0,
    });
    let shifted: String = CANARY.bytes().map(|byte| char::from(byte + 1)).collect();
    let event = json!({ "shifted": shifted }).to_string();
    let run = daemon.accept("/search", event).await.unwrap();
    let run = daemon.succeeded(&run).await.unwrap();
    let sent = kept.place.sink.ledger().received[0]
        .header("authorization")
        .to_owned();
    assert_eq!(sent, format!("Bearer {CANARY}"));
    let found = &run["output"];
    assert_eq!(found["places"], 0, "{found}");
    assert!(found["controls"].as_u64() > Some(0), "{found}");
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth_1_signs_each_request_anew() {
    let kept = Kept::with(&[SEARCHES]).await;
    let plugins = kept.members();
    let secrets = ["consumer-key", "consumer-secret", "token", "token-secret"];
    kept.add_member("oauth1", &secrets, CANARY).await;
    let daemon = kept.launch().plugins(&plugins).start().await.unwrap();
    for _ in 0..2 {
        let run = daemon
            .accept("/search", r#"{"shifted":"-"}"#)
            .await
            .unwrap();
        daemon.succeeded(&run).await.unwrap();
    }
    let sent: Vec<String> = kept
        .place
        .sink
        .ledger()
        .received
        .iter()
        .map(|request| request.header("authorization").to_owned())
        .collect();
    for header in &sent {
        assert!(header.starts_with("OAuth realm=\"acme\", "), "{header}");
        for part in ["oauth_token=\"", "\"HMAC-SHA256\"", "oauth_signature=\""] {
            assert!(header.contains(part), "{header}");
        }
    }
    let nonce = |header: &str| header.split("oauth_nonce").nth(1).map(str::to_owned);
    assert_ne!(nonce(&sent[0]), nonce(&sent[1]));
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_open_with_their_key_alone() {
    let kept = Kept::with(&[ASKS]).await;
    kept.add("crm", "token", CANARY).await;
    let other = kept.place.folder.path().join("other");
    std::fs::write(&other, OTHER_KEY).unwrap();
    let none = kept.place.launch();
    let wrong = none.clone().setting("key-file", other.to_str().unwrap());
    for (launch, says) in [(&none, "need a key"), (&wrong, "is not the one")] {
        let refused = launch.refused().await.unwrap();
        assert_eq!(refused.code, Some(5), "{refused}");
        assert!(refused.stderr.contains(says), "{refused}");
    }
    // Inside of the data folder it would go wherever the secrets go.
    let inside = kept.place.data.join("key");
    std::fs::write(&inside, KEY).unwrap();
    let inside = none.clone().setting("key-file", inside.to_str().unwrap());
    let refused = inside.refused().await.unwrap();
    assert!(
        refused.stderr.contains("lies in the data folder"),
        "{refused}"
    );

    let rotate = ["keys", "rotate", "--to", other.to_str().unwrap()];
    kept.command(&rotate, "").await.unwrap().ok().unwrap();
    let refused = kept.launch().refused().await.unwrap();
    assert!(refused.stderr.contains("is not the one"), "{refused}");
    let daemon = wrong.start().await.unwrap();
    let run = daemon.accept("/events", "{}").await.unwrap();
    daemon.succeeded(&run).await.unwrap();
    let sent = kept.place.sink.ledger().received[0]
        .header("authorization")
        .to_owned();
    assert_eq!(sent, format!("Bearer {CANARY}"));

    // What is gone is missed, and nothing is sent without it.
    let removed = kept.command(&["connections", "remove", "crm"], "").await;
    removed.unwrap().ok().unwrap();
    let run = daemon.accept("/events", "{}").await.unwrap();
    let run = daemon.rest(&run).await.unwrap();
    assert_eq!(
        (&run["status"], &run["failure"]["code"]),
        (&json!("parked"), &json!("no-connection"))
    );
    assert_eq!(kept.place.sink.ledger().received.len(), 1);
    let again = kept
        .command(&["connections", "remove", "crm"], "")
        .await
        .unwrap();
    assert_eq!(again.code, Some(3), "{again:?}");
    assert!(daemon.stop().await.unwrap().success());
}
