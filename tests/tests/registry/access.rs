//! Who may pull and push, and what is told of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_tests::cli::mortise;
use mortise_tests::client::Client;
use serde_json::{Value, json};

use super::{Shop, artifact, code, digest};

/// A token made by the command line.
async fn token(shop: &Shop, arguments: &[&str]) -> String {
    let data = ["--data", shop.place.data()];
    let make = ["tokens", "create", "--json", "--scope"];
    let made = mortise([&make[..], arguments, &data].concat())
        .await
        .unwrap();
    let made = made.ok().unwrap().json().unwrap();
    made["token"].as_str().unwrap().to_owned()
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

/// What comes of pulling and pushing with such a header.
async fn tries(shop: &Shop, authorization: &str, name: &str) -> [u16; 3] {
    let nobody = Client::default();
    let all = [("authorization", authorization)];
    let headers = if authorization.is_empty() {
        &[][..]
    } else {
        &all
    };
    let pull = format!("/v2/{name}/manifests/1.0.0");
    let push = format!("/v2/{name}/blobs/uploads/");
    let mut found = [0; 3];
    for (status, (method, path)) in found.iter_mut().zip([
        ("GET", "/v2/"),
        ("GET", pull.as_str()),
        ("POST", push.as_str()),
    ]) {
        let answer = shop.ask(&nobody, (method, path), headers, b"").await;
        let challenge = answer.header("www-authenticate");
        assert_eq!(answer.status == 401, challenge == "Basic realm=\"mortise\"");
        let wanted = match answer.status {
            401 => "UNAUTHORIZED",
            403 => "DENIED",
            _ => "",
        };
        assert_eq!(code(&answer), wanted, "{}", answer.text());
        *status = answer.status;
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines, reason = "a table")]
async fn a_token_does_what_its_scope_and_its_namespace_say() {
    let settings = [("admin.failed-logins-max", "100")];
    let shop = Shop::open(&settings).await;
    for name in ["team/orders", "others/orders"] {
        assert_eq!(shop.push(name, "1.0.0", b"component").await.status, 201);
    }
    let pull = token(&shop, &["registry:pull", "--namespace", "team"]).await;
    let push = token(&shop, &["registry:push", "--namespace", "team"]).await;
    let all = token(&shop, &["registry:push", "--all-namespaces"]).await;
    let admin = token(&shop, &["admin", "--all-namespaces"]).await;
    let reader = token(&shop, &["read,run,deploy,secrets", "--namespace", "team"]).await;
    for (who, authorization, own, others) in [
        ("nobody", String::new(), [401; 3], [401; 3]),
        ("nobody in words", basic(":"), [401; 3], [401; 3]),
        ("a guess", basic("user:mrt_guess"), [401; 3], [401; 3]),
        (
            "pull",
            basic(&format!("user:{pull}")),
            [200, 200, 403],
            [200, 403, 403],
        ),
        (
            "push",
            basic(&format!("x:{push}")),
            [200, 200, 202],
            [200, 403, 403],
        ),
        (
            "push as bearer",
            format!("Bearer {push}"),
            [200, 200, 202],
            [200, 403, 403],
        ),
        (
            "everywhere",
            basic(&format!(":{all}")),
            [200, 200, 202],
            [200, 200, 202],
        ),
        (
            "admin",
            basic(&format!("a:{admin}")),
            [200, 200, 202],
            [200, 200, 202],
        ),
        (
            "another scope",
            basic(&format!("a:{reader}")),
            [200, 403, 403],
            [200, 403, 403],
        ),
    ] {
        assert_eq!(
            tries(&shop, &authorization, "team/orders").await,
            own,
            "{who}"
        );
        assert_eq!(
            tries(&shop, &authorization, "others/orders").await,
            others,
            "{who}"
        );
    }
    // It opens nothing else, and takes nothing from where it may not look.
    let client = Client::default().with_token(&push).unwrap();
    let runs = client.get(&shop.daemon.route("/runs")).await.unwrap();
    assert_eq!(runs.status, 403);
    let mount = format!(
        "/v2/team/new/blobs/uploads/?mount={}&from=others/orders",
        digest(b"component")
    );
    let refused = shop.ask(&client, ("POST", &mount), &[], b"").await;
    assert_eq!(refused.status, 202);
    let state = "/v2/team/orders/_mortise/state/1.0.0";
    for (state_of, status) in [("approved", 403), ("yanked", 200)] {
        let body = json!({ "state": state_of }).to_string();
        let stood = shop
            .ask(&client, ("PUT", state), &[], body.as_bytes())
            .await;
        assert_eq!(stood.status, status, "{state_of}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_pull_where_that_is_set() {
    let settings = [("registry.anonymous-pull", "true")];
    let shop = Shop::open(&settings).await;
    shop.push("team/orders", "1.0.0", b"component").await;
    // The first answer asks for a token also there: a client that has one would never send it else.
    assert_eq!(tries(&shop, "", "team/orders").await, [401, 200, 401]);
    assert_eq!(
        tries(&shop, &basic(":"), "team/orders").await,
        [200, 200, 401]
    );
    assert_eq!(
        tries(&shop, &basic("a:guess"), "team/orders").await,
        [401; 3]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_is_told_to_come_back() {
    let settings = [
        ("admin.failed-logins-max", "3"),
        ("admin.failed-login-ms", "1h"),
    ];
    let shop = Shop::open(&settings).await;
    let nobody = Client::default();
    let guess = basic("user:mrt_guess");
    let headers = [("authorization", guess.as_str())];
    for _ in 0..3 {
        let refused = shop.ask(&nobody, ("GET", "/v2/"), &headers, b"").await;
        assert_eq!(refused.status, 401);
    }
    let refused = shop.ask(&nobody, ("GET", "/v2/"), &headers, b"").await;
    assert_eq!((refused.status, &*code(&refused)), (429, "TOOMANYREQUESTS"));
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_told_to_the_audit_log() {
    let shop = Shop::open(&[("registry.allow-delete", "true")]).await;
    shop.push("team/orders", "1.0.0", b"one").await;
    shop.push("team/orders", "latest", b"two").await;
    shop.push("team/orders", "1.0.0", b"two").await;
    let (one, two) = (artifact(b"one", &json!({})), artifact(b"two", &json!({})));
    let state = "/v2/team/orders/_mortise/state/1.0.0";
    shop.send("PUT", state, &[], br#"{"state":"yanked"}"#).await;
    shop.send("DELETE", "/v2/team/orders/manifests/latest", &[], b"")
        .await;
    let by_digest = format!("/v2/team/orders/manifests/{}", digest(&two));
    shop.send("DELETE", &by_digest, &[], b"").await;
    let log = shop.daemon.route("/audit");
    let log = shop.daemon.admin.get(&log).await.unwrap().json().unwrap();
    let mut items: Vec<&Value> = log["items"].as_array().unwrap().iter().collect();
    items.reverse();
    let told: Vec<_> = items
        .iter()
        .map(|item| {
            (
                item["what"].as_str().unwrap(),
                item["target"].as_str().unwrap(),
            )
        })
        .collect();
    let (one, two) = (
        format!("team/orders@{}", digest(&one)),
        format!("team/orders@{}", digest(&two)),
    );
    assert_eq!(
        told,
        [
            ("registry.push", "team/orders:1.0.0"),
            ("registry.push", "team/orders:latest"),
            ("registry.yank", &one),
            ("registry.delete", "team/orders:latest"),
            ("registry.delete", &two),
        ]
    );
    assert!(items.iter().all(|item| item["namespace"] == "team"));
    assert!(items.iter().all(|item| item["who"] == "daemon.json"));
}
