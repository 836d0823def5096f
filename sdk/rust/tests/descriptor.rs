//! The schema of the descriptor, and descriptors that use all of it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::PathBuf;

use mortise_sdk::authentication::{
    Algorithm, Assertion, Capture, CaptureFrom, ClientAuthentication, Grant, Method,
    Oauth1Signature, Oauth2, Placement, Scheme, Secret, Session, SessionToken, Within,
};
use mortise_sdk::descriptor::{Operation, Role, Texts, descriptor_schema};
use mortise_sdk::verification::{Encoding, Key, Signature, TimestampUnit, Token, Verification};
use mortise_sdk::{Example, Plugin, Records, Repeat};
use schemars::Schema;
use serde_json::{Value, json};

fn schema_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../wit/descriptor.schema.json")
}

fn schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(schema_path()).unwrap()).unwrap()
}

fn errors(descriptor: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    validator
        .iter_errors(descriptor)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// `BLESS=1 cargo test -p mortise-sdk` writes the file anew.
#[test]
fn the_file_is_what_the_types_say() {
    let text = format!(
        "{}\n",
        serde_json::to_string_pretty(&descriptor_schema()).unwrap()
    );
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(schema_path(), &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(schema_path()).unwrap_or_default(),
        text
    );
}

fn scheme(id: &str, method: Method) -> Scheme {
    Scheme {
        id: id.to_owned(),
        title: id.to_owned(),
        summary: "how to come by it".to_owned(),
        secrets: vec![
            Secret::inject("token"),
            Secret::sign("signing-secret", &[Algorithm::HmacSha256]),
        ],
        placements: vec![Placement {
            within: Within::Query,
            name: "key".to_owned(),
            template: "{secrets.token}".to_owned(),
        }],
        method,
        origins: vec!["{settings.instance_url}".to_owned()],
    }
}

fn schemes() -> Vec<Scheme> {
    let oauth2 = Oauth2 {
        grant: Grant::JwtBearer,
        refresh_url: Some("https://example.com/refresh".to_owned()),
        revoke_url: Some("https://example.com/revoke".to_owned()),
        client_authentication: ClientAuthentication::PrivateKeyJwt,
        authorize_parameters: Texts::from([("prompt".to_owned(), "consent".to_owned())]),
        rotating_refresh: true,
        lifetime_ms: Some(3_600_000),
        capture: vec![Capture {
            name: "instance_url".to_owned(),
            from: CaptureFrom::Token,
            at: "/instance_url".to_owned(),
        }],
        assertion: Some(Assertion {
            key: "private-key".to_owned(),
            algorithm: Algorithm::Rs256,
            claims: Texts::from([("iss".to_owned(), "{settings.client_id}".to_owned())]),
            lifetime_ms: 300_000,
        }),
        ..Oauth2::authorization_code(
            "https://example.com/authorize",
            "https://example.com/token",
            &["read"],
        )
    };
    let session = Session {
        method: "POST".to_owned(),
        url: "https://example.com/login".to_owned(),
        headers: Texts::new(),
        body: Some("user={settings.user}&password={secrets.token}".to_owned()),
        token: SessionToken::Cookie("sid".to_owned()),
        lifetime_ms: None,
    };
    vec![
        Scheme::bearer("bearer", "API key"),
        scheme("secrets", Method::Secrets),
        scheme("oauth2", Method::Oauth2(Box::new(oauth2))),
        scheme("session", Method::Session(session)),
        scheme(
            "sigv4",
            Method::AwsSigv4 {
                service: "s3".to_owned(),
                region: "{settings.region}".to_owned(),
            },
        ),
        scheme(
            "oauth1",
            Method::Oauth1 {
                signature: Oauth1Signature::HmacSha256,
                realm: None,
            },
        ),
    ]
}

fn full() -> Value {
    let any = || Schema::from(true);
    let mut plugin = Plugin::new("acme/everything", "1.2.3-rc.1", "Everything")
        .summary("uses all there is")
        .licence("Apache-2.0")
        .settings::<std::collections::BTreeMap<String, String>>()
        .rate(100, 60_000)
        .host("*.example.com")
        .origin("https://api.example.com");
    for scheme in schemes() {
        plugin = plugin.authentication(scheme);
    }
    let verifications = [
        Verification::Standard(Key::default()),
        Verification::Signature(Signature {
            secret: "signing-secret".to_owned(),
            header: "x-signature".to_owned(),
            prefix: "sha256=".to_owned(),
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Hex,
            content: "{timestamp}.{body}".to_owned(),
            timestamp_header: Some("x-time".to_owned()),
            timestamp_unit: TimestampUnit::Milliseconds,
            tolerance_ms: Some(300_000),
            key_encoding: Some(Encoding::Base64),
        }),
        Verification::Token(Token {
            secret: "token".to_owned(),
            header: None,
            query: Some("t".to_owned()),
        }),
    ];
    let mut operations = Vec::new();
    for (index, verification) in verifications.into_iter().enumerate() {
        let mut webhook = Operation::new(
            &format!("hook-{index}"),
            Role::Webhook,
            "is called",
            any(),
            any(),
        );
        webhook.verification = Some(verification);
        webhook.subscribes = true;
        operations.push(webhook);
    }
    let mut transform = Operation::new("map", Role::Transform, "maps", any(), any());
    transform.repeat = Repeat::Safe;
    transform.records = Some(Records::All);
    transform.record = Some(any());
    transform.examples = vec![
        Example::new("one", json!({}))
            .records(vec![json!(1)])
            .output(json!([1])),
    ];
    operations.push(transform);
    let mut action = Operation::new("list", Role::Action, "lists", any(), any());
    (action.paging, action.stateful, action.dynamic) = (true, true, true);
    action.choices = vec!["/channel".to_owned()];
    action.authentication = vec!["oauth2".to_owned()];
    operations.push(action);
    serde_json::to_value(plugin.describe(operations)).unwrap()
}

#[test]
fn a_descriptor_that_uses_everything_fits() {
    assert_eq!(errors(&full()), Vec::<String>::new());
}

#[test]
fn keys_that_are_not_known_are_left_alone() {
    let mut descriptor = full();
    descriptor["later"] = json!({ "anything": 1 });
    descriptor["operations"][0]["later"] = json!(true);
    assert_eq!(errors(&descriptor), Vec::<String>::new());
}

#[test]
fn what_breaks_the_contract_does_not_fit() {
    for (pointer, value) in [
        ("/schema-version", json!(2)),
        ("/name", json!("no-namespace")),
        ("/version", json!("1.2")),
        ("/operations", json!([])),
        ("/operations/0/role", json!("wizard")),
        ("/operations/0/repeat", json!("maybe")),
        ("/operations/0/input", json!("text")),
        ("/operations/0/verification/scheme", json!("unknown")),
        ("/authentication/1/kind", json!("unknown")),
        ("/authentication/1/secrets/0/use", json!("read")),
        ("/authentication/1/placements/0/in", json!("cookie")),
    ] {
        let mut descriptor = full();
        *descriptor.pointer_mut(pointer).unwrap() = value;
        assert_ne!(errors(&descriptor), Vec::<String>::new(), "{pointer}");
    }
    for key in ["schema-version", "name", "version", "title", "operations"] {
        let mut descriptor = full();
        descriptor.as_object_mut().unwrap().remove(key);
        assert_ne!(errors(&descriptor), Vec::<String>::new(), "{key}");
    }
}
