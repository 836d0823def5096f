//! HTTP to addresses that the operator granted: `request` sends one request, and `poll` looks at a list
//! for what is new.
//!
//! It declares no hosts of its own: a step reaches what the manifest's `grants` name, or the origins
//! of the connection that it names.

mod address;
mod poll;
mod request;

use mortise_sdk::Plugin;
use mortise_sdk::authentication::{
    Algorithm, ClientAuthentication, Method, Oauth1Signature, Oauth2, Placement, Scheme, Secret,
    Within,
};
use schemars::JsonSchema;

pub use poll::Poll;
pub use request::Request;

fn plugin() -> Plugin {
    let [sha1, sha256] = oauth1();
    Plugin::new("mortise/http", env!("CARGO_PKG_VERSION"), "HTTP")
        .summary("sends HTTP requests to granted addresses, and polls them")
        .licence("Apache-2.0")
        .settings::<Settings>()
        .authentication(Scheme::bearer("bearer", "Token"))
        .authentication(basic())
        .authentication(Scheme::header(
            "header",
            "Key in a header",
            "key",
            "{settings.header}",
            "{secrets.key}",
        ))
        .authentication(query())
        .authentication(Scheme::oauth2("oauth2", "A person's consent", consent()))
        .authentication(Scheme::oauth2(
            "client-credentials",
            "OAuth 2.0 without a person",
            Oauth2 {
                client_authentication: ClientAuthentication::Basic,
                ..Oauth2::client_credentials(TOKEN_URL, &[])
            },
        ))
        .authentication(aws())
        .authentication(sha1)
        .authentication(sha256)
        .authentication(webhook())
}

const TOKEN_URL: &str = "{settings.token-url}";

/// RFC 6749 with PKCE; `scopes` of the connection says what is asked for.
fn consent() -> Oauth2 {
    Oauth2::authorization_code("{settings.authorize-url}", TOKEN_URL, &[])
}

/// AWS Signature Version 4, which others who speak S3 take as well.
fn aws() -> Scheme {
    let method = Method::AwsSigv4 {
        service: "{settings.service}".to_owned(),
        region: "{settings.region}".to_owned(),
    };
    Scheme::of_method("aws", "Access key of AWS", method)
}

/// RFC 5849; who asks for SHA-256 asks for a realm as well.
fn oauth1() -> [Scheme; 2] {
    let sha1 = Method::Oauth1 {
        signature: Oauth1Signature::HmacSha1,
        realm: None,
    };
    let sha256 = Method::Oauth1 {
        signature: Oauth1Signature::HmacSha256,
        realm: Some("{settings.realm}".to_owned()),
    };
    [
        Scheme::of_method("oauth1", "OAuth 1.0a", sha1),
        Scheme::of_method("oauth1-sha256", "OAuth 1.0a with SHA-256", sha256),
    ]
}

/// What may be said of a connection.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[allow(
    dead_code,
    reason = "only its schema is used: the host reads the values"
)]
struct Settings {
    /// What goes before a `url` that is a path: `https://api.example.com/v2`.
    #[schemars(url)]
    base_url: Option<String>,
    /// Name of the header that holds the key, for the scheme `header`: `x-api-key`.
    header: Option<String>,
    /// Name of the parameter that holds the key, for the scheme `query`: `api_key`.
    parameter: Option<String>,
    /// Where people agree, for the scheme `oauth2`.
    authorize_url: Option<String>,
    /// Where tokens are got, for the schemes of OAuth 2.0.
    token_url: Option<String>,
    /// What is asked for, for the schemes of OAuth 2.0.
    scopes: Option<Vec<String>>,
    /// Such as `s3`, for the scheme `aws`.
    service: Option<String>,
    /// Such as `eu-central-1`, for the scheme `aws`.
    region: Option<String>,
    /// For the scheme `oauth1-sha256`.
    realm: Option<String>,
}

/// RFC 7617.
fn basic() -> Scheme {
    Scheme {
        secrets: vec![Secret::inject("user"), Secret::inject("password")],
        ..Scheme::header(
            "basic",
            "User and password",
            "password",
            "authorization",
            "Basic {basic(secrets.user, secrets.password)}",
        )
    }
}

/// For `webhook.verify`.
fn webhook() -> Scheme {
    let algorithms = [Algorithm::HmacSha256, Algorithm::Ed25519];
    Scheme {
        secrets: vec![Secret::sign("signing-secret", &algorithms)],
        placements: Vec::new(),
        ..Scheme::header("webhook", "Webhooks that are signed", "", "", "")
    }
}

fn query() -> Scheme {
    Scheme {
        placements: vec![Placement {
            within: Within::Query,
            name: "{settings.parameter}".to_owned(),
            template: "{secrets.key}".to_owned(),
        }],
        method: Method::Secrets,
        ..Scheme::header("query", "Key in the query", "key", "", "")
    }
}

mortise_sdk::export! { plugin: plugin, actions: [Request], polling: [Poll] }
