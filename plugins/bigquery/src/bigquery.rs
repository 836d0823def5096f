//! How BigQuery is asked.

use mortise_sdk::http::{Request, push_encoded};
use mortise_sdk::{Failure, Outcome, Plugin, connection};
use plugin_google::{TOKEN_HOST, TOKEN_ORIGIN, ask, consent, service_account, token_url};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

const BASE_URL: &str = "https://bigquery.googleapis.com";
const SCOPE: &str = "https://www.googleapis.com/auth/bigquery";

/// What may be said of a connection.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// Where the API is: `https://bigquery.europe-west3.rep.googleapis.com` keeps requests in a region. The version v2
    /// belongs to this plugin.
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
    /// The project that jobs run in and pay with, and whose data is meant where a step names no project.
    pub project_id: String,
    /// Where jobs run, such as `EU` or `europe-west3`. Needed where the data is neither in `US` nor in `EU`.
    pub location: Option<String>,
}

fn base_url() -> String {
    BASE_URL.to_owned()
}

/// What this plugin says about itself.
pub fn plugin() -> Plugin {
    Plugin::new("mortise/bigquery", env!("CARGO_PKG_VERSION"), "BigQuery")
        .summary("queries tables, and loads rows into them")
        .licence("Apache-2.0")
        .settings::<Settings>()
        // What one user may ask of one method in a second.
        .rate(100, 1_000)
        .host("bigquery.googleapis.com")
        .host(TOKEN_HOST)
        .origin(BASE_URL)
        .origin(TOKEN_ORIGIN)
        .authentication(service_account(SCOPE))
        .authentication(consent(SCOPE))
}

/// What was said of the connection.
pub fn settings() -> Result<Settings, Failure> {
    if !connection::present() {
        let why = "the step names no connection, which says what the project is";
        return Err(Failure::misconfigured(why));
    }
    connection::settings()
}

impl Settings {
    /// An address below the API's root, with each segment escaped.
    pub fn url(&self, root: &str, segments: &[&str]) -> String {
        let mut url = format!("{}{root}", self.base_url.trim_end_matches('/'));
        for segment in segments {
            url.push('/');
            push_encoded(&mut url, segment);
        }
        url
    }

    /// An address in a project: the connection's, where none is named.
    pub fn in_project(&self, project: Option<&str>, segments: &[&str]) -> String {
        let project = project.unwrap_or(&self.project_id);
        let start = ["projects", project];
        self.url("/bigquery/v2", &[&start, segments].concat())
    }

    /// The project that a step names, else the connection's.
    pub fn project<'a>(&'a self, named: Option<&'a str>) -> &'a str {
        named.unwrap_or(&self.project_id)
    }
}

/// One page of a list.
pub struct Page {
    /// Where it is, with its own parameters.
    pub request: Request,
    /// The member that holds the records.
    pub records: &'static str,
    /// The member that names the next page.
    pub next: &'static str,
    /// The page that is asked for; the first one without it.
    pub token: Option<String>,
    /// How many records are wanted.
    pub size: u32,
}

impl Page {
    /// The records, and the token of the next page.
    pub fn read(self) -> Result<(Vec<Value>, Option<String>), Failure> {
        let mut request = self.request.query("maxResults", &self.size.to_string());
        if let Some(token) = &self.token {
            request = request.query("pageToken", token);
        }
        let mut answer: Map<String, Value> = ask(request)?.json()?;
        let next = answer.get(self.next).and_then(Value::as_str);
        let next = next.filter(|token| !token.is_empty()).map(str::to_owned);
        if next.is_some() && next == self.token {
            return Err(Failure::retry("BigQuery named a page as its own next page"));
        }
        let records = match answer.remove(self.records) {
            Some(Value::Array(records)) => records,
            _ => Vec::new(),
        };
        Ok((records, next))
    }

    /// The page as it is.
    pub fn give<T: serde::de::DeserializeOwned>(self) -> Result<Outcome<T>, Failure> {
        let (records, next) = self.read()?;
        let records = records.into_iter().map(serde_json::from_value).collect();
        let records: Result<Vec<T>, _> = records;
        let records = records.map_err(|error| {
            Failure::unclear(format!("a record is not as it was expected: {error}"))
        })?;
        Outcome::page(records, next)
    }
}

/// Whether BigQuery says that what was to be made is there already.
pub fn is_duplicate(failure: &Failure) -> bool {
    let cause = failure.cause.as_ref();
    cause.is_some_and(|cause| {
        cause.status == Some(409) && cause.code.as_deref() == Some("duplicate")
    })
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::Host;
    use serde_json::json;

    #[test]
    fn addresses_are_escaped() {
        let settings =
            json!({ "project-id": "acme", "base-url": "https://bigquery.eu.rep.googleapis.com/" });
        let _host = Host::new().settings(&settings).install();
        let url = super::settings()
            .unwrap()
            .in_project(None, &["datasets", "a/b"]);
        assert_eq!(
            url,
            "https://bigquery.eu.rep.googleapis.com/bigquery/v2/projects/acme/datasets/a%2Fb"
        );
    }

    #[test]
    fn a_connection_is_needed() {
        let _host = Host::new().install();
        let failure = super::settings().err().unwrap();
        assert_eq!(failure.disposition, Disposition::Misconfigured);
    }
}
