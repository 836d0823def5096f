//! JSON Pointer (RFC 6901) over text.

use std::fmt;

use mortise_sdk::Json;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::Fields;

/// Names a field of a record: `/customer/id`, or the whole record where it is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct Pointer(#[schemars(regex(pattern = r"^(/([^~/]|~[01])*)*$"))] String);

/// What can be wrong where something is to be put.
const NO_OBJECT: &str = "is no object, so nothing can be put into it";

impl Pointer {
    /// As it is written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The name of its last field; none for the whole record.
    pub fn name(&self) -> Option<String> {
        self.0.rsplit_once('/').map(|(_, token)| unescape(token))
    }

    /// Whether it names a field of the record itself.
    pub fn is_flat(&self) -> bool {
        self.0.matches('/').count() == 1
    }

    fn tokens(&self) -> impl Iterator<Item = String> {
        self.0.split('/').skip(1).map(unescape)
    }

    /// What is there; none where the way to it ends before.
    pub fn get(&self, record: &Json) -> Option<Json> {
        let mut value = record.clone();
        for token in self.tokens() {
            value = child(&value, &token)?;
        }
        Some(value)
    }

    /// The record with a value there; objects on the way are made. The error says what is in the way.
    pub fn set(&self, record: &Json, value: Json) -> Result<Json, String> {
        let tokens: Vec<String> = self.tokens().collect();
        put(record, &tokens, value).map_err(|depth| {
            let place: String =
                self.0
                    .split('/')
                    .skip(1)
                    .take(depth)
                    .fold(String::new(), |mut place, token| {
                        place.push('/');
                        place.push_str(token);
                        place
                    });
            match place.as_str() {
                "" => format!("the record {NO_OBJECT}"),
                place => format!("`{place}` {NO_OBJECT}"),
            }
        })
    }
}

fn child(value: &Json, token: &str) -> Option<Json> {
    match value.text().as_bytes().first()? {
        b'{' => value.parse::<Fields>().ok()?.get(token).cloned(),
        b'[' => {
            let index: usize = token.parse().ok()?;
            value.parse::<Vec<Json>>().ok()?.into_iter().nth(index)
        }
        _ => None,
    }
}

/// The error is how deep it got.
fn put(record: &Json, tokens: &[String], value: Json) -> Result<Json, usize> {
    let Some((token, rest)) = tokens.split_first() else {
        return Ok(value);
    };
    let mut fields: Fields = match record.text() {
        "null" => Fields::default(),
        _ => record.parse().map_err(|_| 0_usize)?,
    };
    let inner = match fields.get(token) {
        Some(inner) => put(inner, rest, value),
        None => Json::of(&())
            .map_err(|_| 0)
            .and_then(|null| put(&null, rest, value)),
    };
    fields.set(token, inner.map_err(|depth| depth + 1)?);
    Json::from_text(fields.to_text()).map_err(|_| 0)
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !text.is_empty() && !text.starts_with('/') {
            let why = format!("`{text}` is no JSON Pointer: write `/{text}`");
            return Err(Error::custom(why));
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn pointer(text: &str) -> Pointer {
        serde_json::from_value(text.into()).unwrap()
    }

    fn json(text: &str) -> Json {
        Json::from_text(text.to_owned()).unwrap()
    }

    #[test]
    fn what_is_not_touched_stays_as_it_is_written() {
        let record = json(
            r#"{"n": 1.50, "a":{"x": 12345678901234567890.10, "t":"old"},"l":[1, {"k":2.0}]}"#,
        );
        let changed = pointer("/a/t").set(&record, json("\"new\"")).unwrap();
        let expected =
            r#"{"n":1.50,"a":{"x":12345678901234567890.10,"t":"new"},"l":[1, {"k":2.0}]}"#;
        assert_eq!(changed.text(), expected);
        assert_eq!(pointer("/l/1/k").get(&record).unwrap().text(), "2.0");
        assert_eq!(pointer("").get(&record).unwrap(), record);
        assert_eq!(pointer("/a/x/y").get(&record), None);
    }

    #[test]
    fn the_way_is_made_and_what_is_in_it_is_named() {
        let record = json(r#"{"a/b":{"c":5}}"#);
        let made = pointer("/new/deep").set(&record, json("1")).unwrap();
        assert_eq!(made.text(), r#"{"a/b":{"c":5},"new":{"deep":1}}"#);
        assert_eq!(pointer("/a~1b/c").get(&record).unwrap().text(), "5");
        let refused = pointer("/a~1b/c/d").set(&record, json("1")).unwrap_err();
        assert_eq!(
            refused,
            "`/a~1b/c` is no object, so nothing can be put into it"
        );
        let refused = pointer("/x").set(&json("[1]"), json("1")).unwrap_err();
        assert_eq!(
            refused,
            "the record is no object, so nothing can be put into it"
        );
    }

    #[test]
    fn a_name_without_a_slash_is_refused_with_the_remedy() {
        let error = serde_json::from_value::<Pointer>("id".into()).unwrap_err();
        assert_eq!(error.to_string(), "`id` is no JSON Pointer: write `/id`");
    }
}
