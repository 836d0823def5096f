//! Data on its way through the host: checked once at the border, then carried as text.

mod canonical;
mod files;
mod strict;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::id::Digest;

pub use files::FileRef;

/// JSON text (RFC 8259) that is known to be well formed. Cloning is cheap.
#[derive(Clone)]
pub struct Json(Arc<RawValue>);

impl Json {
    /// Checks a text and keeps it.
    ///
    /// # Errors
    /// Where the text is not one JSON value, or holds what nobody could read later: half of a
    /// surrogate pair, or a number that no `f64` holds.
    pub fn parse(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        let json = Self::kept(text)?;
        match strict::flaw(json.as_str()) {
            None => Ok(json),
            Some(flaw) => Err(serde_json::Error::custom(flaw)),
        }
    }

    /// A text that was checked when it was kept, and comes back from where it was.
    ///
    /// # Errors
    /// Where the text is not one JSON value.
    pub fn kept(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text.into()).map(|raw| Self(raw.into()))
    }

    /// The JSON text of a value.
    ///
    /// # Errors
    /// Where the value has no JSON form, such as a map whose keys are no text.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(|raw| Self(raw.into()))
    }

    /// The value `null`.
    #[must_use]
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The unparsed value, for serialising without another check.
    #[must_use]
    pub fn raw(&self) -> &RawValue {
        &self.0
    }

    /// The parsed value.
    ///
    /// # Errors
    /// Where the text nests deeper or counts higher than `T` can hold.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }

    /// The text that all equal values have in common: no spaces, fields in the order of their names,
    /// one way to write each text and number. Numbers are equal where they count the same.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = String::with_capacity(self.as_str().len());
        canonical::write(self.as_str(), &mut text);
        text
    }

    /// Whether the value is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }

    /// Follows a path; none where a field or an element is missing or has no fields.
    #[must_use]
    pub fn at(&self, path: &[Segment]) -> Option<Self> {
        if path.is_empty() {
            return Some(self.clone());
        }
        find(&self.0, path).map(|raw| Self(raw.to_owned().into()))
    }
}

fn find<'a>(raw: &'a RawValue, path: &[Segment]) -> Option<&'a RawValue> {
    path.iter().try_fold(raw, |raw, segment| {
        let mut deserializer = serde_json::Deserializer::from_str(raw.get());
        Pick(segment).deserialize(&mut deserializer).ok().flatten()
    })
}

/// Takes one member out of an object or an array and skips the others.
struct Pick<'s>(&'s Segment);

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Segment::Field(name) = self.0 else {
            return skip_map(map);
        };
        let mut found = None;
        // The last of two equal keys counts, as everywhere in serde_json.
        while let Some(Key(key)) = map.next_key()? {
            if key == **name {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        let mut index = 0;
        while let Some(element) = seq.next_element::<&'de RawValue>()? {
            if matches!(self.0, Segment::Index(wanted) if *wanted == index) {
                found = Some(element);
            }
            index += 1;
        }
        Ok(found)
    }
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<&'de RawValue>, A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(None)
}

/// A key that borrows where the text has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl PartialEq for Json {
    /// Equal text; `1` and `1.0` differ.
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Self(raw.into()))
    }
}

/// One step of a path into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Segment {
    /// A field of an object.
    Field(Arc<str>),
    /// An element of an array, from zero.
    Index(u32),
}

/// Data of a run as the journal names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// Small enough to stand in the entry itself.
    Inline(Json),
    /// Kept beside the journal under its digest.
    Stored {
        /// sha256 of the text; also its checksum.
        digest: Digest,
        /// Length of the text in bytes.
        size_bytes: u64,
    },
}

impl Payload {
    /// The largest payload that stands in an entry; a larger one is a file of its own.
    pub const INLINE_MAX_BYTES: usize = 64 * 1024;
}

impl From<Json> for Payload {
    fn from(json: Json) -> Self {
        Self::Inline(json)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str, path: &[Segment]) -> Option<String> {
        Json::parse(text)
            .unwrap()
            .at(path)
            .map(|json| json.as_str().to_owned())
    }

    fn field(name: &str) -> Segment {
        Segment::Field(name.into())
    }

    #[test]
    fn a_path_keeps_the_text_as_it_is() {
        let text = r#"{"a":{"b":[1, 2.50,{"c\n":"x"}]},"d":null}"#;
        assert_eq!(
            at(text, &[field("a"), field("b"), Segment::Index(1)]).unwrap(),
            "2.50"
        );
        let deep = [field("a"), field("b"), Segment::Index(2), field("c\n")];
        assert_eq!(at(text, &deep).unwrap(), "\"x\"");
        assert_eq!(at(text, &[field("d")]).unwrap(), "null");
        assert_eq!(at(text, &[]).unwrap(), text);
    }

    #[test]
    fn what_is_not_there_is_none() {
        let text = r#"{"a":[1],"t":"x"}"#;
        for path in [
            vec![field("b")],
            vec![field("a"), Segment::Index(1)],
            vec![field("t"), field("x")],
        ] {
            assert_eq!(at(text, &path), None, "{path:?}");
        }
        assert_eq!(at(text, &[field("a"), field("x")]), None);
        assert_eq!(at(text, &[Segment::Index(0)]), None);
    }

    #[test]
    fn only_one_whole_value_is_json() {
        for bad in ["", "{", "1 2", "{'a':1}", "nul"] {
            assert!(Json::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_payload_survives_its_text() {
        let inline = Payload::from(Json::parse(r#"{"a":1.10}"#).unwrap());
        let stored = Payload::Stored {
            digest: Digest::of(b"x"),
            size_bytes: 70_000,
        };
        for payload in [inline, stored] {
            let text = serde_json::to_string(&payload).unwrap();
            assert_eq!(serde_json::from_str::<Payload>(&text).unwrap(), payload);
        }
    }
}
