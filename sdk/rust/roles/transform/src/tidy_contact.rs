//! `tidy-contact`: the same records always give the same result.

use mortise_sdk::{Example, Failure, Transform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub struct TidyContact;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where people live of whom nothing else is known: two letters.
    #[serde(default = "country")]
    #[schemars(length(equal = 2))]
    country: String,
}

fn country() -> String {
    "DE".to_owned()
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    name: String,
    email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Tidy {
    name: String,
    email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    country: String,
}

impl Transform for TidyContact {
    const NAME: &'static str = "tidy-contact";
    const SUMMARY: &'static str = "makes name, address and number of a contact uniform";
    type Config = Config;
    type Record = Contact;
    type Output = Tidy;

    fn apply(config: &Config, contact: Contact) -> Result<Vec<Tidy>, Failure> {
        let email = contact.email.trim().to_lowercase();
        if !email.contains('@') {
            return Err(Failure::reject("the email has no @").with_field("/email"));
        }
        let tidy = Tidy {
            name: contact.name.split_whitespace().collect::<Vec<_>>().join(" "),
            email,
            phone: contact.phone.map(|phone| number(&phone)),
            country: config.country.clone(),
        };
        Ok(vec![tidy])
    }

    fn examples() -> Vec<Example> {
        let contact = json!({ "name": "  Ada   Lovelace ", "email": " Ada@Example.com", "phone": "+44 (20) 1234" });
        let tidy = json!({ "name": "Ada Lovelace", "email": "ada@example.com", "phone": "+44201234", "country": "GB" });
        vec![
            Example::new("One contact", json!({ "country": "GB" }))
                .records(vec![contact])
                .output(json!([tidy])),
        ]
    }
}

/// Digits, and the `+` that begins an international number.
fn number(phone: &str) -> String {
    let phone = phone.trim();
    let digits = phone.chars().filter(char::is_ascii_digit);
    let plus = phone.starts_with('+').then_some('+');
    plus.into_iter().chain(digits).collect()
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake;

    use super::*;

    #[test]
    fn the_examples_are_true() {
        fake::run_examples::<TidyContact>().unwrap();
    }

    #[test]
    fn a_record_that_is_wrong_says_which_field() {
        let record = json!({ "name": "A", "email": "nobody" });
        let out = fake::apply::<TidyContact>(&json!({}), &[record]).unwrap();
        let cause = out[0].as_ref().unwrap_err().cause.as_ref().unwrap();
        assert_eq!(cause.field.as_deref(), Some("/email"));
    }
}
