//! Files of runs, as people fetch them.

use std::fs;

use mortise_tests::cli::{Output, mortise};
use serde_json::Value;

use crate::common::Place;

/// Keeps what the sink answers as a file.
const KEEP: &str = r#"
version: 1
name: keep
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: events
    webhook: { path: /events }
steps:
  - id: fetch
    uses: http/request
    with: { url: "http://127.0.0.1:9000/report", save-as-file: true }
output: "${{ .steps.fetch.output.file }}"
"#;

/// What the sink answers.
const CONTENT: &str = r#"{"ok":true}"#;

const NO_FILE: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

async fn fetched(place: &Place, run: &str, file: &str, more: &[&str]) -> Output {
    let command = ["runs", "file", run, file, "--data", place.data()];
    mortise([&command, more].concat()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_fetched_with_and_without_a_daemon() {
    let place = Place::with(&[KEEP]).await;
    let mut daemon = place.start().await;
    let run = daemon.accept("/events", "{}").await.unwrap();
    daemon.succeeded(&run).await.unwrap();
    let kept: Value = daemon.run(&run).await.unwrap()["output"].clone();
    assert_eq!(kept["size_bytes"], CONTENT.len());
    let file = kept["$file"].as_str().unwrap().to_owned();

    let url = daemon.route(&format!("/runs/{run}/files/{file}"));
    let answer = daemon.admin.get(&url).await.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, CONTENT));
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(answer.header("content-disposition"), "attachment");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    for (path, status) in [
        (format!("/runs/{run}/files/{NO_FILE}"), 404),
        (format!("/runs/{run}/files/..%2f..%2fFORMAT"), 404),
        (format!("/runs/{run}/files/{file}?namespace=team"), 404),
        (
            format!("/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/files/{file}"),
            404,
        ),
    ] {
        let answer = daemon.admin.get(&daemon.route(&path)).await.unwrap();
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.code(), "no-such-file", "{path}");
    }

    let out = place.folder.path().join("out");
    for is_running in [true, false] {
        let written = ["--out", out.to_str().unwrap(), "--json"];
        let written = fetched(&place, &run, &file, &written).await.ok().unwrap();
        assert_eq!(written.json().unwrap()["size_bytes"], CONTENT.len());
        assert_eq!(fs::read_to_string(&out).unwrap(), CONTENT);
        let printed = fetched(&place, &run, &file, &["--out", "-"]).await;
        assert_eq!(printed.ok().unwrap().stdout, CONTENT);
        for (file, more) in [(NO_FILE, ""), (file.as_str(), "--namespace=team")] {
            let more: Vec<&str> = ["--out", "-", more]
                .into_iter()
                .filter(|m| !m.is_empty())
                .collect();
            let missing = fetched(&place, &run, file, &more).await;
            assert_eq!(missing.code, Some(3), "{}", missing.stderr);
            assert!(missing.stderr.contains("has no file"), "{}", missing.stderr);
        }
        if is_running {
            // What was acknowledged needs no clean end.
            daemon.kill().await.unwrap();
        }
    }
}
