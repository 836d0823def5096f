//! What this plugin says about itself, and where Slack is.

use mortise_sdk::authentication::{Algorithm, Oauth2, Secret};
use mortise_sdk::{Failure, Plugin, Scheme, connection};
use schemars::JsonSchema;
use serde::Deserialize;

const BASE_URL: &str = "https://slack.com/api";
/// Where `files.getUploadURLExternal` sends the bytes of a file.
const FILES_ORIGIN: &str = "https://files.slack.com";
/// The secret that Slack signs its events with; a connection that only posts needs none.
pub const SIGNING_SECRET: &str = "signing-secret";
/// What the operations need, asked for at consent; see the table in the README.
const SCOPES: [&str; 9] = [
    "chat:write",
    "files:write",
    "channels:read",
    "channels:history",
    "groups:read",
    "groups:history",
    "reactions:read",
    "users:read",
    "users:read.email",
];

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Settings {
    /// Where the methods of the Web API are, without a slash at the end; GovSlack has them at
    /// `https://slack-gov.com/api`.
    #[serde(default = "base_url")]
    #[schemars(url)]
    base_url: String,
}

fn base_url() -> String {
    BASE_URL.to_owned()
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    Plugin::new("mortise/slack", env!("CARGO_PKG_VERSION"), "Slack")
        .summary("messages, files, people and channels of a Slack workspace")
        .licence("Apache-2.0")
        .settings::<Settings>()
        // Slack limits each method by itself. One message in a second is what it says of posting; the methods that
        // allow less say so with 429 and `retry-after`.
        .rate(60, 60_000)
        .host("slack.com")
        .host("files.slack.com")
        .origin("https://slack.com")
        .origin(FILES_ORIGIN)
        .authentication(bot_token())
        .authentication(consent())
}

fn bot_token() -> Scheme {
    Scheme {
        summary: "the `xoxb-` token of an app that is installed in the workspace".to_owned(),
        secrets: vec![Secret::inject("token"), signing_secret()],
        ..Scheme::bearer("bot-token", "Bot token")
    }
}

/// OAuth 2.0 as Slack has it: scopes between commas, and refresh tokens where the app rotates its tokens. PKCE marks an
/// app as a public client for good, so it is left out.
fn consent() -> Scheme {
    let oauth2 = Oauth2 {
        pkce: false,
        scope_separator: ",".to_owned(),
        rotating_refresh: true,
        ..Oauth2::authorization_code(
            "https://slack.com/oauth/v2/authorize",
            "{settings.base-url}/oauth.v2.access",
            &SCOPES,
        )
    };
    Scheme {
        summary: "the consent of somebody who may install the app in a workspace".to_owned(),
        secrets: vec![signing_secret()],
        ..Scheme::oauth2("oauth2", "Consent", oauth2)
    }
}

fn signing_secret() -> Secret {
    Secret {
        title: "Signing secret".to_owned(),
        optional: true,
        ..Secret::sign(SIGNING_SECRET, &[Algorithm::HmacSha256])
    }
}

/// The address of a method: `chat.postMessage`.
pub fn url(method: &str) -> Result<String, Failure> {
    let settings: Option<Settings> = connection::settings()?;
    let base_url = settings.map_or_else(base_url, |settings| settings.base_url);
    Ok(format!("{}/{method}", base_url.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::Host;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_settings_say_where_slack_is() {
        assert_eq!(url("auth.test").unwrap(), "https://slack.com/api/auth.test");
        let _host = Host::new()
            .settings(&json!({ "base-url": "https://slack-gov.com/api/" }))
            .install();
        assert_eq!(
            url("auth.test").unwrap(),
            "https://slack-gov.com/api/auth.test"
        );
    }
}
