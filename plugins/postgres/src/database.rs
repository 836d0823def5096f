//! What this plugin says about itself, and whose database it is.

use mortise_sdk::authentication::Secret;
use mortise_sdk::sql::Statement;
use mortise_sdk::{Check, Failure, Plugin, Scheme, authentication::Method};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// What may be said of a connection. The host reads it: this plugin never connects by itself.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code)]
struct Settings {
    /// Name or address of the server; its certificate has to be for it.
    host: String,
    /// Its port, as a rule 5432.
    port: u16,
    /// The user that logs in; it should have no more rights than the workflows need.
    user: String,
    /// The database.
    database: String,
    /// Whether the connection is encrypted and the server proves who it is. `disable` works only for addresses that
    /// the operator names with `egress.allow-private`.
    #[serde(default)]
    tls: Tls,
    /// Certificates of authorities in PEM that are trusted beside the public ones, such as those of a cloud's
    /// databases.
    #[serde(default)]
    tls_ca: Option<String>,
}

/// Whether a connection is encrypted.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Tls {
    /// Always, with a certificate that is checked.
    #[default]
    Require,
    /// Never.
    Disable,
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    let optional = |name: &str| Secret {
        optional: true,
        ..Secret::inject(name)
    };
    let password = Scheme {
        summary:
            "the password of the user, and a client certificate where the server wants one as well"
                .to_owned(),
        secrets: vec![
            Secret::inject("password"),
            optional("client-certificate"),
            optional("client-key"),
        ],
        ..Scheme::of_method("password", "Password", Method::Secrets)
    };
    let certificate = Scheme {
        summary: "a certificate and its private key in PEM, instead of a password".to_owned(),
        secrets: vec![
            Secret::inject("client-certificate"),
            Secret::inject("client-key"),
        ],
        ..Scheme::of_method("certificate", "Client certificate", Method::Secrets)
    };
    Plugin::new("mortise/postgres", env!("CARGO_PKG_VERSION"), "PostgreSQL")
        .summary("reads and writes tables of PostgreSQL, and polls them for new rows")
        .licence("Apache-2.0")
        .settings::<Settings>()
        .origin("postgresql://{settings.host}:{settings.port}")
        .authentication(password)
        .authentication(certificate)
}

/// `check`: who is logged in where.
pub struct Account;

impl Check for Account {
    fn check() -> Result<mortise_sdk::Account, Failure> {
        let asked = Statement::new(
            "SELECT current_user AS user, current_database() AS database, current_setting('server_version') AS version",
        );
        let rows = asked.rows_max(1).read()?.objects();
        let told = |name: &str| {
            let value = rows.first().and_then(|row| row.get(name));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (user, database) = (told("user"), told("database"));
        Ok(mortise_sdk::Account {
            label: format!("{user} in {database}, PostgreSQL {}", told("version")),
            id: format!("{user}@{database}"),
            scopes: Vec::new(),
            settings: json!({}),
        })
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Host, sql::Answer};

    use super::*;

    #[test]
    fn the_account_is_user_and_database() {
        let row = vec!["app".into(), "shop".into(), "15.4".into()];
        let answer = Answer::rows(&["user", "database", "version"], [row]);
        let _host = Host::new().sql(answer).install();
        let account = Account::check().unwrap();
        assert_eq!(account.id, "app@shop");
        assert_eq!(account.label, "app in shop, PostgreSQL 15.4");
    }
}
