//! One page of a list, as the server gave it.

use std::collections::BTreeMap;

use mortise_sdk::http::Response;
use mortise_sdk::{Event, Failure, Json};
use serde_json::Value;

use super::input::Input;
use super::link;
use super::order::{Key, is_moment};

/// One page.
pub struct Page {
    pub items: Vec<Item>,
    /// The address of the next one.
    pub next: Option<String>,
}

/// One item.
pub struct Item {
    pub id: String,
    /// What the list is ordered by, where the trigger says.
    pub order: Option<(Value, Key)>,
    time: Option<String>,
    payload: Json,
}

impl Page {
    /// Of an answer to the request for `url`.
    pub fn read(input: &Input, url: &str, response: &Response) -> Result<Self, Failure> {
        let body: Json = response.json()?;
        let no_list = |found: Option<&Json>| {
            let found = found.map_or("nothing".to_owned(), |json| {
                json.text().chars().take(80).collect()
            });
            Failure::misconfigured(format!(
                "there is no list at `{}` of the answer: it is `{found}`",
                input.items
            ))
            .with_status(response.status)
            .with_field("/items")
            .with_body(response.bytes())
        };
        let list = at(&body, &input.items).ok_or_else(|| no_list(None))?;
        let list: Vec<Json> = list.parse().map_err(|_| no_list(Some(&list)))?;
        let items = list.into_iter().enumerate();
        let items = items
            .map(|(n, json)| Item::read(input, n, json))
            .collect::<Result<_, _>>()?;
        let pointed = input.next.as_deref().and_then(|pointer| at(&body, pointer));
        let pointed = pointed.and_then(|json| json.parse::<String>().ok());
        let linked = || {
            let mut headers = response.headers.iter().filter(|_| input.link_header);
            headers.find_map(|(name, value)| {
                name.eq_ignore_ascii_case("link")
                    .then(|| link::next(value))?
            })
        };
        let next = pointed
            .as_deref()
            .filter(|next| !next.is_empty())
            .or_else(linked);
        let next = next.map(|next| link::resolve(url, next));
        if next.as_deref() == Some(url) {
            return Err(Failure::reject(format!(
                "`{url}` names itself as the next page"
            )));
        }
        Ok(Self { items, next })
    }
}

impl Item {
    fn read(input: &Input, n: usize, json: Json) -> Result<Self, Failure> {
        let value: Value = json.read("item")?;
        let missing = |pointer: &str, what: &str, field: &str| {
            let why = format!("item {n} of the list has no {what} at `{pointer}`");
            Failure::misconfigured(why).with_record(n).with_field(field)
        };
        let id = match value.pointer(&input.id) {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => return Err(missing(&input.id, "id", "/id")),
        };
        let order = match &input.order_by {
            None => None,
            Some(pointer) => {
                let found = value.pointer(pointer);
                let found = found.and_then(|found| Some((found.clone(), Key::of(found)?)));
                Some(found.ok_or_else(|| missing(pointer, "time or number", "/order-by"))?)
            }
        };
        let time = input
            .time
            .as_ref()
            .and_then(|pointer| value.pointer(pointer)?.as_str());
        Ok(Self {
            id,
            order,
            time: time.filter(|time| is_moment(time)).map(str::to_owned),
            payload: json,
        })
    }

    /// An item that is changed is another event: its value belongs to the event's id.
    pub fn into_event(self) -> Event<Json> {
        let id = match &self.order {
            None => self.id,
            Some((Value::String(value), _)) => format!("{}@{value}", self.id),
            Some((value, _)) => format!("{}@{value}", self.id),
        };
        let event = Event::new(id, self.payload);
        match self.time {
            Some(time) => event.at(time),
            None => event,
        }
    }
}

/// What a JSON Pointer points to, as the text that it came as.
fn at(json: &Json, pointer: &str) -> Option<Json> {
    let mut found = json.clone();
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        found = match found.parse::<BTreeMap<String, Json>>() {
            Ok(mut members) => members.remove(&token)?,
            Err(_) => {
                let mut items: Vec<Json> = found.parse().ok()?;
                let index: usize = token.parse().ok()?;
                (index < items.len()).then(|| items.swap_remove(index))?
            }
        };
    }
    Some(found)
}
