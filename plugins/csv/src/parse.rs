//! The action `parse`.

mod input;
mod record;

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_pieces::{Pieces, Place};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::dialect::Dialect;
use crate::rows::Rows;
pub use input::Input;
use input::{Columns, Header};
pub use record::Record;
use record::Shape;

/// A page ends here at the latest, in bytes of JSON; a call may give eight times as much.
const PAGE_BYTES: usize = 1 << 20;

/// Reads records page by page. What a page does not hold stays in the file: the token says where.
pub struct Parse;

/// Where the next page begins.
#[derive(Serialize, Deserialize)]
struct Token {
    #[serde(flatten)]
    place: Place,
    /// Records before it.
    record: u64,
    columns: Columns,
}

impl Action for Parse {
    const NAME: &'static str = "parse";
    const SUMMARY: &'static str = "reads the records of a CSV page by page";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Record;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Record>, Failure> {
        let dialect = Dialect::new(&input.delimiter, &input.quote, input.trim)?;
        let page_records = input.page_records()?;
        let pieces = Pieces::open(input.input.clone(), input.encoding)?;
        let token: Option<Token> = turn.page()?;
        let (mut rows, columns, mut record) = match token {
            Some(token) => {
                let rows = Rows::new(pieces.from(token.place), dialect);
                (rows, Some(token.columns), token.record)
            }
            None => {
                let mut rows = Rows::new(pieces, dialect);
                let columns = begin(&mut rows, &input)?;
                (rows, columns, 0)
            }
        };
        let Some(columns) = columns else {
            return Outcome::page(Vec::new(), None::<Token>);
        };
        let mut shape = Shape::new(&columns, &input)?;
        let (mut records, mut bytes) = (Vec::new(), 0);
        while records.len() < page_records && bytes < PAGE_BYTES {
            let Some(line) = rows.next()? else {
                return Outcome::page(records, None::<Token>);
            };
            record += 1;
            shape.learn(rows.len());
            let text = shape.record(&rows, record, line)?;
            bytes += text.len();
            records.push(Record::of(text)?);
        }
        let next = rows.rest()?.map(|place| Token {
            place,
            record,
            columns: shape.learned(columns),
        });
        Outcome::page(records, next)
    }

    fn examples() -> Vec<Example> {
        let text = "id,name,amount\n7,\"Doe, Ann\",12.50\n8,Bo,\n";
        vec![
            Example::new(
                "a text with a header",
                json!({ "input": text, "types": { "amount": "number" } }),
            )
            .output(json!([
                { "id": "7", "name": "Doe, Ann", "amount": 12.5 },
                { "id": "8", "name": "Bo", "amount": null },
            ])),
            Example::new(
                "a file from a spreadsheet in German",
                json!({
                    "input": { "$file": "export" },
                    "encoding": "windows-1252", "delimiter": ";",
                    "types": {
                        "Betrag": { "type": "number", "decimal": ",", "group": "." },
                        "Datum": { "type": "date", "format": "%d.%m.%Y" },
                    },
                }),
            ),
            Example::new(
                "rows without a header",
                json!({ "input": "a\tb\n", "delimiter": "\t", "header": "none" }),
            )
            .output(json!([["a", "b"]])),
        ]
    }
}

/// Passes over what is to be skipped and learns the columns; none where there are no rows.
fn begin(rows: &mut Rows, input: &Input) -> Result<Option<Columns>, Failure> {
    for _ in 0..input.skip_rows {
        if rows.next()?.is_none() {
            return Ok(None);
        }
    }
    match &input.header {
        Header::Names(names) => Columns::named(names.clone()).map(Some),
        Header::Word(input::Word::None) => Ok(Some(Columns::Unnamed(None))),
        Header::Word(input::Word::FirstRow) => match rows.next()? {
            Some(_) => {
                let names = (0..rows.len()).map(|index| rows.field(index).trim().to_owned());
                Columns::named(names.collect()).map(Some)
            }
            None => Ok(None),
        },
    }
}

#[cfg(test)]
mod tests;
