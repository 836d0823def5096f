//! The table of tests/egress: what may not be reached is not, whichever way the request takes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use futures::StreamExt;
use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::net::{Answer, Application, Inside, NameServer, Zone};
use mortise_tests::sink::Behaviour;
use mortise_tests::{paths, plugins};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connections::{CANARY, Kept};

/// Operations of the guest: through `mortise:plugin/http` and through `wasi:http`.
const WAYS: [&str; 2] = ["contract", "wasi"];

/// Cases that are sent at the same moment; most of them mostly wait.
const AT_ONCE: usize = 6;

/// Ports are drawn until one is free on all addresses.
const PORTS_TRIED_MAX: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    settings: BTreeMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    url: String,
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    bytes: usize,
    #[serde(rename = "timeout-ms")]
    timeout_ms: Option<u32>,
    #[serde(default)]
    strict: bool,
    grant: Option<Vec<String>>,
    #[serde(default)]
    dns: BTreeMap<String, Zone>,
    #[serde(default)]
    answer: Vec<Answer>,
    expect: Expect,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    contract: String,
    /// None where it is answered as well.
    wasi: Option<String>,
    #[serde(default)]
    says: String,
    status: Option<u16>,
    bytes: Option<usize>,
    #[serde(default)]
    head: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    attempts: Option<usize>,
    /// How often the name server was asked for the IPv4 addresses of a name.
    #[serde(default)]
    asked: BTreeMap<String, usize>,
}

/// One case, one way.
struct Sent {
    way: &'static str,
    /// Its workflow, hook and path.
    word: String,
    case: Case,
}

/// The application, and on the same port what nobody may reach.
async fn network() -> Result<(Application, Inside)> {
    for _ in 0..PORTS_TRIED_MAX {
        let application = Application::at("127.0.0.2:0").await?;
        let port = application.address().port();
        let inside: [SocketAddr; 2] = [
            ([127, 0, 0, 1], port).into(),
            ("::1".parse::<std::net::Ipv6Addr>()?, port).into(),
        ];
        if let Ok(inside) = Inside::at(&inside).await {
            return Ok((application, inside));
        }
    }
    bail!("no port is free on 127.0.0.1, 127.0.0.2 and ::1");
}

fn table(way: &str, port: u16) -> Result<Table> {
    let text = std::fs::read_to_string(paths::checked_in("tests/egress/cases.yaml")?)?;
    let text = text.replace("PORT", &port.to_string()).replace("WAY", way);
    serde_saphyr::from_str(&text).context("tests/egress/cases.yaml")
}

fn sent(port: u16) -> Result<Vec<Sent>> {
    let mut all = Vec::new();
    for way in WAYS {
        for (index, mut case) in table(way, port)?.cases.into_iter().enumerate() {
            let word = format!("c{index}-{way}");
            case.url = case.url.replace("CASE", &word);
            all.push(Sent { way, word, case });
        }
    }
    Ok(all)
}

/// A manifest in JSON, which is YAML.
fn workflow(sent: &Sent, port: u16) -> String {
    let Sent { way, word, case } = sent;
    let usual = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "[::1]"];
    let usual = usual.map(|host| format!("{host}:{port}")).to_vec();
    let mut with = json!({
        "url": case.url,
        "headers": case.headers,
        "bytes": case.bytes,
        "strict": case.strict,
    });
    if let Some(timeout_ms) = case.timeout_ms {
        with["timeout_ms"] = json!(timeout_ms);
    }
    if let Some(method) = &case.method {
        with["method"] = json!(method);
    }
    let manifest = json!({
        "version": 1,
        "name": word,
        "grants": { "wasi-http": { "hosts": case.grant.as_ref().unwrap_or(&usual) } },
        "triggers": [{ "id": "events", "webhook": { "path": format!("/{word}") } }],
        "steps": [{
            "id": "send",
            "uses": format!("wasi-http/{way}"),
            "with": with,
            "timeout": "20s",
            "retry": { "attempts": 3, "initial": "1ms" },
        }],
        "output": "${{ .steps.send.output }}",
    });
    manifest.to_string()
}

async fn start(
    below: &Path,
    all: &[Sent],
    settings: &Table,
    names: &NameServer,
    port: u16,
) -> Result<Daemon> {
    let workflows = below.join("workflows");
    std::fs::create_dir(&workflows)?;
    for sent in all {
        let file = workflows.join(format!("{}.yaml", sent.word));
        std::fs::write(file, workflow(sent, port))?;
    }
    let plugins = plugins::with(&[], &["wasi-http"], &below.join("plugins"))?;
    let mut launch = Launch::new(&below.join("data"), &workflows)
        .plugins(&plugins)
        .setting("egress.nameservers", &names.address().to_string());
    for (name, value) in &settings.settings {
        launch = launch.setting(name, value);
    }
    let proxy = format!("http://127.0.0.1:{port}");
    for variable in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ] {
        launch = launch.variable(variable, &proxy);
    }
    launch.start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_the_table_ends_as_written_both_ways() {
    play_all(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_the_table_ends_so_in_worker_processes() {
    play_all(true).await;
}

async fn play_all(is_isolated: bool) {
    let (application, inside) = network().await.unwrap();
    let port = application.address().port();
    let names = NameServer::start().await.unwrap();
    let all = sent(port).unwrap();
    for Sent { word, case, .. } in &all {
        application.answer(&format!("/{word}"), case.answer.clone());
        for (name, zone) in &case.dns {
            names.knows(name, zone.clone());
        }
    }
    let below = tempfile::tempdir().unwrap();
    let mut settings = table("", port).unwrap();
    let settings_of_run = &mut settings.settings;
    settings_of_run.insert("isolate".to_owned(), is_isolated.to_string());
    let daemon = start(below.path(), &all, &settings, &names, port)
        .await
        .unwrap();
    let complaints: Vec<String> = futures::stream::iter(&all)
        .map(|sent| async {
            let done = play(&daemon, sent, &names).await;
            done.err()
                .map(|error| format!("{}, {}: {error:?}", sent.case.name, sent.way))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|complaint| async { complaint })
        .collect()
        .await;
    let visitors = inside.visitors();
    assert!(
        visitors.is_empty(),
        "somebody was inside: {visitors:?}\n{}",
        complaints.join("\n\n")
    );
    assert!(
        complaints.is_empty(),
        "{} of {} failed\n{}",
        complaints.len(),
        all.len(),
        complaints.join("\n\n")
    );
    assert!(daemon.stop().await.unwrap().success());
}

async fn play(daemon: &Daemon, sent: &Sent, names: &NameServer) -> Result<()> {
    let run = daemon.accept(&format!("/{}", sent.word), "{}").await?;
    let run = daemon.succeeded(&run).await?;
    let attempts = run["steps"][0]["attempts"]
        .as_array()
        .context("no attempts")?;
    let expect = &sent.case.expect;
    if let Some(count) = expect.attempts {
        ensure!(
            attempts.len() == count,
            "{} attempts: {run:#}",
            attempts.len()
        );
    }
    judge(sent, &run["output"], attempts).with_context(|| format!("{run:#}"))?;
    for (name, times) in &expect.asked {
        ensure!(
            names.asked(name) == *times,
            "{name} was asked for {} times",
            names.asked(name)
        );
    }
    Ok(())
}

fn judge(sent: &Sent, output: &Value, attempts: &[Value]) -> Result<()> {
    let expect = &sent.case.expect;
    let outcome = output["outcome"].as_str().unwrap_or_default();
    let text = output["text"].as_str().unwrap_or_default();
    match (sent.way, &expect.wasi) {
        ("wasi", Some(code)) if code == "unfit" => {
            ensure!(outcome == "unfit", "it is `{outcome}` and not unfit");
            return Ok(());
        }
        ("wasi", Some(code)) => ensure!(
            outcome == "refused" && text.contains(code.as_str()),
            "it is `{outcome}` with `{text}` and not `{code}`"
        ),
        _ => ensure!(
            outcome == expect.contract,
            "it is `{outcome}` and not `{}`: {text}",
            expect.contract
        ),
    }
    let lines = attempts
        .iter()
        .flat_map(|attempt| attempt["log"].as_array().into_iter().flatten());
    let said: Vec<&str> = lines
        .filter_map(|line| line["message"].as_str())
        .chain([text])
        .collect();
    ensure!(
        said.iter().any(|line| line.contains(&expect.says)),
        "nobody says `{}`",
        expect.says
    );
    if let Some(status) = expect.status {
        ensure!(output["status"] == status, "the status is not {status}");
    }
    if let Some(bytes) = expect.bytes {
        ensure!(output["bytes"] == bytes, "the body has not {bytes} bytes");
    }
    let head = output["head"].as_str().unwrap_or_default();
    ensure!(
        head.starts_with(&expect.head),
        "the body begins with `{head}`"
    );
    for (name, value) in &expect.headers {
        ensure!(
            output["headers"][name] == **value,
            "`{name}` is not `{value}`"
        );
    }
    Ok(())
}

const ASKS: &str = r#"
version: 1
name: asks
triggers:
  - id: events
    webhook: { path: /events }
steps:
  - id: asked
    uses: wasi-http/wasi
    connection: crm
    with: { url: "http://127.0.0.1:9000/me", headers: "${{ .event }}" }
output: "${{ .steps.asked.output }}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn wasi_reaches_the_origins_of_a_connection_and_never_has_its_credential() {
    let kept = Kept::with(&[ASKS]).await;
    let plugins = kept.place.folder.path().join("plugins");
    let plugins = plugins::with(&[], &["wasi-http"], &plugins).unwrap();
    let origin = format!("http://{}", kept.place.sink.address());
    let folder = plugins.to_str().unwrap();
    let add = [
        "connections",
        "add",
        "crm",
        "--plugin",
        "mortise/wasi-http",
        "--plugins",
        folder,
    ];
    let to = ["--origin", &origin, "--secret", "token=env:SECRET"];
    let added = kept.command(&[&add[..], &to[..]].concat(), CANARY).await;
    added.unwrap().ok().unwrap();
    let daemon = kept.launch().plugins(&plugins).start().await.unwrap();
    // The application knows the secret, and tells.
    kept.place.sink.behave(Behaviour::Answer {
        status: 200,
        headers: [("x-echo".to_owned(), format!("Bearer {CANARY}"))].into(),
        json: None,
        after_ms: 0,
    });
    let run = daemon.accept("/events", "{}").await.unwrap();
    let run = daemon.succeeded(&run).await.unwrap();
    assert_eq!(run["output"]["status"], 200, "{run:#}");
    assert!(
        run.to_string().contains("[secret]") && !run.to_string().contains(CANARY),
        "{run:#}"
    );
    let own = r#"{"authorization":"Basic b3duOm93bg=="}"#;
    let run = daemon.accept("/events", own).await.unwrap();
    let run = daemon.succeeded(&run).await.unwrap();
    assert_eq!(run["output"]["outcome"], "refused", "{run:#}");
    assert!(
        run.to_string()
            .contains("the header `authorization` is set by the connection `crm`"),
        "{run:#}"
    );
    let sent: Vec<_> = {
        let ledger = kept.place.sink.ledger();
        let sent = ledger.received.iter();
        sent.map(|one| one.header("authorization").to_owned())
            .collect()
    };
    assert_eq!(sent, [""]);
    assert!(daemon.stop().await.unwrap().success());
}
