//! `check`: whether the server takes the credential. Every server answers `__typename`; there is no way
//! to ask whose credential it is that all of them know.

use mortise_sdk::{Check, Failure};
use serde_json::{Map, json};

use crate::graphql::{self, Question, Way};

/// Whether the server takes the credential.
pub struct Account;

impl Check for Account {
    fn check() -> Result<mortise_sdk::Account, Failure> {
        let question = Question {
            query: "{ __typename }",
            variables: &Map::new(),
            operation_name: None,
        };
        graphql::ask(&question, &Way::default())?.whole(false)?;
        let url = graphql::url()?;
        Ok(mortise_sdk::Account {
            label: format!("GraphQL at {url}"),
            id: url,
            scopes: Vec::new(),
            settings: json!({}),
        })
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::{Answer, Host};

    use super::*;

    #[test]
    fn a_credential_that_is_refused_is_found() {
        let settings = json!({ "base-url": "https://api.example" });
        let good = Answer::json(200, r#"{"data":{"__typename":"Query"}}"#);
        let _host = Host::new().settings(&settings).answer(good).install();
        assert_eq!(Account::check().unwrap().id, "https://api.example/graphql");
        let bad =
            r#"{"errors":[{"message":"who are you","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
        let _host = Host::new()
            .settings(&settings)
            .answer(Answer::json(200, bad))
            .install();
        assert_eq!(
            Account::check().unwrap_err().disposition,
            Disposition::Reauthorize
        );
    }
}
