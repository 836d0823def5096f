//! Which runs take a version.

use std::collections::BTreeMap;

use mortise_tests::daemon::Daemon;

use super::{CALLS, MAPS, NEW, World, send, sent, took};

/// The address at which a run waits to be called back, once it does.
async fn until_asked(daemon: &Daemon, run: &str) -> String {
    for _ in 0..400 {
        let shown = daemon.run(run).await.unwrap();
        let mut steps = shown["steps"].as_array().unwrap().iter();
        let told = steps.find(|step| step["path"] == "told").unwrap();
        if let Some(url) = told["wait"]["url"].as_str() {
            return url.to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("run {run} waits for nobody");
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story")]
async fn a_share_of_new_runs_takes_it_until_it_is_rolled_back_without_a_restart() {
    let world = World::locked(&[("maps.yaml", MAPS)]).await;
    let daemon = world.start().await;
    let waiting = r#"{"id":"before","waits":true}"#.to_owned();
    let before = sent(&daemon, "/events", "before", waiting).await.unwrap();
    world.arrives("record-new");
    let mut number = 0;
    for (share, least, most) in [(0, 0, 0), (50, 65, 135), (100, 200, 200)] {
        let done = world
            .ask(&format!("plugin rollout {NEW} --share {share}"))
            .await
            .ok()
            .unwrap();
        assert!(
            done.stdout
                .contains(&format!("{share} of 100 new runs of maps")),
            "{done:?}"
        );
        let mut taken = 0;
        for _ in 0..200 {
            number += 1;
            let run = send(&daemon, "/events", &format!("event-{number}")).await;
            let run = daemon.succeeded(&run).await.unwrap();
            taken += i32::from(took(&run));
        }
        assert!((least..=most).contains(&taken), "{share}: {taken}");
    }
    let waiting = r#"{"id":"during","waits":true}"#.to_owned();
    let during = sent(&daemon, "/events", "during", waiting).await.unwrap();
    let listed = world.json("plugin rollout").await;
    let standing = &listed["items"][0];
    assert_eq!(
        (standing["plugin"].as_str(), standing["share"].as_i64()),
        (Some("mortise/record"), Some(100))
    );
    assert_eq!(standing["workflows"][0]["workflow"], "maps");
    let runs = &standing["runs"];
    let [base, candidate] = ["base", "candidate"].map(|name| runs[name].as_u64().unwrap());
    assert_eq!(base + candidate, 601, "{runs}");
    assert_eq!(
        daemon
            .metric("mortise_runs_rolled_out_total")
            .await
            .unwrap(),
        candidate
    );

    let back = world
        .ask("plugin rollback mortise/record")
        .await
        .ok()
        .unwrap();
    assert!(back.stdout.contains("end on it"), "{back:?}");
    for number in 0..20 {
        let run = send(&daemon, "/events", &format!("after-{number}")).await;
        assert!(!took(&daemon.succeeded(&run).await.unwrap()));
    }
    // Whoever waits goes on with what it began with.
    for (run, is_new) in [(before, false), (during, true)] {
        let url = until_asked(&daemon, &run).await;
        assert_eq!(daemon.client.post(&url, "{}").await.unwrap().status, 202);
        assert_eq!(took(&daemon.succeeded(&run).await.unwrap()), is_new);
        let shown = world
            .ask(&format!("runs show {run}"))
            .await
            .ok()
            .unwrap()
            .stdout;
        assert_eq!(shown.contains(NEW), is_new, "{shown}");
        let said = format!("rollout of {NEW}");
        assert_eq!(shown.contains(&said), is_new, "{shown}");
    }
    assert_eq!(
        world.ask("plugin rollback mortise/record").await.code,
        Some(3)
    );
    let log = world.json("audit list").await;
    let done: Vec<_> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["what"].clone())
        .collect();
    assert_eq!(
        done,
        [
            "plugins.rollback",
            "plugins.rollout",
            "plugins.rollout",
            "plugins.rollout"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_doubled_and_none_changes_its_mind_over_crashes() {
    let world = World::locked(&[("maps.yaml", MAPS)]).await;
    let mut daemon = world.start().await;
    world.arrives("record-new");
    world
        .ask(&format!("plugin rollout {NEW} --share 50"))
        .await
        .ok()
        .unwrap();
    let mut runs: BTreeMap<String, String> = BTreeMap::new();
    for round in 0..3 {
        // The last events of a round are under way when the process is killed.
        for number in 0..60 {
            let id = format!("event-{}", round * 20 + number);
            let run = send(&daemon, "/events", &id).await;
            assert_eq!(*runs.entry(id).or_insert_with(|| run.clone()), run);
        }
        daemon.kill().await.unwrap();
        daemon = world.start().await;
    }
    let mut taken = BTreeMap::new();
    for (id, run) in &runs {
        let known = send(&daemon, "/events", id).await;
        assert_eq!(known, *run, "{id}");
        taken.insert(id.clone(), took(&daemon.succeeded(run).await.unwrap()));
    }
    let count = taken.values().filter(|taken| **taken).count();
    assert!((30..=70).contains(&count), "{count} of {}", taken.len());
    let listed = daemon.runs("succeeded").await.unwrap();
    assert_eq!(listed.len(), runs.len());
    let marked = listed.iter().filter(|run| run["rollout"] == NEW).count();
    assert_eq!(marked, count);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_called_takes_what_the_caller_took() {
    let world = World::locked(&[("maps.yaml", MAPS), ("calls.yaml", CALLS)]).await;
    let daemon = world.start().await;
    world.arrives("record-new");
    world
        .ask(&format!("plugin rollout {NEW} --share 50"))
        .await
        .ok()
        .unwrap();
    let mut seen = [0, 0];
    for number in 0..40 {
        let run = send(&daemon, "/calls", &format!("event-{number}")).await;
        let run = daemon.succeeded(&run).await.unwrap();
        let steps = run["steps"].as_array().unwrap();
        let called = steps.iter().find(|step| step["path"] == "called").unwrap();
        let child = daemon
            .succeeded(called["child"].as_str().unwrap())
            .await
            .unwrap();
        assert_eq!(took(&child), took(&run));
        seen[usize::from(took(&run))] += 1;
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}
