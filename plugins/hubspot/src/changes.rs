//! Triggers that ask for records that are new or were changed.
//!
//! A search sorts by one property, so that records of the same moment come in any order; its index knows a
//! record some moments after the record is there, and not always in the order of time; and it ends at
//! 10,000 results. So a poll looks again at the last minute before the newest record that it knows, and
//! remembers which records of that minute it has given; pages go on at a time and not behind so many
//! results; and records of one moment that fill a page are walked through by their ids.

mod cursor;

use std::marker::PhantomData;

use mortise_sdk::polling::Start;
use mortise_sdk::{Event, Example, Failure, News, Polling};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::kind::{Kind, Watched};
use crate::record::search::{Found, ID, PAGE, ask, id};
use crate::record::{Direction, Filter, Order, Query, Record, Term};
pub use cursor::Cursor;
use cursor::{Moment, Scan};

/// The property with the time of creation, which every kind has.
const CREATED_AT: &str = "createdate";

/// What a trigger takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Watch {
    /// Where the first poll begins.
    #[serde(default)]
    start: Start,
    /// Properties that an event holds; without any, those that HubSpot gives by itself.
    #[serde(default)]
    properties: Vec<String>,
    /// Conditions that all have to hold; up to three.
    #[serde(default)]
    #[schemars(length(max = 3))]
    filters: Vec<Filter>,
    /// How long HubSpot's index may take to know a record, in seconds: so much of the past each poll looks at
    /// again.
    #[serde(default = "lag_seconds")]
    #[schemars(range(min = 1, max = 3600))]
    lag_seconds: u32,
}

/// What a trigger of deals takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DealWatch {
    /// Where the first poll begins.
    #[serde(default)]
    start: Start,
    /// Only deals of this pipeline, by its internal name: `default`.
    pipeline: Option<String>,
    /// Properties that an event holds; without any, those that HubSpot gives by itself.
    #[serde(default)]
    properties: Vec<String>,
    /// Conditions that all have to hold; up to two.
    #[serde(default)]
    #[schemars(length(max = 2))]
    filters: Vec<Filter>,
    /// How long HubSpot's index may take to know a record, in seconds: so much of the past each poll looks at
    /// again.
    #[serde(default = "lag_seconds")]
    #[schemars(range(min = 1, max = 3600))]
    lag_seconds: u32,
}

fn lag_seconds() -> u32 {
    60
}

impl From<DealWatch> for Watch {
    fn from(watch: DealWatch) -> Self {
        let pipeline = watch.pipeline.map(|name| Filter::equal("pipeline", name));
        Self {
            start: watch.start,
            properties: watch.properties,
            filters: pipeline.into_iter().chain(watch.filters).collect(),
            lag_seconds: watch.lag_seconds,
        }
    }
}

/// `new-…`.
pub struct New<K>(PhantomData<K>);

impl<K: Watched> Polling for New<K> {
    const NAME: &'static str = K::NEW.0;
    const SUMMARY: &'static str = K::NEW.1;
    type Input = K::Watch;
    type Cursor = Cursor;
    type Payload = Record;

    fn poll(input: K::Watch, cursor: Option<Cursor>) -> Result<News<Cursor, Record>, Failure> {
        poll::<K>(&input.into(), CREATED_AT, cursor, |record, _| {
            record.id.clone()
        })
    }

    fn examples() -> Vec<Example> {
        vec![Example::new("every new one", json!({}))]
    }
}

/// `changed-…`: a record that is created has been changed as well.
pub struct Changed<K>(PhantomData<K>);

impl<K: Watched> Polling for Changed<K> {
    const NAME: &'static str = K::CHANGED.0;
    const SUMMARY: &'static str = K::CHANGED.1;
    type Input = K::Watch;
    type Cursor = Cursor;
    type Payload = Record;

    fn poll(input: K::Watch, cursor: Option<Cursor>) -> Result<News<Cursor, Record>, Failure> {
        let event_id = |record: &Record, at_ms| format!("{}-{at_ms}", record.id);
        poll::<K>(&input.into(), K::CHANGED_AT, cursor, event_id)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new("every change", json!({}))]
    }
}

fn poll<K: Kind>(
    watch: &Watch,
    property: &str,
    cursor: Option<Cursor>,
    event_id: impl Fn(&Record, i64) -> String,
) -> Result<News<Cursor, Record>, Failure> {
    let mut cursor = match (cursor, watch.start) {
        (Some(cursor), _) => cursor,
        (None, Start::Beginning) => Cursor::default(),
        (None, Start::Now) => {
            return Ok(News {
                events: Vec::new(),
                cursor: newest::<K>(watch, property)?,
                more: false,
            });
        }
    };
    let lag_ms = i64::from(watch.lag_seconds) * 1_000;
    let scan = cursor.scan(lag_ms);
    let found = ask::<K>(&query(watch, property, scan))?;
    let has_more = found.has_more();
    let records = dated(found, property)?;
    let moments: Vec<Moment> = records.iter().map(|(moment, _)| *moment).collect();
    let next = scan.next(&moments, has_more)?;
    let news = records
        .into_iter()
        .filter(|(moment, _)| cursor.is_new(*moment))
        .collect::<Vec<_>>();
    cursor.advance(news.iter().map(|(moment, _)| *moment), next, lag_ms);
    let events = news.into_iter().map(|(Moment(at_ms, _), record)| {
        let id = event_id(&record, at_ms);
        let at = time(&record, property).map(str::to_owned);
        let event = Event::new(id, record.clone()).in_order_of(record.id);
        match at {
            Some(at) => event.at(at),
            None => event,
        }
    });
    Ok(News {
        events: events.collect(),
        more: next.is_some(),
        cursor,
    })
}

/// Where a trigger stands that begins now: whatever is not newer than the newest record is old.
fn newest<K: Kind>(watch: &Watch, property: &str) -> Result<Cursor, Failure> {
    let query = Query {
        sorts: vec![Order::by(property, Direction::Descending)],
        properties: properties(watch, property),
        limit: 1,
        ..Query::any(conditions(watch))
    };
    let newest = dated(ask::<K>(&query)?, property)?;
    Ok(Cursor::behind(
        newest.last().map(|(Moment(at_ms, _), _)| *at_ms),
    ))
}

fn conditions(watch: &Watch) -> Vec<Vec<Term>> {
    let terms: Vec<Term> = watch.filters.iter().cloned().map(Term::from).collect();
    match terms.is_empty() {
        true => Vec::new(),
        false => vec![terms],
    }
}

fn properties(watch: &Watch, property: &str) -> Vec<String> {
    let mut properties = watch.properties.clone();
    if !properties.is_empty() && !properties.iter().any(|name| name == property) {
        properties.push(property.to_owned());
    }
    properties
}

fn query(watch: &Watch, property: &str, scan: Scan) -> Query {
    let mut query = Query {
        properties: properties(watch, property),
        limit: PAGE,
        ..Query::any(conditions(watch))
    };
    query.and(&Term::at_least(property, &scan.from_ms));
    let order = match scan.beyond {
        None => property,
        Some(beyond) => {
            query.and(&Term::at_most(property, &scan.from_ms));
            query.and(&Term::above(ID, &beyond));
            ID
        }
    };
    query.sorts = vec![Order::by(order, Direction::Ascending)];
    query
}

fn time<'a>(record: &'a Record, property: &str) -> Option<&'a str> {
    record.properties.get(property)?.as_deref()
}

/// The records with their moments, in the order of these.
fn dated(found: Found, property: &str) -> Result<Vec<(Moment, Record)>, Failure> {
    let dated = found.results.into_iter().map(|record| {
        let at = time(&record, property).and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let at = at.ok_or_else(|| {
            let id = &record.id;
            Failure::unclear(format!("the record `{id}` has no time in `{property}`"))
        })?;
        Ok((Moment(at.as_millisecond(), id(&record)?), record))
    });
    let mut dated = dated.collect::<Result<Vec<_>, Failure>>()?;
    dated.sort_by_key(|(moment, _)| *moment);
    Ok(dated)
}

#[cfg(test)]
mod tests;
