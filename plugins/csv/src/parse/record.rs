//! From a row to a record.

use mortise_sdk::{Failure, Json};
use plugin_fields::push_text;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::input::{Columns, Input, Ragged};
use crate::rows::Rows;
use crate::types::{Kind, Type};

/// One record: an object by the names of the columns, or a list where they have none.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Record(Json);

impl Record {
    pub fn of(text: String) -> Result<Self, Failure> {
        let broken = |error| Failure::reject(format!("the record cannot be written: {error}"));
        Json::from_text(text).map(Self).map_err(broken)
    }
}

impl JsonSchema for Record {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Record".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "A record: an object by the names of the columns, or a list where they have none.",
            "type": ["object", "array"],
            "additionalProperties": { "description": "Text, or what `types` says." },
            "items": { "description": "Text, or what `types` says." },
        })
    }
}

/// What records are made of.
pub struct Shape {
    /// Columns of a row; the first one says it where nothing else does.
    width: Option<usize>,
    is_named: bool,
    ragged: Ragged,
    empty_as_null: bool,
    /// What records have; none where they have every column, in lists.
    fields: Option<Vec<Field>>,
    types: Vec<(usize, Type)>,
}

struct Field {
    column: usize,
    name: String,
    /// None for text.
    kind: Option<Type>,
}

const TEXT: Type = Type::Plain(Kind::Text);

impl Shape {
    /// The failure names a column that is not there.
    pub fn new(columns: &Columns, input: &Input) -> Result<Self, Failure> {
        let find = |name: &str, option: &str| {
            let found = match columns {
                Columns::Named(names) => names.iter().position(|known| known == name),
                Columns::Unnamed(_) => name.parse::<usize>().ok().and_then(|n| n.checked_sub(1)),
            };
            found.ok_or_else(|| missing(name, option, columns))
        };
        let mut types = Vec::new();
        for (name, kind) in &input.types {
            types.push((find(name, "types")?, kind.clone()));
        }
        let field = |column: usize, name: &str| Field {
            column,
            name: name.to_owned(),
            kind: type_of(&types, column),
        };
        let fields = match (&input.columns, columns) {
            (Some(chosen), _) => {
                let chosen = chosen
                    .iter()
                    .map(|name| Ok(field(find(name, "columns")?, name)));
                Some(chosen.collect::<Result<_, Failure>>()?)
            }
            (None, Columns::Named(names)) => {
                let names = names.iter().enumerate();
                Some(names.map(|(column, name)| field(column, name)).collect())
            }
            (None, Columns::Unnamed(_)) => None,
        };
        let (is_named, width) = match columns {
            Columns::Named(names) => (true, Some(names.len())),
            Columns::Unnamed(width) => (false, *width),
        };
        Ok(Self {
            width,
            is_named,
            ragged: input.ragged,
            empty_as_null: input.empty_as_null,
            fields,
            types,
        })
    }

    /// Without a header the first row says how long rows are.
    pub fn learn(&mut self, length: usize) {
        self.width.get_or_insert(length);
    }

    /// What the next page has to know.
    pub fn learned(&self, columns: Columns) -> Columns {
        match columns {
            Columns::Unnamed(_) => Columns::Unnamed(self.width),
            named @ Columns::Named(_) => named,
        }
    }

    /// The row at hand as JSON. Records and lines count from 1.
    pub fn record(&self, rows: &Rows, record: u64, line: u64) -> Result<String, Failure> {
        self.check_length(rows, record, line)?;
        let mut out = String::with_capacity(256);
        out.push(if self.is_named { '{' } else { '[' });
        let mut push = |column: usize, name: &str, kind: &Type| {
            if out.len() > 1 {
                out.push(',');
            }
            if self.is_named {
                push_text(name, &mut out);
                out.push(':');
            }
            let text = rows.field(column);
            if self.empty_as_null && text.is_empty() {
                out.push_str("null");
                return Ok(());
            }
            let pushed = kind.push(&text, &mut out);
            pushed.map_err(|what| wrong(record, line, (name, &text), &what))
        };
        match &self.fields {
            Some(fields) => {
                for field in fields {
                    let kind = field.kind.as_ref().unwrap_or(&TEXT);
                    push(field.column, &field.name, kind)?;
                }
            }
            None => {
                for column in 0..self.width.unwrap_or(rows.len()) {
                    let kind = type_of(&self.types, column).unwrap_or(TEXT);
                    push(column, &(column + 1).to_string(), &kind)?;
                }
            }
        }
        out.push(if self.is_named { '}' } else { ']' });
        Ok(out)
    }

    fn check_length(&self, rows: &Rows, record: u64, line: u64) -> Result<(), Failure> {
        let Some(width) = self.width.filter(|width| *width != rows.len()) else {
            return Ok(());
        };
        let is_rest_empty = || (width..rows.len()).all(|column| rows.field(column).is_empty());
        if self.ragged == Ragged::Pad && is_rest_empty() {
            return Ok(());
        }
        let what = format!("it has {} fields where {width} are expected", rows.len());
        Err(refuse(record, line, &what))
    }
}

fn type_of(types: &[(usize, Type)], column: usize) -> Option<Type> {
    let found = types.iter().find(|(known, _)| *known == column);
    found.map(|(_, kind)| kind.clone())
}

fn missing(name: &str, option: &str, columns: &Columns) -> Failure {
    let known = match columns {
        Columns::Named(names) => names.join("`, `"),
        Columns::Unnamed(_) => "1`, `2` and so on: there is no header`".to_owned(),
    };
    let known = shorten(&known);
    Failure::misconfigured(format!(
        "`{option}` names the column `{name}`, which is not among `{known}`"
    ))
    .with_field(format!("/{option}"))
}

/// Values in messages are no longer than this, in characters.
const SHOWN_CHARS_MAX: usize = 200;

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A field whose text is not what its type says.
fn wrong(record: u64, line: u64, (name, text): (&str, &str), what: &str) -> Failure {
    let mut pointer = String::new();
    mortise_sdk::json::push_token(&mut pointer, name);
    let text = shorten(text);
    refuse(
        record,
        line,
        &format!("the field `{name}` with `{text}` {what}"),
    )
    .with_field(pointer)
}

fn refuse(record: u64, line: u64, what: &str) -> Failure {
    let index = usize::try_from(record - 1).unwrap_or(usize::MAX);
    Failure::reject(format!("record {record} on line {line}: {what}")).with_record(index)
}
