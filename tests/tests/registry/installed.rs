//! Plugins that a daemon takes from its own registry, without a file and without a restart.

use mortise_tests::cli::{Output, mortise};
use serde_json::{Value, json};

use super::{Shop, record};
use crate::common::Place;

const MAPS: &str = r#"
version: 1
name: maps
plugins: { record: mortise/record@VERSION }
triggers: [ { id: events, webhook: { path: /events } } ]
steps:
  - id: mapped
    uses: record/map
    with: { fields: { id: .id } }
    records: "${{ .event }}"
output: "${{ .steps.mapped.output }}"
"#;

/// `mortise …` about the data folder of a shop.
async fn ask(shop: &Shop, command: &str) -> Output {
    let data = ["--data", shop.place.data()];
    mortise(command.split(' ').chain(data)).await.unwrap()
}

/// Sends an event; the version of the plugin that its run had.
async fn mapped(shop: &Shop) -> Value {
    let run = shop.daemon.accept("/events", r#"{"id":1}"#).await.unwrap();
    let run = shop.daemon.succeeded(&run).await.unwrap();
    assert_eq!(run["output"], json!({ "id": 1 }));
    run["steps"][0]["plugin"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_runs_and_goes_on_when_it_is_yanked() {
    let old = MAPS.replace("VERSION", "0.1.0");
    let mut shop = Shop::over(Place::with(&[&old]).await, &[]).await;
    let put = shop
        .publish(("mortise/record", "0.2.0"), &record("0.2.0"), &json!({}))
        .await;
    assert_eq!(put.status, 201, "{}", put.text());
    assert_eq!(mapped(&shop).await, "mortise/record@0.1.0");

    // Nobody has approved it yet.
    let manifest = shop.place.workflows.join("workflow-0.yaml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("record@0.1.0", "record@0.2.0")).unwrap();
    let inert = ask(&shop, "workflows reload").await;
    assert_eq!(inert.code, Some(1), "{inert:?}");
    ask(&shop, "plugin approve mortise/record@0.2.0")
        .await
        .ok()
        .unwrap();
    ask(&shop, "workflows reload").await.ok().unwrap();
    assert_eq!(mapped(&shop).await, "mortise/record@0.2.0");

    // It is there after a crash, and goes on for those who have it when it is yanked.
    shop.crash(&[]).await;
    assert_eq!(mapped(&shop).await, "mortise/record@0.2.0");
    ask(&shop, "plugin yank mortise/record@0.2.0")
        .await
        .ok()
        .unwrap();
    shop.crash(&[]).await;
    assert_eq!(mapped(&shop).await, "mortise/record@0.2.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_the_registry_is_rolled_out_and_taken_back() {
    let mapping = MAPS.replace("plugins: { record: mortise/record@VERSION }\n", "");
    let shop = Shop::over(Place::with(&[&mapping]).await, &[]).await;
    shop.publish(("mortise/record", "0.2.0"), &record("0.2.0"), &json!({}))
        .await;
    let roll_out = "plugin rollout mortise/record@0.2.0 --share 100";
    let inert = ask(&shop, roll_out).await;
    assert_eq!(inert.code, Some(3), "{inert:?}");
    ask(&shop, "plugin approve mortise/record@0.2.0")
        .await
        .ok()
        .unwrap();
    ask(&shop, roll_out).await.ok().unwrap();
    assert_eq!(mapped(&shop).await, "mortise/record@0.2.0");
    ask(&shop, "plugin rollback mortise/record")
        .await
        .ok()
        .unwrap();
    assert_eq!(mapped(&shop).await, "mortise/record@0.1.0");
}

/// What an active plan has of the registry is not collected, and not removed by its owner.
#[tokio::test(flavor = "multi_thread")]
async fn what_runs_need_stays() {
    let old = MAPS.replace("VERSION", "0.1.0");
    let settings = [("registry.allow-delete", "true")];
    let shop = Shop::over(Place::with(&[&old]).await, &settings).await;
    let plugin = std::fs::read(mortise_tests::paths::plugin("record").unwrap()).unwrap();
    let put = shop
        .publish(("mortise/record", "0.1.0"), &plugin, &json!({}))
        .await;
    assert_eq!(put.status, 201, "{}", put.text());
    let digest = put.header("docker-content-digest").to_owned();
    let path = format!("/v2/mortise/record/manifests/{digest}");
    let kept = shop.send("DELETE", &path, &[], b"").await;
    assert_eq!(kept.status, 403, "{}", kept.text());
    assert!(kept.text().contains("runs or lock files need it"));
}
