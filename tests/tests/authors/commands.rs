//! `mortise plugin`, as an author uses it: what it makes, and what it refuses.

use std::path::Path;

use mortise_tests::cli::{Output, mortise};
use mortise_tests::sink::{Behaviour, Rule, Sink, Target};
use mortise_tests::{paths, wasm};
use serde_json::{Value, json};

async fn plugin(arguments: &[&str]) -> Output {
    let all = ["plugin"].iter().chain(arguments);
    mortise(all).await.unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_plugin_is_written_where_there_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("crm");
    let made = plugin(&[
        "new",
        "crm-sync",
        "--lang",
        "go",
        "--namespace",
        "acme",
        "--dir",
        text(&dir),
    ])
    .await;
    assert!(made.ok().unwrap().stdout.contains("README.md"));
    let main = std::fs::read_to_string(dir.join("main.go")).unwrap();
    assert!(main.contains("\"acme/crm-sync\""), "{main}");
    assert!(dir.join("tests/create-ticket.yaml").exists());

    let again = plugin(&["new", "crm-sync", "--lang", "go", "--dir", text(&dir)]).await;
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("not empty"), "{}", again.stderr);
    let named = plugin(&[
        "new",
        "CRM",
        "--lang",
        "go",
        "--dir",
        text(&folder.path().join("a")),
    ])
    .await;
    assert_eq!(named.code, Some(2));
    assert!(
        named.stderr.contains("lower-case letters"),
        "{}",
        named.stderr
    );
    assert!(!folder.path().join("a").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_no_plugin_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let built = plugin(&["build", text(folder.path())]).await;
    assert_eq!(built.code, Some(2));
    assert!(
        built.stderr.contains("mortise plugin new"),
        "{}",
        built.stderr
    );
    let tested = plugin(&["test", text(folder.path())]).await;
    assert_eq!(tested.code, Some(3));
    assert!(
        tested.stderr.contains("mortise plugin build"),
        "{}",
        tested.stderr
    );
}

/// A tool that is missing is named, with how to get it.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_tool_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("crm");
    plugin(&["new", "crm", "--lang", "javascript", "--dir", text(&dir)])
        .await
        .ok()
        .unwrap();
    let built = plugin(&["build", text(&dir)]).await;
    assert_eq!(built.code, Some(5));
    assert!(built.stderr.contains("npm install"), "{}", built.stderr);
}

/// Go's compiler gives the same bytes for the same sources, wherever they lie.
#[tokio::test(flavor = "multi_thread")]
async fn building_twice_gives_the_same_digest() {
    let folder = tempfile::tempdir().unwrap();
    let mut digests = Vec::new();
    for place in ["a", "elsewhere/b"] {
        let dir = folder.path().join(place);
        plugin(&[
            "new",
            "crm",
            "--lang",
            "go",
            "--role",
            "action",
            "--dir",
            text(&dir),
        ])
        .await
        .ok()
        .unwrap();
        let built = plugin(&["build", text(&dir), "--json"])
            .await
            .ok()
            .unwrap()
            .json()
            .unwrap();
        assert!(Path::new(built["file"].as_str().unwrap()).ends_with("dist/crm.wasm"));
        digests.push(built["digest"].clone());
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_finds_what_is_no_plugin_and_what_lacks_something() {
    let folder = tempfile::tempdir().unwrap();
    let teleport = wasm::component(
        "interface teleport { go: func(); }",
        "import teleport; export mortise:plugin/describe@0.1.0;",
    );
    let files: [(&str, &[u8], &str); 4] = [
        ("elf", wasm::ELF, "not-a-component"),
        ("core", wasm::CORE_MODULE, "core-module"),
        ("text", b"name: not wasm", "not-a-component"),
        ("teleport", &teleport.unwrap(), "unknown-import"),
    ];
    for (name, bytes, code) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let checked = plugin(&["check", text(&path), "--json"]).await;
        assert_eq!(checked.code, Some(1), "{name}");
        let finding = checked.json().unwrap()["findings"][0].clone();
        assert_eq!(
            (&finding["code"], &finding["level"]),
            (&json!(code), &json!("error")),
            "{finding}"
        );
        assert!(finding["message"].as_str().unwrap().len() > 20, "{finding}");
    }
    let http = paths::plugin("http").unwrap();
    let checked = plugin(&["check", text(&http)]).await;
    assert_eq!(checked.code, Some(0), "{}", checked.stdout);
    let missing = plugin(&["check", text(&folder.path().join("nothing"))]).await;
    assert_eq!(missing.code, Some(3));
}

/// The plugins that come along are held to the same rules as everybody's.
#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_plugins_have_no_errors() {
    for name in ["http", "jq", "record"] {
        let file = paths::plugin(name).unwrap();
        let checked = plugin(&["check", text(&file)]).await;
        assert_eq!(checked.code, Some(0), "{}", checked.stdout);
    }
}

/// Desk, as far as one operation and `check` need it.
fn desk() -> [Rule; 2] {
    let rule = |path: &str, status, json: Value| Rule {
        to: Target {
            path: Some(path.to_owned()),
            ..Target::default()
        },
        give: [Behaviour::Answer {
            status,
            headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
            json: Some(json),
            after_ms: 0,
        }]
        .into(),
    };
    let ticket = json!({
        "id": "t-1", "subject": "A", "status": "open", "created_at": "2026-01-02T03:04:05.000Z",
    });
    let refused = json!({ "error": { "code": "closed", "message": "Desk is closed" } });
    [rule("/tickets", 201, ticket), rule("/me", 401, refused)]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_operation_is_called_in_the_sandbox() {
    let sink = Sink::start().await.unwrap();
    sink.rules(desk());
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, value: Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, value.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let origin = format!("http://{}", sink.address());
    let private = json!({ "egress": { "allow-private": ["127.0.0.0/8"] } });
    let input = write("input.json", json!({ "subject": "A" }));
    let connection = write("connection.json", json!({ "base-url": origin }));
    let settings = write("settings.yaml", private);
    let sample = paths::sample("rust").unwrap();
    let flags = [
        ("--plugin", text(&sample)),
        ("--input", &input),
        ("--connection", &connection),
        ("--host", &origin),
        ("--settings", &settings),
    ];
    let call = async |operation: &str, more: &[&str]| {
        let flags = flags.iter().flat_map(|(flag, value)| [*flag, *value]);
        let all = ["run", operation].into_iter().chain(flags);
        plugin(&all.chain(more.iter().copied()).collect::<Vec<_>>()).await
    };
    let json = async |operation: &str, more: &[&str]| {
        let output = call(operation, more).await.ok().unwrap();
        output.json().unwrap()
    };
    let made = json("create-ticket", &[]).await;
    assert_eq!(made["created-at"], "2026-01-02T03:04:05.000Z");
    let whole = json("create-ticket", &["--json"]).await;
    assert_eq!(whole["requests"][0]["status"], 201);
    let checked = call("check", &[]).await;
    assert_eq!(checked.code, Some(1));
    for word in ["reauthorize", "Desk is closed"] {
        assert!(checked.stderr.contains(word), "{}", checked.stderr);
    }
    let unknown = call("delete-ticket", &[]).await;
    assert_eq!(unknown.code, Some(3));
    assert!(unknown.stderr.contains("`create-ticket`"), "{unknown:?}");
}

/// What the kit finds stands in its report, for people, programs and build servers.
#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_does_not_conform_fails_its_test() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
operation: create-ticket
connection: {}
cases:
  - name: it says something else
    input: { subject: A }
    exchanges:
      - request: { method: POST, path: /tickets, json: { subject: B } }
        answer: { json: {} }
"#;
    std::fs::write(folder.path().join("a.yaml"), script).unwrap();
    let sample = paths::sample("rust").unwrap();
    let junit = folder.path().join("report.xml");
    let played = plugin(&[
        "test",
        text(&sample),
        "--tests",
        text(folder.path()),
        "--junit",
        text(&junit),
    ])
    .await;
    assert_eq!(played.code, Some(1));
    assert!(
        played.stdout.contains("the body is not"),
        "{}",
        played.stdout
    );
    assert!(
        played.stdout.contains("no script in `tests` is about it"),
        "{}",
        played.stdout
    );
    let junit = std::fs::read_to_string(junit).unwrap();
    assert!(
        junit.contains("<failure message=") && junit.contains("classname=\"create-ticket\""),
        "{junit}"
    );

    std::fs::write(folder.path().join("a.yaml"), "operation: [").unwrap();
    let broken = plugin(&["test", text(&sample), "--tests", text(folder.path())]).await;
    assert_eq!(broken.code, Some(2));
    assert!(broken.stderr.contains("a.yaml"), "{}", broken.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_are_compared() {
    let (http, record) = (
        paths::plugin("http").unwrap(),
        paths::plugin("record").unwrap(),
    );
    let same = plugin(&["diff", text(&http), text(&http)]).await;
    assert_eq!(same.code, Some(0));
    let other = plugin(&["diff", text(&http), text(&record), "--json"]).await;
    assert_eq!(other.code, Some(1));
    let found = other.json().unwrap();
    assert_eq!(found["differences"][0]["kind"], "breaks", "{found}");
}

/// A webhook that registers itself is played as one that does, and has to be.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_registers_itself_and_goes_again() {
    let folder = tempfile::tempdir().unwrap();
    let registers = r#"
operation: order
cases:
  - name: it registers itself
    call: subscribe
    input: { url: "{base-url}/registry" }
    exchanges:
      - request: { method: POST, path: /registry, json: { url: "https://hooks.example/hooks/test" } }
        answer: { json: { id: h-1 } }
    expect: { memory: { id: h-1 } }
"#;
    let goes = r#"
  - name: it goes again
    call: unsubscribe
    input: { url: "{base-url}/registry" }
    memory: { id: h-1 }
    exchanges:
      - request: { method: DELETE, path: /registry/h-1 }
        answer: { status: 204 }
"#;
    let feed = paths::guest("feed").unwrap();
    for (script, missing) in [
        (
            registers.to_owned(),
            vec!["no case has `call: unsubscribe`"],
        ),
        (format!("{registers}{goes}"), vec![]),
        (
            registers.replace("memory: { id: h-1 }", "memory: { id: h-2 }"),
            vec!["the memory is", "no case has `call: unsubscribe`"],
        ),
    ] {
        std::fs::write(folder.path().join("order.yaml"), script).unwrap();
        let tests = [
            "test",
            text(&feed),
            "--tests",
            text(folder.path()),
            "--json",
        ];
        let report = plugin(&tests).await.json().unwrap();
        let checks = report["findings"].as_array().unwrap();
        let of_order = checks.iter().filter(|check| {
            check["operation"] == "order"
                && ["case", "subscribes"].contains(&check["check"].as_str().unwrap())
        });
        let failed = of_order.filter_map(|check| check["failure"].as_str());
        let failed: Vec<_> = failed.collect();
        assert_eq!(failed.len(), missing.len(), "{report}");
        for (failed, missing) in failed.iter().zip(missing) {
            assert!(failed.contains(missing), "{failed}");
        }
    }
}

/// Whose trap it was is said by the plugin's own frames, as its author wrote their names.
#[tokio::test(flavor = "multi_thread")]
async fn a_trap_shows_the_backtrace_of_the_guest() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input.json");
    std::fs::write(&input, r#"{"what":"panic"}"#).unwrap();
    let hostile = paths::guest("hostile").unwrap();
    let ran = plugin(&[
        "run",
        "act",
        "--plugin",
        text(&hostile),
        "--input",
        text(&input),
    ])
    .await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for said in [
        "panicked at tests/guests/hostile/src/act.rs",
        "as it was told",
        ": std::process::abort",
        // What stands between depends on what the compiler put together.
        ": mortise:plugin/actions@0.1.0#invoke",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
}
