//! The trigger `poll`: asks an address for a list each time, and gives what is new in it.
//!
//! There are two ways to know what is new. With `order-by` the highest value of a field is remembered,
//! and the ids that have it, so that nothing is lost or given twice where several have the same value.
//! Without, the ids themselves are remembered, as many as `remember` says.
//!
//! Each call reads one page; a list that goes on is read by the calls that follow at once.

mod cursor;
mod input;
mod link;
mod new;
mod order;
mod page;

use mortise_sdk::http;
use mortise_sdk::polling::Start;
use mortise_sdk::{Example, Failure, Json, News, Polling, connection};
use serde_json::json;

use crate::address;
use crate::request::passed;
use cursor::Walk;
use page::{Item, Page};

pub use cursor::Cursor;
pub use input::Input;

/// A list of more pages does not end, as far as anybody can tell.
const PAGES_MAX: u32 = 1_000;

/// Asks an address for a list, and gives what is new in it.
pub struct Poll;

impl Polling for Poll {
    const NAME: &'static str = "poll";
    const SUMMARY: &'static str = "something is new in a list";
    type Input = Input;
    type Cursor = Cursor;
    /// An item of the list, as it is.
    type Payload = Json;

    fn poll(mut input: Input, cursor: Option<Cursor>) -> Result<News<Cursor, Json>, Failure> {
        input.check()?;
        input.url = address::complete(input.url)?;
        let is_first = cursor.is_none();
        let mut cursor = cursor.unwrap_or_default();
        let walk = cursor.walk.take().unwrap_or(Walk {
            quiet: is_first && input.start == Start::Now,
            ..Walk::default()
        });
        let first_url = input.first_url(cursor.highest.as_ref());
        let url = walk.next.clone().unwrap_or_else(|| first_url.clone());
        let etag = cursor.etag.clone().filter(|_| walk.next.is_none());
        let response = request(&input, &url, etag.as_deref()).send()?;
        match response.status {
            304 if etag.is_some() => return Ok(nothing(cursor)),
            // The address of a page is not good for ever: the list is read again.
            404 | 410 if walk.next.is_some() => {
                cursor.walk = Some(Walk {
                    quiet: walk.quiet,
                    ..Walk::default()
                });
                return Ok(nothing(cursor));
            }
            _ => {}
        }
        let response = passed(response)?;
        let page = Page::read(&input, &url, &response)?;
        let mut news = news(&input, cursor, walk, page)?;
        // Only of a list in one page, and at the same address the next time, the tag says that all of it
        // is the same.
        let next_url = input.first_url(news.cursor.highest.as_ref());
        let is_whole = !news.more && url == first_url && url == next_url;
        let tag = response.header("etag").filter(|_| is_whole);
        news.cursor.etag = tag.map(str::to_owned);
        Ok(news)
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "orders that are new",
                json!({ "url": "/orders", "items": "/orders" }),
            ),
            Example::new(
                "contacts that changed, by the time of their last change",
                json!({
                    "url": "/contacts",
                    "query": { "sort": "updated_at" },
                    "items": "/data",
                    "order-by": "/updated_at",
                    "since": "updated_after",
                    "time": "/updated_at",
                    "next": "/links/next",
                }),
            ),
        ]
    }
}

fn nothing(cursor: Cursor) -> News<Cursor, Json> {
    News {
        events: Vec::new(),
        cursor,
        more: false,
    }
}

fn request(input: &Input, url: &str, etag: Option<&str>) -> http::Request {
    let mut request = http::Request::get(url);
    for (name, values) in &input.headers {
        for value in values.texts() {
            request = request.header(name.as_str(), value);
        }
    }
    if let Some(etag) = etag {
        request = request.header("if-none-match", etag);
    }
    if let Some(timeout) = input.timeout {
        request = request.timeout_ms(timeout.as_ms());
    }
    if !connection::present() {
        request = request.anonymous();
    }
    request
}

/// What is new in a page, and where the next call goes on.
fn news(
    input: &Input,
    mut cursor: Cursor,
    mut walk: Walk,
    page: Page,
) -> Result<News<Cursor, Json>, Failure> {
    walk.pages += 1;
    walk.items = walk
        .items
        .saturating_add(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
    let (found, is_past) = match input.order_by {
        Some(_) => new::by_order(&cursor, &mut walk, page.items)?,
        None => new::by_id(input, &mut cursor, &walk, page.items)?,
    };
    let mut events: Vec<_> = found.into_iter().map(Item::into_event).collect();
    if walk.quiet {
        events.clear();
    } else if input.newest_first && input.order_by.is_none() {
        events.reverse();
    }
    let next = page.next.filter(|_| !(input.newest_first && is_past));
    if next.is_some() && walk.pages >= PAGES_MAX {
        let why = format!(
            "the list has more than {PAGES_MAX} pages: ask for less of it, or with `newest-first`"
        );
        return Err(Failure::misconfigured(why).with_field("/url"));
    }
    let more = next.is_some();
    match next {
        Some(next) => {
            walk.next = Some(next);
            cursor.walk = Some(walk);
        }
        None => cursor.finish(walk),
    }
    Ok(News {
        events,
        cursor,
        more,
    })
}

#[cfg(test)]
mod tests;
