#![allow(clippy::unwrap_used)]
use http::{HeaderMap, HeaderName, HeaderValue};
use mortise_model::Timestamp;

use super::*;

const URL: &str = "https://hooks.example.com/hooks/shop?token=s3cret&x=1";
const NOW: i64 = 1_700_000_000;

fn declared(text: &str) -> Result<Declared, String> {
    Declared::read(&Json::parse(text).unwrap())
}

fn check(
    declared: &Declared,
    secrets: &[&str],
    pairs: &[(&str, &str)],
    body: &str,
) -> Result<(), SignatureError> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    let signed = Signed {
        headers: &headers,
        body: body.as_bytes(),
        now: Timestamp(NOW * 1_000),
    };
    let (method, url) = ("POST", URL);
    declared.verify(
        secrets,
        Asked {
            signed,
            method,
            url,
        },
    )
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn a_signature_that_is_spelled_out_is_verified() {
    let spelled = declared(
        r#"{"scheme":"signature","secret":"key","header":"X-Sig","prefix":"v3=","algorithm":"hmac-sha256",
            "encoding":"base64","content":"{method}{url}{body}{timestamp}.{header.X-Shop}",
            "timestamp-header":"X-Time","tolerance-ms":60000}"#,
    )
    .unwrap();
    assert_eq!(spelled.secret(), "key");
    let sign = |content: &str| {
        let signed = Algorithm::HmacSha256.sign(b"k", content.as_bytes());
        format!("v3={}", STANDARD.encode(signed.unwrap()))
    };
    let right = sign(&format!("POST{URL}{{}}{NOW}.me"));
    let stamp = NOW.to_string();
    let pairs = [
        ("x-sig", right.as_str()),
        ("x-time", stamp.as_str()),
        ("x-shop", "me"),
    ];
    assert_eq!(check(&spelled, &["k"], &pairs, "{}"), Ok(()));
    assert_eq!(check(&spelled, &["new", "k"], &pairs, "{}"), Ok(()));
    assert_eq!(
        check(&spelled, &["other"], &pairs, "{}"),
        Err(SignatureError::Wrong)
    );
    assert_eq!(
        check(&spelled, &["k"], &pairs, "[]"),
        Err(SignatureError::Wrong)
    );
    assert_eq!(
        check(&spelled, &[""], &pairs, "{}"),
        Err(SignatureError::NoKey)
    );
    let other_shop = [pairs[0], pairs[1], ("x-shop", "you")];
    assert_eq!(
        check(&spelled, &["k"], &other_shop, "{}"),
        Err(SignatureError::Wrong)
    );
    assert_eq!(
        check(&spelled, &["k"], &pairs[..2], "{}"),
        Err(SignatureError::Header)
    );
    let twice = [pairs[0], pairs[0], pairs[1], pairs[2]];
    assert_eq!(
        check(&spelled, &["k"], &twice, "{}"),
        Err(SignatureError::Header)
    );
    let bare = [("x-sig", &right[3..]), pairs[1], pairs[2]];
    assert_eq!(
        check(&spelled, &["k"], &bare, "{}"),
        Err(SignatureError::Signature)
    );
    for (stamp, error) in [
        ((NOW - 61).to_string(), SignatureError::Stale),
        ((NOW + 61).to_string(), SignatureError::Stale),
        ("soon".to_owned(), SignatureError::Timestamp),
    ] {
        let right = sign(&format!("POST{URL}{{}}{stamp}.me"));
        let pairs = [
            ("x-sig", right.as_str()),
            ("x-time", stamp.as_str()),
            pairs[2],
        ];
        assert_eq!(check(&spelled, &["k"], &pairs, "{}"), Err(error));
    }
}

#[test]
fn a_scheme_with_a_name_takes_the_secret_that_is_declared() {
    let named = declared(r#"{"scheme":"github","secret":"hook"}"#).unwrap();
    assert_eq!(named.secret(), "hook");
    // The example of GitHub's documentation.
    let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let pairs = [("x-hub-signature-256", right)];
    let secret = "It's a Secret to Everybody";
    assert_eq!(check(&named, &[secret], &pairs, "Hello, World!"), Ok(()));
    let wrong = check(&named, &[secret], &pairs, "Hello, World");
    assert_eq!(wrong, Err(SignatureError::Wrong));
}

#[test]
fn a_token_stands_where_it_is_declared() {
    let header = declared(r#"{"scheme":"token","secret":"t","header":"x-token"}"#).unwrap();
    let query = declared(r#"{"scheme":"token","secret":"t","query":"token"}"#).unwrap();
    let right = [("x-token", "s3cret")];
    assert_eq!(check(&header, &["old", "s3cret"], &right, ""), Ok(()));
    assert_eq!(check(&query, &["s3cret"], &[], ""), Ok(()));
    assert_eq!(
        check(&header, &["s3cret"], &[], ""),
        Err(SignatureError::Header)
    );
    for wrong in ["", "s3cre", "s3crett", "S3cret"] {
        let pairs = [("x-token", wrong)];
        assert_eq!(
            check(&header, &["s3cret"], &pairs, ""),
            Err(SignatureError::Wrong)
        );
    }
    // No secret is no key, and not the empty one.
    let empty = [("x-token", "")];
    assert_eq!(
        check(&header, &[""], &empty, ""),
        Err(SignatureError::Wrong)
    );
}

#[test]
fn what_nobody_can_do_is_said_when_it_is_read() {
    let spelled = |content: &str, more: &str| {
        declared(&format!(
            r#"{{"scheme":"signature","secret":"k","header":"h","algorithm":"hmac-sha1","encoding":"hex","content":"{content}"{more}}}"#
        ))
    };
    assert!(spelled("{body}", "").is_ok());
    for (content, more, word) in [
        ("{method}", "", "{body}"),
        ("{body}{timestamp}", "", "timestamp-header"),
        ("{body}{nonce}", "", "nonce"),
        ("{body}{header.}", "", "nobody knows"),
        ("{body}{", "", "without"),
    ] {
        let why = spelled(content, more).unwrap_err();
        assert!(why.contains(word), "{content}: {why}");
    }
    for text in [
        r#"{"scheme":"token","secret":"t"}"#,
        r#"{"scheme":"token","secret":"t","header":"a","query":"b"}"#,
        r#"{"scheme":"none"}"#,
        r#"{"scheme":"github"}"#,
        "null",
    ] {
        assert!(declared(text).is_err(), "{text}");
    }
}
