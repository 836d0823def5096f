//! Data, whole or as a reference where it is too large to print.

use std::collections::HashMap;

use mortise_model::{Digest, Json, Payload};
use serde::Serialize;

/// A value as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// As it is.
    Whole(Json),
    /// Too large to print.
    Reference {
        /// sha256 of its JSON text.
        digest: Digest,
        /// Length of its JSON text.
        size_bytes: u64,
    },
}

/// What is shown whole, and where large values come from.
#[derive(Debug)]
pub struct Values {
    print_max_bytes: usize,
    stored: HashMap<Digest, Json>,
}

impl Values {
    /// Values over the limit become references.
    #[must_use]
    pub fn up_to(print_max_bytes: usize) -> Self {
        Self {
            print_max_bytes,
            stored: HashMap::new(),
        }
    }

    /// Every value is shown whole; those that are kept beside the journal are given here.
    #[must_use]
    pub fn full(stored: HashMap<Digest, Json>) -> Self {
        Self {
            print_max_bytes: usize::MAX,
            stored,
        }
    }

    /// A payload as it is shown.
    #[must_use]
    pub fn show(&self, payload: &Payload) -> Value {
        match payload {
            Payload::Inline(json) if json.as_str().len() > self.print_max_bytes => {
                Value::Reference {
                    digest: Digest::of(json.as_str().as_bytes()),
                    size_bytes: json.as_str().len() as u64,
                }
            }
            Payload::Inline(json) => Value::Whole(json.clone()),
            Payload::Stored { digest, size_bytes } => match self.stored.get(digest) {
                Some(json) => Value::Whole(json.clone()),
                None => Value::Reference {
                    digest: *digest,
                    size_bytes: *size_bytes,
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_large_value_is_a_reference_unless_all_is_wanted() {
        let json = Json::parse("[1,2,3]").unwrap();
        let inline = Payload::Inline(json.clone());
        assert!(matches!(
            Values::up_to(6).show(&inline),
            Value::Reference { size_bytes: 7, .. }
        ));
        assert_eq!(Values::up_to(7).show(&inline), Value::Whole(json.clone()));

        let digest = Digest::of(json.as_str().as_bytes());
        let stored = Payload::Stored {
            digest,
            size_bytes: 7,
        };
        assert!(matches!(
            Values::up_to(7).show(&stored),
            Value::Reference { .. }
        ));
        let all = Values::full([(digest, json.clone())].into());
        assert_eq!(all.show(&stored), Value::Whole(json));
    }
}
