//! What a step of `record/map` says.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How a record becomes another. Expressions are paths (`.customer.name`; `.a?` is null where there
/// is no `a`; `$.a` starts at the whole record), numbers, `"text"`, `true`, `false`, `null`, and
/// `* + - == != < <= > >= and or not ( )` between them. Arithmetic is exact; text that is a number
/// counts as one; a comparison by size with null is false.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config<'a> {
    /// Drops every record for which this is not true; beside `each`, every item.
    #[serde(borrow, default)]
    pub keep: Option<Text<'a>>,
    /// Drops every record for which this is true; beside `each`, every item.
    #[serde(borrow, default)]
    pub drop: Option<Text<'a>>,
    /// The path of a list: each of its items becomes a record of its own, and paths start at the item.
    #[serde(borrow, default)]
    pub each: Option<Text<'a>>,
    /// The new record's fields.
    #[serde(borrow)]
    pub fields: Fields<'a>,
}

/// Where a value comes from (one of `value`, `text`, `const`, `fields`, `each`, `flatten`, `count`,
/// `sum`, `number`), and what is done with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule<'a> {
    /// An expression.
    #[serde(borrow, default)]
    pub value: Option<Text<'a>>,
    /// Text with expressions in braces: `INV-{.id}`. A brace itself is written twice.
    #[serde(borrow, default)]
    pub text: Option<Text<'a>>,
    /// Always this value.
    #[serde(borrow, default, rename = "const", deserialize_with = "present")]
    #[schemars(with = "Option<serde_json::Value>")]
    pub constant: Option<&'a RawValue>,
    /// An object with these fields; beside `each`, one for each item.
    #[serde(borrow, default)]
    pub fields: Option<Fields<'a>>,
    /// The path of a list: each item becomes an object by `fields`, or a value by `value`, or stays
    /// as it is. Paths inside start at the item.
    #[serde(borrow, default)]
    pub each: Option<Text<'a>>,
    /// The path of a list: lists inside it are dissolved.
    #[serde(borrow, default)]
    pub flatten: Option<Text<'a>>,
    /// The path of a list: how many items it has.
    #[serde(borrow, default)]
    pub count: Option<Text<'a>>,
    /// The path of a list: the exact sum of `of` over its items.
    #[serde(borrow, default)]
    pub sum: Option<Text<'a>>,
    /// What is summed up for each item: an expression.
    #[serde(borrow, default)]
    pub of: Option<Text<'a>>,
    /// The number of the item at hand among those that were kept, from 1.
    #[serde(default)]
    pub number: Option<bool>,
    /// The items for which this is true, for `each`, `count` and `sum`.
    #[serde(borrow, default)]
    pub keep: Option<Text<'a>>,
    /// All but the items for which this is true.
    #[serde(borrow, default)]
    pub drop: Option<Text<'a>>,
    /// Converts the value; null stays null.
    #[serde(default)]
    pub to: Option<To>,
    /// How a date is written, for `to: date`, where it is not RFC 3339: `%d.%m.%Y`.
    #[serde(borrow, default)]
    pub format: Option<Text<'a>>,
    /// Instead of null, and of what is not there.
    #[serde(borrow, default)]
    #[schemars(with = "Option<serde_json::Value>")]
    pub default: Option<&'a RawValue>,
}

/// `const: null` is a constant, and not the same as no `const` at all.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What a value is converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum To {
    /// `"12.50"` becomes 12.5.
    Number,
    /// As `number`, without a fraction.
    Integer,
    /// 12 becomes `"12"`.
    String,
    /// `"true"`, `"yes"`, `"1"` and 1 become true, `"false"`, `"no"`, `"0"` and 0 false.
    Boolean,
    /// `2025-03-14` stays, a time becomes RFC 3339 in UTC.
    Date,
}

/// Text that is borrowed where it has no escapes.
#[derive(Debug)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

impl JsonSchema for Text<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Fields in the order in which they are written.
#[derive(Debug)]
pub struct Fields<'a>(pub Vec<(Text<'a>, Field<'a>)>);

/// One field: an expression, or a rule.
#[derive(Debug)]
pub enum Field<'a> {
    /// An expression, such as `.customer.name`.
    Expression(Text<'a>),
    /// A rule.
    Rule(Box<Rule<'a>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;

        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = Field<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "an expression such as `.id`, or a rule such as `{ value: .id, to: string }`",
                )
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Field<'de>, E> {
                Ok(Field::Expression(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Field<'de>, E> {
                Ok(Field::Expression(Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field<'de>, A::Error> {
                let rule = Rule::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Field::Rule(Box::new(rule)))
            }
        }

        deserializer.deserialize_any(FieldVisitor)
    }
}

impl JsonSchema for Fields<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Fields".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rule = generator.subschema_for::<Rule<'static>>();
        json_schema!({
            "type": "object",
            "additionalProperties": {
                "anyOf": [{ "type": "string", "description": "An expression, such as `.customer.name`." }, rule]
            }
        })
    }
}
