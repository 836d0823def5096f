//! What comes back.

use mortise_sdk::Failure;
use mortise_sdk::sql::{Rows, Statement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names;
use crate::rows::Row;
use crate::values::Builder;

/// The most rows that a change may give back: it changes them all the same.
const RETURNED_MAX: u32 = 10_000;

/// What a change did.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Changed {
    /// Rows that were added, changed or deleted.
    pub affected: u64,
    /// These rows, with the columns that `returning` names.
    pub rows: Vec<Row>,
}

impl From<Rows> for Changed {
    fn from(rows: Rows) -> Self {
        Self {
            affected: rows.affected,
            rows: rows.objects(),
        }
    }
}

/// What is read back of changed rows: their columns, in a list. All of them without it; an empty list reads nothing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Returning(Option<Vec<String>>);

impl Returning {
    /// Puts it into a statement, and ends it.
    pub fn end(&self, mut builder: Builder) -> Result<Statement, Failure> {
        match &self.0 {
            Some(columns) if columns.is_empty() => return Ok(builder.statement()),
            Some(columns) => {
                let columns = names::list(columns.iter().map(String::as_str), "/returning")?;
                builder.text(&format!(" RETURNING {columns}"));
            }
            None => builder.text(" RETURNING *"),
        }
        Ok(builder.statement().rows_max(RETURNED_MAX))
    }
}

/// One answer of several statements that did the same.
pub fn together(all: Vec<Rows>) -> Changed {
    let mut changed = Changed {
        affected: 0,
        rows: Vec::new(),
    };
    for rows in all {
        changed.affected += rows.affected;
        changed.rows.extend(rows.objects());
    }
    changed
}
