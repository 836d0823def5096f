//! The lock: what it keeps, how it is upgraded, and that the daemon takes nothing else.

use mortise_tests::{paths, versions};

use super::{MAPS, NEW, OLD, World, send, took};

const LOCK: &str = "workflows/mortise.lock";

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_shows_and_asks_and_ends_the_rollout() {
    let world = World::locked(&[("maps.yaml", MAPS)]).await;
    let daemon = world.start().await;
    world.arrives("record-new");
    world
        .ask(&format!("plugin rollout {NEW} --share 100"))
        .await
        .ok()
        .unwrap();
    let before = world.read(LOCK);
    let kept = world.command("lock", &[]).await.ok().unwrap();
    assert!(kept.stderr.contains("is as it was"), "{kept:?}");
    let asked = world.command("lock", &["--upgrade"]).await;
    assert_eq!(asked.code, Some(4), "{asked:?}");
    assert!(asked.stderr.contains("`--yes`"), "{asked:?}");
    let shown =
        "mortise/record 0.1.0 -> 0.1.1, used by maps\nnothing that matters to workflows differs";
    assert!(asked.stdout.contains(shown), "{asked:?}");
    let asked = world.command("lock", &["--upgrade", "--json"]).await;
    assert_eq!(asked.code, Some(4), "{asked:?}");
    let view = asked.json().unwrap();
    assert_eq!(view["written"], false);
    let upgrade = &view["upgrades"][0];
    assert_eq!(
        (upgrade["from"].as_str(), upgrade["to"].as_str()),
        (Some("0.1.0"), Some("0.1.1"))
    );
    assert_eq!(world.read(LOCK), before);

    let done = world
        .command("lock", &["--upgrade", "--yes"])
        .await
        .ok()
        .unwrap();
    assert!(
        done.stdout.contains(&format!("+       plugin: {NEW}")),
        "{done:?}"
    );
    let again = world.command("lock", &["--upgrade"]).await.ok().unwrap();
    assert!(again.stderr.contains("is as it was"), "{again:?}");
    world.ask("workflows reload").await.ok().unwrap();
    daemon
        .until_said("a rollout has ended: the manifests pin this version now")
        .await
        .unwrap();
    assert!(
        world.json("plugin rollouts").await["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let run = send(&daemon, "/events", "1").await;
    let run = daemon.succeeded(&run).await.unwrap();
    assert_eq!(
        (super::plugins(&run), run["rollout"].is_null()),
        (vec![NEW, NEW], true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_stays_within_what_the_manifests_ask_for() {
    let pinned = MAPS.replace(
        "triggers:",
        "plugins: { record: mortise/record@=0.1.0 }\ntriggers:",
    );
    let world = World::locked(&[("maps.yaml", &pinned)]).await;
    world.arrives("record-new");
    let done = world.command("lock", &["--upgrade"]).await.ok().unwrap();
    assert!(
        done.stderr
            .contains("maps.yaml:4 asks for `mortise/record@=0.1.0`, and there is 0.1.1"),
        "{done:?}"
    );
    assert!(world.read(LOCK).contains(OLD) && !world.read(LOCK).contains(NEW));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_differs_from_the_lock_is_refused() {
    let world = World::locked(&[("maps.yaml", MAPS)]).await;
    let locked = world.read(LOCK);
    let digest = locked.lines().nth(3).unwrap().rsplit(' ').next().unwrap();
    let daemon = world.start().await;
    // What is tried out beside it changes nothing about that.
    world.arrives("record-new");
    let rolled = format!("plugin rollout {NEW} --share 0");
    world.ask(&rolled).await.ok().unwrap();
    // Other bytes that say they are the same version.
    let old = paths::plugin("record").unwrap();
    let words = [("mortise/record0.1.0Record", "mortise/record0.1.0Rekord")];
    versions::write(&world.path("plugins"), "record", &old, &words).unwrap();
    let other = world.ask_file("plugins/record.wasm").await;
    let refused = world.ask("workflows reload").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let said =
        format!("`{OLD}` has the digest `{other}`, and line 4 of `mortise.lock` pins `{digest}`");
    assert!(refused.stdout.contains(&said), "{refused:?}");
    assert!(
        refused
            .stdout
            .contains("put the pinned plugin back, or run `mortise lock`"),
        "{refused:?}"
    );
    let run = send(&daemon, "/events", "1").await;
    let run = daemon.succeeded(&run).await.unwrap();
    assert!(!took(&run));
    assert_eq!(run["steps"][0]["digest"], digest);
    assert!(daemon.stop().await.unwrap().success());
    let refused = world.launch().refused().await.unwrap();
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains(&said), "{}", refused.stderr);
}

impl World {
    /// The digest of a plugin's file.
    async fn ask_file(&self, file: &str) -> String {
        let file = self.path(file);
        let inspected = ["plugin", "inspect", file.to_str().unwrap(), "--json"];
        let inspected = mortise_tests::cli::mortise(inspected)
            .await
            .unwrap()
            .ok()
            .unwrap();
        inspected.json().unwrap()["digest"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}
