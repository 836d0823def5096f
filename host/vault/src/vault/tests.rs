#![allow(clippy::unwrap_used)]
use bytes::Bytes;
use mortise_egress::{Reach, Request};
use mortise_ports::memory::MemoryStore;
use zeroize::Zeroizing;

use super::*;
use crate::key::tests::key;
use crate::scheme::tests::scheme;

const CANARY: &str = "canary-4c1d";

fn vault(store: &MemoryStore, byte: u8) -> Arc<Vault<MemoryStore>> {
    keyed(store, Some(key(byte)), 1)
}

/// A vault whose clock stands.
fn keyed(store: &MemoryStore, key: Option<MasterKey>, now_ms: i64) -> Arc<Vault<MemoryStore>> {
    let egress = Arc::new(Client::new(Default::default()).unwrap());
    let clock: Clock = Arc::new(move || at(now_ms));
    Arc::new(Vault::new(Arc::new(store.clone()), key, (egress, clock)))
}

fn schemes() -> Vec<Scheme> {
    vec![scheme(
        r#"{"id":"bearer","kind":"secrets",
        "secrets":[{"name":"token","use":"inject"},
          {"name":"hook","use":"sign","algorithms":["hmac-sha256"],"optional":true}],
        "placements":[{"in":"header","name":"authorization","template":"Bearer {secrets.token}"}]}"#,
    )]
}

fn secret(name: &str, value: &str) -> NewSecret {
    NewSecret {
        name: name.to_owned(),
        value: Zeroizing::new(value.to_owned()),
        expires_at: Some(at(90)),
    }
}

fn shop(secrets: Vec<NewSecret>) -> NewConnection {
    NewConnection {
        connection: Described {
            name: name(),
            plugin: "acme/shop".to_owned(),
            settings: Json::parse(r#"{"region":"eu"}"#).unwrap(),
            origins: vec!["https://a.example".to_owned()],
            rate: None,
        },
        origins: Vec::new(),
        schemes: schemes(),
        scheme: None,
        owner: "ann".to_owned(),
        secrets,
    }
}

fn name() -> ConnectionName {
    ConnectionName::from("shop")
}

fn ours() -> Namespace {
    Namespace::default_namespace()
}

fn at(ms: i64) -> Timestamp {
    Timestamp(ms)
}

/// What goes to the application as its credential.
async fn sent(vault: &Arc<Vault<MemoryStore>>) -> String {
    let (_, connection) = vault.open().await.unwrap().remove(0);
    let reach = Reach::connection("n", "c", ["https://a.example"]).unwrap();
    let url = "https://a.example/x";
    let mut request = Request::from_plugin(&reach, "GET", url, [], Bytes::new()).unwrap();
    connection
        .credential()
        .unwrap()
        .apply(&mut request, at(1))
        .unwrap();
    request.headers["authorization"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_connection_is_kept_sealed_and_opens_with_its_key() {
    let store = MemoryStore::new();
    let vault = vault(&store, 1);
    assert_eq!(vault.open().await.unwrap().len(), 0);
    let ours = ours();
    let made = vault.add(&ours, shop(vec![secret("token", CANARY)]));
    let made = made.await.unwrap();
    assert_eq!(
        (made.scheme.as_str(), made.secrets[0].version),
        ("bearer", 1)
    );
    assert_eq!(sent(&vault).await, format!("Bearer {CANARY}"));
    let listed = vault.list().await.unwrap();
    assert_eq!(listed, [made]);
    let shown = serde_json::to_string(&listed).unwrap();
    let kept = format!("{:?}", store.sealed_connections().await.unwrap());
    for text in [shown, kept] {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_key_opens_nothing_and_changes_nothing() {
    let store = MemoryStore::new();
    let right = vault(&store, 1);
    let add = |vault: Arc<Vault<MemoryStore>>| async move {
        let new = shop(vec![secret("token", CANARY)]);
        vault.add(&Namespace::from("other"), new).await
    };
    right
        .add(&ours(), shop(vec![secret("token", CANARY)]))
        .await
        .unwrap();
    let before = store.sealed_connections().await.unwrap();
    for (wrong, says) in [
        (vault(&store, 2), "is not the one"),
        (keyed(&store, None, 1), "need a key"),
    ] {
        let error = wrong.open().await.map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(
            wrong.list().await.unwrap().len() == 1,
            "it is listed all the same"
        );
        let error = add(wrong).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(store.sealed_connections().await.unwrap(), before);
}

#[tokio::test]
async fn a_rotation_replaces_what_is_sent_and_overlaps_what_is_verified() {
    let store = MemoryStore::new();
    let vault = vault(&store, 1);
    let new = shop(vec![secret("token", CANARY), secret("hook", "former-key")]);
    vault.add(&ours(), new).await.unwrap();
    let rotated = [
        secret("token", "second-token"),
        secret("hook", "second-key"),
    ];
    let (ours, name) = (ours(), name());
    let whose = (&ours, &name);
    let vault = keyed(&store, Some(key(1)), 10);
    let view = vault.rotate(whose, &rotated, 100).await.unwrap();
    assert_eq!(view.secrets[0].version, 2);
    assert_eq!(view.secrets[0].former_until, Some(at(110)));
    assert_eq!(sent(&vault).await, "Bearer second-token");
    let hmac = crate::scheme::Algorithm::HmacSha256;
    for (now, key, is_valid) in [
        (109, "former-key", true),
        (110, "former-key", false),
        (110, "second-key", true),
    ] {
        let (_, connection) = vault.open().await.unwrap().remove(0);
        let signed = hmac.sign(key.as_bytes(), b"data").unwrap();
        let credential = connection.credential().unwrap();
        let verified = credential.verify("hook", hmac, (b"data", &signed), at(now));
        assert_eq!(verified, Ok(is_valid), "{key} at {now}");
    }
    // Without an overlap the former one goes.
    vault.rotate(whose, &rotated, 0).await.unwrap();
    assert_eq!(vault.list().await.unwrap()[0].secrets[0].former_until, None);
}

#[tokio::test]
async fn what_the_scheme_does_not_take_is_refused() {
    let store = MemoryStore::new();
    let vault = vault(&store, 1);
    let long = "x".repeat(SECRET_MAX_BYTES + 1);
    for (secrets, says) in [
        (vec![], "takes the secrets no secrets"),
        (vec![secret("key", "v")], "`bearer` with `token`, `hook`"),
        (vec![secret("token", "")], "empty"),
        (vec![secret("token", &long)], "longer than"),
        (
            vec![secret("token", "v"), secret("token", "w")],
            "given twice",
        ),
    ] {
        let error = vault.add(&ours(), shop(secrets)).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let mut named = shop(vec![secret("hook", "v")]);
    named.scheme = Some("bearer".to_owned());
    let error = vault.add(&ours(), named).await.unwrap_err();
    assert!(
        error.to_string().contains("needs the secret `token`"),
        "{error}"
    );
    assert_eq!(store.sealed(&SealedPlace::Key).await.unwrap(), None);

    vault
        .add(&ours(), shop(vec![secret("token", "v")]))
        .await
        .unwrap();
    let again = vault.add(&ours(), shop(vec![secret("token", "v")])).await;
    assert!(matches!(again, Err(VaultError::Exists(_))));
    let other = ConnectionName::from("other");
    let rotated = vault.rotate((&ours(), &other), &[], 0).await;
    assert!(matches!(rotated, Err(VaultError::Unknown(_))));
    vault.remove(&ours(), &name()).await.unwrap();
    let again = vault.remove(&ours(), &name()).await;
    assert!(matches!(again, Err(VaultError::Unknown(_))));
}

#[tokio::test]
async fn another_key_is_needed_after_the_keys_were_rotated() {
    let store = MemoryStore::new();
    let before = vault(&store, 1);
    assert!(
        !before.rewrap(key(2)).await.unwrap(),
        "there is nothing yet"
    );
    let new = shop(vec![secret("token", CANARY)]);
    before.add(&ours(), new).await.unwrap();
    assert!(before.rewrap(key(2)).await.unwrap());
    // Who rotated it has the new key now; who starts with the former one has none.
    assert_eq!(before.open().await.unwrap().len(), 1);
    let late = vault(&store, 1).open().await.map(|_| ());
    assert!(matches!(late, Err(VaultError::WrongKey)));
    assert_eq!(sent(&vault(&store, 2)).await, format!("Bearer {CANARY}"));
}

#[tokio::test]
async fn sealed_bytes_of_another_connection_do_not_open() {
    let store = MemoryStore::new();
    let vault = vault(&store, 1);
    let new = shop(vec![secret("token", CANARY)]);
    vault.add(&ours(), new).await.unwrap();
    let (place, kept) = store.sealed_connections().await.unwrap().remove(0);
    let moved = kept.document.as_str().replace("\"shop\"", "\"mail\"");
    let forged = SealedChange {
        place,
        expected: kept.revision,
        document: Some(Json::parse(moved).unwrap()),
    };
    store.put_sealed(vec![forged]).await.unwrap();
    let opened = vault.open().await.map(|_| ());
    assert!(matches!(opened, Err(VaultError::Closed(_))), "{opened:?}");
}

#[test]
fn an_origin_whose_setting_is_missing_is_left_out_as_long_as_one_remains() {
    let fixed = |settings: &str, templates: &[&str]| {
        let connection = Described {
            settings: Json::parse(settings).unwrap(),
            origins: Vec::new(),
            ..shop(Vec::new()).connection
        };
        let scheme = scheme(r#"{"id":"p","kind":"secrets"}"#);
        let templates = templates.iter().map(|one| (*one).to_owned()).collect();
        with_origins(connection, &scheme, templates).map(|(connection, _)| connection.origins)
    };
    let templates = [
        "smtps://{settings.smtp-host}",
        "smtps://{settings.smtp-host}:{settings.smtp-port}",
        "imaps://{settings.imap-host}",
    ];
    for (settings, origins) in [
        (r#"{"smtp-host":"m.example"}"#, &["smtps://m.example"][..]),
        (
            r#"{"smtp-host":"m.example","smtp-port":2465}"#,
            &["smtps://m.example", "smtps://m.example:2465"],
        ),
    ] {
        assert_eq!(fixed(settings, &templates).unwrap(), origins);
    }
    let none = fixed("{}", &templates).unwrap_err();
    assert!(none.to_string().contains("`smtp-host`"), "{none}");
}
