//! Plugins to and from a registry that somebody else wrote, and who signed them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use mortise_tests::cli::{Output, mortise_with};
use mortise_tests::foreign::{PASSWORD, Registry, Wanted};
use mortise_tests::paths;
use serde_json::Value;
use tempfile::TempDir;

/// A folder in which commands run, with nothing in it that opens a registry.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `mortise plugin …`, with these variables.
    async fn with(&self, arguments: &str, variables: &[(&str, &str)]) -> Output {
        let home = self.folder.path().to_str().unwrap();
        // Small, so that every plugin goes out in pieces.
        let mut all = vec![
            ("HOME", home),
            ("DOCKER_CONFIG", home),
            ("XDG_CONFIG_HOME", home),
            ("XDG_RUNTIME_DIR", home),
            ("MORTISE_OCI_CHUNK_BYTES", "100000"),
        ];
        all.extend(variables);
        let arguments = std::iter::once("plugin").chain(arguments.split(' '));
        let ran = mortise_with(self.folder.path(), arguments, "", &all).await;
        ran.unwrap()
    }

    /// The same, which has to be done.
    async fn ok(&self, arguments: &str) -> Output {
        self.with(arguments, &[]).await.ok().unwrap()
    }

    /// The same, as JSON.
    async fn json(&self, arguments: &str) -> Value {
        self.ok(&format!("{arguments} --json"))
            .await
            .json()
            .unwrap()
    }

    /// The same, which has to end with this code and say this.
    async fn refused(&self, arguments: &str, code: i32, said: &str) {
        let output = self.with(arguments, &[]).await;
        assert_eq!(output.code, Some(code), "{arguments}: {output:?}");
        assert!(output.stderr.contains(said), "{arguments}: {output:?}");
    }

    /// A pair of keys, `NAME.key` and `NAME.pub`.
    async fn keys(&self, name: &str, algorithm: &str) -> String {
        let made = self
            .json(&format!("keygen --algorithm {algorithm} --out {name}"))
            .await;
        made["key_id"].as_str().unwrap().to_owned()
    }

    /// A plugin's file here, its name and its version.
    async fn plugin(&self, name: &str) -> (String, String) {
        fs::copy(
            paths::plugin(name).unwrap(),
            self.path(&format!("{name}.wasm")),
        )
        .unwrap();
        let seen = self.json(&format!("inspect {name}.wasm")).await;
        let of = |field: &str| seen[field].as_str().unwrap().to_owned();
        (of("name"), of("version"))
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Another component that says the same of itself: a custom section is added.
fn note(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    bytes.extend([0, 6, 4, b'n', b'o', b't', b'e', b'!']);
    fs::write(file, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pushed_and_signed_is_pulled_by_those_who_trust_the_key() {
    let registry = Registry::start(Wanted::default()).await.unwrap();
    let desk = Desk::new();
    let (ann, bob) = (
        desk.keys("ann", "ed25519").await,
        desk.keys("bob", "p256").await,
    );
    let (name, version) = desk.plugin("http").await;
    let place = format!("{}/{name}", registry.host());

    let pushed = desk
        .json(&format!("push http.wasm {place} --key ann.key"))
        .await;
    assert_eq!(text(&pushed, "reference"), format!("{place}:{version}"));
    assert_eq!(
        (text(&pushed, "key_id"), &pushed["existed"]),
        (ann.as_str(), &Value::Bool(false))
    );
    let digest = text(&pushed, "digest");
    let again = desk
        .json(&format!("push http.wasm {place}:{version}"))
        .await;
    assert_eq!(
        (text(&again, "digest"), &again["existed"]),
        (digest, &Value::Bool(true))
    );

    let pull = format!("pull {place} --out got.wasm");
    desk.refused(&format!("{pull} --key bob.pub"), 1, "is signed, and not by")
        .await;
    assert!(!desk.path("got.wasm").exists());
    let pulled = desk
        .json(&format!("{pull} --key bob.pub --key ann.pub"))
        .await;
    assert_eq!(text(&pulled["signatures"][0], "key_id"), ann);
    assert_eq!(text(&pulled, "manifest"), digest);
    let bytes = fs::read(desk.path("http.wasm")).unwrap();
    assert_eq!(fs::read(desk.path("got.wasm")).unwrap(), bytes);

    // A second signature stands beside the first.
    let by_digest = format!("{place}@{digest}");
    desk.ok(&format!("sign {by_digest} --key bob.key")).await;
    for (key, id) in [("ann", &ann), ("bob", &bob)] {
        let verified = desk
            .json(&format!("verify {by_digest} --key {key}.pub"))
            .await;
        assert_eq!(verified["verified"], true);
        assert_eq!(text(&verified["signatures"][0], "key_id"), id);
    }

    let found = desk.json(&format!("search {} HTTP", registry.host())).await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(text(&found["items"][0], "name"), name);
    assert_eq!(found["items"][0]["versions"], serde_json::json!([version]));
    let none = desk.json(&format!("search {} smtp", registry.host())).await;
    assert_eq!(none, serde_json::json!({"items": [], "next": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_its_place_says_is_not_pushed() {
    let registry = Registry::start(Wanted::default()).await.unwrap();
    let (desk, host) = (Desk::new(), registry.host());
    desk.keys("ann", "ed25519").await;
    let (http, _) = desk.plugin("http").await;
    fs::write(desk.path("text.wasm"), "text").unwrap();
    for (push, code, said) in [
        (format!("http.wasm {host}/acme/http"), 1, "it is the plugin"),
        (
            format!("http.wasm {host}/{http}:9.9.9"),
            1,
            "it is the version",
        ),
        (format!("text.wasm {host}/{http}"), 1, "text.wasm"),
        (format!("none.wasm {host}/{http}"), 3, "none.wasm"),
        (
            format!("http.wasm {host}/{http} --key ann.pub"),
            2,
            "public key, which signs nothing",
        ),
    ] {
        desk.refused(&format!("push {push}"), code, said).await;
    }
    let found = desk.json(&format!("search {host}")).await;
    assert_eq!(found["items"], serde_json::json!([]));
    let push = format!("push http.wasm {host}/{http}");
    desk.ok(&push).await;
    note(&desk.path("http.wasm"));
    desk.refused(&push, 1, "a version never changes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_or_signed_for_another_is_refused() {
    let registry = Registry::start(Wanted::default()).await.unwrap();
    let (desk, host) = (Desk::new(), registry.host());
    desk.keys("ann", "ed25519").await;
    let (http, version) = desk.plugin("http").await;
    let (record, other) = desk.plugin("record").await;
    let push = format!("push http.wasm {host}/{http} --key ann.key");
    let signed = desk.json(&push).await;
    let push = format!("push record.wasm {host}/{record}");
    let plain = desk.json(&push).await;

    let own = format!("verify {host}/{http}:{version} --key ann.key");
    desk.refused(&own, 2, "it is a private key").await;
    let none = format!("verify {host}/{http}:9.9.9 --key ann.pub");
    desk.refused(&none, 3, "9.9.9").await;
    let shown = format!("{host}/{record}:{other}");
    let verify = format!("verify {shown} --key ann.pub");
    let pull = format!("pull {shown} --out got.wasm --key ann.pub");
    for command in [&verify, &pull] {
        desk.refused(command, 1, "is not signed").await;
    }
    let (from, to) = (text(&signed, "digest"), text(&plain, "digest"));
    registry.replay((&http, from), (&record, to)).await.unwrap();
    for command in [&verify, &pull] {
        desk.refused(command, 1, "the signature is of another artifact")
            .await;
    }
    assert!(!desk.path("got.wasm").exists());
    // On this machine, and of this machine's own will.
    desk.ok(&format!("pull {shown} --out got.wasm")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_wants_a_login_gets_it_from_where_it_was_left() {
    let wanted = Wanted {
        login: true,
        ..Wanted::default()
    };
    let registry = Registry::start(wanted).await.unwrap();
    let (desk, host) = (Desk::new(), registry.host());
    let (name, version) = desk.plugin("record").await;
    let push = format!("push record.wasm {host}/{name}");
    desk.refused(&push, 4, "wants a login: give a token").await;
    fs::write(desk.path("wrong"), "s3cret\n").unwrap();
    let wrong = desk.with(&format!("{push} --token file:wrong"), &[]).await;
    assert_eq!(wrong.code, Some(4), "{wrong:?}");
    assert!(!wrong.stderr.contains("s3cret"), "{wrong:?}");
    let spelt = desk.with(&format!("{push} --token s3cret"), &[]).await;
    assert!(
        spelt.code == Some(2) && !spelt.stderr.contains("s3cret"),
        "{spelt:?}"
    );

    desk.with(&format!("{push} --token env:MINE"), &[("MINE", PASSWORD)])
        .await
        .ok()
        .unwrap();
    let pull = format!("pull {host}/{name}:{version} --out got.wasm");
    desk.refused(&pull, 4, "wants a login").await;
    let variable = [("MORTISE_REGISTRY_TOKEN", PASSWORD)];
    desk.with(&pull, &variable).await.ok().unwrap();
    // `token:right`, as `docker login` leaves it.
    let login = format!(r#"{{"auths":{{"{host}":{{"auth":"dG9rZW46cmlnaHQ="}}}}}}"#);
    fs::write(desk.path("config.json"), login).unwrap();
    desk.ok(&pull).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_with_tls_is_trusted_by_its_authority_alone() {
    let wanted = Wanted {
        tls: true,
        ..Wanted::default()
    };
    let registry = Registry::start(wanted).await.unwrap();
    let desk = Desk::new();
    let (name, _) = desk.plugin("record").await;
    let push = format!("push record.wasm https://{}/{name}", registry.host());
    desk.refused(&push, 5, "no TLS connection").await;
    let ca = registry.certificate();
    desk.ok(&format!("{push} --ca {}", ca.display())).await;
    desk.refused(&format!("{push} --ca record.wasm"), 2, "no certificate")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn elsewhere_nothing_is_taken_unsigned_and_nothing_is_sent_in_the_open() {
    let desk = Desk::new();
    let away = "registry.invalid/acme/shop:1.0.0";
    desk.refused(&format!("pull {away}"), 4, "--insecure-unsigned")
        .await;
    desk.refused(&format!("pull http://{away}"), 4, "--plain-http")
        .await;
    desk.refused(
        &format!("pull {away} --insecure-unsigned"),
        5,
        "cannot be reached",
    )
    .await;
    desk.refused("pull acme/shop:1.0.0", 2, "names no registry")
        .await;
    desk.refused(
        "pull registry.invalid/acme/../shop:1.0.0",
        2,
        "is no name of a plugin",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_signed_beside_itself_and_keys_stay_what_they_are() {
    let desk = Desk::new();
    let ann = desk.keys("ann", "p256").await;
    desk.keys("bob", "ed25519").await;
    let mode = fs::metadata(desk.path("ann.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(desk.path("ann.key")).unwrap();
    desk.refused("keygen --out ann", 1, "is there already")
        .await;
    assert_eq!(fs::read(desk.path("ann.key")).unwrap(), before);

    desk.plugin("http").await;
    desk.refused("verify http.wasm --key ann.pub", 1, "is not signed")
        .await;
    desk.ok("sign http.wasm --key ann.key").await;
    let verified = desk.json("verify http.wasm --key ann.pub").await;
    assert_eq!(text(&verified["signatures"][0], "key_id"), ann);
    desk.refused("verify http.wasm --key bob.pub", 1, "is signed, and not by")
        .await;
    fs::rename(desk.path("http.wasm.sig"), desk.path("moved")).unwrap();
    desk.ok("verify http.wasm --key ann.pub --signature moved")
        .await;
    note(&desk.path("http.wasm"));
    let changed = "verify http.wasm --key ann.pub --signature moved";
    desk.refused(changed, 1, "is signed, and not by").await;
    fs::write(desk.path("text"), "{}").unwrap();
    desk.refused("sign text --key ann.key", 1, "no component")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yanking_asks_the_daemon_of_a_data_folder() {
    let desk = Desk::new();
    desk.refused("yank acme/shop --data data", 2, "names no version")
        .await;
    desk.refused(
        "yank acme/shop@1.0.0 --data data",
        5,
        "is not a data folder",
    )
    .await;
}
