//! What the operations on an object have in common: creating one, reading one, listing all.

use mortise_sdk::http::push_encoded;
use mortise_sdk::{Failure, Outcome, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::errors::Asked;
use crate::form::{self, Parameters};
use crate::objects::Passed;
use crate::stripe;

/// Records of one page: the most that Stripe gives.
pub const PAGE_MAX: usize = 100;

/// Parameters by Stripe's own names that are sent as they are.
pub type Other = Map<String, Value>;

/// The parameters of an input, which writes itself with Stripe's names, and those that the step named
/// itself; a name that is in both would be sent twice.
pub fn parameters<I: Serialize>(input: &I, other: &Other) -> Result<Parameters, Failure> {
    let mut value = serde_json::to_value(input)
        .map_err(|error| Failure::reject(format!("the input cannot be written: {error}")))?;
    if let Value::Object(fields) = &mut value {
        for (name, field) in other {
            if fields.contains_key(name) {
                return Err(Failure::reject(format!(
                    "`{name}` is given twice: as a field of its own and in `other`"
                ))
                .with_field(format!("/other/{name}")));
            }
            fields.insert(name.clone(), field.clone());
        }
    }
    Ok(form::parameters(&value))
}

/// Creates an object.
pub fn create<T>(
    path: &str,
    fields: &Parameters,
    asked: &Asked<'_>,
) -> Result<Outcome<Passed<T>>, Failure> {
    let asked = Asked {
        writes: true,
        ..*asked
    };
    Ok(Outcome::Done(stripe::post(path, fields, &asked)?.json()?))
}

/// Which object to read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// Its id.
    #[schemars(length(min = 1))]
    id: String,
    /// Fields to give as whole objects instead of their ids, such as `customer`.
    #[serde(default)]
    expand: Vec<String>,
}

/// Reads an object.
pub fn get<T>(collection: &str, one: &One) -> Result<Outcome<Passed<T>>, Failure> {
    let mut path = format!("{collection}/");
    push_encoded(&mut path, &one.id);
    let asked = Asked {
        only_field: Some("id"),
        ..Asked::default()
    };
    let query = form::parameters(&json!({ "expand": one.expand }));
    Ok(Outcome::Done(stripe::get(&path, &query, &asked)?.json()?))
}

/// A page of a list.
#[derive(Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    pub has_more: bool,
}

/// One page of a list, newest first; the token is the id after which the next one begins.
pub fn list<I: Serialize, T>(
    collection: &str,
    filter: &I,
    turn: &Turn,
) -> Result<Outcome<Passed<T>>, Failure> {
    let after: Option<String> = turn.page()?;
    let mut query = parameters(filter, &Other::new())?;
    query.push(("limit".to_owned(), PAGE_MAX.to_string()));
    if let Some(after) = &after {
        query.push(("starting_after".to_owned(), after.clone()));
    }
    let page: List<Passed<T>> = stripe::get(collection, &query, &Asked::default())?.json()?;
    let last = page.data.last().and_then(Passed::id);
    let next = next(page.has_more, last, after.as_deref())?;
    Outcome::page(page.data, next.as_ref())
}

/// Where the next page begins; a page that ends where it began would go on for ever.
pub fn next(
    has_more: bool,
    last: Option<&str>,
    after: Option<&str>,
) -> Result<Option<String>, Failure> {
    match last {
        Some(last) if has_more && Some(last) != after => Ok(Some(last.to_owned())),
        _ if has_more => Err(Failure::retry(
            "Stripe gave a page that does not get any further",
        )),
        _ => Ok(None),
    }
}
