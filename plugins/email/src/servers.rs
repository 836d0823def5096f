//! The servers of a connection, and the ways to log in there.

use mortise_sdk::authentication::{ClientAuthentication, Method, Oauth2, Scheme, Secret};
use mortise_sdk::{Failure, Plugin, connection};
use schemars::JsonSchema;
use serde::Deserialize;

/// What is said of a connection. The host reads the rest of it as well.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// The server that messages are sent through: `smtp.example.com`.
    pub smtp_host: Option<String>,
    /// Its port; 465 with `tls`, else 587.
    #[allow(dead_code, reason = "the host reads it")]
    smtp_port: Option<u16>,
    /// How the way to it is encrypted.
    #[serde(default)]
    #[allow(dead_code, reason = "as above")]
    smtp_tls: Encryption,
    /// The server that messages are read from: `imap.example.com`.
    pub imap_host: Option<String>,
    /// Its port; 993 with `tls`, else 143.
    #[allow(dead_code, reason = "as above")]
    imap_port: Option<u16>,
    /// How the way to it is encrypted.
    #[serde(default)]
    #[allow(dead_code, reason = "as above")]
    imap_tls: Encryption,
    /// Who logs in: with most providers the whole address.
    pub user: Option<String>,
    /// Who messages are from where a step does not say: `Desk <desk@example.com>`. Without it, the user.
    pub from: Option<String>,
    /// Certificates of an authority of your own, in PEM, for servers that have theirs from it.
    #[allow(dead_code, reason = "as above")]
    tls_ca: Option<String>,
}

/// How what is said is kept from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// From the first byte on.
    #[default]
    Tls,
    /// Asked for first; a server that has none is refused.
    Starttls,
    /// Not at all, and only to addresses that `egress.allow-private` names.
    None,
}

impl Settings {
    /// Those of the connection that the step names.
    pub fn read() -> Result<Self, Failure> {
        match connection::present() {
            true => connection::settings(),
            false => Err(Failure::misconfigured(
                "the step names no connection: add `connection: NAME`, which says what the mail server is",
            )),
        }
    }
}

/// What the plugin is.
pub fn plugin() -> Plugin {
    let plugin = Plugin::new("mortise/email", env!("CARGO_PKG_VERSION"), "Email")
        .summary("sends mail and watches mailboxes")
        .licence("Apache-2.0")
        .settings::<Settings>()
        .authentication(password())
        .authentication(Scheme::oauth2("google", "Google account", google()))
        .authentication(Scheme::oauth2(
            "microsoft",
            "Microsoft account",
            microsoft(),
        ));
    // A connection has those that its settings name.
    ["smtp", "imap"]
        .into_iter()
        .fold(plugin, |plugin, protocol| {
            let host = format!("{{settings.{protocol}-host}}");
            let port = format!("{{settings.{protocol}-port}}");
            plugin
                .origin(&format!("{protocol}s://{host}"))
                .origin(&format!("{protocol}://{host}"))
                .origin(&format!("{protocol}s://{host}:{port}"))
                .origin(&format!("{protocol}://{host}:{port}"))
        })
}

/// The host shows it to the servers; no request has a place for it.
fn password() -> Scheme {
    Scheme {
        summary: "the mailbox's password; where the account has two factors, an app password"
            .to_owned(),
        secrets: vec![Secret::inject("password")],
        ..Scheme::of_method("password", "Password", Method::Secrets)
    }
}

fn google() -> Oauth2 {
    let parameters = [("access_type", "offline"), ("prompt", "consent")];
    Oauth2 {
        client_authentication: ClientAuthentication::Body,
        authorize_parameters: parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Oauth2::authorization_code(
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            &["https://mail.google.com/"],
        )
    }
}

fn microsoft() -> Oauth2 {
    Oauth2 {
        client_authentication: ClientAuthentication::Body,
        ..Oauth2::authorization_code(
            "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            &[
                "https://outlook.office.com/SMTP.Send",
                "https://outlook.office.com/IMAP.AccessAsUser.All",
                "offline_access",
            ],
        )
    }
}
