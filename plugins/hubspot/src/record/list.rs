//! `list-…`: all records, page by page.

use std::marker::PhantomData;

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::get::wanted;
use super::{Paging, Record, following};
use crate::hubspot;
use crate::kind::Kind;

/// The most records that HubSpot gives at once.
const PAGE: &str = "100";

pub struct List<K>(PhantomData<K>);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Properties to get; without any, those that HubSpot gives by itself.
    #[serde(default)]
    properties: Vec<String>,
    /// Kinds of associated records whose ids are wanted, such as `companies`.
    #[serde(default)]
    associations: Vec<String>,
    /// Only what lies in the recycling bin.
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
struct Page {
    results: Vec<Record>,
    paging: Option<Paging>,
}

impl<K: Kind> Action for List<K> {
    const NAME: &'static str = K::LIST.0;
    const SUMMARY: &'static str = K::LIST.1;
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Record;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Record>, Failure> {
        let after: Option<String> = turn.page()?;
        let url = hubspot::url(&["crm", "v3", "objects", K::PATH])?;
        let mut request = Request::get(url).query("limit", PAGE);
        if let Some(after) = &after {
            request = request.query("after", after);
        }
        if input.archived {
            request = request.query("archived", "true");
        }
        request = wanted(request, &input.properties, &input.associations);
        let page: Page = hubspot::ask(request)?.json()?;
        let next = following(page.paging, after.as_deref())?;
        Outcome::page(page.results, next)
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "properties": ["createdate"] });
        vec![Example::new(
            "every record, with the time of its creation",
            input,
        )]
    }
}
