//! The action `parse`.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_pieces::{Encoding, Input as Source, Pieces, Place as At};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::declared;
use crate::path::{Path, Place};
use crate::walk::Walk;

/// A page ends here at the latest, in bytes of the document; a call may give eight times as much.
const PAGE_BYTES: u64 = 1 << 20;

/// The most records of one page.
const PAGE_RECORDS_MAX: usize = 10_000;

/// Reads a document, or records of it page by page.
pub struct Parse;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The document: a text, or a file of the run.
    input: Source,
    /// The elements that are records, by their names from the root on: `/orders/order`. Without it the whole
    /// document is one record.
    #[serde(default)]
    pub each: Option<Path>,
    /// Elements that are lists also where there is only one, by path (`/orders/order/line`) or by name (`line`).
    #[serde(default)]
    pub lists: Vec<Place>,
    /// What becomes of prefixes of names.
    #[serde(default)]
    pub namespaces: Namespaces,
    /// How the text of a file stands in it; without it the document says so itself.
    #[serde(default)]
    encoding: Option<Encoding>,
    /// Removes space around texts.
    #[serde(default = "yes")]
    pub trim: bool,
    /// The most records of a page; one of large records ends earlier.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1, max = PAGE_RECORDS_MAX))]
    records_per_page: usize,
}

/// What becomes of prefixes of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Namespaces {
    /// Names are as they are written: `soap:Body`.
    #[default]
    Keep,
    /// Names have no prefix (`Body`), and declarations of namespaces are left out.
    Strip,
}

fn yes() -> bool {
    true
}

fn thousand() -> usize {
    1000
}

/// Where the next page begins.
#[derive(Serialize, Deserialize)]
struct Token {
    #[serde(flatten)]
    at: At,
    /// The elements that are open there.
    open: Vec<String>,
}

/// A record.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Record(Value);

impl JsonSchema for Record {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Record".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "An element: its text, or an object with `@name` for attributes, the names of its \
                elements, and `#text`. Without `each` the root element by its name.",
            "type": ["object", "string"],
            "additionalProperties": { "description": "Text, an object, or a list of them." },
        })
    }
}

impl Action for Parse {
    const NAME: &'static str = "parse";
    const SUMMARY: &'static str = "reads the elements of an XML document page by page";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Record;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Record>, Failure> {
        if !(1..=PAGE_RECORDS_MAX).contains(&input.records_per_page) {
            let why = format!("a page has 1 to {PAGE_RECORDS_MAX} records");
            return Err(Failure::misconfigured(why).with_field("/records-per-page"));
        }
        let encoding = input
            .encoding
            .map_or_else(|| declared::encoding(&input.input), Ok)?;
        let pieces = Pieces::open(input.input.clone(), encoding)?;
        let mut walk = match turn.page::<Token>()? {
            Some(token) => Walk::new(pieces.from(token.at), &input).within(token.open),
            None => Walk::new(pieces, &input),
        };
        let begin = walk.place().0.offset;
        let mut records = Vec::new();
        while let Some((name, value)) = walk.next()? {
            records.push(Record(match input.each {
                Some(_) => value,
                None => json!({ name: value }),
            }));
            let (at, open) = walk.place();
            let is_full =
                records.len() >= input.records_per_page || at.offset - begin >= PAGE_BYTES;
            if is_full && input.each.is_some() {
                let open = open.to_vec();
                return Outcome::page(records, Some(Token { at, open }));
            }
        }
        Outcome::page(records, None::<Token>)
    }

    fn examples() -> Vec<Example> {
        let orders = "<orders><order id=\"7\"><line>A</line><line>B</line></order><order id=\"8\"><line>C</line></order></orders>";
        vec![
            Example::new(
                "each order",
                json!({ "input": orders, "each": "/orders/order", "lists": ["line"] }),
            )
            .output(json!([{ "@id": "7", "line": ["A", "B"] }, { "@id": "8", "line": ["C"] }])),
            Example::new(
                "a whole document without namespaces",
                json!({
                    "input": "<s:Envelope xmlns:s=\"urn:s\"><s:Body><ok>yes</ok></s:Body></s:Envelope>",
                    "namespaces": "strip",
                }),
            )
            .output(json!([{ "Envelope": { "Body": { "ok": "yes" } } }])),
        ]
    }
}

#[cfg(test)]
mod tests;
