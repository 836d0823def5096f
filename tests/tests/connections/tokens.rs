//! Connections whose credential comes from the application: consent, tokens, renewal, sessions.

use anyhow::Result;
use mortise_tests::cli::{self, Output};
use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::oauth::Server;
use mortise_tests::{paths, person, plugins};
use serde_json::{Value, json};

use super::{Kept, files_with};

const READS: &str = r#"
version: 1
name: reads
triggers:
  - id: asked
    webhook: { path: /read }
steps:
  - id: page
    uses: members/read
    connection: books
    with: { path: /api/page }
output: "${{ .steps.page.output.content }}"
"#;

/// A place whose connection `books` is to the server's application.
struct Members {
    kept: Kept,
    server: Server,
}

impl Members {
    async fn with(access_token_secs: u32) -> Self {
        let kept = Kept::with(&[READS]).await;
        let plugins = kept.place.folder.path().join("plugins");
        plugins::with(&[], &["members"], &plugins).unwrap();
        let server = Server::start(access_token_secs).await.unwrap();
        Self { kept, server }
    }

    fn launch(&self) -> Launch {
        let plugins = self.kept.place.folder.path().join("plugins");
        self.kept.launch().plugins(&plugins)
    }

    /// Makes the connection; secrets come from files.
    async fn add(&self, scheme: &str, secrets: &[(&str, &str)], origin: bool) -> Value {
        let folder = self.kept.place.folder.path();
        let settings = folder.join("settings.json");
        let text = json!({ "issuer": self.server.issuer(), "account": "ann" });
        std::fs::write(&settings, text.to_string()).unwrap();
        let plugins = folder.join("plugins");
        let mut arguments: Vec<String> = ["connections", "add", "books", "--plugin"]
            .map(str::to_owned)
            .to_vec();
        let mut more = |words: &[&str]| arguments.extend(words.iter().map(|&w| w.to_owned()));
        more(&["test/members", "--json", "--scheme", scheme]);
        more(&["--plugins", plugins.to_str().unwrap()]);
        more(&["--settings", settings.to_str().unwrap()]);
        if origin {
            more(&["--origin", self.server.issuer()]);
        }
        for (name, value) in secrets {
            let file = folder.join(format!("secret-{name}"));
            std::fs::write(&file, value).unwrap();
            more(&["--secret", &format!("{name}=file:{}", file.display())]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let added = self.kept.command(&arguments, "").await.unwrap();
        added.ok().unwrap().json().unwrap()
    }

    async fn list(&self) -> Value {
        let listed = self.kept.command(&["connections", "list", "--json"], "");
        let listed = listed.await.unwrap().ok().unwrap().json().unwrap();
        listed["items"][0].clone()
    }

    /// `mortise connections authorize`, with a person who agrees.
    async fn authorize(&self) -> Result<Output> {
        let arguments = [
            "connections",
            "authorize",
            "books",
            "--listen",
            "127.0.0.1:0",
        ];
        let arguments = [&arguments[..], &["--data", self.kept.place.data()]].concat();
        let key = self.kept.key.to_string_lossy();
        let variables = [("MORTISE_KEY_FILE", &*key)];
        let folder = paths::root();
        cli::mortise_with_link(&folder, arguments, &variables, person::agree).await
    }

    /// Waits until so many tokens were kept, one after the other.
    async fn has_kept(&self, tokens: u64) {
        for _ in 0..LOOKS_MAX {
            if self.list().await["token"]["version"].as_u64() >= Some(tokens) {
                return;
            }
        }
        panic!("{}", self.list().await);
    }

    /// What a run that reads a page comes to.
    async fn read(&self, daemon: &Daemon) -> Value {
        let run = daemon.accept("/read", "{}").await.unwrap();
        daemon.rest(&run).await.unwrap()
    }
}

/// A look takes some milliseconds.
const LOOKS_MAX: usize = 1_000;

const CLIENT_SECRET: &str = "books-client-secret-value";
const BOOKS: [(&str, &str); 2] = [("client-id", "books"), ("client-secret", CLIENT_SECRET)];

#[tokio::test(flavor = "multi_thread")]
async fn a_person_agrees_and_tokens_are_renewed_until_they_are_taken_back() {
    let members = Members::with(2).await;
    let server = &members.server;
    let added = members.add("code", &BOOKS, false).await;
    assert_eq!(added["state"], "needs-authorization");
    let mut daemon = members.launch().start().await.unwrap();
    // Before, nothing is sent, and no attempt is burnt.
    let early = members.read(&daemon).await;
    assert_eq!(
        (&early["status"], &early["failure"]["code"]),
        (&json!("parked"), &json!("needs-attention"))
    );
    let authorized = members.authorize().await.unwrap().ok().unwrap();
    assert!(
        authorized.stdout.ends_with("\nbooks authorized\n"),
        "{authorized:?}"
    );
    let listed = members.list().await;
    // What the application told is a setting, and its origin is fixed.
    assert_eq!(listed["state"], "ready");
    assert_eq!(listed["origins"], json!([server.issuer()]));
    let first = members.read(&daemon).await;
    assert_eq!(
        first["output"],
        json!({ "path": "/api/page", "tenant": "42" })
    );

    // Renewed ahead, with nobody asking, each refresh token used once.
    server.wait("grant.refresh_token", 2).await.unwrap();
    members.has_kept(3).await;
    // Killed, it goes on with what it had kept.
    daemon.kill().await.unwrap();
    let daemon = members.launch().start().await.unwrap();
    let mut runs = Vec::new();
    for _ in 0..20 {
        runs.push(daemon.accept("/read", "{}").await.unwrap());
    }
    for run in runs {
        daemon.succeeded(&run).await.unwrap();
    }
    assert_eq!(server.count("grant.error").await.unwrap(), 0);

    let refused = taken_back(&members, &daemon, &early).await;
    let mut secrets = server.secrets().await.unwrap();
    secrets.push(CLIENT_SECRET.to_owned());
    let said = format!(
        "{authorized:?} {listed} {first} {refused} {}",
        daemon.stderr()
    );
    assert!(daemon.stop().await.unwrap().success());
    assert!(
        secrets.iter().all(|secret| !said.contains(secret)),
        "{said}"
    );
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let found = files_with(&members.kept.place.data, &secrets);
    assert_eq!(found, Vec::<std::path::PathBuf>::new());
}

/// What the application takes back is missed once; a person mends it, and what waited goes on. Gives the run
/// that met with it.
async fn taken_back(members: &Members, daemon: &Daemon, early: &Value) -> Value {
    members.server.take_back().await.unwrap();
    let refused = members.read(daemon).await;
    assert_eq!(refused["failure"]["disposition"], "reauthorize");
    let listed = members.list().await;
    assert_eq!(listed["state"], "needs-attention");
    assert!(
        listed["attention"]["why"]
            .as_str()
            .unwrap()
            .contains("invalid_grant"),
        "{listed}"
    );
    // From then on nobody asks, neither the application nor the members.server.
    let before = (
        members.server.count("api.refused").await.unwrap(),
        members.server.count("grant.error").await.unwrap(),
    );
    let parked = members.read(daemon).await;
    assert_eq!(parked["failure"]["code"], "needs-attention");
    assert_eq!(parked["steps"][0]["attempts"][0]["requests"], json!([]));
    let after = (
        members.server.count("api.refused").await.unwrap(),
        members.server.count("grant.error").await.unwrap(),
    );
    assert_eq!(before, after);

    members.authorize().await.unwrap().ok().unwrap();
    let replay = ["parked", "replay", "--all", "--why", "authorized again"];
    members
        .kept
        .command(&replay, "")
        .await
        .unwrap()
        .ok()
        .unwrap();
    for run in [early, &refused, &parked] {
        daemon.succeeded(run["id"].as_str().unwrap()).await.unwrap();
    }
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_way_to_a_token_leads_to_the_page() {
    let members = Members::with(3_600).await;
    let server = &members.server;
    let key = server.private_key();
    let password = "pass\"word\\value";
    let jwt_bearer = "grant.urn:ietf:params:oauth:grant-type:jwt-bearer";
    for (scheme, secrets, counted) in [
        (
            "machine",
            vec![
                ("client-id", "machine"),
                ("client-secret", "machine-client-secret-value"),
            ],
            "grant.client_credentials",
        ),
        (
            "signed",
            vec![("client-id", "signed"), ("private-key", key)],
            "grant.client_credentials",
        ),
        (
            "service",
            vec![("client-id", "service"), ("private-key", key)],
            jwt_bearer,
        ),
        (
            "login",
            vec![("user", "ann"), ("password", password)],
            "login",
        ),
    ] {
        let before = server.count(counted).await.unwrap();
        let added = members.add(scheme, &secrets, true).await;
        assert_eq!(added["state"], "ready", "{added}");
        assert_eq!(server.count(counted).await.unwrap(), before + 1, "{scheme}");
        let daemon = members.launch().start().await.unwrap();
        let run = daemon.accept("/read", "{}").await.unwrap();
        daemon.succeeded(&run).await.unwrap();
        // What the application has forgotten is got again, in the same attempt.
        server.take_back().await.unwrap();
        let run = daemon.accept("/read", "{}").await.unwrap();
        let run = daemon.succeeded(&run).await.unwrap();
        let requests = run["steps"][0]["attempts"][0]["requests"]
            .as_array()
            .unwrap();
        let statuses: Vec<_> = requests.iter().map(|one| &one["status"]).collect();
        assert_eq!(statuses, [401, 200], "{scheme}");
        assert_eq!(server.count(counted).await.unwrap(), before + 2, "{scheme}");
        assert!(daemon.stop().await.unwrap().success());
        let remove = ["connections", "remove", "books"];
        members
            .kept
            .command(&remove, "")
            .await
            .unwrap()
            .ok()
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_application_refuses_shows_when_the_connection_is_made() {
    let members = Members::with(3_600).await;
    let wrong = [
        ("client-id", "machine"),
        ("client-secret", "wrong-secret-value"),
    ];
    let added = members.add("machine", &wrong, true).await;
    assert_eq!(added["state"], "needs-attention");
    let why = added["attention"]["why"].as_str().unwrap();
    assert!(why.contains("invalid_client"), "{why}");
    // Nobody has to agree to it.
    let refused = members.authorize().await.unwrap();
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("nobody has to agree"),
        "{refused:?}"
    );
    // The right secret makes it work.
    let right = members
        .kept
        .place
        .folder
        .path()
        .join("secret-client-secret");
    std::fs::write(&right, "machine-client-secret-value").unwrap();
    let secret = format!("client-secret=file:{}", right.display());
    let rotate = ["connections", "rotate", "books", "--secret", &secret];
    members
        .kept
        .command(&rotate, "")
        .await
        .unwrap()
        .ok()
        .unwrap();
    let tested = ["connections", "test", "books", "--path", "/api/page"];
    let tested = members
        .kept
        .command(&tested, "")
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert!(tested.stdout.contains("takes the credential"), "{tested:?}");
    assert_eq!(members.list().await["state"], "ready");
}
