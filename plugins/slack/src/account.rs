//! `check`: which bot of which workspace it is, and what its token may do.

use mortise_sdk::{Check, Failure};
use serde::Deserialize;
use serde_json::json;

use crate::call::{self, Parameters};

/// Tells what a token may do.
const SCOPES: &str = "x-oauth-scopes";

/// The plugin's check.
pub struct Account;

#[derive(Deserialize)]
struct Me {
    team: String,
    team_id: String,
    user: String,
    user_id: String,
}

impl Check for Account {
    fn check() -> Result<mortise_sdk::Account, Failure> {
        let response = call::asked("auth.test", &Parameters::default())?;
        let me: Me = response.json()?;
        let scopes = response.header(SCOPES).unwrap_or_default().split(',');
        let scopes = scopes.map(str::trim).filter(|scope| !scope.is_empty());
        Ok(mortise_sdk::Account {
            id: format!("{}/{}", me.team_id, me.user_id),
            label: format!("{} in {}", me.user, me.team),
            scopes: scopes.map(str::to_owned).collect(),
            settings: json!({}),
        })
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};

    use super::*;

    #[test]
    fn the_bot_and_its_scopes_are_told() {
        let body = br#"{"ok":true,"team":"Acme","team_id":"T1","user":"robot","user_id":"U1"}"#;
        let answer = Answer::new(200, &[("x-oauth-scopes", "chat:write,users:read")], body);
        let _host = Host::new().answer(answer).install();
        let account = Account::check().unwrap();
        assert_eq!(
            (account.id.as_str(), account.label.as_str()),
            ("T1/U1", "robot in Acme")
        );
        assert_eq!(account.scopes, ["chat:write", "users:read"]);
    }
}
