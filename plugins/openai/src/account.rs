//! `check`: whose key it is. OpenAI tells a key no more than which organization it belongs to.

use mortise_sdk::http::Request;
use mortise_sdk::{Check, Failure};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::openai::{self, Settings};
use crate::refusal::Places;

/// Whose key it is.
pub struct Account;

#[derive(Deserialize)]
struct Models {
    data: Vec<IgnoredAny>,
}

impl Check for Account {
    fn check() -> Result<mortise_sdk::Account, Failure> {
        let settings = Settings::read()?;
        let request = Request::get(settings.url("/models"));
        let response = openai::ask(request, &settings, None, &Places::none())?;
        let models: Models = response.json()?;
        // A server that only speaks the same API has no organizations.
        let organization = response.header("openai-organization").map(str::to_owned);
        let id = organization.unwrap_or_else(|| settings.base_url.clone());
        let mut label = format!("{id}, {} models", models.data.len());
        if let Some(project) = &settings.project {
            label += &format!(", project {project}");
        }
        Ok(mortise_sdk::Account {
            id,
            label,
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
    fn the_organization_is_told() {
        let body = br#"{"object":"list","data":[{"id":"gpt-5.6"},{"id":"o3"}]}"#;
        let headers = [
            ("content-type", "application/json"),
            ("openai-organization", "acme-1"),
        ];
        let _host = Host::new()
            .answer(Answer::new(200, &headers, body))
            .install();
        let account = Account::check().unwrap();
        assert_eq!(
            (account.id.as_str(), account.label.as_str()),
            ("acme-1", "acme-1, 2 models")
        );
        let settings = json!({ "base-url": "http://llm.local/v1", "project": "proj_1" });
        let _host = Host::new()
            .settings(&settings)
            .answer(Answer::new(200, &headers[..1], body))
            .install();
        assert_eq!(
            Account::check().unwrap().label,
            "http://llm.local/v1, 2 models, project proj_1"
        );
    }
}
