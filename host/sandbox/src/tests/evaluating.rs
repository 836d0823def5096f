//! Expressions: exactly one result, and no way to stop or read the host.

use std::time::Duration;

use mortise_model::Json;
use mortise_ports::Plugins;

use super::{sandbox, settings};
use crate::Sandbox;

async fn evaluate(sandbox: &Sandbox, program: &str, value: &str) -> Result<String, String> {
    let value = Json::parse(value).unwrap();
    let result = sandbox.evaluate(program, value).await;
    result
        .map(|json| json.as_str().to_owned())
        .map_err(|failure| {
            format!(
                "{} {}: {}",
                failure.disposition.word(),
                failure.code,
                failure.message
            )
        })
}

#[tokio::test]
async fn an_expression_gives_exactly_one_result() {
    let sandbox = sandbox(settings());
    for (program, value, expected) in [
        (".a + 1", r#"{"a":1}"#, "2"),
        ("{x: .}", "null", r#"{"x":null}"#),
        (".", r#""a\"b""#, r#""a\"b""#),
    ] {
        assert_eq!(evaluate(&sandbox, program, value).await.unwrap(), expected);
    }
    for (program, expected) in [
        (".a, .b", "it gives 2 values"),
        ("empty", "it gives 0 values"),
        (".a.b", ""),
        (".a |", ""),
        ("nosuch", "nosuch"),
        ("env", "env"),
        ("now", "now"),
    ] {
        let refusal = evaluate(&sandbox, program, r#"{"a":"x","b":2}"#)
            .await
            .unwrap_err();
        assert!(
            refusal.starts_with("misconfigured expression: "),
            "{refusal}"
        );
        assert!(
            refusal.contains(&format!("`{program}`")) && refusal.contains(expected),
            "{refusal}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_and_greedy_expressions_end_while_others_go_on() {
    let sandbox = std::sync::Arc::new(sandbox(settings()));
    let run = |program: &'static str| {
        let sandbox = std::sync::Arc::clone(&sandbox);
        tokio::spawn(async move { evaluate(&sandbox, program, "1").await })
    };
    let endless: Vec<_> = (0..8).map(|_| run("def f: f; f")).collect();
    let greedy: Vec<_> = (0..4)
        .map(|_| run("[range(1000000000)] | length"))
        .collect();
    let huge = run(r#""x" * 1000000000 | length"#);
    for _ in 0..50 {
        let quick = run(". + 1");
        let quick = tokio::time::timeout(Duration::from_secs(5), quick).await;
        assert_eq!(quick.unwrap().unwrap().unwrap(), "2");
    }
    for task in endless {
        let refusal = task.await.unwrap().unwrap_err();
        assert!(
            refusal.starts_with("limit expression-time-max: "),
            "{refusal}"
        );
        assert!(
            refusal.contains("`sandbox.expression-time-max-ms`"),
            "{refusal}"
        );
    }
    for task in greedy {
        let refusal = task.await.unwrap().unwrap_err();
        assert!(refusal.starts_with("limit expression-"), "{refusal}");
    }
    let refusal = huge.await.unwrap().unwrap_err();
    assert!(
        refusal.starts_with("limit expression-memory-max: "),
        "{refusal}"
    );
    assert!(refusal.contains("`sandbox.memory-max-bytes`"), "{refusal}");
}

#[tokio::test]
async fn an_instance_that_broke_down_is_not_used_again() {
    let sandbox = sandbox(settings());
    for _ in 0..5 {
        let refusal = evaluate(&sandbox, r#""x" * 1000000000 | length"#, "1")
            .await
            .unwrap_err();
        assert!(refusal.starts_with("limit"), "{refusal}");
        assert_eq!(evaluate(&sandbox, ". * 2", "21").await.unwrap(), "42");
    }
}
