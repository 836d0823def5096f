//! What a trigger of `http/poll` says.

use std::collections::BTreeMap;

use mortise_sdk::polling::Start;
use mortise_sdk::{Failure, Timeout};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::link;
use crate::request::Values;

/// The largest number of ids that is remembered: a cursor is read and written with each poll.
const REMEMBER_MAX: u32 = 10_000;

/// What a trigger of `http/poll` says.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The address of the list, with scheme and host; or a path, which is behind the connection's
    /// `base-url`.
    pub url: String,
    /// Added to the address, percent-encoded. A list gives the name once for each value, null leaves
    /// it out.
    #[serde(default)]
    query: BTreeMap<String, Values>,
    /// Headers. `authorization`, `cookie` and `host` are the host's.
    #[serde(default)]
    pub headers: BTreeMap<String, Values>,
    /// JSON Pointer to the list within the answer, such as `/orders`; the whole answer without it.
    #[serde(default)]
    pub items: String,
    /// JSON Pointer to an item's id, a text or a number.
    #[serde(default = "id")]
    pub id: String,
    /// JSON Pointer to a value that is the higher the newer or the later changed an item is: a time, or a
    /// number. The highest one is remembered instead of ids, and an item that is changed is given again.
    pub order_by: Option<String>,
    /// Parameter of the query that gets the highest value, for servers that leave out what is older. Items
    /// that have just this value may come again: they are told apart by their ids.
    since: Option<String>,
    /// The newest items come first: pages are read until one has nothing new.
    #[serde(default)]
    pub newest_first: bool,
    /// JSON Pointer to the address of the next page within the answer; null or nothing at the end.
    pub next: Option<String>,
    /// Read the pages that the answer's `Link` header names with `rel=next`.
    #[serde(default)]
    pub link_header: bool,
    /// JSON Pointer to the time when an item came about, as RFC 3339 has it.
    pub time: Option<String>,
    /// So many ids are remembered, where there is no `order-by`. The list must not be longer, unless the
    /// newest items come first.
    #[serde(default = "remember")]
    #[schemars(range(min = 1, max = REMEMBER_MAX))]
    pub remember: u32,
    /// Give up after so long, such as `20s` or `500ms`.
    pub timeout: Option<Timeout>,
    /// Where the first poll begins: with what comes from now on, or with all that is in the list.
    #[serde(default)]
    pub start: Start,
}

fn id() -> String {
    "/id".to_owned()
}

fn remember() -> u32 {
    1_000
}

impl Input {
    /// What its schema cannot say.
    pub fn check(&self) -> Result<(), Failure> {
        let wrong = |why: String, field: &str| Err(Failure::misconfigured(why).with_field(field));
        let pointers = [
            ("/items", Some(&self.items)),
            ("/id", Some(&self.id)),
            ("/order-by", self.order_by.as_ref()),
            ("/next", self.next.as_ref()),
            ("/time", self.time.as_ref()),
        ];
        for (field, pointer) in pointers {
            let pointer = pointer.map_or("", String::as_str);
            if !pointer.is_empty() && !pointer.starts_with('/') {
                return wrong(
                    format!("`{pointer}` is no JSON Pointer: begin it with a slash"),
                    field,
                );
            }
        }
        if self.since.is_some() && self.order_by.is_none() {
            return wrong(
                "`since` passes the highest value of `order-by` on: give it as well".to_owned(),
                "/since",
            );
        }
        if !(1..=REMEMBER_MAX).contains(&self.remember) {
            return wrong(
                format!("1 to {REMEMBER_MAX} ids can be remembered"),
                "/remember",
            );
        }
        Ok(())
    }

    /// The address of the first page.
    pub fn first_url(&self, highest: Option<&Value>) -> String {
        let mut url = self.url.clone();
        for (name, values) in &self.query {
            for value in values.texts() {
                link::push_query(&mut url, name, &value);
            }
        }
        match (&self.since, highest) {
            (Some(name), Some(Value::String(text))) => link::push_query(&mut url, name, text),
            (Some(name), Some(number)) => link::push_query(&mut url, name, &number.to_string()),
            _ => {}
        }
        url
    }
}
