//! Where a request goes: a whole address, or a path of the connection's server.

use mortise_sdk::{Failure, connection};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Settings {
    base_url: Option<String>,
}

/// An address with scheme and host: a path is behind the connection's `base-url`.
pub fn complete(url: String) -> Result<String, Failure> {
    if !url.starts_with('/') {
        return Ok(url);
    }
    let settings: Option<Settings> = connection::settings()?;
    match settings.and_then(|settings| settings.base_url) {
        Some(base_url) => Ok(format!("{}{url}", base_url.trim_end_matches('/'))),
        None => Err(Failure::misconfigured(format!(
            "`{url}` has no host: give the whole address, or name a connection with the setting `base-url`"
        ))
        .with_field("/url")),
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::Host;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_behind_the_base_url() {
        let complete = |url: &str| complete(url.to_owned());
        let _host = Host::new()
            .settings(&json!({ "base-url": "https://api.example/v1/" }))
            .install();
        assert_eq!(
            complete("/orders?a=1").unwrap(),
            "https://api.example/v1/orders?a=1"
        );
        assert_eq!(
            complete("https://other.example/").unwrap(),
            "https://other.example/"
        );
        for settings in [json!({}), json!(null)] {
            let _host = Host::new().settings(&settings).install();
            assert_eq!(
                complete("/orders")
                    .unwrap_err()
                    .cause
                    .unwrap()
                    .field
                    .as_deref(),
                Some("/url")
            );
        }
    }
}
