//! `search-…`. HubSpot gives the first 10,000 results of a search and refuses to go on. Without an order
//! of its own, a search here is one by ascending id, and each page asks for ids beyond the last one: that
//! ends at the end, and neither skips nor repeats a record when others come or go meanwhile.

use std::marker::PhantomData;

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::filter::{Direction, groups};
use super::{Filter, Order, Paging, Query, Record, Term, circular, following};
use crate::hubspot;
use crate::kind::Kind;

/// The most results that HubSpot gives at once.
pub const PAGE: u32 = 200;
/// The most that it gives of one search.
const RESULTS: u64 = 10_000;
/// The property that holds the id.
pub const ID: &str = "hs_object_id";

pub struct Search<K>(PhantomData<K>);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Conditions that all have to hold.
    #[serde(default)]
    filters: Vec<Filter>,
    /// Groups of conditions, one of which has to hold; instead of `filters`.
    #[serde(default)]
    any_of: Vec<Vec<Filter>>,
    /// Text that stands in one of the properties that HubSpot searches by itself.
    query: Option<String>,
    /// An order; a search that has one ends at 10,000 results with a failure, others go on.
    sort: Option<Sort>,
    /// Properties to get; without any, those that HubSpot gives by itself.
    #[serde(default)]
    properties: Vec<String>,
}

/// An order.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Sort {
    /// Internal name of the property.
    property: String,
    /// Up or down.
    #[serde(default)]
    direction: Direction,
}

/// Where the next page begins.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Place {
    /// Behind this id.
    Beyond(u64),
    /// Behind so many results.
    After(String),
}

/// What a search gives.
#[derive(Deserialize)]
pub struct Found {
    pub results: Vec<Record>,
    pub paging: Option<Paging>,
}

impl Found {
    /// Whether this is not the last page.
    pub fn has_more(&self) -> bool {
        let paging = self.paging.as_ref();
        paging.is_some_and(|paging| paging.next.is_some())
    }
}

impl<K: Kind> Action for Search<K> {
    const NAME: &'static str = K::SEARCH.0;
    const SUMMARY: &'static str = K::SEARCH.1;
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Record;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Record>, Failure> {
        let place: Option<Place> = turn.page()?;
        let mut query = Query {
            query: input.query,
            properties: input.properties,
            limit: PAGE,
            ..Query::any(groups(input.filters, input.any_of)?)
        };
        let by_id = input.sort.is_none() && query.has_room();
        query.sorts = vec![match input.sort {
            Some(sort) => Order::by(&sort.property, sort.direction),
            None => Order::by(ID, Direction::Ascending),
        }];
        let beyond = match place {
            Some(Place::Beyond(id)) => {
                query.and(&Term::above(ID, &id));
                id
            }
            Some(Place::After(after)) => {
                query.after = Some(within_reach(after)?);
                0
            }
            None => 0,
        };
        let found = ask::<K>(&query)?;
        let next = match by_id {
            true => next_by_id(&found, beyond)?,
            false => following(found.paging, query.after.as_deref())?.map(Place::After),
        };
        Outcome::page(found.results, next)
    }

    fn examples() -> Vec<Example> {
        let (_, filter) = K::example();
        vec![Example::new("all that fit", json!({ "filters": [filter] }))]
    }
}

/// Asks for one page.
pub fn ask<K: Kind>(query: &Query) -> Result<Found, Failure> {
    let url = hubspot::url(&["crm", "v3", "objects", K::PATH, "search"])?;
    hubspot::ask(Request::post(url).json(query)?)?.json()
}

/// A record's id, of which HubSpot makes numbers.
pub fn id(record: &Record) -> Result<u64, Failure> {
    let not_a_number = |_| Failure::unclear(format!("HubSpot's id `{}` is no number", record.id));
    record.id.parse().map_err(not_a_number)
}

fn next_by_id(found: &Found, beyond: u64) -> Result<Option<Place>, Failure> {
    let ids = found
        .results
        .iter()
        .map(id)
        .collect::<Result<Vec<_>, _>>()?;
    if beyond > 0 && ids.iter().any(|id| *id <= beyond) {
        return Err(circular());
    }
    Ok(ids
        .last()
        .filter(|_| found.has_more())
        .map(|last| Place::Beyond(*last)))
}

/// A place that HubSpot goes on from.
fn within_reach(after: String) -> Result<String, Failure> {
    if after.parse::<u64>().is_ok_and(|after| after >= RESULTS) {
        let message = "HubSpot gives no more than 10,000 results of a search in an order of its own: leave `sort` out and use no more than five filters in a group, or narrow the filters";
        return Err(Failure::reject(message).with_field("/sort"));
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};

    use super::*;
    use crate::kind::Deal;

    #[test]
    fn the_last_page_that_hubspot_gives_is_not_lost() {
        let page = format!(
            r#"{{"total":12000,"results":[{}],"paging":{{"next":{{"after":"10000"}}}}}}"#,
            super::super::sample("1")
        );
        let _host = Host::new().answer(Answer::json(200, &page)).install();
        let input = json!({ "sort": { "property": "amount" } });
        let turn =
            |after: &str| Turn::Next(mortise_sdk::Json::of(&json!({ "after": after })).unwrap());
        let given = fake::turn::<Search<Deal>>(&input, turn("9800")).unwrap();
        let Outcome::Page { records, next } = given else {
            panic!("not a page");
        };
        assert_eq!(records.len(), 1);
        let failure = fake::turn::<Search<Deal>>(&input, Turn::Next(next.unwrap())).unwrap_err();
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/sort"));
    }
}
