//! `check`: whether the credential opens the project.

use mortise_sdk::http::Request;
use mortise_sdk::{Check, Failure};
use plugin_google::ask;
use serde_json::json;

use crate::bigquery;

/// The plugin's check.
pub struct Account;

impl Check for Account {
    fn check() -> Result<mortise_sdk::Account, Failure> {
        let settings = bigquery::settings()?;
        let url = settings.in_project(None, &["datasets"]);
        let found: serde_json::Value = ask(Request::get(url).query("maxResults", "1"))?.json()?;
        if found["kind"] != "bigquery#datasetList" {
            let why = "what answers at `base-url` is not BigQuery";
            return Err(Failure::misconfigured(why));
        }
        let by = settings
            .client_email
            .map_or_else(String::new, |email| format!(" by {email}"));
        Ok(mortise_sdk::Account {
            label: format!("{}{by}", settings.project_id),
            id: settings.project_id,
            scopes: Vec::new(),
            settings: json!({}),
        })
    }
}
