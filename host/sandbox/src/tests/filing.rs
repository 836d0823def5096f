//! Files that calls are given, and those that they make.

use bytes::Bytes;
use mortise_model::Digest;
use mortise_model::descriptor::Records;
use mortise_ports::Plugins as _;
use mortise_ports::plugins::{File, Invocation, Report};

use super::application::Application;
use super::feeding::{granted, stage};
use super::*;

fn file(name: &str, content: &'static [u8]) -> File {
    File {
        id: Digest::of(content).to_string(),
        name: Some(name.to_owned()),
        content_type: "text/csv".to_owned(),
        data: Bytes::from_static(content),
    }
}

async fn with_files(
    stage: &Stage,
    (operation, invocation): (Operation, Invocation),
    files: Vec<File>,
) -> Report {
    let call = Call {
        files: Some(Arc::new(files)),
        ..call(operation, invocation)
    };
    stage.sandbox.call(call).await
}

async fn attach(stage: &Stage, with: &str, files: Vec<File>) -> Report {
    let made = (stage.action("attachment"), action(with, Turn::Start));
    with_files(stage, made, files).await
}

#[tokio::test]
async fn what_a_call_makes_and_names_comes_with_its_result() {
    let stage = stage().await;
    let with = r#"{"what":"make","text":"ab","times":3,"name":"n.txt"}"#;
    let report = attach(&stage, with, Vec::new()).await;
    let id = Digest::of(b"ababab").to_string();
    let named =
        format!(r#"{{"$file":"{id}","content_type":"text/plain","name":"n.txt","size_bytes":6}}"#);
    assert_eq!(output(&report), format!(r#"{{"file":{named},"read":[]}}"#));
    let [file] = report.files.as_slice() else {
        panic!("{report:?}");
    };
    assert_eq!(
        (file.id.as_str(), file.data.as_ref()),
        (id.as_str(), &b"ababab"[..])
    );
}

#[tokio::test]
async fn a_call_is_given_what_its_input_names_and_nothing_else() {
    let stage = stage().await;
    let files = [file("a", b"1,2"), file("b", b"3,4")];
    let id = &files[0].id;
    let with = format!(
        r#"{{"what":"read","files":[{{"$file":"{id}","name":"renamed","content_type":"text/csv"}}]}}"#
    );
    let report = attach(&stage, &with, files.to_vec()).await;
    assert!(report.files.is_empty(), "it has them already");
    assert_eq!(
        output(&report),
        r#"{"file":null,"read":[{"text":"1,2","size":3,"content_type":"text/csv","name":"renamed"}]}"#
    );
    // What only the id says is of an unknown type.
    let with = format!(r#"{{"what":"read","files":[{{"$file":"{id}"}}]}}"#);
    let report = attach(&stage, &with, files.to_vec()).await;
    assert!(
        output(&report).contains("application/octet-stream"),
        "{report:?}"
    );
    // Outside of `files` nobody reads it, but it is looked for.
    let with = format!(
        r#"{{"what":"make","text":"x","more":{{"$file":"{}"}}}}"#,
        Digest::of(b"?")
    );
    let report = attach(&stage, &with, files.to_vec()).await;
    assert_eq!(code(&report), ("reject", "no-such-file"));
    assert!(
        failure(&report)
            .message
            .contains(&Digest::of(b"?").to_string())
    );
}

#[tokio::test]
async fn a_call_that_belongs_to_no_run_is_given_no_file() {
    let stage = stage().await;
    let with = r#"{"what":"read","files":[{"$file":"x"}]}"#;
    let report = stage.call(stage.action("attachment"), with, None).await;
    assert_eq!(code(&report), ("reject", "no-such-file"));
}

#[tokio::test]
async fn given_files_and_made_ones_share_a_limit() {
    let small = Settings {
        files_max_bytes: 10,
        ..settings()
    };
    let stage = Stage::new(small, guest("test-guests", "feed")).await;
    let files = || vec![file("a", b"123456"), file("b", b"78901")];
    let (a, b) = (files()[0].id.clone(), files()[1].id.clone());
    let both = format!(r#"{{"what":"read","files":[{{"$file":"{a}"}},{{"$file":"{b}"}}]}}"#);
    let report = attach(&stage, &both, files()).await;
    assert_eq!(code(&report), ("limit", "files-max"));
    assert!(
        failure(&report)
            .message
            .contains("`sandbox.files-max-bytes` of 10"),
        "{report:?}"
    );
    let making =
        |text: &str| format!(r#"{{"what":"make","text":"{text}","files":[{{"$file":"{a}"}}]}}"#);
    let report = attach(&stage, &making("1234"), files()).await;
    assert_eq!(report.files.len(), 1, "{report:?}");
    let report = attach(&stage, &making("12345"), files()).await;
    assert_eq!(
        code(&report),
        ("limit", "files-max"),
        "the guest said something else"
    );
    assert!(
        failure(&report)
            .message
            .contains("`sandbox.files-max-bytes` of 10"),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_transform_reads_files_and_makes_them() {
    let stage = Stage::new(settings(), guest("test-guests", "hostile")).await;
    let given = file("a", b"one,two");
    let invocation = Invocation::Transform {
        config: json(r#"{"what":"copy"}"#),
        records: json(&format!(r#"[{{"$file":"{}"}}]"#, given.id)),
    };
    let twist = stage.transform("twist", Records::Each);
    let report = with_files(&stage, (twist, invocation), vec![given]).await;
    assert_eq!(report.files.len(), 1, "{report:?}");
    assert_eq!(report.files[0].data.as_ref(), b"ONE,TWO");
    assert!(output(&report).contains(&report.files[0].id), "{report:?}");
}

#[tokio::test]
async fn a_plugin_that_can_do_nothing_with_files_passes_their_names_on() {
    let stage = Stage::new(settings(), guest("plugins", "jq")).await;
    let operation = stage.transform("map", Records::Each);
    let records = r#"{"$file":"of nobody","name":"n"}"#;
    let report = stage
        .call(operation, r#"{"program":"."}"#, Some(records))
        .await;
    assert_eq!(output(&report), records);
}

#[tokio::test]
async fn events_bring_the_files_that_they_name() {
    let stage = stage().await;
    let body =
        r#"{"orders":[{"id":"1","attach":"first"},{"id":"2","attach":"second"},{"id":"3"}]}"#;
    let invocation = receive("{}", request("POST", "/hook", body));
    let report = stage.invoke(stage.webhook("order"), invocation).await;
    let Outcome::Reception { events, .. } = outcome(&report) else {
        panic!("{report:?}");
    };
    for (event, content) in events.iter().zip([&b"first"[..], b"second"]) {
        let id = Digest::of(content).to_string();
        assert_eq!(event.payload.files()[0].id, id);
        assert!(
            report
                .files
                .iter()
                .any(|file| file.id == id && file.data == content)
        );
    }
    assert_eq!(report.files.len(), 2);
}

#[tokio::test]
async fn an_answer_is_kept_as_a_file_and_a_file_is_sent_without_passing_through_the_plugin() {
    let stage = Stage::new(settings(), guest("plugins", "http")).await;
    let application = Application::start(|_| (200, r#"{"rows":3}"#.to_owned())).await;
    let url = application.url("/report");
    let operation = granted(stage.action("request"), &application);
    let with = format!(r#"{{"url":"{url}","save-as-file":true}}"#);
    let report = stage.call(operation.clone(), &with, None).await;
    let kept = report.files.clone();
    assert_eq!(kept[0].data.as_ref(), br#"{"rows":3}"#, "{report:?}");
    let with = format!(
        r#"{{"url":"{url}","method":"PUT","file":{{"$file":"{}"}}}}"#,
        kept[0].id
    );
    let report = with_files(&stage, (operation, action(&with, Turn::Start)), kept).await;
    assert!(
        report.files.is_empty() && report.result.is_ok(),
        "{report:?}"
    );
    assert_eq!(
        application.seen(),
        ["GET /report", "PUT /report {\"rows\":3}"]
    );
}
