//! Which elements are meant.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Names from the root on, `*` for any: `/orders/*/line`.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(transparent)]
pub struct Path(#[schemars(regex(pattern = "^(/[^/]+)+$"))] String);

impl Path {
    /// Whether the element with these names from the root on is meant.
    pub fn is_at(&self, open: &[String]) -> bool {
        let mut open = open.iter();
        let is_met = |step: &str| open.next().is_some_and(|name| step == "*" || step == name);
        self.0.split('/').skip(1).all(is_met) && open.next().is_none()
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_path = text
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(|step| !step.is_empty()));
        match is_path {
            true => Ok(Self(text)),
            false => Err(Error::custom(format!(
                "`{text}` is no path: write the names from the root on, such as `/orders/order`"
            ))),
        }
    }
}

/// Elements by their path, or by their name wherever they are.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Place {
    /// `/orders/order/line`
    Path(Path),
    /// `line`
    Name(String),
}

impl Place {
    /// Whether the element with these names from the root on is meant.
    pub fn is_at(&self, open: &[String]) -> bool {
        match self {
            Self::Path(path) => path.is_at(open),
            Self::Name(name) => open.last() == Some(name),
        }
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.contains('/') {
            true => {
                Path::deserialize(serde::de::value::StringDeserializer::new(text)).map(Self::Path)
            }
            false => Ok(Self::Name(text)),
        }
    }
}
