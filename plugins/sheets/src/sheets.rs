//! How Google Sheets is asked.

use mortise_sdk::http::{Request, push_encoded};
use mortise_sdk::{Failure, Plugin, connection};
use plugin_google::{TOKEN_HOST, TOKEN_ORIGIN, consent, service_account, token_url};
use schemars::JsonSchema;
use serde::Deserialize;

const BASE_URL: &str = "https://sheets.googleapis.com";
const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// Where the API is; the version v4 belongs to this plugin.
    #[serde(default = "base_url")]
    #[schemars(url)]
    base_url: String,
    /// Where tokens are got.
    #[serde(default = "token_url")]
    #[schemars(url)]
    #[allow(dead_code, reason = "the host reads it, for the schemes")]
    token_url: String,
    /// The `client_email` of the service account's key file, for the scheme `service-account`.
    pub client_email: Option<String>,
    /// The spreadsheet that operations work on where they name none, and that `check` opens: its id, or its address.
    pub spreadsheet_id: Option<String>,
}

fn base_url() -> String {
    BASE_URL.to_owned()
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    Plugin::new("mortise/sheets", env!("CARGO_PKG_VERSION"), "Google Sheets")
        .summary("reads and writes spreadsheets, and sees new rows")
        .licence("Apache-2.0")
        .settings::<Settings>()
        // One user may read 60 times a minute, and write as often.
        .rate(120, 60_000)
        .host("sheets.googleapis.com")
        .host(TOKEN_HOST)
        .origin(BASE_URL)
        .origin(TOKEN_ORIGIN)
        .authentication(service_account(SCOPE))
        .authentication(consent(SCOPE))
}

/// What was said of the connection; the defaults where the step names none.
pub fn settings() -> Result<Settings, Failure> {
    let settings: Option<Settings> = connection::settings()?;
    Ok(settings.unwrap_or_else(|| Settings {
        base_url: base_url(),
        token_url: token_url(),
        client_email: None,
        spreadsheet_id: None,
    }))
}

/// The address of all spreadsheets.
pub fn spreadsheets() -> Result<String, Failure> {
    let base_url = settings()?.base_url;
    Ok(format!(
        "{}/v4/spreadsheets",
        base_url.trim_end_matches('/')
    ))
}

/// A spreadsheet: where its API is.
pub struct Spreadsheet(String);

impl Spreadsheet {
    /// The one that the step names, else the connection's.
    pub fn of(named: Option<&str>) -> Result<Self, Failure> {
        let usual = match named {
            Some(_) => None,
            None => settings()?.spreadsheet_id,
        };
        let Some(named) = named.or(usual.as_deref()) else {
            let why = "no spreadsheet is named: give `spreadsheet-id`, here or in the connection's settings";
            return Err(Failure::misconfigured(why).with_field("/spreadsheet-id"));
        };
        let mut url = spreadsheets()?;
        url.push('/');
        push_encoded(&mut url, id(named));
        Ok(Self(url))
    }

    /// Its address, with what comes after the id: `:batchUpdate`.
    pub fn url(&self, after: &str) -> String {
        format!("{}{after}", self.0)
    }

    /// Only the fields that are named, as all requests for a spreadsheet itself should.
    pub fn get(&self, fields: &str) -> Request {
        Request::get(&self.0).query("fields", fields)
    }

    /// The address of the values of a range, with what comes after it: `:append`.
    pub fn values(&self, range: &str, after: &str) -> String {
        let mut url = self.url("/values/");
        push_encoded(&mut url, range);
        url.push_str(after);
        url
    }
}

/// The id in an address such as `https://docs.google.com/spreadsheets/d/ID/edit`, or the id itself.
fn id(named: &str) -> &str {
    match named.split_once("/spreadsheets/d/") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or(rest),
        None => named,
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::Host;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_as_good_as_an_id() {
        for named in [
            "abc_-1",
            "https://docs.google.com/spreadsheets/d/abc_-1/edit#gid=0",
        ] {
            assert_eq!(id(named), "abc_-1");
        }
    }

    #[test]
    fn the_step_names_the_spreadsheet_or_the_connection_does() {
        let settings = json!({ "base-url": "https://test.example/", "spreadsheet-id": "usual" });
        let _host = Host::new().settings(&settings).install();
        let usual = Spreadsheet::of(None).unwrap();
        assert_eq!(usual.url(""), "https://test.example/v4/spreadsheets/usual");
        let named = Spreadsheet::of(Some("named")).unwrap();
        assert_eq!(
            named.values("'a b'!A1", ":clear"),
            "https://test.example/v4/spreadsheets/named/values/%27a%20b%27%21A1:clear"
        );
    }

    #[test]
    fn a_spreadsheet_has_to_be_named() {
        let _host = Host::new().install();
        let failure = Spreadsheet::of(None).err().unwrap();
        assert_eq!(failure.disposition, Disposition::Misconfigured);
    }
}
