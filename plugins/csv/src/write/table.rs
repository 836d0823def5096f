//! From a record to a row.

use mortise_sdk::{Failure, Json};
use plugin_fields::{Fields, Pointer};

use super::{Column, Input, LineEnd, Quoting};
use crate::dialect::Dialect;

/// How rows are written.
pub struct Table<'a> {
    columns: Columns<'a>,
    has_header: bool,
    delimiter: u8,
    quoting: Quoting,
    line_end: &'static str,
    guard_formulas: bool,
}

enum Columns<'a> {
    /// What the author names; a record may have more.
    Chosen(&'a [Column]),
    /// The fields of the first record; another one must not have more.
    First(Vec<String>),
    /// Records are lists.
    None,
}

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

impl<'a> Table<'a> {
    pub fn new(input: &'a Input, dialect: Dialect) -> Result<Self, Failure> {
        let columns = match (&input.columns, input.records.first()) {
            (Some(columns), _) => Columns::Chosen(columns),
            (None, Some(first)) if first.text().starts_with('{') => {
                let fields: Fields = first.read("record")?;
                Columns::First(fields.iter().map(|(name, _)| name.to_owned()).collect())
            }
            (None, _) => Columns::None,
        };
        Ok(Self {
            columns,
            has_header: input.header,
            delimiter: dialect.delimiter,
            quoting: input.quoting,
            line_end: match input.line_end {
                LineEnd::Crlf => "\r\n",
                LineEnd::Lf => "\n",
            },
            guard_formulas: input.guard_formulas,
        })
    }

    /// Appends the names; false where there are none.
    pub fn push_header(&self, row: &mut String) -> bool {
        let names: Vec<&str> = match &self.columns {
            _ if !self.has_header => return false,
            Columns::Chosen(columns) => columns.iter().map(Column::name).collect(),
            Columns::First(names) => names.iter().map(String::as_str).collect(),
            Columns::None => return false,
        };
        self.push_row(names.len(), row, |index, text| {
            text.push_str(names[index]);
            Ok(true)
        })
        .is_ok()
    }

    /// Appends a record.
    pub fn push_record(&self, record: &Json, row: &mut String) -> Result<(), Failure> {
        if record.text().starts_with('[') {
            return self.push_list(&record.read::<Vec<Json>>("record")?, row);
        }
        let fields: Fields = record.read("record")?;
        match &self.columns {
            Columns::Chosen(columns) => {
                self.push_row(columns.len(), row, |index, text| match &columns[index] {
                    Column::Name(name) => push_value(fields.get(name), text),
                    Column::Field { field, .. } => {
                        push_value(Pointer::get(field, record).as_ref(), text)
                    }
                })
            }
            Columns::First(names) => {
                if let Some((name, _)) = fields
                    .iter()
                    .find(|(name, _)| !names.iter().any(|n| n == name))
                {
                    let why = format!(
                        "the record has the field `{name}`, which the first one lacks: name the `columns`"
                    );
                    let mut pointer = String::new();
                    mortise_sdk::json::push_token(&mut pointer, name);
                    return Err(Failure::reject(why).with_field(pointer));
                }
                self.push_row(names.len(), row, |index, text| {
                    push_value(fields.get(&names[index]), text)
                })
            }
            Columns::None => Err(Failure::reject(
                "the record is an object where the first one is a list",
            )),
        }
    }

    fn push_list(&self, values: &[Json], row: &mut String) -> Result<(), Failure> {
        let expected = match &self.columns {
            Columns::Chosen(columns) => columns.len(),
            Columns::First(names) => names.len(),
            Columns::None => values.len(),
        };
        if values.len() != expected {
            let why = format!(
                "the record has {} values for {expected} columns",
                values.len()
            );
            return Err(Failure::reject(why));
        }
        self.push_row(values.len(), row, |index, text| {
            push_value(Some(&values[index]), text)
        })
    }

    /// Appends a row of fields, each written by `write`, which says whether it is text.
    fn push_row(
        &self,
        length: usize,
        row: &mut String,
        mut write: impl FnMut(usize, &mut String) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut text = String::new();
        for index in 0..length {
            if index > 0 {
                row.push(char::from(self.delimiter));
            }
            text.clear();
            if write(index, &mut text)? && self.guard_formulas && text.starts_with(FORMULA) {
                text.insert(0, '\'');
            }
            // A row with nothing in it would be a blank line, which readers pass over.
            let is_blank = length == 1 && text.is_empty();
            if self.quoting == Quoting::All || is_blank || self.is_misread(&text) {
                row.push('"');
                row.push_str(&text.replace('"', "\"\""));
                row.push('"');
            } else {
                row.push_str(&text);
            }
        }
        row.push_str(self.line_end);
        Ok(())
    }

    fn is_misread(&self, text: &str) -> bool {
        text.starts_with(' ')
            || text.ends_with(' ')
            || text
                .bytes()
                .any(|byte| byte == self.delimiter || b"\"\r\n".contains(&byte))
    }
}

impl Column {
    fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Field { name, .. } => name,
        }
    }
}

/// Appends a value, and whether it is text. Numbers stay as they are written, null is nothing, lists and
/// objects are JSON.
fn push_value(value: Option<&Json>, text: &mut String) -> Result<bool, Failure> {
    let Some(value) = value else {
        return Ok(false);
    };
    match value.text().as_bytes().first() {
        Some(b'"') => {
            text.push_str(&value.read::<String>("value")?);
            return Ok(true);
        }
        Some(b'n') => {}
        _ => text.push_str(value.text()),
    }
    Ok(false)
}
