//! `find-user`: by e-mail address, which Slack looks up, or by name, for which everybody is looked at.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::{self, Parameters};
use crate::message::Object;
use crate::pages::{self, Metadata};

/// As many as Slack gives at once: large workspaces are looked through before the rate is used up.
const PAGE: &str = "1000";

pub struct FindUser;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The e-mail address; either this or `name`.
    email: Option<String>,
    /// The name: the handle, with or without `@`, the name that is shown, or the full name. Capitals do not matter.
    name: Option<String>,
}

/// Somebody in the workspace, with everything that Slack says besides.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// Their id; `post-message` takes it as a channel.
    id: String,
    /// Their handle.
    #[serde(default)]
    name: String,
    /// Their full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    real_name: Option<String>,
    /// Whether the account was deactivated.
    #[serde(default)]
    deleted: bool,
    /// What is shown of them: `display_name`, `email`, `title`, `image_192` and more.
    #[serde(default)]
    profile: Object,
    /// Everything else, such as `tz`.
    #[serde(flatten)]
    rest: Object,
}

#[derive(Deserialize)]
struct Found {
    user: User,
}

#[derive(Deserialize)]
struct Page {
    members: Vec<User>,
    response_metadata: Option<Metadata>,
}

impl Action for FindUser {
    const NAME: &'static str = "find-user";
    const SUMMARY: &'static str = "finds somebody by e-mail address or name";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = User;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<User>, Failure> {
        let user = match (&input.email, &input.name) {
            (Some(email), None) => by_email(email),
            (None, Some(name)) => by_name(name),
            (Some(_), Some(_)) => Err(Failure::reject(
                "either `email` or `name` says who it is, not both",
            )
            .with_field("/name")),
            (None, None) => {
                Err(Failure::reject("`email` or `name` has to say who it is").with_field("/email"))
            }
        };
        user.map(Outcome::Done)
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new("By address", json!({ "email": "anna@example.com" })),
            Example::new("By name", json!({ "name": "Anna Berg" })),
        ]
    }
}

fn by_email(email: &str) -> Result<User, Failure> {
    let found: Found = call::get(
        "users.lookupByEmail",
        &Parameters::default().text("email", email),
    )?;
    Ok(found.user)
}

/// Names are not unique, so the last page is looked at as well.
fn by_name(name: &str) -> Result<User, Failure> {
    let wanted = name.trim_start_matches('@').to_lowercase();
    let mut found = Vec::new();
    pages::walk(|cursor| {
        let parameters = Parameters::default()
            .text("limit", PAGE)
            .given("cursor", cursor);
        let page: Page = call::get("users.list", &parameters)?;
        found.extend(
            page.members
                .into_iter()
                .filter(|user| user.is_called(&wanted)),
        );
        pages::next(page.response_metadata, cursor)
    })?;
    let failure = match found.as_slice() {
        [user] => return Ok(user.clone()),
        [] => Failure::reject(format!("nobody in the workspace is called `{name}`"))
            .with_code("users_not_found"),
        several => {
            let ids: Vec<&str> = several.iter().map(|user| user.id.as_str()).collect();
            let ids = ids.join("`, `");
            Failure::reject(format!(
                "several people are called `{name}`: `{ids}`; find the one by `email`"
            ))
        }
    };
    Err(failure.with_field("/name"))
}

impl User {
    fn is_called(&self, wanted: &str) -> bool {
        let shown = |field: &str| self.profile.get(field).and_then(serde_json::Value::as_str);
        let names = [
            Some(self.name.as_str()),
            self.real_name.as_deref(),
            shown("real_name"),
            shown("display_name"),
        ];
        !self.deleted
            && names
                .into_iter()
                .flatten()
                .any(|name| name.to_lowercase() == wanted)
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};

    use super::*;

    fn page(members: &str, cursor: &str) -> Answer {
        let metadata = format!(r#"{{"next_cursor":"{cursor}"}}"#);
        Answer::json(
            200,
            &format!(r#"{{"ok":true,"members":[{members}],"response_metadata":{metadata}}}"#),
        )
    }

    #[test]
    fn a_name_that_two_people_have_is_no_answer() {
        let anna = r#"{"id":"U1","name":"anna"}"#;
        let other = r#"{"id":"U2","name":"a.berg","profile":{"display_name":"Anna"}}"#;
        let gone = r#"{"id":"U3","name":"anna","deleted":true}"#;
        for (second, is_found) in [(gone, true), (other, false)] {
            let _host = Host::new()
                .answer(page(anna, "c2"))
                .answer(page(second, ""))
                .install();
            let found = fake::invoke::<FindUser>(&json!({ "name": "@ANNA" }));
            match found {
                Ok(user) => assert!(is_found && user["id"] == "U1"),
                Err(failure) => assert!(
                    !is_found && failure.message.contains("`U1`, `U2`"),
                    "{}",
                    failure.message
                ),
            }
        }
    }

    #[test]
    fn one_way_to_look_is_named() {
        for input in [
            json!({}),
            json!({ "email": "a@example.com", "name": "Anna" }),
        ] {
            let failure = fake::invoke::<FindUser>(&input).unwrap_err();
            assert!(failure.cause.unwrap().field.is_some());
        }
    }
}
