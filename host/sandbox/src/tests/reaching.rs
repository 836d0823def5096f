//! `wasi:http` passes the way of `mortise:plugin/http`: what of that only the sandbox can show. The table
//! of tests/egress holds both against real sockets.

use std::sync::Arc;

use mortise_model::connection::{Connection as Described, Rate};
use mortise_model::descriptor::Records;
use mortise_model::{Json, Namespace};
use mortise_ports::plugins::Report;
use mortise_vault::{Connection, Connections};

use super::application::Application;
use super::{Stage, connection_name, guest, output, sandbox_with, settings};
use crate::Settings;

async fn stage(settings: Settings) -> Stage {
    Stage::new(settings, guest("test-guests", "wasi-http")).await
}

async fn send(stage: &Stage, host: &str, with: &str) -> Report {
    let mut operation = stage.action("wasi");
    operation.hosts = vec![host.to_owned()];
    stage.call(operation, with, None).await
}

fn said(report: &Report, text: &str) -> bool {
    report.log.iter().any(|line| line.message.contains(text))
}

#[tokio::test]
async fn a_request_of_wasi_goes_where_it_was_granted_and_is_recorded() {
    let application = Application::start(|_| (201, "{}".to_owned())).await;
    let address = application.address.clone();
    let stage = stage(settings()).await;
    let with =
        format!(r#"{{"url":"http://{address}/orders?token=secret","method":"POST","bytes":9}}"#);
    let refused = send(&stage, "example.com", &with).await;
    assert!(
        output(&refused).contains("ErrorCode::HttpRequestDenied"),
        "{refused:?}"
    );
    let line = format!("grants: {{ mortise/wasi-http: {{ hosts: [\"{address}\"]");
    assert!(said(&refused, &line), "{:?}", refused.log);
    assert!(!said(&refused, "secret"), "{:?}", refused.log);

    let report = send(&stage, &address, &with).await;
    assert!(output(&report).contains(r#""status":201"#), "{report:?}");
    assert_eq!(application.seen(), ["POST /orders?token=secret xxxxxxxxx"]);
    let request = &report.requests[0];
    assert_eq!(
        (request.method.as_str(), request.status),
        ("POST", Some(201))
    );
    assert_eq!(request.url, format!("http://{address}/orders"));
    assert_eq!(report.requests.len(), 1);
}

#[tokio::test]
async fn a_transform_sends_nothing_by_wasi_either() {
    let stage = stage(settings()).await;
    let operation = stage.transform("pure", Records::Each);
    let with = r#"{"url":"http://127.0.0.1:1/"}"#;
    let report = stage.call(operation, with, Some("1")).await;
    assert!(
        output(&report).contains("ErrorCode::HttpRequestDenied"),
        "{report:?}"
    );
    assert!(
        said(&report, "a transform reaches nothing"),
        "{:?}",
        report.log
    );
}

#[tokio::test]
async fn limits_of_wasi_requests_have_names() {
    let application = Application::start(|_| (200, "{}".to_owned())).await;
    let address = application.address.clone();
    let url = application.url("/");
    let small = Settings {
        hostcall_max_bytes: 200_000,
        header_block_max_bytes: 1_000,
        ..settings()
    };
    let stage = stage(small).await;
    let with = format!(r#"{{"url":"{url}","method":"POST","bytes":200000}}"#);
    let report = send(&stage, &address, &with).await;
    assert!(output(&report).contains(r#""status":200"#), "{report:?}");
    let with = format!(r#"{{"url":"{url}","method":"POST","bytes":200001}}"#);
    let report = send(&stage, &address, &with).await;
    assert!(
        output(&report).contains("HttpRequestBodySize"),
        "{report:?}"
    );
    assert!(
        said(&report, "`sandbox.hostcall-max-bytes` of 200000"),
        "{:?}",
        report.log
    );
    let value = "x".repeat(1_000);
    let with = format!(r#"{{"url":"{url}","headers":{{"x-long":"{value}"}}}}"#);
    let report = send(&stage, &address, &with).await;
    let failure = report.result.unwrap_err();
    assert_eq!(failure.code, "header-block-max");
    assert!(
        failure
            .message
            .contains("`sandbox.header-block-max-bytes` of 1000")
    );
    assert_eq!(application.seen().len(), 1);
}

#[tokio::test]
async fn answers_that_nobody_reads_are_bounded() {
    let application = Application::start(|_| (200, "x".repeat(100_000))).await;
    let small = Settings {
        files_max_bytes: 1_000_000,
        ..settings()
    };
    let stage = stage(small).await;
    let mut operation = stage.action("many");
    operation.hosts = vec![application.address.clone()];
    let with = format!(r#"{{"url":"{}","count":30}}"#, application.url("/"));
    let report = stage.call(operation, &with, None).await;
    let told: Vec<String> = serde_json::from_str(output(&report)).unwrap();
    let answered = told.iter().filter(|word| *word == "200").count();
    let refused = told
        .iter()
        .filter(|word| word.contains("HttpResponseBodySize"));
    assert_eq!((answered, refused.count()), (10, 20), "{told:?}");
    assert!(
        said(&report, "`sandbox.files-max-bytes` of 1000000"),
        "{:?}",
        report.log
    );
}

#[tokio::test]
async fn the_rate_of_a_connection_holds_for_wasi_too() {
    let application = Application::start(|_| (200, "{}".to_owned())).await;
    let namespace = Namespace::default_namespace();
    let described = Described {
        name: connection_name(),
        plugin: "mortise/wasi-http".to_owned(),
        settings: Json::parse("{}").unwrap(),
        origins: vec![format!("http://{}", application.address)],
        rate: Some(Rate {
            requests: 1,
            per_ms: 60_000,
        }),
    };
    let connections = Arc::new(Connections::default());
    let connection = Connection::new(&namespace, described).unwrap();
    connections.replace([(namespace, connection)]);
    let sandbox = sandbox_with(settings(), connections);
    let stage = Stage::with(sandbox, guest("test-guests", "wasi-http")).await;
    let mut operation = stage.action("wasi");
    operation.connection = Some(connection_name());
    let with = format!(r#"{{"url":"{}"}}"#, application.url("/"));
    let first = stage.call(operation.clone(), &with, None).await;
    assert!(output(&first).contains(r#""status":200"#), "{first:?}");
    let second = stage.call(operation, &with, None).await;
    assert!(
        output(&second).contains("ConnectionLimitReached"),
        "{second:?}"
    );
    assert!(
        said(&second, "the rate of the connection `crm` is used up"),
        "{:?}",
        second.log
    );
}
