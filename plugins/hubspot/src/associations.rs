//! Associations of records, with version 4 of that API.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::hubspot;
use crate::record::{Id, Paging, following};

/// The most associations that HubSpot gives at once.
const PAGE: &str = "500";

/// Two records.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pair {
    /// The kind of the first record: `contacts`, `deals`, or the id of a custom one.
    from_type: String,
    /// The id of the first record.
    from_id: Id,
    /// The kind of the second record.
    to_type: String,
    /// The id of the second record.
    to_id: Id,
    /// What the association means; without any, `create-association` makes the plain one, and
    /// `delete-association` deletes all between the two.
    #[serde(default)]
    types: Vec<Type>,
}

/// What an association means.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Type {
    /// Who defined it.
    category: Category,
    /// The number of the type, such as 1 for the primary company of a contact.
    type_id: u32,
}

/// Who defined a type.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Category {
    HubspotDefined,
    UserDefined,
    IntegratorDefined,
    Work,
}

impl Serialize for Type {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({ "associationCategory": self.category, "associationTypeId": self.type_id })
            .serialize(serializer)
    }
}

fn example() -> Value {
    json!({ "from-type": "contacts", "from-id": "512", "to-type": "companies", "to-id": "77" })
}

/// `create-association`: sets it, which a second call sets again.
pub struct Create;

/// The two records.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Associated {
    /// The id of the first record.
    from_id: String,
    /// The id of the second record.
    to_id: String,
}

impl Action for Create {
    const NAME: &'static str = "create-association";
    const SUMMARY: &'static str = "associates two records";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Pair;
    type Output = Associated;

    fn invoke(input: Pair, _: Turn) -> Result<Outcome<Associated>, Failure> {
        let (from_id, to_id) = (input.from_id.into_text(), input.to_id.into_text());
        let (from, to) = (input.from_type.as_str(), input.to_type.as_str());
        let path = ["crm", "v4", "objects", from, &from_id, "associations"];
        let request = if input.types.is_empty() {
            let path = [&path[..], &["default", to, &to_id]].concat();
            Request::put(hubspot::url(&path)?)
        } else {
            let path = [&path[..], &[to, &to_id]].concat();
            Request::put(hubspot::url(&path)?).json(&input.types)?
        };
        // What stands in the answer differs between the two, and says nothing that was not asked for.
        let _: Value = hubspot::ask(request)?.json()?;
        Ok(Outcome::Done(Associated { from_id, to_id }))
    }

    fn examples() -> Vec<Example> {
        vec![Example::new("a contact and its company", example())]
    }
}

/// `list-associations`: of one record with those of one kind.
pub struct List;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Of {
    /// The kind of the record: `contacts`, `deals`, or the id of a custom one.
    from_type: String,
    /// The id of the record.
    from_id: Id,
    /// The kind of the records that it is associated with.
    to_type: String,
}

/// A record that is associated, and how.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Other {
    /// The id of the other record.
    to_object_id: Value,
    /// What their associations mean: `typeId`, `category`, and `label` where there is one.
    association_types: Vec<Value>,
}

#[derive(Deserialize)]
struct Page {
    results: Vec<Other>,
    paging: Option<Paging>,
}

impl Action for List {
    const NAME: &'static str = "list-associations";
    const SUMMARY: &'static str = "lists the records that a record is associated with";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Of;
    type Output = Other;

    fn invoke(input: Of, turn: Turn) -> Result<Outcome<Other>, Failure> {
        let after: Option<String> = turn.page()?;
        let from_id = input.from_id.into_text();
        let path = [
            "crm",
            "v4",
            "objects",
            &input.from_type,
            &from_id,
            "associations",
            &input.to_type,
        ];
        let mut request = Request::get(hubspot::url(&path)?).query("limit", PAGE);
        if let Some(after) = &after {
            request = request.query("after", after);
        }
        let page: Page = hubspot::ask(request)?.json()?;
        let next = following(page.paging, after.as_deref())?;
        Outcome::page(page.results, next)
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "from-type": "deals", "from-id": "9001", "to-type": "contacts" });
        vec![Example::new("the contacts of a deal", input)]
    }
}

/// `delete-association`: what is not there is deleted already.
pub struct Delete;

impl Action for Delete {
    const NAME: &'static str = "delete-association";
    const SUMMARY: &'static str = "takes the association of two records back";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Pair;
    type Output = Associated;

    fn invoke(input: Pair, _: Turn) -> Result<Outcome<Associated>, Failure> {
        let (from_id, to_id) = (input.from_id.into_text(), input.to_id.into_text());
        let (from, to) = (input.from_type.as_str(), input.to_type.as_str());
        let request = if input.types.is_empty() {
            let path = [
                "crm",
                "v4",
                "objects",
                from,
                &from_id,
                "associations",
                to,
                &to_id,
            ];
            Request::delete(hubspot::url(&path)?)
        } else {
            let path = [
                "crm",
                "v4",
                "associations",
                from,
                to,
                "batch",
                "labels",
                "archive",
            ];
            let input =
                json!({ "types": input.types, "from": { "id": from_id }, "to": { "id": to_id } });
            Request::post(hubspot::url(&path)?).json(&json!({ "inputs": [input] }))?
        };
        hubspot::ask(request)?;
        Ok(Outcome::Done(Associated { from_id, to_id }))
    }

    fn examples() -> Vec<Example> {
        vec![Example::new("a contact that left its company", example())]
    }
}
