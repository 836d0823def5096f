//! How Stripe is asked.

use mortise_sdk::authentication::{Algorithm, Secret};
use mortise_sdk::http::{Body, Request, Response};
use mortise_sdk::{Failure, Plugin, Scheme, connection};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::errors::{self, Asked};
use crate::form::{self, Parameters};

const BASE_URL: &str = "https://api.stripe.com";

/// Stripe keeps answering in the shape of this version, whatever the account's default is.
pub const API_VERSION: &str = "2024-06-20";

/// What Stripe allows in test mode; it allows 100 in live mode, which a connection may say.
const REQUESTS_PER_SECOND: u32 = 25;

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Settings {
    /// Where Stripe is; a stand-in for tests has another address.
    #[serde(default = "base_url")]
    #[schemars(url)]
    base_url: String,
    /// The connected account to act for, such as `acct_1032D82eZvKYlo2C`, where the key is a platform's.
    #[serde(default)]
    #[schemars(regex(pattern = r"^acct_[A-Za-z0-9]+$"))]
    account: Option<String>,
}

fn base_url() -> String {
    BASE_URL.to_owned()
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: base_url(),
            account: None,
        }
    }
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    let signing = Secret {
        title: "Signing secret of the webhook endpoint (whsec_…)".to_owned(),
        optional: true,
        ..Secret::sign("signing-secret", &[Algorithm::HmacSha256])
    };
    let token = Secret {
        title: "Secret key (sk_…) or restricted key (rk_…)".to_owned(),
        ..Secret::inject("token")
    };
    let scheme = Scheme {
        summary: "in the dashboard under Developers, API keys; the signing secret is shown with the webhook endpoint"
            .to_owned(),
        secrets: vec![token, signing],
        ..Scheme::bearer("secret-key", "Secret key")
    };
    Plugin::new("mortise/stripe", env!("CARGO_PKG_VERSION"), "Stripe")
        .summary("payments, customers, invoices, refunds and events of Stripe")
        .licence("Apache-2.0")
        .settings::<Settings>()
        .rate(REQUESTS_PER_SECOND, 1_000)
        .host("api.stripe.com")
        .origin(BASE_URL)
        .authentication(scheme)
}

/// Reads. `asked` says where the step's input holds what Stripe complains about.
pub fn get(path: &str, query: &Parameters, asked: &Asked<'_>) -> Result<Response, Failure> {
    let mut request = addressed(path, Request::get)?;
    for (name, value) in query {
        request = request.query(name, value);
    }
    errors::read(request.send()?, asked)
}

/// Creates, once for each idempotency key: Stripe gives its first answer again.
pub fn post(path: &str, fields: &Parameters, asked: &Asked<'_>) -> Result<Response, Failure> {
    let body = form::encode(fields).into_bytes();
    let request = addressed(path, Request::post)?
        .idempotent()
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::Bytes(body));
    errors::read(request.send()?, asked)
}

fn addressed(path: &str, make: fn(String) -> Request) -> Result<Request, Failure> {
    let settings = connection::settings::<Option<Settings>>()?.unwrap_or_default();
    let url = format!("{}{path}", settings.base_url.trim_end_matches('/'));
    let request = make(url).header("stripe-version", API_VERSION);
    Ok(match settings.account {
        Some(account) => request.header("stripe-account", account),
        None => request,
    })
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};
    use serde_json::json;

    use super::*;

    fn requests(settings: &serde_json::Value) -> Vec<mortise_sdk::fake::Request> {
        let host = Host::new()
            .settings(settings)
            .answer(Answer::json(200, "{}"))
            .install();
        get("/v1/account", &Vec::new(), &Asked::default()).unwrap();
        host.requests()
    }

    #[test]
    fn the_version_is_pinned_and_the_address_is_a_setting() {
        let request = &requests(&json!({ "base-url": "http://127.0.0.1:9/" }))[0];
        assert_eq!(request.url, "http://127.0.0.1:9/v1/account");
        assert_eq!(
            request.headers,
            [("stripe-version".into(), API_VERSION.into())]
        );
    }

    #[test]
    fn a_platform_acts_for_a_connected_account() {
        let request = &requests(&json!({ "account": "acct_1" }))[0];
        assert_eq!(request.url, "https://api.stripe.com/v1/account");
        assert_eq!(
            request.headers[1],
            ("stripe-account".into(), "acct_1".into())
        );
    }
}
