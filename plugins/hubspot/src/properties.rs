//! Properties: what records of a kind can hold, own ones among them.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Cause, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::hubspot;

/// HubSpot's code for a name that is taken.
const TAKEN: &str = "OBJECT_ALREADY_EXISTS";

/// A property as HubSpot tells it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Property {
    /// Internal name, by which everything else names it.
    name: String,
    /// For people.
    label: String,
    /// What it holds: `string`, `number`, `date`, `datetime`, `enumeration` or `bool`.
    r#type: String,
    /// How it is edited: `text`, `select`, `checkbox` and others.
    field_type: String,
    /// The choices of an enumeration: `label`, `value` and others.
    #[serde(default)]
    options: Vec<Value>,
    /// Whatever else HubSpot tells, such as `groupName`, `hasUniqueValue` and `hubspotDefined`.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// `list-properties`: HubSpot gives all of them at once.
pub struct List;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Of {
    /// The kind of records: `contacts`, `companies`, `deals`, or the id of a custom one.
    object_type: String,
    /// Only those that were archived.
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
struct All {
    results: Vec<Property>,
}

impl Action for List {
    const NAME: &'static str = "list-properties";
    const SUMMARY: &'static str = "lists the properties of a kind of records";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Of;
    type Output = Property;

    fn invoke(input: Of, _: Turn) -> Result<Outcome<Property>, Failure> {
        let url = hubspot::url(&["crm", "v3", "properties", &input.object_type])?;
        let mut request = Request::get(url);
        if input.archived {
            request = request.query("archived", "true");
        }
        let all: All = hubspot::ask(request)?.json()?;
        Outcome::page(all.results, None::<()>)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "what a contact can hold",
            json!({ "object-type": "contacts" }),
        )]
    }
}

/// `create-property`: where there is one of that name which holds the same, that is the output.
pub struct Create;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The kind of records: `contacts`, `companies`, `deals`, or the id of a custom one.
    object_type: String,
    /// Internal name: lower case, digits and underscores, beginning with a letter.
    name: String,
    /// For people.
    label: String,
    /// What it holds.
    r#type: Type,
    /// How it is edited: `text`, `textarea`, `number`, `date`, `select`, `radio`, `checkbox`,
    /// `booleancheckbox`, `phonenumber`, `html`, `file` or `calculation_equation`.
    field_type: String,
    /// The group in which people find it: `contactinformation`, `companyinformation`, `dealinformation`.
    group_name: String,
    /// What it is for.
    description: Option<String>,
    /// The choices of an enumeration.
    #[serde(default)]
    options: Vec<Choice>,
    /// No two records have the same value, so that records are found by it; it stays so for ever.
    #[serde(default)]
    has_unique_value: bool,
    /// People do not see it.
    #[serde(default)]
    hidden: bool,
    /// It may be used in forms.
    #[serde(default)]
    form_field: bool,
}

/// What a property holds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Type {
    String,
    Number,
    Date,
    Datetime,
    Enumeration,
    Bool,
    PhoneNumber,
    ObjectCoordinates,
    Json,
}

/// A choice of an enumeration.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choice {
    /// For people.
    label: String,
    /// What records hold.
    value: String,
}

impl Input {
    fn body(&self) -> Value {
        let options = self.options.iter().enumerate().map(|(n, choice)| {
            json!({ "label": choice.label, "value": choice.value, "displayOrder": n, "hidden": false })
        });
        let mut body = json!({
            "name": self.name,
            "label": self.label,
            "type": self.r#type,
            "fieldType": self.field_type,
            "groupName": self.group_name,
            "options": options.collect::<Vec<_>>(),
            "hasUniqueValue": self.has_unique_value,
            "hidden": self.hidden,
            "formField": self.form_field,
        });
        if let Some(description) = &self.description {
            body["description"] = json!(description);
        }
        body
    }
}

impl Action for Create {
    const NAME: &'static str = "create-property";
    const SUMMARY: &'static str = "creates a custom property, unless it is there";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Property;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Property>, Failure> {
        let of_kind = ["crm", "v3", "properties", &input.object_type];
        let request = Request::post(hubspot::url(&of_kind)?).json(&input.body())?;
        let taken = match hubspot::ask(request) {
            Ok(response) => return Ok(Outcome::Done(response.json()?)),
            Err(failure) if failure.cause.as_ref().is_some_and(is_taken) => failure,
            Err(failure) => return Err(failure),
        };
        let path = [&of_kind[..], &[&input.name]].concat();
        let there: Property = hubspot::ask(Request::get(hubspot::url(&path)?))?.json()?;
        match there.holds_the_same(&input) {
            true => Ok(Outcome::Done(there)),
            false => Err(Failure {
                message: format!(
                    "there is another property `{}`: its type is `{}`, its field type `{}`",
                    there.name, there.r#type, there.field_type
                ),
                ..taken.with_field("/name")
            }),
        }
    }

    fn examples() -> Vec<Example> {
        let id = json!({
            "object-type": "deals", "name": "external_id", "label": "External id", "type": "string",
            "field-type": "text", "group-name": "dealinformation", "has-unique-value": true,
        });
        vec![Example::new(
            "ids of another system, by which deals are found",
            id,
        )]
    }
}

fn is_taken(cause: &Cause) -> bool {
    cause.status == Some(409) && cause.code.as_deref() == Some(TAKEN)
}

impl Property {
    fn holds_the_same(&self, input: &Input) -> bool {
        let is_unique = self
            .rest
            .get("hasUniqueValue")
            .and_then(Value::as_bool)
            .unwrap_or_default();
        json!(self.r#type) == json!(input.r#type)
            && self.field_type == input.field_type
            && is_unique == input.has_unique_value
    }
}
