//! The action `list`.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Reads a list page by page: `GET URL?page=N`.
pub struct List;

/// Which list.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// Where it is.
    url: String,
    /// Read no more than so many pages.
    pages: Option<u64>,
    /// Ask for so many records a page, as `size`.
    size: Option<u64>,
}

/// What the application answers.
#[derive(Deserialize)]
struct Page {
    records: Vec<Value>,
    /// The number of the next page.
    next: Option<u64>,
}

/// What asks for the next page.
#[derive(Serialize, Deserialize)]
struct Token {
    page: u64,
    /// Pages that have been read.
    read: u64,
}

impl Action for List {
    const NAME: &'static str = "list";
    const SUMMARY: &'static str = "reads a list page by page";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Value;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Value>, Failure> {
        let Token { page, read } = turn.page()?.unwrap_or(Token { page: 1, read: 0 });
        let mut request = Request::get(input.url).query("page", &page.to_string());
        if let Some(size) = input.size {
            request = request.query("size", &size.to_string());
        }
        let answer: Page = request.anonymous().send()?.ok()?.json()?;
        let read = read + 1;
        let next = answer
            .next
            .filter(|_| input.pages.is_none_or(|pages| read < pages));
        Outcome::page(answer.records, next.map(|page| Token { page, read }))
    }

    fn examples() -> Vec<Example> {
        let input = serde_json::json!({ "url": "http://127.0.0.1:9000/list", "pages": 3 });
        vec![Example::new("the first three pages", input)]
    }
}
