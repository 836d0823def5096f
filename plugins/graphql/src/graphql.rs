//! How a GraphQL server is asked, over HTTP, and who may ask.

use std::collections::BTreeMap;

use mortise_sdk::authentication::Secret;
use mortise_sdk::http::Request;
use mortise_sdk::{Failure, Plugin, Scheme, connection};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::Answer;

/// Servers that know it give refusals a status of their own.
const ACCEPT: &str = "application/graphql-response+json, application/json;q=0.9";

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Settings {
    /// Where the server is, without a path: `https://api.example.com`.
    #[schemars(url)]
    base_url: String,
    /// The path of its GraphQL API.
    #[serde(default = "path")]
    path: String,
    /// Name of the header that holds the key, for the scheme `header`: `x-api-key`.
    #[allow(dead_code, reason = "the host reads it")]
    header: Option<String>,
}

fn path() -> String {
    "/graphql".to_owned()
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    Plugin::new("mortise/graphql", env!("CARGO_PKG_VERSION"), "GraphQL")
        .summary("asks GraphQL servers, and walks their lists")
        .licence("Apache-2.0")
        .settings::<Settings>()
        .origin("{settings.base-url}")
        .authentication(Scheme::bearer("bearer", "Token"))
        .authentication(Scheme::header(
            "header",
            "Key in a header",
            "key",
            "{settings.header}",
            "{secrets.key}",
        ))
        .authentication(Scheme {
            secrets: vec![Secret::inject("user"), Secret::inject("password")],
            ..Scheme::header(
                "basic",
                "User and password",
                "password",
                "authorization",
                "Basic {basic(secrets.user, secrets.password)}",
            )
        })
}

/// What is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question<'a> {
    pub query: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<&'a str>,
}

/// Where it is sent, and how.
#[derive(Default)]
pub struct Way<'a> {
    /// Another address than the connection's.
    pub url: Option<&'a str>,
    pub headers: Option<&'a BTreeMap<String, String>>,
    pub timeout_ms: Option<u32>,
}

/// The address of the connection.
pub fn url() -> Result<String, Failure> {
    let settings: Option<Settings> = connection::settings()?;
    let Some(settings) = settings else {
        let why = "nothing says where the server is: name a `connection`, or give `url`";
        return Err(Failure::misconfigured(why).with_field("/url"));
    };
    let base_url = settings.base_url.trim_end_matches('/');
    Ok(format!(
        "{base_url}/{}",
        settings.path.trim_start_matches('/')
    ))
}

/// Asks. The call's key goes along, as with `http/request`: who knows it carries a mutation out once.
pub fn ask(question: &Question<'_>, way: &Way<'_>) -> Result<Answer, Failure> {
    let url = match way.url {
        Some(url) => url.to_owned(),
        None => url()?,
    };
    let mut request = Request::post(url);
    let headers = way.headers.into_iter().flatten();
    let (mut has_key, mut has_accept) = (false, false);
    for (name, value) in headers {
        has_key |= name.eq_ignore_ascii_case("idempotency-key");
        has_accept |= name.eq_ignore_ascii_case("accept");
        request = request.header(name, value);
    }
    if !has_key {
        request = request.idempotent();
    }
    if !has_accept {
        request = request.header("accept", ACCEPT);
    }
    if let Some(timeout_ms) = way.timeout_ms {
        request = request.timeout_ms(timeout_ms);
    }
    if !connection::present() {
        request = request.anonymous();
    }
    Answer::of(request.json(question)?.send()?)
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::{self, Host};
    use mortise_sdk::http::Auth;
    use serde_json::json;

    use super::*;

    fn sent(host: Host, way: &Way<'_>) -> fake::Request {
        let host = host
            .answer(fake::Answer::json(200, r#"{"data":{}}"#))
            .install();
        let question = Question {
            query: "{ me }",
            variables: &Map::new(),
            operation_name: None,
        };
        ask(&question, way).unwrap();
        host.requests().remove(0)
    }

    #[test]
    fn the_connection_says_where_the_server_is() {
        for (settings, expected) in [
            (
                json!({ "base-url": "https://api.example" }),
                "https://api.example/graphql",
            ),
            (
                json!({ "base-url": "https://api.example/", "path": "v1/graphql" }),
                "https://api.example/v1/graphql",
            ),
        ] {
            let request = sent(Host::new().settings(&settings), &Way::default());
            assert_eq!(request.url, expected);
            assert_eq!(request.auth, Auth::Connection);
        }
        let failure = url().unwrap_err();
        assert_eq!(failure.disposition, Disposition::Misconfigured);
    }

    #[test]
    fn without_a_connection_nothing_of_one_goes_along() {
        let way = Way {
            url: Some("https://api.example/graphql"),
            ..Way::default()
        };
        assert_eq!(sent(Host::new(), &way).auth, Auth::None);
    }

    #[test]
    fn the_key_goes_along_unless_the_step_has_its_own() {
        let key = |request: &fake::Request| {
            let mut keys = request
                .headers
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
            let key = keys.next().map(|(_, value)| value.clone());
            assert_eq!(keys.next(), None);
            key.unwrap()
        };
        let mut way = Way {
            url: Some("https://api.example/graphql"),
            ..Way::default()
        };
        assert_eq!(key(&sent(Host::new(), &way)), "test-key");
        let headers = BTreeMap::from([("Idempotency-Key".to_owned(), "mine".to_owned())]);
        way.headers = Some(&headers);
        assert_eq!(key(&sent(Host::new(), &way)), "mine");
    }
}
