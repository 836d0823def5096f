//! How HubSpot is asked, and who may ask.

use mortise_sdk::authentication::{Algorithm, ClientAuthentication, Oauth2, Secret};
use mortise_sdk::http::{Request, Response, push_encoded};
use mortise_sdk::{Disposition, Failure, Plugin, Scheme, connection};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::refusal;

const BASE_URL: &str = "https://api.hubapi.com";

/// The secret that webhooks are signed with: what HubSpot calls the client secret of the app.
pub const SIGNING_SECRET: &str = "signing-secret";

/// What the operations of this plugin need; a connection may ask for others.
const SCOPES: [&str; 13] = [
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
];

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Settings {
    /// Where HubSpot's API is.
    #[serde(default = "base_url")]
    #[schemars(url)]
    base_url: String,
}

fn base_url() -> String {
    BASE_URL.to_owned()
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    Plugin::new("mortise/hubspot", env!("CARGO_PKG_VERSION"), "HubSpot")
        .summary("contacts, companies and deals of HubSpot, their associations and properties")
        .licence("Apache-2.0")
        .settings::<Settings>()
        // What the smallest plan gives a private app; larger ones have 190 in ten seconds.
        .rate(100, 10_000)
        .host("api.hubapi.com")
        .origin(BASE_URL)
        .authentication(token())
        .authentication(oauth2())
}

fn token() -> Scheme {
    Scheme {
        summary: "made under settings, integrations, private apps".to_owned(),
        secrets: vec![Secret::inject("token"), signing_secret()],
        ..Scheme::bearer("token", "Access token of a private app")
    }
}

/// HubSpot takes no PKCE, wants the client's secret in the body, and keeps the refresh token.
fn oauth2() -> Scheme {
    let token_url = "{settings.base-url}/oauth/v1/token";
    let authorize_url = "https://app.hubspot.com/oauth/authorize";
    let oauth2 = Oauth2 {
        pkce: false,
        client_authentication: ClientAuthentication::Body,
        ..Oauth2::authorization_code(authorize_url, token_url, &SCOPES)
    };
    Scheme {
        summary: "a public app that a person installs".to_owned(),
        secrets: vec![signing_secret()],
        ..Scheme::oauth2("oauth2", "A person's consent", oauth2)
    }
}

fn signing_secret() -> Secret {
    Secret {
        title: "Client secret of the app, for its webhooks".to_owned(),
        optional: true,
        ..Secret::sign(SIGNING_SECRET, &[Algorithm::HmacSha256])
    }
}

/// The address of a path, whose segments are encoded.
pub fn url(segments: &[&str]) -> Result<String, Failure> {
    let settings: Option<Settings> = connection::settings()?;
    let base_url = settings.map_or_else(base_url, |settings| settings.base_url);
    let mut url = base_url.trim_end_matches('/').to_owned();
    for segment in segments {
        url.push('/');
        push_encoded(&mut url, segment);
    }
    Ok(url)
}

/// Asks for something that may be asked for again, and gives the answer where it is a good one.
pub fn ask(request: Request) -> Result<Response, Failure> {
    refusal::passed(request.send()?, "")
}

/// Sets properties; what HubSpot has against one of them names it below `/properties`.
pub fn set(request: Request) -> Result<Response, Failure> {
    refusal::passed(request.send()?, "/properties")
}

/// Makes a record, of which HubSpot would make another one if it was asked again.
pub fn create(request: Request) -> Result<Response, Failure> {
    let response = request.send()?;
    let status = response.status;
    refusal::passed(response, "/properties").map_err(|failure| match status {
        // 503 is told before anything is done, the others may come after it.
        503 | ..500 => failure,
        _ => Failure {
            disposition: Disposition::Unclear,
            ..failure
        },
    })
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_encoded_behind_the_base_url() {
        let settings = json!({ "base-url": "http://127.0.0.1:9000/" });
        let _host = Host::new().settings(&settings).install();
        let url = url(&["crm", "a b/c"]).unwrap();
        assert_eq!(url, "http://127.0.0.1:9000/crm/a%20b%2Fc");
    }

    #[test]
    fn a_gateway_that_gave_up_leaves_it_unclear_whether_a_record_was_made() {
        for (status, disposition) in [
            (502, Disposition::Unclear),
            (504, Disposition::Unclear),
            (503, Disposition::Retry(None)),
            (400, Disposition::Reject),
        ] {
            let _host = Host::new().answer(Answer::json(status, "{}")).install();
            let failure = create(Request::post(BASE_URL)).unwrap_err();
            assert_eq!(failure.disposition, disposition, "{status}");
        }
    }
}
