//! What a step says to have read.

use std::fmt;

use mortise_sdk::Failure;
use mortise_sdk::files::{self, File};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A text, or a file of the run.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Input {
    /// The text itself.
    Text(String),
    /// A file of the run: `{"$file": "…"}`.
    File(File),
}

impl Input {
    /// Its size in bytes.
    pub(crate) fn size(&self) -> Result<u64, Failure> {
        match self {
            Self::Text(text) => Ok(text.len() as u64),
            Self::File(file) => Ok(files::stat(&file.id).map_err(unreadable)?.size),
        }
    }

    /// Bytes from an offset; fewer at the end.
    pub fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Text(text) => {
                let end = text.len();
                let start = usize::try_from(offset).unwrap_or(end).min(end);
                let stop = start.saturating_add(length as usize).min(end);
                Ok(text.as_bytes()[start..stop].to_vec())
            }
            Self::File(file) => files::read(&file.id, offset, length).map_err(unreadable),
        }
    }
}

fn unreadable(why: String) -> Failure {
    Failure::reject(why).with_field("/input")
}

impl<'de> Deserialize<'de> for Input {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

/// Says what is wrong with the one that was meant, where a derived reader would name neither.
struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Input;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a file of the run such as {\"$file\": \"…\"}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Input, E> {
        Ok(Input::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Input, E> {
        Ok(Input::Text(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Input, A::Error> {
        File::deserialize(MapAccessDeserializer::new(map)).map(Input::File)
    }
}
