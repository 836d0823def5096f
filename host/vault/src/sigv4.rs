//! AWS Signature Version 4, in the headers of a request.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>. The libraries that do it
//! bring a second version of `http` and a runtime of their own.

use std::fmt::Write as _;

use hmac::{Hmac, Mac};
use http::HeaderValue;
use http::header::HeaderName;
use jiff::tz::TimeZone;
use mortise_egress::Request;
use mortise_model::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use url::Position;
use zeroize::Zeroizing;

/// Who signs.
pub(crate) struct Key<'a> {
    pub id: &'a str,
    pub secret: &'a str,
    pub session: Option<&'a str>,
}

/// All but these is written with percent signs.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// A slash in a path stays.
const ESCAPED_IN_PATH: &AsciiSet = &ESCAPED.remove(b'/');
/// S3 takes paths as they are; all others escape them once more.
const S3: &str = "s3";

/// Signs a request for a service in a region.
///
/// # Errors
/// The header that cannot hold what belongs into it.
pub(crate) fn sign(
    request: &mut Request,
    key: &Key<'_>,
    (service, region): (&str, &str),
    now: Timestamp,
) -> Result<(), &'static str> {
    let at = written(now);
    let day = &at[..8];
    let content = hex(&Sha256::digest(&request.body));
    set(request, "x-amz-date", &at)?;
    if service == S3 {
        set(request, "x-amz-content-sha256", &content)?;
    }
    if let Some(session) = key.session {
        set(request, "x-amz-security-token", session)?;
    }
    let headers = headers(request);
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let mut canonical = format!(
        "{}\n{}\n{}\n",
        request.method,
        path(request, service),
        query(request)
    );
    for (name, value) in &headers {
        let _ = writeln!(canonical, "{name}:{value}");
    }
    let _ = write!(canonical, "\n{names}\n{content}");
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let digest = hex(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{digest}");
    let signature = hex(&tag(&signing_key(key, [day, region, service]), &to_sign));
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        key.id
    );
    set(request, "authorization", &value)
}

fn signing_key(key: &Key<'_>, parts: [&str; 3]) -> Zeroizing<Vec<u8>> {
    let first = Zeroizing::new(format!("AWS4{}", key.secret).into_bytes());
    parts
        .into_iter()
        .chain(["aws4_request"])
        .fold(first, |key, part| tag(&key, part))
}

fn tag(key: &[u8], text: &str) -> Zeroizing<Vec<u8>> {
    // An HMAC takes keys of every length.
    let mut mac = match <Hmac<Sha256> as Mac>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => return Zeroizing::default(),
    };
    mac.update(text.as_bytes());
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}

/// `20150830T123600Z`.
fn written(now: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string()
}

fn set(request: &mut Request, name: &'static str, value: &str) -> Result<(), &'static str> {
    let mut value = HeaderValue::from_str(value).map_err(|_| name)?;
    value.set_sensitive(true);
    request.headers.insert(HeaderName::from_static(name), value);
    Ok(())
}

/// The headers that are signed: the host, the type and all that are AWS's own. Others may be changed on
/// the way.
fn headers(request: &Request) -> Vec<(String, String)> {
    let host = &request.url[Position::BeforeHost..Position::AfterPort];
    let mut headers = vec![("host".to_owned(), host.to_owned())];
    for (name, value) in &request.headers {
        let name = name.as_str();
        if name == "content-type" || name.starts_with("x-amz-") {
            let text = String::from_utf8_lossy(value.as_bytes());
            let words: Vec<_> = text.split_whitespace().collect();
            headers.push((name.to_owned(), words.join(" ")));
        }
    }
    headers.sort();
    headers
}

fn path(request: &Request, service: &str) -> String {
    let path = request.url.path();
    if service == S3 {
        let plain: Vec<u8> = percent_decode_str(path).collect();
        return percent_encoding::percent_encode(&plain, ESCAPED_IN_PATH).to_string();
    }
    utf8_percent_encode(path, ESCAPED_IN_PATH).to_string()
}

fn query(request: &Request) -> String {
    let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let pairs = request.url.query_pairs();
    let mut pairs: Vec<_> = pairs.map(|(k, v)| (escape(&k), escape(&v))).collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
    pairs.join("&")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;
    use mortise_egress::Reach;

    use super::*;

    const KEY: Key<'static> = Key {
        id: "AKIDEXAMPLE",
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        session: None,
    };

    fn signed(method: &str, url: &str, key: &Key<'_>, service: &str) -> Request {
        let reach = Reach::connection("n", "c", ["https://example.amazonaws.com"]).unwrap();
        let mut request = Request::from_plugin(&reach, method, url, [], Bytes::new()).unwrap();
        let now = Timestamp(1_440_938_160_000);
        sign(&mut request, key, (service, "us-east-1"), now).unwrap();
        request
    }

    fn signature(request: &Request) -> &str {
        let value = request.headers["authorization"].to_str().unwrap();
        value.rsplit_once("Signature=").unwrap().1
    }

    /// The cases of the test suite that AWS publishes for implementations.
    #[test]
    fn the_published_cases_come_out() {
        let host = "https://example.amazonaws.com";
        for (method, rest, wanted) in [
            (
                "GET",
                "/",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "POST",
                "/",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "GET",
                "/?Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
        ] {
            let request = signed(method, &format!("{host}{rest}"), &KEY, "service");
            assert_eq!(request.headers["x-amz-date"], "20150830T123600Z");
            assert_eq!(signature(&request), wanted, "{method} {rest}");
        }
    }

    #[test]
    fn a_session_and_the_content_are_signed_with_it() {
        let key = Key {
            session: Some("session-1"),
            ..KEY
        };
        let url = "https://example.amazonaws.com/a%20b";
        let request = signed("PUT", url, &key, S3);
        let value = request.headers["authorization"].to_str().unwrap();
        let names = "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,";
        assert!(value.contains(names), "{value}");
        assert!(request.headers["x-amz-security-token"].is_sensitive());
        let other = signed("PUT", url, &KEY, S3);
        assert_ne!(signature(&request), signature(&other));
        assert_eq!(path(&request, S3), "/a%20b");
        assert_eq!(path(&request, "sqs"), "/a%2520b");
    }
}
