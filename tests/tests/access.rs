//! Who may do what, and what is told of it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Result;
use mortise_tests::cli::{Output, mortise};
use mortise_tests::client::{Answer, Client};
use mortise_tests::daemon::Daemon;
use serde_json::Value;

use crate::common::{DELIVER, Place, event};

/// `mortise …` on the data folder of a place.
async fn command(place: &Place, arguments: &[&str]) -> Output {
    let data = ["--data", place.data()];
    mortise(arguments.iter().chain(&data)).await.unwrap()
}

/// A token with a scope; its text and its id.
async fn token(place: &Place, arguments: &[&str]) -> (Client, String, String) {
    let create = [
        &["tokens", "create", "--json", "--expires", "1h"],
        arguments,
    ]
    .concat();
    let made = command(place, &create).await.ok().unwrap().json().unwrap();
    let (text, id) = (
        made["token"].as_str().unwrap(),
        made["id"].as_str().unwrap(),
    );
    assert!(text.starts_with("mrt_"), "{made}");
    let client = Client::default().with_token(text).unwrap();
    (client, text.to_owned(), id.to_owned())
}

async fn post(client: &Client, daemon: &Daemon, path: &str) -> Answer {
    client.post(&daemon.route(path), "{}").await.unwrap()
}

async fn get(client: &Client, daemon: &Daemon, path: &str) -> Answer {
    client.get(&daemon.route(path)).await.unwrap()
}

fn files_have(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return files_have(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_what_its_scope_says_until_it_is_revoked() {
    let place = Place::with(&[DELIVER]).await;
    let daemon = place.start().await;
    let (reader, text, id) = token(&place, &["--scope", "read", "--note", "dashboard"]).await;
    let (starter, ..) = token(&place, &["--scope", "run"]).await;
    assert_eq!(get(&reader, &daemon, "/runs").await.status, 200);
    assert_eq!(get(&starter, &daemon, "/runs").await.status, 403);
    let refused = post(&reader, &daemon, "/workflows/deliver/runs").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "forbidden")
    );
    let started = starter
        .post(&daemon.route("/workflows/deliver/runs"), event(1))
        .await;
    assert_eq!(started.unwrap().status, 202);

    // Neither the list nor any file has the text.
    for arguments in [&["tokens", "list"][..], &["tokens", "list", "--json"]] {
        let listed = command(&place, arguments).await.ok().unwrap().stdout;
        assert!(
            listed.contains(&id) && listed.contains("dashboard"),
            "{listed}"
        );
        assert!(!listed.contains(&text), "{listed}");
    }
    assert!(!files_have(&place.data, &text));
    assert!(!daemon.stderr().contains(&text));

    command(&place, &["tokens", "revoke", &id])
        .await
        .ok()
        .unwrap();
    assert_eq!(get(&reader, &daemon, "/runs").await.status, 401);
    let again = command(&place, &["tokens", "revoke", &id]).await;
    assert_eq!(again.code, Some(3), "{again:?}");
    for wrong in [
        &["--scope", "write"][..],
        &["--scope", "read", "--expires", "never"],
    ] {
        let refused = command(&place, &[&["tokens", "create"], wrong].concat()).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
    }
    assert!(daemon.stop().await.unwrap().success());

    // Without a daemon as well; the next one knows what was done meanwhile.
    let (later, _, later_id) = token(&place, &["--scope", "read"]).await;
    let daemon = place.start().await;
    assert_eq!(get(&later, &daemon, "/runs").await.status, 200);
    assert_eq!(get(&starter, &daemon, "/runs").await.status, 403);
    assert!(daemon.stop().await.unwrap().success());
    command(&place, &["tokens", "revoke", &later_id])
        .await
        .ok()
        .unwrap();
    let daemon = place.start().await;
    assert_eq!(get(&later, &daemon, "/runs").await.status, 401);
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_is_told_to_come_back() {
    let place = Place::with(&[DELIVER]).await;
    let daemon = place.launch().setting("admin.failed-logins-max", "3");
    let daemon = daemon
        .setting("admin.failed-login-ms", "1h")
        .start()
        .await
        .unwrap();
    let guesser = Client::default().with_token("mrt_guess").unwrap();
    for _ in 0..3 {
        assert_eq!(get(&guesser, &daemon, "/runs").await.status, 401);
    }
    let refused = get(&guesser, &daemon, "/runs").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "too-many-failed-logins")
    );
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 1);
    // The hooks go on, and what needs no token is answered.
    let run = daemon.accept("/events", event(1)).await;
    assert!(run.is_ok(), "{run:?}");
    let health = Client::default()
        .get(&daemon.route("/healthz"))
        .await
        .unwrap();
    assert_eq!(health.status, 200);
    assert!(daemon.stop().await.unwrap().success());
}

/// Who did what, of a log as `audit list --json` prints it, oldest first.
fn deeds(listed: &Value) -> Vec<(String, String)> {
    let items = listed["items"].as_array().unwrap().iter().rev();
    let of = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    items
        .map(|item| (of(item, "who"), of(item, "what")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story, told in its order")]
async fn the_audit_log_has_every_deed_and_is_whole() {
    let place = Place::with(&[DELIVER]).await;
    let daemon = place.start().await;
    let (operator, _, id) = token(&place, &["--scope", "deploy"]).await;
    for path in [
        "/workflows/deliver/pause",
        "/workflows/deliver/resume",
        "/workflows/reload",
    ] {
        let done = post(&operator, &daemon, path).await;
        assert_eq!(done.status, 200, "{path} {}", done.text());
    }
    // What is refused is no deed.
    assert_eq!(
        post(&operator, &daemon, "/workflows/other/pause")
            .await
            .status,
        404
    );
    assert_eq!(post(&operator, &daemon, "/parked/replay").await.status, 403);
    let pause = command(&place, &["workflows", "pause", "deliver"]).await;
    pause.ok().unwrap();
    let run = daemon.accept("/events", event(1)).await.unwrap();
    let cancel = ["runs", "cancel", &run, "--why", "no need"];
    command(&place, &cancel).await.ok().unwrap();
    let noted = command(&place, &["audit", "verify", "--json"])
        .await
        .ok()
        .unwrap();
    let noted = noted.json().unwrap();
    assert_eq!(
        (&noted["ok"], &noted["count"]),
        (&true.into(), &6.into()),
        "{noted}"
    );
    assert!(daemon.stop().await.unwrap().success());
    command(&place, &["workflows", "resume", "deliver"])
        .await
        .ok()
        .unwrap();

    let listed = command(&place, &["audit", "list", "--json"])
        .await
        .ok()
        .unwrap();
    let listed = listed.json().unwrap();
    let found = deeds(&listed);
    let whats: Vec<&str> = found.iter().map(|(_, what)| what.as_str()).collect();
    let [create, pause, resume, reload] = [
        "tokens.create",
        "workflows.pause",
        "workflows.resume",
        "workflows.reload",
    ];
    assert_eq!(
        whats,
        [create, pause, resume, reload, pause, "runs.cancel", resume]
    );
    let whos: Vec<&str> = found.iter().map(|(who, _)| who.as_str()).collect();
    let owner = "daemon.json";
    assert_eq!(whos[..6], [owner, &id, &id, &id, owner, owner]);
    assert!(whos[6].starts_with("user "), "{whos:?}");
    let cancelled = &listed["items"][1];
    assert_eq!(cancelled["target"], run);
    assert!(
        cancelled["before"].is_string() && cancelled["after"].is_string(),
        "{cancelled}"
    );

    let head = noted["head"].as_str().unwrap();
    let verify = |head: String| async move {
        let arguments = ["audit", "verify", "--head", &head];
        command(&place, &arguments).await
    };
    let whole = verify(head.to_owned()).await.ok().unwrap();
    assert!(
        whole.stdout.starts_with("ok: 7 entries, head sha256:"),
        "{whole:?}"
    );
    assert!(whole.stdout.contains("is of entry 6"), "{whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_lacks_the_noted_head_is_not_whole() {
    let place = Place::with(&[DELIVER]).await;
    assert!(place.start().await.stop().await.unwrap().success());
    let other = format!("sha256:{}", "0".repeat(64));
    let verdict = command(&place, &["audit", "verify", "--head", &other]).await;
    assert_eq!(verdict.code, Some(1), "{verdict:?}");
    assert!(
        verdict
            .stdout
            .starts_with("not whole: no entry has the head"),
        "{verdict:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_keeps_its_memory_and_its_folder_to_itself() -> Result<()> {
    let place = Place::with(&[DELIVER]).await;
    std::fs::create_dir(&place.data)?;
    std::fs::set_permissions(&place.data, std::fs::Permissions::from_mode(0o755))?;
    let daemon = place.start().await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", daemon.pid()))?;
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let core: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"], "{limits}");
    let mode = std::fs::metadata(&place.data)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(
        daemon.stderr().contains("now its owner alone can"),
        "{}",
        daemon.stderr()
    );
    assert!(daemon.stop().await?.success());
    Ok(())
}
