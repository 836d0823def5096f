//! A signed request: header lines, an empty line, the body. The first line is what a plugin declares.

use http::{HeaderMap, HeaderName, HeaderValue};
use mortise_model::plan::SignatureScheme;
use mortise_model::{Json, Timestamp};
use mortise_vault::signature::declared::{Asked, Declared};
use mortise_vault::signature::{Signed, verify};

const SCHEMES: [SignatureScheme; 5] = [
    SignatureScheme::Standard,
    SignatureScheme::Stripe,
    SignatureScheme::Github,
    SignatureScheme::Shopify,
    SignatureScheme::Slack,
];
/// Keys that the corpus was signed with.
const KNOWN: [&str; 3] = [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
    "It's a Secret to Everybody",
];
/// One that nobody signed with, in two ways to write it.
const UNKNOWN: [&str; 2] = [
    "whsec_c2l4dGVlbiBieXRlcyAhIXNpeHRlZW4gYnl0ZXMgISE=",
    "sixteen bytes !!sixteen bytes !!",
];
/// The moment of the example of Standard Webhooks.
const NOW: Timestamp = Timestamp(1_614_265_330_000);

/// Verifies in every way; no signature is good under a key that it was not made with.
pub fn run(data: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut rest = data;
    let mut declared = None;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if line.is_empty() {
            break;
        }
        if declared.is_none() {
            declared = Some(String::from_utf8_lossy(line).into_owned());
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let signed = Signed {
        headers: &headers,
        body: rest,
        now: NOW,
    };
    for scheme in SCHEMES {
        let _ = verify(scheme, &KNOWN, signed);
        for secret in UNKNOWN {
            assert!(verify(scheme, &[secret], signed).is_err(), "{scheme:?}");
        }
    }
    let declared = declared.and_then(|text| Json::parse(text).ok());
    let Some(Ok(declared)) = declared.map(|json| Declared::read(&json)) else {
        return;
    };
    let asked = Asked {
        signed,
        method: "POST",
        url: "https://hooks.example.com/hooks/a?token=b",
    };
    let _ = declared.verify(&KNOWN, asked);
    let is_token = matches!(declared, Declared::Token(_));
    for secret in UNKNOWN.iter().filter(|_| !is_token) {
        assert!(declared.verify(&[secret], asked).is_err(), "{declared:?}");
    }
}
