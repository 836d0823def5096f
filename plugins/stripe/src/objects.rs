//! Stripe's objects: passed through whole, with the fields that people use described.

mod described;

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub use described::{Customer, Event, Invoice, InvoiceItem, PaymentIntent, Refund};

/// An object as Stripe gave it, of which `T` describes the fields that people use.
#[derive(Clone, Debug)]
pub struct Passed<T>(pub Value, PhantomData<T>);

impl<T> Passed<T> {
    pub fn new(value: Value) -> Self {
        Self(value, PhantomData)
    }

    pub fn id(&self) -> Option<&str> {
        self.0.get("id")?.as_str()
    }
}

impl<T> Serialize for Passed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Passed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Stripe's answers are objects with an id; anything else is no answer of it.
        let value = Value::deserialize(deserializer)?;
        match value.get("id") {
            Some(Value::String(_)) => Ok(Self::new(value)),
            _ => Err(serde::de::Error::custom("an object of Stripe has an `id`")),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Passed<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        described::open(&mut schema);
        schema.insert("required".to_owned(), serde_json::json!(["id"]));
        schema
    }
}
