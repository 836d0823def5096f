//! What a token endpoint answers (RFC 6749, sections 5.1 and 5.2).

use std::collections::BTreeMap;

use mortise_model::Timestamp;
use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::{Ask, Code};
use crate::obtain::{Given, ObtainError};
use crate::scheme::{Capture, CaptureFrom, Oauth2};

/// Bytes of an application's own words that are repeated.
const WORDS_MAX_BYTES: usize = 300;

/// Reads an answer. What it does not say again of a token that is renewed stays as it was.
pub(crate) fn read(
    oauth: &Oauth2,
    ask: Ask<'_>,
    (status, body): (u16, &[u8]),
    now: Timestamp,
) -> Result<Given, ObtainError> {
    let answer = parse(body);
    let text = |pointer: &str| answer.pointer(pointer).and_then(word);
    let access = text("/access_token").filter(|token| !token.is_empty());
    let Some(access) = access.filter(|_| (200..300).contains(&status)) else {
        return Err(refusal(status, &answer));
    };
    let lifetime_ms = text("/expires_in").and_then(|seconds| seconds.parse::<u64>().ok());
    let lifetime_ms = lifetime_ms.map(|seconds| seconds.saturating_mul(1_000));
    let lifetime_ms = lifetime_ms.or(oauth.lifetime_ms);
    let former = match ask {
        Ask::Refresh(token) => Some(Zeroizing::new(token.to_owned())),
        Ask::Secrets | Ask::Code(_) => None,
    };
    let refresh = text("/refresh_token").map(Zeroizing::new);
    Ok(Given {
        access: Zeroizing::new(access),
        refresh: refresh.or(former),
        expires_at: lifetime_ms.map(|ms| now.plus_ms(ms)),
        captured: captured(&oauth.capture, &answer, ask),
    })
}

/// JSON as the standard says, or a form as some applications have it.
fn parse(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| {
        let pairs = form_urlencoded::parse(body);
        let pairs = pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into())));
        Value::Object(pairs.collect())
    })
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn captured(wanted: &[Capture], answer: &Value, ask: Ask<'_>) -> BTreeMap<String, String> {
    let wanted = wanted.iter();
    let found = wanted.filter_map(|one| {
        let value = match (one.from, ask) {
            (CaptureFrom::Token, _) => answer.pointer(&one.at).and_then(word),
            (CaptureFrom::Callback, Ask::Code(Code { parameters, .. })) => {
                parameters.get(&one.at).cloned()
            }
            (CaptureFrom::Callback, _) => None,
        };
        Some((one.name.clone(), value?))
    });
    found.collect()
}

/// An application that is away is asked again; one that says no is not.
fn refusal(status: u16, answer: &Value) -> ObtainError {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let mut words = match text("error") {
        Some(code) => format!("`{code}`"),
        None => format!("status {status} and no token"),
    };
    if let Some(more) = text("error_description") {
        let end = more.floor_char_boundary(WORDS_MAX_BYTES);
        words = format!("{words}: {}", more[..end].escape_debug());
    }
    match status {
        408 | 425 | 429 | 500.. => ObtainError::Away(words),
        _ if text("error") == Some("temporarily_unavailable") => ObtainError::Away(words),
        _ => ObtainError::Refused(words),
    }
}
