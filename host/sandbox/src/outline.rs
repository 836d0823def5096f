//! The outline of a JSON Schema: which types, which members, how deep. What a plugin gives is held against
//! it in one pass that takes no longer than reading does. A whole validator would not do here: schema and
//! value both come from the plugin, which could make one that takes for ever.

use std::collections::HashMap;
use std::fmt;

use mortise_model::Json;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What a value has to look like; all that is not said is allowed.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// The types that it may have; none is every type.
    kinds: u8,
    required: Vec<String>,
    members: HashMap<String, Outline>,
    items: Option<Box<Outline>>,
    /// Whether it says anything.
    is_bound: bool,
}

/// Deeper values are not looked at.
const DEPTH_MAX: usize = 16;
/// As above, what comes after so many parts of a schema.
const PARTS_MAX: usize = 4_096;
/// Required members of one object; those after them may be missing.
const REQUIRED_MAX: usize = 256;

const KINDS: [(&str, u8); 7] = [
    ("null", 1),
    ("boolean", 2),
    ("integer", 4),
    ("number", 4 | NUMBER),
    ("string", 16),
    ("array", 32),
    ("object", 64),
];
const NUMBER: u8 = 8;

impl Outline {
    /// Reads a schema; what it says in other words than these is left out.
    pub fn of(schema: &Json) -> Self {
        let schema = schema.read::<Value>().unwrap_or_default();
        let mut left = PARTS_MAX;
        Self::part(&schema, &schema, DEPTH_MAX, &mut left)
    }

    fn part(schema: &Value, root: &Value, depth: usize, left: &mut usize) -> Self {
        if depth == 0 || *left == 0 {
            return Self::default();
        }
        *left -= 1;
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').and_then(|path| root.pointer(path));
            let target = target.map(|target| Self::part(target, root, depth - 1, left));
            return target.unwrap_or_default();
        }
        let members = schema.get("properties").and_then(Value::as_object);
        let members = members
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), Self::part(schema, root, depth - 1, left)));
        let members: HashMap<String, Self> = members.collect();
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let required: Vec<String> = required.take(REQUIRED_MAX).map(str::to_owned).collect();
        let items = schema.get("items");
        let items = items.map(|items| Box::new(Self::part(items, root, depth - 1, left)));
        let kinds = kinds(schema.get("type"));
        Self {
            is_bound: kinds != 0
                || !required.is_empty()
                || members.values().any(|member| member.is_bound)
                || items.as_ref().is_some_and(|items| items.is_bound),
            kinds,
            required,
            members,
            items,
        }
    }

    /// Looks at a value; the error says what does not fit, and where.
    pub fn check(&self, value: &Json) -> Result<(), String> {
        if !self.is_bound {
            return Ok(());
        }
        let mut text = serde_json::Deserializer::from_str(value.as_str());
        let part = Part {
            outline: self,
            name: "",
        };
        part.deserialize(&mut text)
            .map_err(|error| error.to_string())
    }
}

fn kinds(types: Option<&Value>) -> u8 {
    let kind = |name: &Value| {
        let known = KINDS.iter().find(|(known, _)| name == known);
        known.map_or(0, |(_, kind)| *kind)
    };
    match types {
        Some(Value::Array(types)) => types.iter().map(kind).fold(0, |all, kind| all | kind),
        Some(one) => kind(one),
        None => 0,
    }
}

/// A value inside of another, under the name that it has there.
struct Part<'a> {
    outline: &'a Outline,
    name: &'a str,
}

impl Part<'_> {
    fn fits<E: Error>(&self, kind: u8, found: &str) -> Result<(), E> {
        match self.outline.kinds == 0 || self.outline.kinds & kind != 0 {
            true => Ok(()),
            false if self.name.is_empty() => Err(E::custom(format!("it is {found}"))),
            false => Err(E::custom(format!("`{}` is {found}", self.name))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.outline.is_bound {
            true => deserializer.deserialize_any(self),
            false => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ()),
        }
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what the descriptor declares")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.fits(1, "null")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.fits(2, "a boolean")
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.fits(4, "a number")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.fits(4, "a number")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        match number.fract() == 0.0 {
            true => self.fits(4, "a number"),
            false => self.fits(NUMBER, "a number with a fraction"),
        }
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.fits(16, "text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.fits(32, "a list")?;
        let open = Outline::default();
        let outline = self.outline.items.as_deref().unwrap_or(&open);
        let item = || Part {
            outline,
            name: self.name,
        };
        while list.next_element_seed(item())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        self.fits(64, "an object")?;
        let open = Outline::default();
        let mut missing: Vec<&str> = self.outline.required.iter().map(String::as_str).collect();
        while let Some(name) = object.next_key::<String>()? {
            missing.retain(|required| *required != name);
            let outline = self.outline.members.get(&name).unwrap_or(&open);
            object.next_value_seed(Part {
                outline,
                name: &name,
            })?;
        }
        match missing.first() {
            None => Ok(()),
            Some(name) => Err(Error::custom(format!("`{name}` is missing"))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SCHEMA: &str = r##"{
        "type": "object", "required": ["id", "lines"],
        "properties": {
            "id": {"type": "integer"}, "note": {"type": ["string", "null"]},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}}
        },
        "$defs": {"line": {
            "type": "object", "required": ["price"],
            "properties": {"price": {"type": "number"}, "of": {"$ref": "#/$defs/line"}}
        }}
    }"##;

    fn said(schema: &str, value: &str) -> String {
        let outline = Outline::of(&Json::parse(schema).unwrap());
        let checked = outline.check(&Json::parse(value).unwrap());
        checked.err().unwrap_or_default()
    }

    #[test]
    fn a_value_fits_or_is_told_where_it_does_not() {
        for (value, expected) in [
            (r#"{"id": 1, "lines": []}"#, ""),
            (
                r#"{"id": 1.0, "note": null, "lines": [{"price": 1.5}], "more": {"a": []}}"#,
                "",
            ),
            ("[]", "it is a list"),
            (r#"{"id": 1}"#, "`lines` is missing"),
            (
                r#"{"id": 1.5, "lines": []}"#,
                "`id` is a number with a fraction",
            ),
            (r#"{"id": "1", "lines": []}"#, "`id` is text"),
            (
                r#"{"id": 1, "note": false, "lines": []}"#,
                "`note` is a boolean",
            ),
            (
                r#"{"id": 1, "lines": [{"price": 1}, {}]}"#,
                "`price` is missing",
            ),
            (
                r#"{"id": 1, "lines": [{"price": 1, "of": {"price": null}}]}"#,
                "`price` is null",
            ),
        ] {
            let said = said(SCHEMA, value);
            assert!(
                said.starts_with(expected) && said.is_empty() == expected.is_empty(),
                "{said}"
            );
        }
    }

    #[test]
    fn a_schema_that_never_ends_is_cut() {
        let doubling: Vec<String> = (0..40)
            .map(|n| {
                let next = format!(r##"{{"$ref": "#/$defs/d{}"}}"##, n + 1);
                format!(r#""d{n}": {{"properties": {{"a": {next}, "b": {next}}}}}"#)
            })
            .collect();
        let schema = format!(
            r##"{{"$ref": "#/$defs/d0", "$defs": {{{}}}}}"##,
            doubling.join(",")
        );
        assert_eq!(said(&schema, r#"{"a": {"b": 1}}"#), "");
        assert_eq!(said(r##"{"$ref": "#"}"##, "1"), "");
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        let list = r##"{"type": "array", "items": {"$ref": "#"}}"##;
        assert!(said(list, &deep).is_empty());
    }
}
