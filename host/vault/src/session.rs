//! Logging in: the request, and the session in its answer.

use http::HeaderMap;
use http::header::SET_COOKIE;
use mortise_model::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::Credential;
use crate::obtain::{Given, ObtainError, Outgoing};
use crate::scheme::{Session, SessionToken};

/// The request that logs in.
pub(crate) fn request(credential: &Credential, session: &Session) -> Result<Outgoing, ObtainError> {
    let mut headers = Vec::new();
    for (name, template) in &session.headers {
        headers.push((name.to_ascii_lowercase(), credential.filled(template)?));
    }
    let content_type = headers.iter().find(|(name, _)| name == "content-type");
    let content_type = content_type.map_or("", |(_, value)| value.as_str());
    let escape = escape_of(content_type);
    let body = session.body.as_deref().unwrap_or_default();
    let body = credential.filled_with(body, escape)?;
    Ok(Outgoing {
        method: session.method.clone(),
        url: credential.filled(&session.url)?.to_string(),
        body: Zeroizing::new(body.as_bytes().to_vec()),
        headers,
    })
}

/// So that a value cannot end the place where it stands.
fn escape_of(content_type: &str) -> fn(&str) -> String {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    match kind {
        "application/x-www-form-urlencoded" => {
            |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
        }
        kind if kind.ends_with("json") => |text| {
            let quoted = Value::String(text.to_owned()).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        },
        kind if kind.ends_with("xml") => |text| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
        },
        _ => str::to_owned,
    }
}

/// The session that an answer gives.
pub(crate) fn read(
    session: &Session,
    (status, headers, body): (u16, &HeaderMap, &[u8]),
    now: Timestamp,
) -> Result<Given, ObtainError> {
    let found = match &session.token {
        SessionToken::Header(name) => headers
            .get(name.as_str())
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
        SessionToken::Cookie(name) => cookie(headers, name),
        SessionToken::Body(pointer) => {
            let body: Option<Value> = serde_json::from_slice(body).ok();
            let value = body.as_ref().and_then(|body| body.pointer(pointer));
            value.and_then(Value::as_str).map(str::to_owned)
        }
    };
    match (status, found.filter(|token| !token.is_empty())) {
        (200..400, Some(token)) => Ok(Given {
            access: Zeroizing::new(token),
            refresh: None,
            expires_at: session.lifetime_ms.map(|ms| now.plus_ms(ms)),
            captured: Default::default(),
        }),
        (408 | 425 | 429 | 500.., _) => Err(ObtainError::Away(format!("status {status}"))),
        _ => Err(ObtainError::Refused(format!(
            "status {status} and no session"
        ))),
    }
}

/// RFC 6265, section 4.1.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let set = headers.get_all(SET_COOKIE).iter();
    let mut pairs = set.filter_map(|value| {
        let pair = value.to_str().ok()?.split(';').next()?;
        pair.split_once('=')
    });
    let (_, value) = pairs.find(|(found, _)| found.trim() == name)?;
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::HeaderValue;

    use super::*;
    use crate::credential::tests::of;

    fn session(token: &str) -> Session {
        let text = format!(
            r#"{{"method":"POST","url":"https://{{settings.host}}/login","headers":{{"Content-Type":"application/json"}},
            "body":"{{\"user\":\"{{settings.user}}\",\"password\":\"{{secrets.password}}\"}}","token":{token},"lifetime-ms":60000}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_stands_in_a_login_cannot_end_its_place() {
        let settings = serde_json::json!({"host": "a.example", "user": "a\"b"});
        let credential = of("[]", &[("password", "p\\\",\"admin\":\"1")], settings);
        let outgoing = request(&credential, &session(r#"{"body":"/token"}"#)).unwrap();
        assert_eq!(outgoing.url, "https://a.example/login");
        let body: Value = serde_json::from_slice(&outgoing.body).unwrap();
        let wanted = serde_json::json!({"user": "a\"b", "password": "p\\\",\"admin\":\"1"});
        assert_eq!(body, wanted);
        let form = escape_of("application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(form("a&b=c"), "a%26b%3Dc");
        assert_eq!(escape_of("text/xml")("<\"&>"), "&lt;&quot;&amp;&gt;");
    }

    #[test]
    fn a_session_is_found_where_the_plugin_says() {
        let mut headers = HeaderMap::new();
        let value = |text| HeaderValue::from_static(text);
        headers.append("x-session", value("from-header"));
        headers.append("set-cookie", value("other=1; Path=/"));
        headers.append("set-cookie", value("sid=from-cookie; HttpOnly"));
        let body = br#"{"data":{"token":"from-body"}}"#;
        for (token, wanted) in [
            (r#"{"header":"X-Session"}"#, "from-header"),
            (r#"{"cookie":"sid"}"#, "from-cookie"),
            (r#"{"body":"/data/token"}"#, "from-body"),
        ] {
            let given = read(&session(token), (200, &headers, body), Timestamp(1)).unwrap();
            assert_eq!(given.access.as_str(), wanted);
            assert_eq!(given.expires_at, Some(Timestamp(60_001)));
        }
        let nothing = session(r#"{"body":"/none"}"#);
        for (status, is_away) in [(200, false), (401, false), (503, true)] {
            let error = read(&nothing, (status, &headers, body), Timestamp(1)).unwrap_err();
            assert_eq!(matches!(error, ObtainError::Away(_)), is_away, "{status}");
        }
    }
}
