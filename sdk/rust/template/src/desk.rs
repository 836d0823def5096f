//! How Desk is asked, and what its errors mean.

use mortise_sdk::authentication::{Algorithm, Secret};
use mortise_sdk::http::{Request, Response};
use mortise_sdk::{Failure, Plugin, Scheme, connection};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const BASE_URL: &str = "https://api.desk.example";

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Settings {
    /// Where Desk is; a test system has another address.
    #[serde(default = "base_url")]
    #[schemars(url)]
    base_url: String,
}

fn base_url() -> String {
    BASE_URL.to_owned()
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    let scheme = Scheme {
        secrets: vec![
            Secret::inject("token"),
            Secret::sign("signing-secret", &[Algorithm::HmacSha256]),
        ],
        ..Scheme::bearer("api-key", "API key")
    };
    Plugin::new("example/sample-plugin", env!("CARGO_PKG_VERSION"), "Desk")
        .summary("tickets of the help desk Desk")
        .licence("Apache-2.0")
        .settings::<Settings>()
        .rate(100, 60_000)
        .host("api.desk.example")
        .origin(BASE_URL)
        .authentication(scheme)
}

/// A ticket, as this plugin gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "kebab-case"))]
pub struct Ticket {
    pub id: String,
    pub subject: String,
    pub status: Status,
    pub created_at: String,
}

/// Whether anybody still has to do something.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Open,
    Closed,
}

/// The address of a path of Desk.
pub fn url(path: &str) -> Result<String, Failure> {
    let settings: Option<Settings> = connection::settings()?;
    let base_url = settings.map_or_else(base_url, |settings| settings.base_url);
    Ok(format!("{}{path}", base_url.trim_end_matches('/')))
}

/// Sends a request and gives the answer, where it is a good one.
pub fn ask(request: Request) -> Result<Response, Failure> {
    let response = request.send()?;
    let told: Option<Told> = serde_json::from_slice(response.bytes()).ok();
    response.ok().map_err(|failure| match told {
        Some(told) => told.error.explain(failure),
        None => failure,
    })
}

/// What Desk says of a request that it does not carry out.
#[derive(Deserialize)]
struct Told {
    error: Explained,
}

#[derive(Deserialize)]
struct Explained {
    code: String,
    message: String,
    field: Option<String>,
}

impl Explained {
    fn explain(self, mut failure: Failure) -> Failure {
        failure.message = self.message;
        let failure = failure.with_code(self.code);
        match self.field {
            Some(field) => failure.with_field(field),
            None => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::{Answer, Host};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_settings_say_where_desk_is() {
        let _host = Host::new().settings(&json!({ "base-url": "https://test.desk.example/" })).install();
        assert_eq!(url("/me").unwrap(), "https://test.desk.example/me");
    }

    #[test]
    fn desks_own_words_become_the_failure() {
        let body = r#"{"error":{"code":"subject_missing","message":"a ticket needs a subject","field":"/subject"}}"#;
        let _host = Host::new().answer(Answer::json(422, body)).install();
        let failure = ask(Request::get(BASE_URL)).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Reject);
        assert_eq!(failure.message, "a ticket needs a subject");
        let cause = failure.cause.unwrap();
        assert_eq!(cause.status, Some(422));
        assert_eq!(cause.code.as_deref(), Some("subject_missing"));
        assert_eq!(cause.field.as_deref(), Some("/subject"));
    }
}
