//! Actions of a connector that keeps to the contract, against a plain HTTP application.

use mortise_model::plan::Operation;
use mortise_ports::Plugins as _;
use mortise_ports::plugins::{Outcome, Turn};

use super::application::Application;
use super::{Stage, action, call, guest, json, outcome, output, settings};

pub async fn stage() -> Stage {
    Stage::new(settings(), guest("test-guests", "feed")).await
}

/// A stage and an application that its operations may reach.
pub async fn with_application(
    answer: impl Fn(&str) -> (u16, String) + Send + Sync + Copy + 'static,
) -> (Stage, Application) {
    (stage().await, Application::start(answer).await)
}

pub fn granted(mut operation: Operation, application: &Application) -> Operation {
    operation.hosts = vec![application.address.clone()];
    operation
}

/// All pages of an action: their counts, and the records of the last one.
async fn pages(stage: &Stage, operation: Operation, input: &str) -> (Vec<u32>, String) {
    let (mut counts, mut turn) = (Vec::new(), Turn::Start);
    loop {
        let report = stage.invoke(operation.clone(), action(input, turn)).await;
        let Outcome::Page {
            records,
            count,
            next,
        } = outcome(&report)
        else {
            panic!("{report:?}");
        };
        counts.push(*count);
        match next {
            Some(token) => turn = Turn::Next(token.clone()),
            None => return (counts, records.as_str().to_owned()),
        }
    }
}

#[tokio::test]
async fn what_it_declares_is_what_the_host_reads() {
    let stage = stage().await;
    let operations = stage.plugin.descriptor.operations.iter();
    let declared: Vec<_> = operations
        .map(|o| {
            (
                o.name.as_str(),
                o.paging,
                o.answers,
                o.subscribes,
                o.examples.is_empty(),
            )
        })
        .collect();
    assert_eq!(
        declared,
        [
            ("list", true, false, false, false),
            ("generate", true, false, false, false),
            ("job", false, false, false, false),
            ("attachment", false, false, false, false),
            ("news", false, false, false, false),
            ("order", false, false, true, false),
            ("challenge", false, true, false, false),
        ]
    );
    assert_eq!(stage.plugin.descriptor.name, "test/feed");
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let (stage, application) = with_application(|request| {
        let next = match request {
            "GET /list?page=1" => "5",
            "GET /list?page=5" => "6",
            _ => "null",
        };
        (
            200,
            format!(r#"{{"records":[{{"a":1.10}}],"next":{next}}}"#),
        )
    })
    .await;
    let list = granted(stage.paged("list"), &application);
    let url = application.url("/list");
    let (counts, last) = pages(&stage, list.clone(), &format!(r#"{{"url":"{url}"}}"#)).await;
    assert_eq!(counts, [1, 1, 1]);
    assert_eq!(last, r#"[{"a":1.1}]"#);
    assert_eq!(
        application.seen(),
        ["GET /list?page=1", "GET /list?page=5", "GET /list?page=6"]
    );
    let two = format!(r#"{{"url":"{url}","pages":2}}"#);
    assert_eq!(pages(&stage, list, &two).await.0, [1, 1]);
}

#[tokio::test]
async fn records_are_generated_to_the_last_one() {
    let stage = stage().await;
    let generate = |input: &'static str| pages(&stage, stage.paged("generate"), input);
    let (counts, last) = generate(r#"{"count":25,"size":10}"#).await;
    assert_eq!(counts, [10, 10, 5]);
    assert!(last.ends_with(r#"{"n":25,"text":"record 25"}]"#), "{last}");
    assert_eq!(generate(r#"{"count":20,"size":10}"#).await.0, [10, 10]);
    assert_eq!(generate(r#"{"count":0,"size":10}"#).await.0, [0]);
    assert_eq!(
        generate(r#"{"count":20000,"size":10000}"#).await.0,
        [10_000, 10_000]
    );
}

#[tokio::test]
async fn a_job_is_asked_for_until_it_is_done() {
    let (stage, application) = with_application(|request| match request {
        "POST /jobs {}" => (202, r#"{"id":7}"#.to_owned()),
        "GET /jobs/7" => (200, r#"{"done":true,"result":{"a":1}}"#.to_owned()),
        _ => (200, r#"{"done":false}"#.to_owned()),
    })
    .await;
    let job = granted(stage.action("job"), &application);
    let url = application.url("/jobs");
    let input = format!(r#"{{"url":"{url}","mode":"poll","poll-ms":50}}"#);
    let started = stage.invoke(job.clone(), action(&input, Turn::Start)).await;
    let Outcome::Suspended {
        token,
        poll_after_ms: Some(50),
        callback: false,
    } = outcome(&started)
    else {
        panic!("{started:?}");
    };
    let resume = async |token: &str| {
        let turn = Turn::Resumed {
            token: json(token),
            answer: None,
        };
        stage.invoke(job.clone(), action(&input, turn)).await
    };
    let working = resume(r#"{"id":"8"}"#).await;
    assert!(matches!(
        outcome(&working),
        Outcome::Suspended {
            poll_after_ms: Some(50),
            ..
        }
    ));
    assert_eq!(output(&resume(token.as_str()).await), r#"{"a":1}"#);
    assert_eq!(
        application.seen(),
        ["POST /jobs {}", "GET /jobs/8", "GET /jobs/7"]
    );
}

#[tokio::test]
async fn a_job_ends_with_what_is_called_back() {
    let (stage, application) = with_application(|_| (200, r#"{"ok":true}"#.to_owned())).await;
    let job = granted(stage.action("job"), &application);
    let input = format!(
        r#"{{"url":"{}","mode":"callback"}}"#,
        application.url("/jobs")
    );
    let mut start = call(job.clone(), action(&input, Turn::Start));
    start.callback_url = Some("https://hooks.example/c".to_owned());
    let started = stage.sandbox.call(start).await;
    let Outcome::Suspended {
        token,
        poll_after_ms: None,
        callback: true,
    } = outcome(&started)
    else {
        panic!("{started:?}");
    };
    assert_eq!(
        application.seen(),
        [r#"POST /jobs {"callback":"https://hooks.example/c"}"#]
    );
    let turn = Turn::Resumed {
        token: token.clone(),
        answer: Some(json(r#"{"video":1.5}"#)),
    };
    let done = stage.invoke(job, action(&input, turn)).await;
    assert_eq!(output(&done), r#"{"video":1.5}"#);
}
