#![allow(clippy::unwrap_used)]
use http::{HeaderName, HeaderValue};

use super::*;

/// 2021-03-30T00:29:14Z, the moment of the example of Standard Webhooks.
const SECONDS: i64 = 1_614_265_330;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn at(
    scheme: SignatureScheme,
    secrets: &[&str],
    (pairs, body): (&[(&str, &str)], &str),
    seconds: i64,
) -> Result<Option<String>, SignatureError> {
    let headers = headers(pairs);
    let signed = Signed {
        headers: &headers,
        body: body.as_bytes(),
        now: Timestamp(seconds * 1_000),
    };
    verify(scheme, secrets, signed)
}

/// The example of the specification's reference libraries.
#[test]
fn a_standard_webhook_is_verified() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let pairs = |signature: &'static str| {
        [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", signature),
        ]
    };
    let body = r#"{"test": 2432232314}"#;
    let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let several = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,future v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let check = |signature, secrets: &[&str], body, seconds| {
        let pairs = pairs(signature);
        at(SignatureScheme::Standard, secrets, (&pairs, body), seconds)
    };
    let id = Ok(Some("msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned()));
    let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    assert_eq!(check(right, &[secret], body, SECONDS), id);
    assert_eq!(check(several, &[secret], body, SECONDS + 300), id);
    assert_eq!(check(right, &[other, secret], body, SECONDS - 300), id);
    for (signature, secrets, body, seconds, error) in [
        (right, [other], body, SECONDS, SignatureError::Wrong),
        (right, [secret], "{}", SECONDS, SignatureError::Wrong),
        (right, [secret], body, SECONDS + 301, SignatureError::Stale),
        (right, [secret], body, SECONDS - 301, SignatureError::Stale),
        ("v2,x", [secret], body, SECONDS, SignatureError::Wrong),
        (right, ["whsec_?"], body, SECONDS, SignatureError::NoKey),
    ] {
        assert_eq!(check(signature, &secrets, body, seconds), Err(error));
    }
    let unreadable = SignatureError::Unreadable("webhook-signature");
    assert_eq!(check("v1", &[secret], body, SECONDS), Err(unreadable));
}

/// Signed with the key of RFC 8032, 7.1, test 2.
#[test]
fn a_standard_webhook_is_verified_by_a_public_key() {
    use ring::signature::Ed25519KeyPair;
    let bytes = |text: &str| hex(text).unwrap();
    let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let public = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &public).unwrap();
    let sign = |content: &str| STANDARD.encode(pair.sign(content.as_bytes()));
    let right = format!("v1a,{}", sign(&format!("m.{SECONDS}.{{}}")));
    let key = format!("whpk_{}", STANDARD.encode(&public));
    let hmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let check = |signature: &str, secrets: &[&str], body| {
        let stamp = SECONDS.to_string();
        let pairs = [
            ("webhook-id", "m"),
            ("webhook-timestamp", stamp.as_str()),
            ("webhook-signature", signature),
        ];
        at(SignatureScheme::Standard, secrets, (&pairs, body), SECONDS)
    };
    let id = Ok(Some("m".to_owned()));
    assert_eq!(check(&right, &[&key], "{}"), id);
    assert_eq!(check(&format!("v1,AAAA {right}"), &[hmac, &key], "{}"), id);
    let wrong = Err(SignatureError::Wrong);
    assert_eq!(check(&right, &[&key], "[]"), wrong);
    assert_eq!(check(&right, &[hmac], "{}"), wrong);
    // Bytes of one algorithm are nothing to the other.
    let as_hmac = right.replace("v1a,", "v1,");
    assert_eq!(check(&as_hmac, &[&key], "{}"), wrong);
    let short = format!("v1a,{}", STANDARD.encode([0; 10]));
    assert_eq!(check(&short, &[&key], "{}"), wrong);
    for no_key in ["whpk_", "whpk_AAAA", "whsec_", ""] {
        assert_eq!(
            check(&right, &[no_key], "{}"),
            Err(SignatureError::NoKey),
            "{no_key}"
        );
    }
}

/// The example of GitHub's documentation.
#[test]
fn a_delivery_of_github_is_verified() {
    let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let check = |pairs: &[(&str, &str)], body| {
        let secret = "It's a Secret to Everybody";
        at(SignatureScheme::Github, &[secret], (pairs, body), 0)
    };
    let header = "x-hub-signature-256";
    let both = [(header, right), ("x-github-delivery", "d-1")];
    assert_eq!(check(&both, "Hello, World!"), Ok(Some("d-1".to_owned())));
    assert_eq!(check(&both[..1], "Hello, World!"), Ok(None));
    assert_eq!(check(&both, "Hello, World"), Err(SignatureError::Wrong));
    let twice = [(header, right), (header, right)];
    let unreadable = Err(SignatureError::Unreadable(header));
    for pairs in [&twice[..], &[(header, "sha1=00")], &[(header, "sha256=zz")]] {
        assert_eq!(check(pairs, "Hello, World!"), unreadable);
    }
    assert_eq!(check(&[], ""), Err(SignatureError::Missing(header)));
}

/// The example of Slack's documentation.
#[test]
fn a_request_of_slack_is_verified() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let pairs = [
        ("x-slack-request-timestamp", "1531420618"),
        (
            "x-slack-signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ];
    let check = |body, seconds| {
        let secret = "8f742231b10e8888abcd99yyyzzz85a5";
        at(SignatureScheme::Slack, &[secret], (&pairs, body), seconds)
    };
    assert_eq!(check(body, 1_531_420_618), Ok(None));
    assert_eq!(check("token=", 1_531_420_618), Err(SignatureError::Wrong));
    assert_eq!(check(body, 1_531_420_618 + 301), Err(SignatureError::Stale));
}

/// Signed here, as their documentation says.
#[test]
fn stripe_and_shopify_are_verified() {
    let hmac = |content: &str| {
        let signed = Algorithm::HmacSha256.sign(b"whsec_key", content.as_bytes());
        signed.unwrap()
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let stripe = format!("t={SECONDS},v0=00,v1=00,v1={}", hex(&hmac("1614265330.{}")));
    let check = |value: &str, body, seconds| {
        let pairs = [("stripe-signature", value)];
        at(
            SignatureScheme::Stripe,
            &["whsec_key"],
            (&pairs, body),
            seconds,
        )
    };
    assert_eq!(check(&stripe, "{}", SECONDS), Ok(None));
    assert_eq!(check(&stripe, "[]", SECONDS), Err(SignatureError::Wrong));
    assert_eq!(
        check(&stripe, "{}", SECONDS + 400),
        Err(SignatureError::Stale)
    );
    let unreadable = Err(SignatureError::Unreadable("stripe-signature"));
    assert_eq!(check("v1=00", "{}", SECONDS), unreadable);

    let value = STANDARD.encode(hmac("{}"));
    let pairs = [
        ("x-shopify-hmac-sha256", value.as_str()),
        ("x-shopify-webhook-id", "w-1"),
    ];
    let check = |body| at(SignatureScheme::Shopify, &["whsec_key"], (&pairs, body), 0);
    assert_eq!(check("{}"), Ok(Some("w-1".to_owned())));
    assert_eq!(check("[]"), Err(SignatureError::Wrong));
}
