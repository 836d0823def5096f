use super::super::{Reference, ReferenceError, Registry, Way, find_credential};
use super::*;

const DIGEST: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[test]
fn a_reference_is_read_and_written_the_same() {
    for (text, name, tag, is_plain) in [
        (
            "registry.example.com/acme/shop:1.2.0",
            "acme/shop",
            Some("1.2.0"),
            false,
        ),
        ("registry.example.com/acme/shop", "acme/shop", None, false),
        (
            "ghcr.io/some-org/plugins/acme/shop:1.0.0-rc.1",
            "acme/shop",
            Some("1.0.0-rc.1"),
            false,
        ),
        (
            "127.0.0.1:5000/acme/shop:1.2.0",
            "acme/shop",
            Some("1.2.0"),
            true,
        ),
        ("[::1]:5000/a_b/c__d-e.f:1", "a_b/c__d-e.f", Some("1"), true),
        (
            "localhost/acme/shop:1.2.0",
            "acme/shop",
            Some("1.2.0"),
            true,
        ),
    ] {
        let reference = Reference::parse(text, Way::default()).unwrap();
        assert_eq!(reference.to_string(), text);
        assert_eq!(reference.name(), name);
        assert_eq!(reference.tag.as_deref(), tag);
        assert_eq!(reference.registry.is_plain(), is_plain, "{text}");
    }
    let text = format!("example.com/acme/shop:1.2.0@{DIGEST}");
    let reference = Reference::parse(&text, Way::default()).unwrap();
    assert_eq!(reference.digest.unwrap().to_string(), DIGEST);
    assert_eq!(reference.to_string(), text);
    assert_eq!(reference.place(), "example.com/acme/shop");
}

#[test]
fn what_is_no_reference_is_refused_by_its_part() {
    use ReferenceError::{Digest, Host, Name, NoHost, Tag};
    type Kind = fn(&ReferenceError) -> bool;
    let all: [(&str, Kind); 20] = [
        ("acme/shop:1.2.0", |error| matches!(error, NoHost(_))),
        ("shop", |error| matches!(error, NoHost(_))),
        ("", |error| matches!(error, NoHost(_))),
        ("example.com/shop:1", |error| matches!(error, Name(_))),
        ("example.com/acme/../shop:1", |error| {
            matches!(error, Name(_))
        }),
        ("example.com/acme//shop:1", |error| matches!(error, Name(_))),
        ("example.com/acme/%2e%2e:1", |error| {
            matches!(error, Name(_))
        }),
        ("example.com/acme/.shop:1", |error| matches!(error, Name(_))),
        ("example.com/acme/sh._op:1", |error| {
            matches!(error, Name(_))
        }),
        ("example.com/acme/Shop:1", |error| matches!(error, Name(_))),
        ("example.com/acme/shöp:1", |error| matches!(error, Name(_))),
        ("example.com/acme/shop?x:1", |error| {
            matches!(error, Name(_))
        }),
        ("example.com/acme/shop:", |error| matches!(error, Tag(_))),
        ("example.com/acme/shop:1.0.0+build", |error| {
            matches!(error, Tag(_))
        }),
        ("example.com/acme/shop:../x", |error| {
            matches!(error, Tag(_) | Name(_))
        }),
        ("example.com/acme/shop@sha256:12", |error| {
            matches!(error, Digest(_))
        }),
        ("user@example.com/acme/shop", |error| {
            matches!(error, Host(_))
        }),
        ("exam ple.com/acme/shop", |error| matches!(error, Host(_))),
        ("ftp://example.com/acme/shop", |error| {
            matches!(error, Host(_))
        }),
        ("example.com:port/acme/shop", |error| {
            matches!(error, Host(_))
        }),
    ];
    for (text, is_right) in all {
        let error = Reference::parse(text, Way::default()).unwrap_err();
        assert!(is_right(&error), "{text}: {error:?}");
    }
    let long = format!("example.com/acme/{}", "a".repeat(250));
    assert!(Reference::parse(&long, Way::default()).is_err());
}

#[test]
fn plain_http_is_for_this_machine_or_has_to_be_allowed() {
    let plain = |text: &str, plain_http, tls| {
        let way = Way { plain_http, tls };
        Registry::parse(text, way).map(|registry| registry.is_plain())
    };
    let refused = Err(ReferenceError::PlainHttp("example.com".to_owned()));
    assert_eq!(plain("example.com", false, false), Ok(false));
    assert_eq!(plain("http://example.com", false, false), refused);
    assert_eq!(plain("http://example.com", true, false), Ok(true));
    assert_eq!(plain("example.com", true, false), Ok(true));
    assert_eq!(plain("127.0.0.1:5000", false, false), Ok(true));
    assert_eq!(plain("127.0.0.1:5000", false, true), Ok(false));
    assert_eq!(plain("https://127.0.0.1:5000", false, false), Ok(false));
    // Names that only look like this machine's.
    assert_eq!(plain("127.0.0.1.example.com", false, false), Ok(false));
    assert_eq!(plain("localhost.example.com", false, false), Ok(false));
}

#[test]
fn a_login_of_another_tool_is_found_by_the_longest_place() {
    let file = br#"{"auths": {
        "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
        "example.com": {"auth": "dTpwOnE="},
        "example.com/acme": {"username": "v", "password": "w"},
        "token.example": {"identitytoken": "renews"},
        "bearer.example": {"registrytoken": "bears"},
        "helped.example": {},
        "broken.example": {"auth": "!!"}
    }, "credsStore": "desktop"}"#;
    let at = |host: &str, repository: &str| find_credential(file, host, repository);
    let basic = |user: &str, password: &str| {
        Ok(Some(Credential::Basic {
            user: user.to_owned(),
            password: password.to_owned().into(),
        }))
    };
    assert_eq!(at("docker.io", "acme/shop"), basic("hub", "pw"));
    assert_eq!(at("example.com", "other/shop"), basic("u", "p:q"));
    assert_eq!(at("example.com", "acmeother/shop"), basic("u", "p:q"));
    assert_eq!(at("example.com", "acme/shop"), basic("v", "w"));
    let refresh = Credential::Refresh("renews".to_owned().into());
    assert_eq!(at("token.example", "a/b"), Ok(Some(refresh)));
    let bearer = Credential::Bearer("bears".to_owned().into());
    assert_eq!(at("bearer.example", "a/b"), Ok(Some(bearer)));
    assert_eq!(at("helped.example", "a/b"), Ok(None));
    assert_eq!(at("nowhere.example", "a/b"), Ok(None));
    assert!(at("broken.example", "a/b").is_err());
    let error = find_credential(b"{\"auths\": s3cret", "a", "b").unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
}
