//! `check`: whose account it is.

use mortise_sdk::http::Request;
use mortise_sdk::{Check, Failure};
use serde::Deserialize;
use serde_json::json;

use crate::desk;

pub struct Account;

#[derive(Deserialize)]
struct Me {
    id: String,
    name: String,
}

impl Check for Account {
    fn check() -> Result<mortise_sdk::Account, Failure> {
        let me: Me = desk::ask(Request::get(desk::url("/me")?))?.json()?;
        Ok(mortise_sdk::Account {
            id: me.id,
            label: me.name,
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
        let answer = Answer::json(200, r#"{"id":"acct-1","name":"Acme"}"#);
        let _host = Host::new().answer(answer).install();
        assert_eq!(Account::check().unwrap().label, "Acme");
    }
}
