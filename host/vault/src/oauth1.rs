//! OAuth 1.0a, in the `authorization` of a request (RFC 5849).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use mortise_egress::Request;
use mortise_model::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use sha2::Sha256;
use url::{Position, form_urlencoded};
use zeroize::Zeroizing;

use crate::key::{KeyError, random};
use crate::scheme::Oauth1Signature;

/// Who signs: names, each with its secret.
pub(crate) struct Key<'a> {
    /// The application that asks.
    pub consumer: (&'a str, &'a str),
    /// Whoever agreed.
    pub token: Option<(&'a str, &'a str)>,
}

/// What no two requests have in common.
pub(crate) struct Once {
    /// In seconds since 1970.
    timestamp: String,
    nonce: String,
}

impl Once {
    /// Draws a nonce.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn new(now: Timestamp) -> Result<Self, KeyError> {
        Ok(Self {
            timestamp: (now.0 / 1_000).to_string(),
            nonce: URL_SAFE_NO_PAD.encode(random::<16>()?.as_slice()),
        })
    }
}

/// All but these is written with percent signs (section 3.6).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Signs a request: its method, its address, and its parameters in the query and in a form.
///
/// # Errors
/// The header that cannot hold what belongs into it.
pub(crate) fn sign(
    request: &mut Request,
    key: &Key<'_>,
    (signature, realm): (Oauth1Signature, Option<&str>),
    once: &Once,
) -> Result<(), &'static str> {
    let mut own = vec![
        ("oauth_consumer_key", key.consumer.0),
        ("oauth_nonce", &once.nonce),
        ("oauth_signature_method", word(signature)),
        ("oauth_timestamp", &once.timestamp),
    ];
    own.extend(key.token.map(|(token, _)| ("oauth_token", token)));
    own.push(("oauth_version", "1.0"));
    let text = base(request, &own);
    let token_secret = key.token.map_or("", |(_, secret)| secret);
    let secrets = [key.consumer.1, token_secret].map(escape);
    let secrets = Zeroizing::new(secrets.join("&"));
    let tag = match signature {
        Oauth1Signature::HmacSha1 => tag::<Hmac<Sha1>>(&secrets, &text),
        Oauth1Signature::HmacSha256 => tag::<Hmac<Sha256>>(&secrets, &text),
    };
    own.push(("oauth_signature", &tag));
    let realm = realm.map(|realm| ("realm", realm));
    let fields = realm.into_iter().chain(own);
    let fields: Vec<_> = fields
        .map(|(name, value)| format!("{name}=\"{}\"", escape(value)))
        .collect();
    let value = HeaderValue::from_str(&format!("OAuth {}", fields.join(", ")));
    let mut value = value.map_err(|_| "authorization")?;
    value.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, value);
    Ok(())
}

fn word(signature: Oauth1Signature) -> &'static str {
    match signature {
        Oauth1Signature::HmacSha1 => "HMAC-SHA1",
        Oauth1Signature::HmacSha256 => "HMAC-SHA256",
    }
}

/// What is signed (section 3.4.1).
fn base(request: &Request, own: &[(&str, &str)]) -> String {
    let is_form = request.headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes().split(|byte| *byte == b';').next();
        kind.is_some_and(|kind| kind.trim_ascii() == b"application/x-www-form-urlencoded")
    });
    let form: &[u8] = if is_form { &request.body } else { b"" };
    let own = own.iter().map(|(k, v)| (escape(k), escape(v)));
    let given = request
        .url
        .query_pairs()
        .chain(form_urlencoded::parse(form));
    let mut pairs: Vec<_> = given
        .map(|(k, v)| (escape(&k), escape(&v)))
        .chain(own)
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let address = &request.url[..Position::AfterPath];
    [request.method.as_str(), address, &pairs.join("&")]
        .map(escape)
        .join("&")
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn tag<M: Mac + KeyInit>(key: &str, text: &str) -> String {
    // An HMAC takes keys of every length.
    let tag = <M as Mac>::new_from_slice(key.as_bytes());
    let tag = tag.map(|mac| mac.chain_update(text).finalize().into_bytes());
    STANDARD.encode(tag.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;
    use mortise_egress::Reach;

    use super::*;

    fn once(timestamp: &str, nonce: &str) -> Once {
        Once {
            timestamp: timestamp.to_owned(),
            nonce: nonce.to_owned(),
        }
    }

    fn request(method: &str, url: &str, body: &'static str) -> Request {
        let reach = Reach::connection("n", "c", ["https://api.twitter.com"]).unwrap();
        let headers = [(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )];
        Request::from_plugin(&reach, method, url, headers, Bytes::from(body)).unwrap()
    }

    /// The case of "Creating a signature" in Twitter's documentation.
    #[test]
    fn a_published_case_comes_out() {
        let mut request = request(
            "POST",
            "https://api.twitter.com/1/statuses/update.json?include_entities=true",
            "status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
        );
        let key = Key {
            consumer: (
                "xvz1evFS4wEEPTGEFPHBog",
                "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
            ),
            token: Some((
                "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
                "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
            )),
        };
        let once = once("1318622958", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg");
        let how = (Oauth1Signature::HmacSha1, None);
        sign(&mut request, &key, how, &once).unwrap();
        let header = &request.headers[AUTHORIZATION];
        assert!(header.is_sensitive());
        let header = header.to_str().unwrap();
        let wanted = "oauth_signature=\"tnnArxj06cWHq44gCs1OSKk%2FjLY%3D\"";
        assert!(header.contains(wanted), "{header}");
        assert!(
            header.starts_with("OAuth oauth_consumer_key=\"xvz1"),
            "{header}"
        );
    }

    /// Section 3.4.1.1 of RFC 5849, with the names that this host sends besides.
    #[test]
    fn parameters_are_taken_from_everywhere_and_sorted() {
        let request = request(
            "POST",
            "https://api.twitter.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
            "c2&a3=2+q",
        );
        let own = [("oauth_nonce", "7d8f3e4a")];
        assert_eq!(
            base(&request, &own),
            "POST&https%3A%2F%2Fapi.twitter.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26\
             b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_nonce%3D7d8f3e4a"
        );
    }

    #[test]
    fn a_realm_is_told_and_not_signed_and_a_token_may_be_missing() {
        let key = Key {
            consumer: ("c", "s"),
            token: None,
        };
        let header = |realm| {
            let mut request = request("GET", "https://api.twitter.com/a", "");
            let how = (Oauth1Signature::HmacSha256, realm);
            sign(&mut request, &key, how, &once("1", "n")).unwrap();
            let header = request.headers[AUTHORIZATION].to_str().unwrap();
            header.to_owned()
        };
        let (with, without) = (header(Some("a b")), header(None));
        assert_eq!(with.replace("realm=\"a%20b\", ", ""), without);
        assert!(!without.contains("oauth_token"), "{without}");
        assert!(without.contains("\"HMAC-SHA256\""), "{without}");
    }
}
