//! `check`: whose account it is.

use mortise_sdk::http::Request;
use mortise_sdk::{Account, Check, Failure};
use serde::Deserialize;
use serde_json::json;

use crate::hubspot;

/// The account, which HubSpot also calls a portal.
pub struct Portal;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    portal_id: u64,
    account_type: Option<String>,
    time_zone: Option<String>,
}

impl Check for Portal {
    fn check() -> Result<Account, Failure> {
        let url = hubspot::url(&["account-info", "v3", "details"])?;
        let details: Details = hubspot::ask(Request::get(url))?.json()?;
        let known = [details.account_type, details.time_zone];
        let known: Vec<String> = known.into_iter().flatten().collect();
        Ok(Account {
            id: details.portal_id.to_string(),
            label: match known.is_empty() {
                true => format!("HubSpot account {}", details.portal_id),
                false => format!(
                    "HubSpot account {} ({})",
                    details.portal_id,
                    known.join(", ")
                ),
            },
            scopes: Vec::new(),
            settings: json!({}),
        })
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};

    use super::*;

    #[test]
    fn the_account_is_told() {
        let body = r#"{"portalId":62515,"accountType":"STANDARD","timeZone":"Europe/Berlin"}"#;
        let _host = Host::new().answer(Answer::json(200, body)).install();
        let account = Portal::check().unwrap();
        assert_eq!(account.id, "62515");
        assert_eq!(
            account.label,
            "HubSpot account 62515 (STANDARD, Europe/Berlin)"
        );
    }
}
