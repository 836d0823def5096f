//! Actions: what they may do, and how they end.

use std::sync::Arc;
use std::time::Duration;

use mortise_model::connection::Connection as Described;
use mortise_model::{Json, Namespace};
use mortise_ports::plugins::Report;
use mortise_vault::{Connection, Connections};

use super::application::{Application, Silent};
use super::{
    Stage, code, connection_name, failure, guest, hostile, output, sandbox_with, settings,
};
use crate::Settings;

async fn stage() -> Stage {
    Stage::new(settings(), hostile()).await
}

async fn act(stage: &Stage, with: &str) -> Report {
    stage.call(stage.action("act"), with, None).await
}

async fn act_within(stage: &Stage, timeout_ms: u64, with: &str) -> Report {
    let mut operation = stage.action("act");
    operation.timeout_ms = timeout_ms;
    stage.call(operation, with, None).await
}

#[tokio::test]
async fn endless_actions_end_at_their_deadline_while_others_go_on() {
    // One thread, which the endless ones share with the others.
    let stage = stage().await;
    let quick = async {
        for _ in 0..20 {
            assert_eq!(output(&act(&stage, r#"{"what":"large"}"#).await), "\"\"");
            tokio::task::yield_now().await;
        }
    };
    let (endless, asleep, ()) = tokio::join!(
        act_within(&stage, 300, r#"{"what":"loop"}"#),
        act_within(&stage, 300, r#"{"what":"sleep"}"#),
        quick
    );
    assert_eq!(code(&endless), ("timeout", "deadline"));
    assert_eq!(code(&asleep), ("timeout", "deadline"));
    assert!(failure(&asleep).message.contains("`timeout` of 300 ms"));
}

#[tokio::test]
async fn limits_have_names() {
    let stage = stage().await;
    let grown = act(&stage, r#"{"what":"grow","bytes":1073741824}"#).await;
    assert_eq!(code(&grown), ("limit", "memory-max"));
    assert!(
        failure(&grown)
            .message
            .contains("`sandbox.memory-max-bytes` of 67108864")
    );
    // The guest holds its output two or three times while it writes it.
    let large = act(&stage, r#"{"what":"large","bytes":9000000}"#).await;
    assert_eq!(code(&large).0, "limit", "{large:?}");
    let deep = act(&stage, r#"{"what":"recurse"}"#).await;
    assert_eq!(code(&deep).0, "trap");
}

#[tokio::test]
async fn what_a_guest_may_take_at_least() {
    let stage = stage().await;
    let report = act(&stage, r#"{"what":"large","bytes":4000000}"#).await;
    assert_eq!(output(&report).len(), 4_000_002);
}

#[tokio::test]
async fn a_panic_is_a_trap_with_its_words_in_the_log() {
    let report = act(&stage().await, r#"{"what":"panic"}"#).await;
    assert_eq!(code(&report), ("trap", "trap"));
    assert!(
        failure(&report)
            .message
            .contains("`mortise/hostile` broke down")
    );
    let said = |text: &str| report.log.iter().any(|line| line.message.contains(text));
    assert!(said("as it was told"), "{:?}", report.log);
}

#[tokio::test]
async fn what_is_printed_comes_to_the_log_line_by_line() {
    let report = act(&stage().await, r#"{"what":"print"}"#).await;
    let lines: Vec<_> = report
        .log
        .iter()
        .map(|l| (l.level.as_str(), l.message.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            ("info", "first"),
            ("info", "second"),
            ("warn", "without an end")
        ]
    );
    assert!(report.log.iter().all(|line| line.at.0 >= 1_000));
}

#[tokio::test]
async fn a_guest_that_never_stops_talking_is_cut_short() {
    let report = act(&stage().await, r#"{"what":"chatter","bytes":100000}"#).await;
    assert_eq!(output(&report), "\"said\"");
    assert_eq!(report.log.len(), Settings::LOG_LINES_MAX);
    assert!(report.log.last().unwrap().message.contains("left out"));
}

#[tokio::test]
async fn there_is_nothing_to_find_around_a_guest() {
    let report = act(&stage().await, r#"{"what":"look"}"#).await;
    let seen = output(&report).replace('\\', "");
    for expected in [
        r#""arguments": "0""#,
        r#""variables": "0""#,
        r#""file": "refused""#,
        r#""folder": "refused""#,
        r#""tcp": "refused""#,
        r#""udp": "refused""#,
        r#""input": "0""#,
        r#""year": "20"#,
    ] {
        assert!(seen.contains(expected), "{expected} in {seen}");
    }
}

#[tokio::test]
async fn failures_keep_what_the_guest_said() {
    let stage = stage().await;
    let report = act(&stage, r#"{"what":"dance"}"#).await;
    assert_eq!(code(&report), ("reject", "http-422"));
    assert_eq!(failure(&report).message, "it cannot do `dance`");
    assert_eq!(failure(&report).cause.as_ref().unwrap().status, Some(422));
    let stateful = act(&stage, r#"{"what":"state"}"#).await;
    assert!(
        failure(&stateful).message.contains("`stateful`"),
        "{stateful:?}"
    );
}

#[tokio::test]
async fn a_request_goes_where_it_was_granted_and_is_recorded_without_its_query() {
    let application = Application::start(|_| (201, "{}".to_owned())).await;
    let address = application.address.clone();
    let stage = Stage::new(settings(), guest("plugins", "http")).await;
    let with = format!(r#"{{"url":"http://{address}/orders?token=secret"}}"#);
    let refused = stage.call(stage.action("request"), &with, None).await;
    assert_eq!(code(&refused).0, "misconfigured", "{refused:?}");
    let sentence = &failure(&refused).message;
    assert!(
        sentence.contains(&format!(
            "grants: {{ mortise/http: {{ hosts: [\"{address}\"]"
        )),
        "{sentence}"
    );
    assert_eq!(refused.requests[0].status, None);

    let mut operation = stage.action("request");
    operation.hosts = vec![address.clone()];
    let report = stage.call(operation, &with, None).await;
    assert!(
        output(&report).starts_with(r#"{"status":201"#),
        "{report:?}"
    );
    let request = &report.requests[0];
    assert_eq!(
        (request.method.as_str(), request.status),
        ("GET", Some(201))
    );
    assert_eq!(request.url, format!("http://{address}/orders"));
}

#[tokio::test]
async fn a_connection_gives_its_origins_and_its_rate() {
    let application = Application::start(|_| (201, "{}".to_owned())).await;
    let address = application.address.clone();
    let namespace = Namespace::default_namespace();
    let described = Described {
        name: connection_name(),
        plugin: "mortise/http".to_owned(),
        settings: Json::parse("{}").unwrap(),
        origins: vec![format!("http://{address}")],
        rate: Some(mortise_model::connection::Rate {
            requests: 1,
            per_ms: 60_000,
        }),
    };
    let connections = Arc::new(Connections::default());
    let connection = Connection::new(&namespace, described).unwrap();
    connections.replace([(namespace, connection)]);
    let sandbox = sandbox_with(settings(), Arc::clone(&connections));
    let stage = Stage::with(sandbox, guest("plugins", "http")).await;
    let mut operation = stage.action("request");
    operation.connection = Some(connection_name());
    let with = format!(r#"{{"url":"http://{address}/"}}"#);
    let first = stage.call(operation.clone(), &with, None).await;
    assert!(output(&first).starts_with(r#"{"status":201"#), "{first:?}");
    let second = stage.call(operation.clone(), &with, None).await;
    let mortise_model::Disposition::Retry { after_ms } = failure(&second).disposition else {
        panic!("{second:?}");
    };
    assert!(after_ms.unwrap() > 10_000, "{second:?}");
    connections.replace([]);
    let third = stage.call(operation, &with, None).await;
    assert_eq!(code(&third), ("misconfigured", "no-connection"));
}

#[tokio::test]
async fn a_deadline_ends_a_host_call_and_the_guest_says_what_became_of_it() {
    let application = Silent::start().await;
    let address = application.address.clone();
    let stage = Stage::new(settings(), guest("plugins", "http")).await;
    let mut operation = stage.action("request");
    operation.hosts = vec![address.clone()];
    operation.timeout_ms = 200;
    let with = format!(r#"{{"url":"http://{address}/"}}"#);
    let calling = stage.call(operation, &with, None);
    let report = tokio::time::timeout(Duration::from_secs(10), calling)
        .await
        .unwrap();
    assert_eq!(code(&report).0, "unclear", "{report:?}");
    assert_eq!(
        (report.requests.len(), report.requests[0].status),
        (1, None)
    );
}
