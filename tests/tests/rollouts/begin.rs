//! When a version may be rolled out.

use mortise_tests::daemon::Daemon;
use mortise_tests::{paths, versions};

use super::{MAPS, NEW, OLD, World, send, took};

/// Makes records with a plugin of which there are versions that want more, and others.
const MAKES: &str = r#"
version: 1
name: makes
grants: { feed: { hosts: ["feed.example.com"] } }
triggers: [ { id: events, webhook: { path: /makes } } ]
steps:
  - id: rows
    uses: feed/generate
    with: { count: 2, size: 2 }
output: null
"#;

/// A world with the feed beside the record plugin.
async fn fed() -> World {
    let world = World::unlocked(&[("maps.yaml", MAPS), ("makes.yaml", MAKES)]);
    std::fs::copy(
        paths::guest("feed").unwrap(),
        world.path("plugins/feed.wasm"),
    )
    .unwrap();
    world.command("lock", &[]).await.ok().unwrap();
    world
}

fn arrives(world: &World, name: &str, words: &[(&str, &str)]) {
    let feed = paths::guest("feed").unwrap();
    versions::write(&world.path("plugins"), name, &feed, words).unwrap();
}

/// The versions of the steps of a new run.
async fn version(daemon: &Daemon) -> String {
    let run = daemon.accept("/makes", "{}").await.unwrap();
    let run = daemon.succeeded(&run).await.unwrap();
    super::plugins(&run).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_asks_for_in_addition_has_to_be_granted() {
    let world = fed().await;
    let daemon = world.start().await;
    let asks = [
        ("test/feed0.1.0", "test/feed0.2.0"),
        ("feed.example.com", "more.example.com"),
    ];
    arrives(&world, "feed-asks", &asks);
    let refused = world
        .ask("plugin rollout test/feed@0.2.0 --share 100")
        .await;
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(
        refused
            .stdout
            .contains("asks    hosts: it wants to reach `more.example.com`"),
        "{refused:?}"
    );
    let line = "grants: { test/feed: { hosts: [\"more.example.com\"] } }";
    assert!(
        refused.stderr.contains(line) && refused.stderr.contains("mortise lock --upgrade"),
        "{refused:?}"
    );
    assert_eq!(version(&daemon).await, "test/feed@0.1.0");

    // What is granted is locked and read, and then it may be rolled out.
    let more = MAKES.replace(
        "[\"feed.example.com\"]",
        "[\"feed.example.com\", \"*.example.com\"]",
    );
    world.write("workflows/makes.yaml", &more);
    let early = world
        .ask("plugin rollout test/feed@0.2.0 --share 100")
        .await;
    assert_eq!(early.code, Some(1), "{early:?}");
    assert!(
        early.stderr.contains("mortise workflows reload"),
        "{early:?}"
    );
    world.command("lock", &[]).await.ok().unwrap();
    assert!(
        !world.read("workflows/mortise.lock").contains("feed@0.2.0"),
        "the lock keeps versions"
    );
    world.ask("workflows reload").await.ok().unwrap();
    world
        .ask("plugin rollout test/feed@0.2.0 --share 100")
        .await
        .ok()
        .unwrap();
    assert_eq!(version(&daemon).await, "test/feed@0.2.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_manifest_is_refused_with_its_diagnostics() {
    let world = fed().await;
    let daemon = world.start().await;
    let breaks = [
        ("test/feed0.1.0", "test/feed0.3.0"),
        ("countRecords of a", "coumtRecords of a"),
    ];
    arrives(&world, "feed-breaks", &breaks);
    let looked = world
        .ask("plugin rollout test/feed@0.3.0 --dry-run")
        .await
        .ok()
        .unwrap();
    assert!(
        looked
            .stdout
            .contains("breaks  operations/generate/input: `coumt` has to be there now"),
        "{looked:?}"
    );
    let refused = world.ask("plugin rollout test/feed@0.3.0 --share 10").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stdout.contains("makes.yaml:") && refused.stdout.contains("coumt"),
        "{refused:?}"
    );
    assert_eq!(
        world.json("plugin rollouts").await["items"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    assert_eq!(version(&daemon).await, "test/feed@0.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_plugins_are_rolled_out_beside_each_other_to_different_workflows() {
    let world = fed().await;
    let daemon = world.start().await;
    world.arrives("record-new");
    arrives(&world, "feed-new", &[("test/feed0.1.0", "test/feed0.2.0")]);
    world
        .ask("plugin rollout test/feed@0.2.0 --share 100")
        .await
        .ok()
        .unwrap();
    world
        .ask(&format!("plugin rollout {NEW} --share 100"))
        .await
        .ok()
        .unwrap();
    assert_eq!(version(&daemon).await, "test/feed@0.2.0");
    let run = send(&daemon, "/events", "1").await;
    assert!(took(&daemon.succeeded(&run).await.unwrap()));
    world.ask("plugin rollback test/feed").await.ok().unwrap();
    assert_eq!(version(&daemon).await, "test/feed@0.1.0");
    let run = send(&daemon, "/events", "2").await;
    assert!(took(&daemon.succeeded(&run).await.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story")]
async fn what_cannot_be_rolled_out_says_why() {
    let world = World::locked(&[("maps.yaml", MAPS)]).await;
    let daemon = world.start().await;
    world.arrives("record-new");
    std::fs::copy(
        paths::guest("feed").unwrap(),
        world.path("plugins/feed.wasm"),
    )
    .unwrap();
    for (what, code, said) in [
        (
            "mortise/record@9.9.9 --share 10",
            3,
            "which have `0.1.0`, `0.1.1`",
        ),
        (
            "mortise/nothing@1.0.0 --share 10",
            3,
            "there is no plugin `mortise/nothing`",
        ),
        (
            "test/feed@0.1.0 --share 10",
            3,
            "no workflow of namespace `default` uses `test/feed`",
        ),
        (
            "mortise/record@0.1.0 --share 10",
            1,
            "has `mortise/record@0.1.0` already",
        ),
        ("mortise/record@0.1.1 --share 101", 2, "101"),
        ("mortise/record --share 10", 2, "acme/shop@1.2.0"),
        ("mortise/record@0.1.1", 2, "--share"),
    ] {
        let refused = world.ask(&format!("plugin rollout {what}")).await;
        assert_eq!(refused.code, Some(code), "{what}: {refused:?}");
        assert!(refused.stderr.contains(said), "{what}: {refused:?}");
    }
    world
        .ask(&format!("plugin rollout {NEW} --share 10"))
        .await
        .ok()
        .unwrap();
    // Other bytes under the same version are not what was begun with.
    let old = paths::plugin("record").unwrap();
    let words = [("mortise/record0.1.0Record", "mortise/record0.1.1Rekord")];
    versions::write(&world.path("plugins"), "record-new", &old, &words).unwrap();
    let other = world.ask(&format!("plugin rollout {NEW} --share 20")).await;
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stderr.contains("sha256:"), "{other:?}");
    // The daemon's own file is gone: what stands goes on, and its share can be changed without a daemon.
    std::fs::remove_file(world.path("plugins/record-new.wasm")).unwrap();
    assert!(daemon.stop().await.unwrap().success());
    world
        .ask(&format!("plugin rollout {NEW} --share 100"))
        .await
        .ok()
        .unwrap();
    let daemon = world.start().await;
    let run = send(&daemon, "/events", "1").await;
    assert!(took(&daemon.succeeded(&run).await.unwrap()));
    assert!(daemon.stop().await.unwrap().success());
    world
        .ask("plugin rollback mortise/record")
        .await
        .ok()
        .unwrap();
    assert_eq!(
        world
            .ask(&format!("plugin rollout {NEW} --share 1"))
            .await
            .code,
        Some(5)
    );
    let daemon = world.start().await;
    let run = send(&daemon, "/events", "2").await;
    assert!(!took(&daemon.succeeded(&run).await.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_lock_a_rollout_keeps_the_newest_from_being_taken() {
    let world = World::unlocked(&[("maps.yaml", MAPS)]);
    let daemon = world.start().await;
    // It even lies where the old one lay.
    world.arrives("record");
    world
        .ask(&format!("plugin rollout {NEW} --share 0"))
        .await
        .ok()
        .unwrap();
    world.ask("workflows reload").await.ok().unwrap();
    let run = send(&daemon, "/events", "1").await;
    let run = daemon.succeeded(&run).await.unwrap();
    assert_eq!(super::plugins(&run), [OLD, OLD]);
    let back = world
        .ask("plugin rollback mortise/record")
        .await
        .ok()
        .unwrap();
    assert!(
        back.stderr.contains("no `mortise.lock` pins another"),
        "{back:?}"
    );
}
