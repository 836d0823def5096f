//! Expressions that would take everything: each ends at its limit, and others do not notice.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use mortise_tests::flood::{Events, Flood, Sent};

use crate::common::{DELIVER, Place, event};

const ENDLESS: &str = r#"
version: 1
name: endless
triggers: [ { id: by_hook, webhook: { path: /endless } } ]
steps:
  - id: turn
    uses: jq/map
    with: { program: . }
    records: "${{ last(range(0; infinite)) }}"
"#;

const HUGE: &str = r#"
version: 1
name: huge
triggers: [ { id: by_hook, webhook: { path: /huge } } ]
steps:
  - id: grow
    uses: jq/map
    with: { program: . }
    records: "${{ \"x\" * 1073741824 | length }}"
"#;

const ENDLESS_STEP: &str = r#"
version: 1
name: endless-step
triggers: [ { id: by_hook, webhook: { path: /endless-step } } ]
steps:
  - id: turn
    uses: jq/map
    timeout: 200ms
    retry: { attempts: 1 }
    with: { program: "last(range(0; infinite))" }
    records: "${{ .event }}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn greedy_expressions_end_while_other_runs_complete() {
    const GREEDY: usize = 5;
    const OTHERS: u64 = 200;
    let place = Place::with(&[DELIVER, ENDLESS, HUGE, ENDLESS_STEP]).await;
    let daemon = place.start().await;
    let mut greedy = Vec::new();
    for _ in 0..GREEDY {
        for path in ["/endless", "/huge", "/endless-step"] {
            greedy.push((path, daemon.accept(path, "{}").await.unwrap()));
        }
    }
    let next = Arc::new(AtomicU64::new(0));
    let events = Events {
        url: daemon.hook("/events"),
        body: event,
        next,
        end: OTHERS,
        at_once: 8,
    };
    for sent in Flood::start(&daemon.client, &events).rest().await {
        let Sent::Accepted(_, run) = sent else {
            panic!("{sent:?}")
        };
        daemon.succeeded(&run).await.unwrap();
    }
    for (path, id) in greedy {
        let run = daemon.rest(&id).await.unwrap();
        assert_eq!(run["status"], "parked", "{run:#}");
        let failure = &run["failure"];
        let expected: &[&str] = if path == "/huge" {
            &["limit", "trap"]
        } else {
            &["limit", "timeout"]
        };
        let disposition = failure["disposition"].as_str().unwrap();
        assert!(expected.contains(&disposition), "{path}: {failure:#}");
        assert!(!failure["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(
        daemon
            .client
            .get(&format!("{}/healthz", daemon.ready.admin))
            .await
            .unwrap()
            .status,
        200
    );
}
