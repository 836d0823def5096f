//! Service accounts and a person's consent.

use mortise_sdk::authentication::{Algorithm, Assertion, ClientAuthentication, Grant, Oauth2};
use mortise_sdk::descriptor::Texts;
use mortise_sdk::{Scheme, authentication::Method};

const AUTHORIZE_URL: &str = "https://accounts.google.com/o/oauth2/v2/auth";
/// The host of the token endpoint.
pub const TOKEN_HOST: &str = "oauth2.googleapis.com";
/// The origin of the token endpoint, to which a connection's secrets go.
pub const TOKEN_ORIGIN: &str = "https://oauth2.googleapis.com";
/// The longest that Google takes for an assertion.
const ASSERTION_LIFETIME_MS: u64 = 3_600_000;

/// The default of the setting `token-url`, to which both schemes send.
pub fn token_url() -> String {
    format!("{TOKEN_ORIGIN}/token")
}

/// A service account: a token for an assertion (RFC 7523) that its private key signs. The setting
/// `client-email` says which account it is.
pub fn service_account(scope: &str) -> Scheme {
    let claims = [("iss", "{settings.client-email}"), ("scope", scope)];
    let oauth2 = Oauth2 {
        grant: Grant::JwtBearer,
        assertion: Some(Assertion {
            key: "private-key".to_owned(),
            algorithm: Algorithm::Rs256,
            claims: texts(&claims),
            lifetime_ms: ASSERTION_LIFETIME_MS,
        }),
        ..Oauth2::client_credentials("{settings.token-url}", &[])
    };
    Scheme {
        summary: "the key file of a service account: its `private_key` is the secret `private-key`, its `client_email` the setting `client-email`".to_owned(),
        ..scheme("service-account", "Service account", oauth2)
    }
}

/// A person's consent. Without `access_type=offline` there is no refresh token, and without
/// `prompt=consent` there is one only the first time.
pub fn consent(scope: &str) -> Scheme {
    let parameters = [("access_type", "offline"), ("prompt", "consent")];
    let oauth2 = Oauth2 {
        client_authentication: ClientAuthentication::Body,
        authorize_parameters: texts(&parameters),
        ..Oauth2::authorization_code(AUTHORIZE_URL, "{settings.token-url}", &[scope])
    };
    Scheme {
        summary: "an OAuth client of the type web application, and the consent of a person who may open what the workflow works on".to_owned(),
        ..scheme("oauth2", "A person's consent", oauth2)
    }
}

fn scheme(id: &str, title: &str, oauth2: Oauth2) -> Scheme {
    Scheme::of_method(id, title, Method::Oauth2(Box::new(oauth2)))
}

fn texts(pairs: &[(&str, &str)]) -> Texts {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}
