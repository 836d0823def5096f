//! A small HubSpot: it sorts by one property, gives pages, and its index may be late.

use std::collections::BTreeMap;

use mortise_sdk::fake::{self, Answer, Host};
use mortise_sdk::http::Body;
use serde_json::{Value, json};

use super::*;
use crate::kind::{Contact, Deal};

/// Records by id, with the time of their creation.
type Index = BTreeMap<u64, i64>;

fn record(id: u64, at_ms: i64) -> Value {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap();
    json!({ "id": id.to_string(), "properties": { "createdate": format!("{at:.3}"), "lastmodifieddate": format!("{at:.3}") } })
}

/// What HubSpot answers to a search.
fn answer(index: &Index, asked: &Value, page: usize) -> Value {
    let bound = |operator: &str, property: &str| {
        let filters = asked["filterGroups"][0]["filters"]
            .as_array()
            .into_iter()
            .flatten();
        let mut fitting =
            filters.filter(|one| one["operator"] == operator && one["propertyName"] == property);
        fitting
            .next()
            .map(|one| one["value"].as_str().unwrap().parse::<i64>().unwrap())
    };
    let from = bound("GTE", "createdate").unwrap_or(i64::MIN);
    let to = bound("LTE", "createdate").unwrap_or(i64::MAX);
    let beyond = bound("GT", "hs_object_id").unwrap_or(-1);
    let fits = |(id, at): &(&u64, &i64)| (from..=to).contains(*at) && **id as i64 > beyond;
    let mut found: Vec<(u64, i64)> = index
        .iter()
        .filter(fits)
        .map(|(id, at)| (*id, *at))
        .collect();
    match asked["sorts"][0]["propertyName"].as_str() {
        Some("hs_object_id") => found.sort_unstable(),
        // Of one time, the largest id first: nobody may rely on it.
        _ => found.sort_by_key(|(id, at)| (*at, std::cmp::Reverse(*id))),
    }
    if asked["sorts"][0]["direction"] == "DESCENDING" {
        found.reverse();
    }
    let total = found.len();
    let limit = page.min(asked["limit"].as_u64().unwrap() as usize);
    let results: Vec<Value> = found
        .iter()
        .take(limit)
        .map(|(id, at)| record(*id, *at))
        .collect();
    match total > limit {
        true => {
            json!({ "total": total, "results": results, "paging": { "next": { "after": limit.to_string() } } })
        }
        false => json!({ "total": total, "results": results }),
    }
}

/// The ids of all events until there is no more, and the cursor. Each question is asked twice: the first
/// answer says what was asked, the second is what HubSpot would say to it.
fn polled(
    input: &Value,
    mut cursor: Option<Value>,
    index: &Index,
    page: usize,
) -> (Vec<String>, Value) {
    let mut ids = Vec::new();
    for _ in 0..1_000 {
        let host = Host::new()
            .answer(Answer::json(200, r#"{"results":[]}"#))
            .install();
        fake::poll::<New<Deal>>(input, cursor.as_ref()).unwrap();
        let Body::Bytes(body) = host.requests()[0].body.clone() else {
            panic!("a search has a body");
        };
        let asked = serde_json::from_slice(&body).unwrap();
        let answer = answer(index, &asked, page).to_string();
        let _host = Host::new().answer(Answer::json(200, &answer)).install();
        let news = fake::poll::<New<Deal>>(input, cursor.as_ref()).unwrap();
        ids.extend(news.events.into_iter().map(|event| event.id));
        if !news.more {
            return (ids, news.cursor);
        }
        cursor = Some(news.cursor);
    }
    panic!("a poll that does not end");
}

fn sorted(mut ids: Vec<String>) -> Vec<u64> {
    ids.sort();
    let mut ids: Vec<u64> = ids.iter().map(|id| id.parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn pages_of_one_moment_are_walked_through() {
    // Three at one moment before, eleven at one, and two later.
    let times = [(1..=3, 1_000), (4..=14, 2_000), (15..=16, 3_000)];
    let index: Index = times
        .into_iter()
        .flat_map(|(ids, at)| ids.map(move |id| (id, at)))
        .collect();
    for page in [2, 3, 4, 5, 11, 20] {
        let (ids, cursor) = polled(&json!({ "start": "beginning" }), None, &index, page);
        assert_eq!(ids.len(), 16, "pages of {page}: {ids:?}");
        assert_eq!(sorted(ids), (1..=16).collect::<Vec<u64>>());
        let (again, same) = polled(&json!({}), Some(cursor.clone()), &index, page);
        assert!(again.is_empty(), "{again:?}");
        assert_eq!(same, cursor);
    }
}

#[test]
fn what_the_index_learns_late_is_not_lost() {
    let mut index: Index = [(1, 100_000), (3, 130_000)].into();
    let (ids, cursor) = polled(&json!({ "start": "beginning" }), None, &index, 200);
    assert_eq!(sorted(ids), [1, 3]);
    // Older than the newest by less than the lag, and as old as another.
    index.extend([(2, 70_001), (4, 130_000)]);
    let (ids, cursor) = polled(&json!({}), Some(cursor), &index, 200);
    assert_eq!(sorted(ids), [2, 4]);
    index.insert(5, 500_000);
    let (ids, cursor) = polled(&json!({}), Some(cursor), &index, 200);
    assert_eq!(sorted(ids), [5]);
    assert_eq!(cursor["seen"], json!([[500_000, 5]]));
}

#[test]
fn a_trigger_that_begins_now_gives_nothing_that_was_there() {
    let mut index: Index = [(1, 100_000), (2, 130_000)].into();
    let (ids, cursor) = polled(&json!({ "start": "now" }), None, &index, 200);
    assert!(ids.is_empty());
    assert_eq!(cursor["newest-ms"], 130_000);
    index.insert(3, 130_001);
    let (ids, _) = polled(&json!({}), Some(cursor), &index, 200);
    assert_eq!(ids, ["3"]);
}

#[test]
fn an_account_without_records_begins_with_the_first() {
    let (_, cursor) = polled(&json!({ "start": "now" }), None, &Index::new(), 200);
    let (ids, _) = polled(&json!({}), Some(cursor), &[(1, 5)].into(), 200);
    assert_eq!(ids, ["1"]);
}

#[test]
fn a_cursor_stays_small_when_many_come_at_once() {
    for times in [1, 3_000] {
        let index: Index = (1..=3_000)
            .map(|id| (id, 1_000_000 + id as i64 % times))
            .collect();
        let (ids, cursor) = polled(&json!({ "start": "beginning" }), None, &index, 200);
        assert_eq!(ids.len(), 3_000);
        assert_eq!(sorted(ids), (1..=3_000).collect::<Vec<u64>>());
        assert!(
            cursor.to_string().len() < 60_000,
            "{}",
            cursor.to_string().len()
        );
        let (again, same) = polled(&json!({}), Some(cursor.clone()), &index, 200);
        assert!(again.is_empty());
        assert_eq!(same, cursor);
    }
}

#[test]
fn every_change_is_an_event_of_its_own() {
    let poll = |at: i64, cursor: Option<&Value>| {
        let body = json!({ "results": [record(7, at)] }).to_string();
        let _host = Host::new().answer(Answer::json(200, &body)).install();
        fake::poll::<Changed<Contact>>(&json!({ "start": "beginning" }), cursor).unwrap()
    };
    let first = poll(1_000, None);
    let second = poll(2_000, Some(&first.cursor));
    assert_eq!(first.events[0].id, "7-1000");
    assert_eq!(second.events[0].id, "7-2000");
    assert_eq!(
        second.events[0].occurred_at.as_deref(),
        Some("1970-01-01T00:00:02.000Z")
    );
    assert!(poll(2_000, Some(&second.cursor)).events.is_empty());
}

#[test]
fn a_search_that_gives_what_was_not_asked_for_is_not_followed() {
    let body = json!({ "results": [record(7, 1_000)] }).to_string();
    let _host = Host::new().answer(Answer::json(200, &body)).install();
    let cursor = json!({ "newest-ms": 900_000, "floor": [0, 0], "seen": [], "scan": { "from-ms": 900_000, "beyond": null } });
    assert!(fake::poll::<New<Deal>>(&json!({}), Some(&cursor)).is_err());
}
