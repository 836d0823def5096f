//! What the gate of the registry refuses, what it tells, and what it approves.

use std::fs;
use std::path::Path;

use futures::future::join_all;
use mortise_tests::cli::{Output, mortise_with};
use mortise_tests::{paths, versions};
use serde_json::{Value, json};

use super::{CONFIG, MANIFEST, Shop, code, descriptor, digest, findings, plugin, record};
use crate::common::Place;

/// What the sample connector is called.
const SAMPLE: &str = "example/sample-plugin";

/// The same component with a custom section more: another one that says the same of itself.
fn noted(mut component: Vec<u8>, note: u8) -> Vec<u8> {
    component.extend([0, 6, 4, b'n', b'o', b't', b'e', note]);
    component
}

/// The sample connector with other texts.
fn sample(texts: &[(&str, &str)]) -> Vec<u8> {
    versions::changed(&paths::sample("rust").unwrap(), texts).unwrap()
}

/// `mortise plugin …` in a folder.
async fn run(folder: &Path, arguments: &str) -> Output {
    let arguments = std::iter::once("plugin").chain(arguments.split(' '));
    let home = folder.to_str().unwrap();
    let variables = [("HOME", home), ("DOCKER_CONFIG", home)];
    mortise_with(folder, arguments, "", &variables)
        .await
        .unwrap()
}

/// Writes the daemon's own token into a file `token`.
fn keep_token(shop: &Shop, folder: &Path) {
    let daemon = fs::read_to_string(shop.place.data.join("daemon.json")).unwrap();
    let daemon: Value = serde_json::from_str(&daemon).unwrap();
    fs::write(folder.join("token"), daemon["token"].as_str().unwrap()).unwrap();
}

/// Keys and a policy that believes one of them for `mortise`, in the place of a shop.
async fn policy(folder: &Path, rules: &str) -> String {
    for name in ["ann", "bob"] {
        run(folder, &format!("keygen --out {name}"))
            .await
            .ok()
            .unwrap();
    }
    let file = folder.join("policy.yaml");
    let text =
        format!("namespaces:\n  mortise:\n    keys: [ann.pub]\n    signatures: strict\n{rules}");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "a table")]
async fn a_bad_upload_has_a_code_and_a_sentence_and_leaves_nothing() {
    let shop = Shop::open(&[("registry.any-artifact", "false")]).await;
    let good = record("0.1.0");
    let none = json!({});
    let other_version = json!({ "annotations": { "org.opencontainers.image.version": "9.9.9" } });
    let other_config = json!({ "config": descriptor(CONFIG, b"{}") });
    let elf = b"\x7fELF\x02\x01\x01\xc8".to_vec();
    let undeclared = sample(&[("https://api.desk.example", "https://api.dusk.example")]);
    shop.bring("mortise/record", b"{}").await;
    for (place, component, over, finding, sentence) in [
        (
            ("mortise/record", "0.1.0"),
            b"text".to_vec(),
            &none,
            "not-a-component",
            "it is text",
        ),
        (
            ("mortise/record", "0.1.0"),
            b"\0asm\x01\0\0\0".to_vec(),
            &none,
            "core-module",
            "wasm-tools component new",
        ),
        (
            ("mortise/record", "0.1.0"),
            elf,
            &none,
            "precompiled",
            "native code",
        ),
        (
            ("mortise/record", "0.1.0"),
            good[..good.len() / 2].to_vec(),
            &none,
            "damaged",
            "damaged or truncated",
        ),
        (
            ("mortise/other", "0.1.0"),
            good.clone(),
            &none,
            "other-name",
            "push it to `mortise/record`",
        ),
        (
            ("mortise/record", "9.9.9"),
            good.clone(),
            &none,
            "other-version",
            "use the tag `0.1.0`",
        ),
        (
            ("mortise/record", "0.1.0"),
            good.clone(),
            &other_version,
            "other-annotation",
            "says `9.9.9`",
        ),
        (
            ("mortise/record", "0.1.0"),
            good.clone(),
            &other_config,
            "bad-artifact",
            "config",
        ),
        (
            (SAMPLE, "0.1.0"),
            undeclared,
            &none,
            "undeclared-host",
            "`api.dusk.example`",
        ),
    ] {
        let put = shop.publish(place, &component, over).await;
        let told = (put.status, code(&put));
        assert_eq!(told, (400, "MANIFEST_INVALID".to_owned()), "{finding}");
        let found = findings(&put);
        assert!(
            found.iter().any(|one| one == finding),
            "{finding}: {}",
            put.text()
        );
        assert!(put.text().contains(sentence), "{finding}: {}", put.text());
        let (name, tag) = place;
        let path = format!("/v2/{name}/manifests/{tag}");
        assert_eq!(shop.get(&path).await.status, 404, "{finding}");
    }
    // The same, as it should be.
    let put = shop
        .publish(("mortise/record", "0.1.0"), &good, &none)
        .await;
    assert_eq!(put.status, 201, "{}", put.text());
    assert_eq!(put.json().unwrap()["state"], "inert");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_push_one_version_of_a_plugin_one_wins() {
    let shop = Shop::open(&[]).await;
    let made: Vec<_> = (0..3).map(|n| noted(record("0.1.0"), n)).collect();
    let none = json!({});
    let pushes = made
        .iter()
        .map(|one| shop.publish(("mortise/record", "0.1.0"), one, &none));
    let answers = join_all(pushes).await;
    let won = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(won.count(), 1);
    for lost in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((lost.status, &*code(lost)), (409, "TAG_INVALID"));
        assert!(lost.text().contains("a version never changes"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_key_of_the_namespace_signed_is_refused() {
    let keys = tempfile::tempdir().unwrap();
    let policy = policy(keys.path(), "").await;
    let shop = Shop::open(&[("registry.policy-file", &policy)]).await;
    keep_token(&shop, keys.path());
    for version in ["0.1.0", "0.2.0"] {
        let file = keys.path().join(format!("{version}.wasm"));
        fs::write(file, record(version)).unwrap();
    }
    let place = format!("{}/mortise/record", shop.address());
    let push = |file: &str, key: &str| format!("push {file}.wasm {place}{key} --token file:token");
    let refused = async |arguments: &str, finding: &str, sentence: &str| {
        let output = run(keys.path(), arguments).await;
        assert_eq!(output.code, Some(1), "{finding}: {output:?}");
        let wanted = format!("error[{finding}]: ");
        assert!(output.stderr.contains(&wanted), "{finding}: {output:?}");
        assert!(output.stderr.contains(sentence), "{finding}: {output:?}");
    };
    refused(&push("0.1.0", ""), "unsigned", "mortise plugin push --key").await;
    let by_bob = push("0.1.0", " --key bob.key");
    refused(&by_bob, "other-key", "none of the keys of `mortise`").await;
    let by_ann = push("0.1.0", " --key ann.key");
    run(keys.path(), &by_ann).await.ok().unwrap();

    // Ann's signature of the first version, in the place of one of the second.
    let signature = |component: &[u8]| {
        let digest = digest(&plugin(component, &json!({})));
        format!(
            "/v2/mortise/record/manifests/{}.sig",
            digest.replace(':', "-")
        )
    };
    let pushed = shop.get("/v2/mortise/record/manifests/0.1.0").await;
    let name = pushed.header("docker-content-digest").replace(':', "-");
    let signed = shop
        .get(&format!("/v2/mortise/record/manifests/{name}.sig"))
        .await;
    assert_eq!(signed.status, 200);
    let mut document: Value = signed.json().unwrap();
    document.as_object_mut().unwrap().remove("subject");
    let copied = shop
        .send(
            "PUT",
            &signature(&record("0.2.0")),
            &[("content-type", MANIFEST)],
            document.to_string().as_bytes(),
        )
        .await;
    assert_eq!(copied.status, 201, "{}", copied.text());
    let put = shop
        .publish(("mortise/record", "0.2.0"), &record("0.2.0"), &json!({}))
        .await;
    assert_eq!(findings(&put), ["replayed"], "{}", put.text());
    assert!(put.text().contains("is of another artifact"));

    let stranger = shop
        .publish(("others/record", "0.1.0"), &record("0.1.0"), &json!({}))
        .await;
    assert_eq!(findings(&stranger), ["unknown-namespace"]);
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "one story")]
async fn a_policy_approves_what_it_knows_and_limits_what_it_takes() {
    let keys = tempfile::tempdir().unwrap();
    let rules = "    approve: { hosts: [] }\n  example: { keys: [ann.pub], approve: { hosts: [api.other.example] } }\n  small: { limits: { component-max-bytes: 1000 } }\n";
    let policy = policy(keys.path(), rules).await;
    let shop = Shop::open(&[("registry.policy-file", &policy)]).await;
    keep_token(&shop, keys.path());
    let sample = paths::sample("rust").unwrap();
    let sample = sample.to_str().unwrap();
    let reaching_nothing = paths::plugin("record").unwrap();
    let push = async |file: &str, name: &str| {
        let place = format!("{}/{name}", shop.address());
        let arguments = format!("push {file} {place} --key ann.key --token file:token --json");
        let pushed = run(keys.path(), &arguments).await.ok().unwrap();
        pushed.json().unwrap()
    };
    let reaches_nothing = push(reaching_nothing.to_str().unwrap(), "mortise/record").await;
    assert_eq!(reaches_nothing["state"], "approved", "{reaches_nothing}");
    let beyond = push(sample, "example/sample-plugin").await;
    assert_eq!(beyond["state"], "inert", "{beyond}");
    let found = beyond["findings"].to_string();
    assert!(
        found.contains("does not approve `api.desk.example`"),
        "{found}"
    );

    let put = shop
        .publish(("small/record", "0.1.0"), &record("0.1.0"), &json!({}))
        .await;
    assert!(findings(&put).contains(&"too-large".to_owned()));
    assert!(
        put.text().contains("namespaces/small/limits"),
        "{}",
        put.text()
    );

    // Somebody approves it, and everybody can see who.
    let data = shop.place.data();
    let approve = format!("approve example/sample-plugin@0.1.0 --data {data}");
    let approved = run(keys.path(), &format!("{approve} --note sales")).await;
    let approved = approved.ok().unwrap();
    assert!(
        approved
            .stdout
            .contains("it wants to reach `api.desk.example`")
    );
    let path = "/v2/example/sample-plugin/_mortise/state/0.1.0";
    let stood = shop.get(path).await.json().unwrap();
    assert_eq!(
        (&stood["state"], &stood["note"]),
        (&json!("approved"), &json!("sales"))
    );
    run(keys.path(), &format!("{approve} --undo"))
        .await
        .ok()
        .unwrap();
    assert_eq!(shop.get(path).await.json().unwrap()["state"], "inert");
    let yank = format!("yank example/sample-plugin@0.1.0 --data {data}");
    run(keys.path(), &yank).await.ok().unwrap();
    assert_eq!(shop.get(path).await.json().unwrap()["state"], "yanked");
    let audit = mortise_tests::cli::mortise(["audit", "list", "--data", data]).await;
    let audit = audit.unwrap().ok().unwrap().stdout;
    for deed in [
        "registry.push",
        "registry.approve",
        "registry.disapprove",
        "registry.yank",
    ] {
        assert!(audit.contains(deed), "{deed}: {audit}");
    }
    let missing = run(
        keys.path(),
        &format!("approve acme/none@1.0.0 --data {data}"),
    )
    .await;
    assert_eq!(missing.code, Some(3), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_new_version_breaks_and_asks_for_is_told() {
    let shop = Shop::open(&[]).await;
    let none = json!({});
    let first = shop.publish((SAMPLE, "0.1.0"), &sample(&[]), &none).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let second = sample(&[
        ("sample-plugin0.1.0", "sample-plugin0.2.0"),
        ("list-ticketslists", "scan-ticketslists"),
        ("api.desk.example", "api.dusk.example"),
    ]);
    let second = shop.publish((SAMPLE, "0.2.0"), &second, &none).await;
    assert_eq!(second.status, 201, "{}", second.text());
    let found = second.json().unwrap()["findings"].to_string();
    for told in [
        "since 0.1.0: `operations/list-tickets`: `list-tickets` is gone",
        "it wants to reach `api.dusk.example`",
    ] {
        assert!(found.contains(told), "{told}: {found}");
    }
    let codes = findings(&second);
    for code in ["breaks", "asks", "reaches"] {
        assert!(codes.contains(&code.to_owned()), "{code}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_others_reach_takes_nothing_unsigned() {
    let shop = Shop::open(&[("registry", "0.0.0.0:0")]).await;
    let put = shop
        .publish(("mortise/record", "0.1.0"), &record("0.1.0"), &json!({}))
        .await;
    assert_eq!(findings(&put), ["no-keys"], "{}", put.text());
    assert!(
        put.text().contains("registry.policy-file"),
        "{}",
        put.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_none_keeps_the_daemon_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.yaml");
    fs::write(&file, "namespaces: { acme: { keys: [none.pub] } }").unwrap();
    let place = Place::with(&[]).await;
    let launch = Shop::launch(&place, &[("registry.policy-file", file.to_str().unwrap())]);
    let error = launch.start().await.err().unwrap().to_string();
    assert!(error.contains("none.pub` cannot be read"), "{error}");
}
