//! How OpenAI is asked, and by whom. Servers that speak the same API work as well: `base-url`.

use mortise_sdk::http::{Error, Request, Response};
use mortise_sdk::{Failure, Plugin, Scheme, connection, context};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::refusal::{self, Places};

/// With the version of the API.
const BASE_URL: &str = "https://api.openai.com/v1";

/// A connection that breaks does so at once: what stays unanswered for so long ran into a limit of
/// time, of ours or of the host.
const SLOW_MS: u64 = 10_000;

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Settings {
    /// Where the API is, with its version; a server that speaks the same API has another address.
    #[schemars(url)]
    pub base_url: String,
    /// The organization that pays, such as `org-1`, where the key belongs to several.
    pub organization: Option<String>,
    /// The project that pays, such as `proj_1`, where the key belongs to several.
    pub project: Option<String>,
    /// How the limit of an answer's length is called; older servers know `max-tokens` alone.
    pub token_limit: TokenLimit,
}

/// The parameter that limits an answer's length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenLimit {
    /// `max_completion_tokens`, which counts what a model thinks as well.
    #[default]
    MaxCompletionTokens,
    /// `max_tokens`.
    MaxTokens,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: BASE_URL.to_owned(),
            organization: None,
            project: None,
            token_limit: TokenLimit::default(),
        }
    }
}

impl Settings {
    /// Those of the step's connection.
    pub fn read() -> Result<Self, Failure> {
        Ok(connection::settings::<Option<Self>>()?.unwrap_or_default())
    }

    /// The address of a path: `/models`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.trim_end_matches('/'))
    }
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    let scheme = Scheme {
        summary: "made at platform.openai.com under API keys".to_owned(),
        ..Scheme::bearer("api-key", "API key")
    };
    Plugin::new("mortise/openai", env!("CARGO_PKG_VERSION"), "OpenAI")
        .summary("texts, checked data, labels and embeddings by the models of OpenAI")
        .licence("Apache-2.0")
        .settings::<Settings>()
        // The lowest of what a first payment gives for the models that are asked here; larger
        // accounts have more.
        .rate(500, 60_000)
        .host("api.openai.com")
        .origin("https://api.openai.com")
        .authentication(scheme)
}

/// Sends a request on behalf of the organization and project, and gives the answer where it is a good
/// one. `places` says where what OpenAI calls a parameter stands in the step's input.
pub fn ask(
    request: Request,
    settings: &Settings,
    timeout_ms: Option<u32>,
    places: &Places,
) -> Result<Response, Failure> {
    let mut request = request;
    let headers = [
        ("openai-organization", &settings.organization),
        ("openai-project", &settings.project),
    ];
    for (name, value) in headers {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    if let Some(timeout_ms) = timeout_ms {
        request = request.timeout_ms(timeout_ms);
    }
    let before_ms = context::remaining_ms();
    let response = request.try_send().map_err(|error| {
        let left_ms = context::remaining_ms();
        let waited_ms = before_ms.saturating_sub(left_ms);
        let limit_ms = timeout_ms.map_or(SLOW_MS, |ms| u64::from(ms).min(SLOW_MS));
        let is_late = left_ms == 0 || waited_ms >= limit_ms;
        match error {
            Error::Unanswered(why) if is_late => timed_out(&why),
            error => error.into(),
        }
    })?;
    refusal::passed(response, places)
}

/// Whether the model answers after all, and counts it, nobody knows.
fn timed_out(why: &str) -> Failure {
    Failure::unclear(format!(
        "the model did not answer in time: {why}; a smaller `max-tokens` or a faster model helps, or more time: `timeout` of the step, and the setting `egress.first-byte-timeout-ms`"
    ))
    .with_code("timeout")
    .with_field("/timeout")
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::{Answer, Host};
    use serde_json::json;

    use super::*;

    fn get(host: Host) -> (Result<Response, Failure>, Vec<mortise_sdk::fake::Request>) {
        let host = host.install();
        let settings = Settings::read().unwrap();
        let request = Request::get(settings.url("/models"));
        let answer = ask(request, &settings, Some(2_000), &Places::none());
        (answer, host.requests())
    }

    #[test]
    fn the_settings_say_where_the_api_is_and_who_pays() {
        let settings = json!({
            "base-url": "http://127.0.0.1:9000/v1/", "organization": "org-1", "project": "proj_1",
        });
        let host = Host::new().settings(&settings);
        let (_, requests) = get(host.answer(Answer::json(200, "{}")));
        assert_eq!(requests[0].url, "http://127.0.0.1:9000/v1/models");
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            requests[0].headers,
            [
                header("openai-organization", "org-1"),
                header("openai-project", "proj_1")
            ]
        );
        let (_, requests) = get(Host::new().answer(Answer::json(200, "{}")));
        assert_eq!(requests[0].url, "https://api.openai.com/v1/models");
        assert_eq!(requests[0].timeout_ms, Some(2_000));
    }

    #[test]
    fn what_is_late_is_called_a_timeout_and_what_breaks_is_not() {
        let lost = || Answer::error(Error::Unanswered("not done within 2000 ms".to_owned()));
        let (late, _) = get(Host::new().remaining_ms(0).answer(lost()));
        let failure = late.unwrap_err();
        assert_eq!(failure.disposition, Disposition::Unclear);
        assert_eq!(failure.cause.unwrap().code.as_deref(), Some("timeout"));
        let (broken, _) = get(Host::new().answer(lost()));
        assert_eq!(broken.unwrap_err().cause, None);
    }
}
