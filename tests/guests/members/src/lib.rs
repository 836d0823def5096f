//! A connector for an application that gives tokens and sessions, with a scheme for each way to get one.

mod joined;
mod search;

use mortise_sdk::authentication::{
    Algorithm, Assertion, Capture, CaptureFrom, ClientAuthentication, Grant, Method,
    Oauth1Signature, Oauth2, Placement, Secret, Session, SessionToken, Within,
};
use mortise_sdk::http::Request;
use mortise_sdk::{Action, Failure, Outcome, Plugin, Repeat, Scheme, Turn, connection};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const TOKEN: &str = "{settings.issuer}/token";

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// Where the authorization server is.
    issuer: String,
    /// Told with the token.
    tenant: Option<String>,
}

fn plugin() -> Plugin {
    Plugin::new("test/members", env!("CARGO_PKG_VERSION"), "Members")
        .summary("reads what only members may")
        .licence("Apache-2.0")
        .settings::<Settings>()
        .authentication(agreed("code", ClientAuthentication::Basic))
        .authentication(agreed("public", ClientAuthentication::None))
        .authentication(Scheme::oauth2(
            "machine",
            "Client credentials",
            Oauth2 {
                client_authentication: ClientAuthentication::Body,
                ..Oauth2::client_credentials(TOKEN, &["books"])
            },
        ))
        .authentication(Scheme::oauth2(
            "signed",
            "Client credentials with a key",
            Oauth2 {
                client_authentication: ClientAuthentication::PrivateKeyJwt,
                assertion: Some(assertion(&[])),
                ..Oauth2::client_credentials(TOKEN, &["books"])
            },
        ))
        .authentication(Scheme::oauth2(
            "service",
            "Service account",
            Oauth2 {
                grant: Grant::JwtBearer,
                client_authentication: ClientAuthentication::None,
                assertion: Some(assertion(&[("sub", "{settings.account}")])),
                ..Oauth2::client_credentials(TOKEN, &["books"])
            },
        ))
        .authentication(login())
        .authentication(hooked())
        .authentication(Scheme::of_method(
            "oauth1",
            "OAuth 1.0a",
            Method::Oauth1 {
                signature: Oauth1Signature::HmacSha256,
                realm: Some("{settings.tenant}".to_owned()),
            },
        ))
        .authentication(Scheme::bearer("bearer", "Token"))
}

/// A person agrees; where the application is, it tells with the token.
fn agreed(id: &str, client_authentication: ClientAuthentication) -> Scheme {
    let oauth2 = Oauth2 {
        client_authentication,
        ..consent()
    };
    Scheme {
        origins: vec!["{captured.instance}".to_owned()],
        ..Scheme::oauth2(id, "Consent", oauth2)
    }
}

fn consent() -> Oauth2 {
    let capture = |name: &str, at: &str| Capture {
        name: name.to_owned(),
        from: CaptureFrom::Token,
        at: at.to_owned(),
    };
    let mut oauth2 = Oauth2::authorization_code(
        "{settings.issuer}/auth",
        TOKEN,
        &["openid", "offline_access", "books"],
    );
    let prompt = ("prompt".to_owned(), "consent".to_owned());
    oauth2.authorize_parameters.extend([prompt]);
    oauth2.rotating_refresh = true;
    oauth2.capture = vec![
        capture("instance", "/instance_url"),
        capture("tenant", "/tenant/number"),
    ];
    oauth2
}

fn assertion(claims: &[(&str, &str)]) -> Assertion {
    let claims = claims.iter();
    Assertion {
        key: "private-key".to_owned(),
        algorithm: Algorithm::Rs256,
        claims: claims
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        lifetime_ms: 60_000,
    }
}

fn login() -> Scheme {
    let body = r#"{"user":"{secrets.user}","password":"{secrets.password}"}"#;
    let json = ("content-type".to_owned(), "application/json".to_owned());
    Scheme {
        secrets: vec![Secret::inject("user"), Secret::inject("password")],
        placements: vec![Placement {
            within: Within::Header,
            name: "x-session".to_owned(),
            template: "{captured.session}".to_owned(),
        }],
        method: Method::Session(Session {
            method: "POST".to_owned(),
            url: "{settings.issuer}/api/login".to_owned(),
            headers: [json].into(),
            body: Some(body.to_owned()),
            token: SessionToken::Body("/data/session".to_owned()),
            lifetime_ms: None,
        }),
        ..Scheme::bearer("login", "User and password")
    }
}

/// A token, and what the application signs its webhooks with.
fn hooked() -> Scheme {
    let hook = Secret::sign("hook-secret", &[Algorithm::HmacSha256]);
    Scheme {
        secrets: vec![Secret::inject("token"), hook],
        ..Scheme::bearer("hooked", "Token, and a secret for webhooks")
    }
}

/// Reads a page.
struct Read;

#[derive(Deserialize, JsonSchema)]
struct Page {
    /// Its path.
    path: String,
}

impl Action for Read {
    const NAME: &'static str = "read";
    const SUMMARY: &'static str = "reads a page";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Page;
    type Output = Content;

    fn invoke(page: Page, _: Turn) -> Result<Outcome<Content>, Failure> {
        let settings: Settings = connection::settings()?;
        let mut request = Request::get(format!("{}{}", settings.issuer, page.path));
        if let Some(tenant) = &settings.tenant {
            request = request.header("x-tenant", tenant);
        }
        let content = request.send()?.ok()?.json()?;
        Ok(Outcome::Done(Content { content }))
    }
}

/// What stands there.
#[derive(Serialize, JsonSchema)]
struct Content {
    content: Value,
}

mortise_sdk::export! { plugin: plugin, actions: [Read, search::Search], webhooks: [joined::Joined] }
