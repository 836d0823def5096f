//! The data folder: whose it is, who may look into it, and what happens where it cannot be used.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mortise_tests::measure;
use mortise_tests::sink::Behaviour;

use crate::common::{DELIVER, Place, event};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_is_its_owners_and_the_token_goes_with_the_process() {
    let place = Place::with(&[DELIVER]).await;
    let daemon = place.start().await;
    let found = place.data.join("daemon.json");
    assert_eq!((mode(&place.data), mode(&found)), (0o700, 0o600));
    let first: serde_json::Value = serde_json::from_slice(&fs::read(&found).unwrap()).unwrap();
    assert_eq!(first["hooks"], daemon.ready.hooks);
    assert_eq!(first["pid"], daemon.pid());
    assert!(daemon.stop().await.unwrap().success());
    assert!(!found.exists());

    let _daemon = place.start().await;
    let second: serde_json::Value = serde_json::from_slice(&fs::read(&found).unwrap()).unwrap();
    assert_ne!(first["token"], second["token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_another_process_holds_is_refused() {
    let place = Place::with(&[DELIVER]).await;
    let first = place.start().await;
    let refused = place.launch().refused().await.unwrap();
    assert_eq!(refused.code, Some(5), "{}", refused.stderr);
    assert!(refused.stderr.contains(place.data()), "{}", refused.stderr);
    // The one that holds it does not suffer, and can still be found.
    let run = first.accept("/events", event(1)).await.unwrap();
    first.succeeded(&run).await.unwrap();
    assert!(place.data.join("daemon.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_refused() {
    let place = Place::with(&[DELIVER]).await;
    // Not a matter of permissions: that would not stop root.
    let file = place.folder.path().join("file");
    fs::write(&file, "").unwrap();
    for data in [
        file.join("data"),
        file.clone(),
        Path::new("/proc/mortise").to_path_buf(),
    ] {
        let launch = mortise_tests::daemon::Launch::new(&data, &place.workflows);
        let refused = launch.refused().await.unwrap();
        assert_eq!(refused.code, Some(5), "{}", refused.stderr);
        assert!(
            refused.stderr.contains(data.to_str().unwrap()),
            "{}",
            refused.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_refused() {
    let place = Place::with(&[DELIVER]).await;
    let refused = place
        .launch()
        .listen(&place.sink.address())
        .refused()
        .await
        .unwrap();
    assert_eq!(refused.code, Some(5), "{}", refused.stderr);
    assert!(
        refused.stderr.contains(&place.sink.address()),
        "{}",
        refused.stderr
    );
}

/// The disk is filled with a real file. What counts as full is set near what is free now, so that
/// this takes megabytes and not the whole disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_events_until_there_is_room_again() {
    let place = Place::with(&[DELIVER]).await;
    let shared = Path::new("/dev/shm");
    let on = if shared.is_dir() {
        shared
    } else {
        place.folder.path()
    };
    let disk = tempfile::tempdir_in(on).unwrap();
    let data = disk.path().join("data");
    let free = measure::free_bytes(disk.path()).unwrap();
    // The compiled plugins have to fit as well.
    let margin = (free / 4).min(1024 * 1024 * 1024);
    let launch = mortise_tests::daemon::Launch::new(&data, &place.workflows)
        .setting("store.reserve-bytes", &(free - margin).to_string());
    let daemon = launch.start().await.unwrap();
    let before = daemon.accept("/events", event(1)).await.unwrap();

    let ballast = disk.path().join("ballast");
    let file = fs::File::create(&ballast).unwrap();
    rustix::fs::fallocate(
        &file,
        rustix::fs::FallocateFlags::empty(),
        0,
        margin + margin / 4,
    )
    .unwrap();
    drop(file);
    let refusal = daemon
        .until_hook_answers("/events", &event(2), 503)
        .await
        .unwrap();
    assert_eq!(refusal.code(), "disk-full");
    assert!(!refusal.header("retry-after").is_empty());
    let ready = daemon
        .client
        .get(&format!("{}/readyz", daemon.ready.admin))
        .await
        .unwrap();
    assert_eq!(ready.status, 503, "{}", ready.text());
    // What was accepted is finished.
    daemon.succeeded(&before).await.unwrap();

    fs::remove_file(&ballast).unwrap();
    let accepted = daemon
        .until_hook_answers("/events", &event(3), 202)
        .await
        .unwrap();
    let after = mortise_tests::api::accepted(&accepted).unwrap();
    daemon.succeeded(&after).await.unwrap();
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_a_newer_version_is_refused_and_left_alone() {
    let place = Place::with(&[DELIVER]).await;
    assert!(place.start().await.stop().await.unwrap().success());
    let format = place.data.join("FORMAT");
    let known = fs::read_to_string(&format).unwrap();
    let number: u32 = known.trim().parse().unwrap();
    fs::write(
        &format,
        known.replace(&number.to_string(), &(number + 1).to_string()),
    )
    .unwrap();
    let refused = place.launch().refused().await.unwrap();
    assert_eq!(refused.code, Some(5), "{}", refused.stderr);
    assert!(refused.stderr.contains("newer"), "{}", refused.stderr);

    fs::write(&format, known).unwrap();
    assert!(place.start().await.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_retries_go_on_after_a_restart() {
    let place = Place::with(&[DELIVER]).await;
    place.sink.behave(Behaviour::status(503));
    let daemon = place.start().await;
    let run = daemon.accept("/events", event(1)).await.unwrap();
    place
        .sink
        .until("tried twice", |ledger| ledger.received.len() >= 2)
        .await
        .unwrap();
    assert!(daemon.stop().await.unwrap().success());

    place.sink.behave(Behaviour::ok());
    let daemon = place.start().await;
    daemon.succeeded(&run).await.unwrap();
    assert_eq!(place.sink.ledger().delivered.len(), 1);
}
