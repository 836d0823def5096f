//! Text that passes for JSON on its way out, whatever it is.

use mortise_sdk::Json;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is written unchecked.
pub struct Raw(pub String);

/// The name by which `serde_json` knows a value that is JSON already, and believes it.
const ALREADY_JSON: &str = "$serde_json::private::RawValue";

impl Raw {
    /// Half of an object.
    pub fn broken() -> Self {
        Self("{\"a\":".to_owned())
    }

    /// A JSON string of so many bytes.
    pub fn of(bytes: usize) -> Self {
        Self(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))))
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = serializer.serialize_struct(ALREADY_JSON, 1)?;
        value.serialize_field(ALREADY_JSON, &self.0)?;
        value.end()
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(|json| Self(json.into_text()))
    }
}

impl JsonSchema for Raw {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Raw".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::from(true)
    }
}
