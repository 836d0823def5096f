//! Records: one file per verb, each for every kind.

mod create;
mod filter;
mod get;
mod list;
pub mod search;
mod update;
mod upsert;
mod upsert_many;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

pub use create::Create;
pub use filter::{Direction, Filter, Order, Query, Term};
pub use get::Get;
pub use list::List;
pub use search::Search;
pub use update::Update;
pub use upsert::Upsert;
pub use upsert_many::UpsertMany;

/// A record as HubSpot tells it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// HubSpot's id of the record.
    pub id: String,
    /// Values by the properties' internal names, all of them as text.
    pub properties: BTreeMap<String, Option<String>>,
    /// When it was created: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it was last changed: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// Whether it lies in the recycling bin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Records that it is associated with, where they were asked for, by kind: `companies`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub associations: Option<BTreeMap<String, Associated>>,
    /// Whatever else HubSpot tells.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The first of the records of one kind that a record is associated with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Associated {
    /// Up to a page of them; `list-associations` gives all.
    pub results: Vec<AssociatedId>,
    /// Whatever else HubSpot tells.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A record that another one is associated with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AssociatedId {
    /// HubSpot's id of the record.
    pub id: String,
    /// How the two belong together: `contact_to_company`.
    pub r#type: String,
}

/// Values by the properties' internal names.
pub type Properties = BTreeMap<String, PropertyValue>;

/// A value that a property gets; null empties it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PropertyValue {
    /// Text, a date, or an option; several options with `;` between.
    Text(String),
    /// A number.
    Number(Number),
    /// Yes or no.
    Flag(bool),
    /// Nothing.
    Empty(()),
}

impl Serialize for PropertyValue {
    /// As HubSpot's API wants every value: as text.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.collect_str(number),
            Self::Flag(flag) => serializer.collect_str(flag),
            Self::Empty(()) => serializer.serialize_str(""),
        }
    }
}

/// An id, which webhooks tell as a number and everybody else as text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Id {
    /// As text.
    Text(String),
    /// As a number.
    Number(u64),
}

impl Id {
    /// As text.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Where the next page begins, in the words of lists.
#[derive(Debug, Deserialize)]
pub struct Paging {
    next: Option<NextPage>,
}

#[derive(Debug, Deserialize)]
struct NextPage {
    after: String,
}

/// The place of the next page; a page that names itself as the next one is not followed.
pub fn following(
    paging: Option<Paging>,
    asked: Option<&str>,
) -> Result<Option<String>, mortise_sdk::Failure> {
    let next = paging.and_then(|paging| paging.next).map(|next| next.after);
    match next {
        Some(next) if asked == Some(next.as_str()) => Err(circular()),
        next => Ok(next),
    }
}

/// A page that is its own next one.
pub fn circular() -> mortise_sdk::Failure {
    mortise_sdk::Failure::retry("HubSpot gave a page that comes before the one that was asked for")
}

/// An example's output.
#[cfg(test)]
pub fn sample(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","properties":{{"email":"ada@example.com"}},"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z","archived":false}}"#
    )
}
