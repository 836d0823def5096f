//! `check`: whose account it is.

use mortise_sdk::{Check, Failure};
use serde_json::{Value, json};

use crate::errors::Asked;
use crate::objects::Passed;
use crate::stripe;

/// The plugin's check.
pub struct Account;

impl Check for Account {
    fn check() -> Result<mortise_sdk::Account, Failure> {
        match stripe::get("/v1/account", &Vec::new(), &Asked::default()) {
            Ok(response) => Ok(told(&response.json::<Passed<Value>>()?.0)),
            Err(failure) => restricted(failure),
        }
    }
}

fn told(account: &Value) -> mortise_sdk::Account {
    let names = [
        "/settings/dashboard/display_name",
        "/business_profile/name",
        "/email",
        "/id",
    ];
    let mut texts = names
        .iter()
        .filter_map(|name| account.pointer(name)?.as_str());
    let label = texts.find(|text| !text.is_empty()).unwrap_or_default();
    of(account["id"].as_str().unwrap_or_default(), label)
}

/// No right of a restricted key lets it read its account. The refusal names the account, and that the key
/// is good.
fn restricted(failure: Failure) -> Result<mortise_sdk::Account, Failure> {
    let status = failure.cause.as_ref().and_then(|cause| cause.status);
    match account_in(&failure.message) {
        Some(id) if status == Some(403) => Ok(of(id, &format!("{id} (restricted key)"))),
        _ => Err(failure),
    }
}

fn account_in(message: &str) -> Option<&str> {
    let from = &message[message.find("'acct_")? + 1..];
    from.split('\'').next()
}

fn of(id: &str, label: &str) -> mortise_sdk::Account {
    mortise_sdk::Account {
        id: id.to_owned(),
        label: label.to_owned(),
        scopes: Vec::new(),
        settings: json!({}),
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};

    use super::*;

    fn checked(status: u16, body: &str) -> Result<mortise_sdk::Account, Failure> {
        let _host = Host::new().answer(Answer::json(status, body)).install();
        Account::check()
    }

    #[test]
    fn the_account_has_the_name_that_people_know() {
        let body = r#"{"id":"acct_1","email":"a@b.c","business_profile":{"name":null},"settings":{"dashboard":{"display_name":"Acme"}}}"#;
        let account = checked(200, body).unwrap();
        assert_eq!(
            (account.id.as_str(), account.label.as_str()),
            ("acct_1", "Acme")
        );
    }

    #[test]
    fn a_restricted_key_is_good_enough() {
        let body = r#"{"error":{"type":"invalid_request_error","message":"The provided key 'rk_test_*1' does not have the required permissions for this endpoint on account 'acct_2'."}}"#;
        assert_eq!(checked(403, body).unwrap().label, "acct_2 (restricted key)");
        assert!(checked(403, "{}").is_err());
        assert!(checked(401, body).is_err());
    }
}
