//! What a step of `http/request` says.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use mortise_sdk::files::File;
use mortise_sdk::{Json, Timeout};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

/// What a step of `http/request` says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The method; every one but GET and HEAD carries `idempotency-key`.
    #[serde(default)]
    pub method: Method,
    /// The address, with scheme and host; or a path that begins with `/`, which the connection's `base-url` goes before.
    pub url: String,
    /// Added to the address, percent-encoded. A list gives the name once for each value, null leaves
    /// it out.
    #[serde(default)]
    pub query: BTreeMap<String, Values>,
    /// Headers. `authorization`, `cookie` and `host` are the host's.
    #[serde(default)]
    pub headers: BTreeMap<String, Values>,
    /// The body as JSON.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Json>,
    /// The body as text.
    #[serde(default)]
    pub text: Option<String>,
    /// The body as a file of the run: the output of the step that made it. Its content type is the
    /// file's, where `headers` name none.
    #[serde(default)]
    pub file: Option<File>,
    /// Keep the body of the answer as a file of the run, for what is large or no text.
    #[serde(default, rename = "save-as-file")]
    pub save_as_file: bool,
    /// Statuses that are answers and no failures, such as 404 where nothing is an answer as well.
    #[serde(default)]
    pub accept: Vec<Status>,
    /// Give up after so long, such as `20s` or `500ms`. What is left of the step's time is the limit
    /// in any case.
    #[serde(default)]
    pub timeout: Option<Timeout>,
}

/// A status that says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Status(#[schemars(range(min = 400, max = 499))] pub u16);

/// `json: null` is a body, and not the same as no `json` at all.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Reads the headers.
    Head,
    /// Creates or does.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
    /// Asks what is possible.
    Options,
}

impl Method {
    /// As it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }

    /// Whether it carries an idempotency key.
    pub fn writes(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }
}

/// The values of one header or query parameter: none, one or more.
#[derive(Debug, Default, PartialEq)]
pub struct Values(Vec<String>);

impl Values {
    /// Each as text.
    pub fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.iter().map(|text| Cow::Borrowed(text.as_str()))
    }
}

impl JsonSchema for Values {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number", "boolean", "null", "array"],
            "items": { "type": ["string", "number", "boolean"] }
        })
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values = Vec::new();
        deserializer.deserialize_any(ValuesVisitor(&mut values))?;
        Ok(Self(values))
    }
}

struct ValuesVisitor<'a>(&'a mut Vec<String>);

impl<'de> Visitor<'de> for ValuesVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a boolean, null or a list of these")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.0.push(text.to_owned());
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.visit_str(if value { "true" } else { "false" })
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        self.visit_str(&value.to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(Values(values)) = list.next_element()? {
            self.0.extend(values);
        }
        Ok(())
    }
}
