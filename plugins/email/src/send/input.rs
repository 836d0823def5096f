//! What a step of `email/send` says.

use std::collections::BTreeMap;

use mortise_sdk::files::File;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a step of `email/send` says. Addresses are `ann@example.com` or `Ann Lee <ann@example.com>`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Who it is from; the connection's `from` or user without it.
    #[serde(default)]
    pub from: Option<String>,
    /// Who gets it: an address or a list.
    #[serde(default)]
    pub to: Addresses,
    /// Who gets a copy.
    #[serde(default)]
    pub cc: Addresses,
    /// Who gets a copy that nobody else sees.
    #[serde(default)]
    pub bcc: Addresses,
    /// Where answers go, if not to `from`.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// One line.
    #[serde(default)]
    pub subject: String,
    /// The message as text.
    #[serde(default)]
    pub text: Option<String>,
    /// The message as HTML; with `text` both are sent, and the reader's program chooses.
    #[serde(default)]
    pub html: Option<String>,
    /// More headers, such as `In-Reply-To`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What goes with it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Send it also where the server refuses some of the recipients; `refused` says whom. Otherwise nobody gets it then.
    #[serde(default)]
    pub partial: bool,
}

/// What goes with a message: a file of the run, or a text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Attachment {
    /// A file of the run: the output of the step that made it.
    #[serde(default)]
    pub file: Option<File>,
    /// A text instead, sent as UTF-8.
    #[serde(default)]
    pub text: Option<String>,
    /// The name that readers see; the file's own without it.
    #[serde(default)]
    pub name: Option<String>,
    /// Its media type; the file's own without it.
    #[serde(default)]
    pub content_type: Option<String>,
}

/// An address or a list of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Addresses {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for Addresses {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Addresses {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let all = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        };
        all.iter().map(String::as_str)
    }
}

impl Input {
    /// Where in the step stands what the message has at a place.
    pub fn pointer(&self, field: &str) -> String {
        let mut parts = field.split('/').skip(1);
        let (first, second, rest) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let list = match first {
            "to" => &self.to,
            "cc" => &self.cc,
            "bcc" => &self.bcc,
            "sender" => return "/from".to_owned(),
            "headers" => return self.header(second),
            "attachments" if rest == Some("content") => {
                return format!("/attachments/{}/file", second.unwrap_or_default());
            }
            _ => return field.to_owned(),
        };
        match list {
            Addresses::One(_) => format!("/{first}"),
            Addresses::Many(_) => field.to_owned(),
        }
    }

    /// Headers go out in the order of their names.
    fn header(&self, number: Option<&str>) -> String {
        let number = number.and_then(|number| number.parse().ok());
        let name = number.and_then(|number| self.headers.keys().nth(number));
        let escaped = name.map(|name| name.replace('~', "~0").replace('/', "~1"));
        escaped.map_or_else(|| "/headers".to_owned(), |name| format!("/headers/{name}"))
    }
}
