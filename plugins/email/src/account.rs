//! Tries a connection: logs in to each server that it has, and sends and reads nothing.

use mortise_sdk::check::{self, Check};
use mortise_sdk::{Failure, mail, mailbox};
use serde_json::json;

use crate::servers::Settings;

/// What a connection leads to.
pub struct Account;

impl Check for Account {
    fn check() -> Result<check::Account, Failure> {
        let settings = Settings::read()?;
        let mut rights = Vec::new();
        if settings.smtp_host.is_some() {
            mail::probe()?;
            rights.push("send".to_owned());
        }
        if settings.imap_host.is_some() {
            mailbox::examine("INBOX")?;
            rights.push("read".to_owned());
        }
        let Some(host) = settings.smtp_host.or(settings.imap_host) else {
            return Err(Failure::misconfigured(
                "the connection names no server: set `smtp-host` to send, `imap-host` to read",
            ));
        };
        let user = settings.user.unwrap_or_else(|| "nobody".to_owned());
        Ok(check::Account {
            label: format!("{user} at {host}"),
            id: user,
            scopes: rights,
            settings: json!({}),
        })
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::{Delivered, Host, Mailbox};

    use super::*;

    #[test]
    fn each_server_that_is_named_is_tried() {
        let both = json!({ "smtp-host": "smtp.example.com", "imap-host": "imap.example.com", "user": "ann@example.com" });
        let _host = Host::new()
            .settings(&both)
            .mailbox("INBOX", Mailbox::new(1))
            .install();
        let account = Account::check().unwrap();
        assert_eq!(
            (account.id.as_str(), account.label.as_str()),
            ("ann@example.com", "ann@example.com at smtp.example.com")
        );
        assert_eq!(account.scopes, ["send", "read"]);
    }

    #[test]
    fn a_refused_credential_is_told() {
        let refused = mail::Problem::Unauthorized("535 no".to_owned());
        let settings = json!({ "smtp-host": "smtp.example.com" });
        let _host = Host::new()
            .settings(&settings)
            .deliver(Delivered::problem(refused))
            .install();
        assert_eq!(
            Account::check().unwrap_err().disposition,
            Disposition::Reauthorize
        );
    }

    #[test]
    fn a_connection_without_servers_is_misconfigured() {
        let _host = Host::new().settings(&json!({})).install();
        assert_eq!(
            Account::check().unwrap_err().disposition,
            Disposition::Misconfigured
        );
    }
}
