//! SQL through the host's pool, for connections of a database.
//!
//! The host keeps the connections and logs in; a plugin writes statements and binds parameters, which are
//! never put into the text. Every call is one transaction.
//!
//! ```
//! use mortise_sdk::fake::{Host, sql::Answer};
//! use mortise_sdk::sql::{self, Statement};
//!
//! let host = Host::new()
//!     .sql(Answer::rows(&["id", "total"], [vec![7.into(), "12.50".into()]]))
//!     .install();
//! let rows = Statement::new("SELECT id, total FROM orders WHERE customer = $1")
//!     .bind("ann")
//!     .rows_max(100)
//!     .read()
//!     .unwrap();
//! assert_eq!(rows.objects()[0]["total"], "12.50");
//! assert_eq!(host.statements()[0][0].parameters, [sql::Value::Text("ann".into())]);
//! ```
//!
//! What goes in and what comes out, for PostgreSQL:
//!
//! | [`Value`] | comes from | goes to |
//! |---|---|---|
//! | `Boolean`, `Integer`, `Float` | `boolean`; whole numbers; `real`, `double precision` | any type that reads such a text; a number out of range is refused |
//! | `Numeric` | `numeric`, as decimal text | the same |
//! | `Bytes` | `bytea` | `bytea` |
//! | `Timestamp` | `timestamptz`, RFC 3339 in UTC | the same; types without a zone get it in UTC |
//! | `Json` | `json`, `jsonb`, arrays (as lists), composite types (as objects) | the same |
//! | `Text` | everything else, as the server writes it; intervals as ISO 8601 | any type, read as the server reads a literal of it |

mod failure;
mod value;

use serde_json::{Map, Value as Json};

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::sql as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::sql as host;

use crate::Failure;
use crate::bindings::imports::mortise::plugin::sql as raw;
pub use raw::{Error, Value};

/// A statement. Its parameters are `$1`, `$2` and so on for PostgreSQL.
#[derive(Clone, Debug)]
#[must_use = "a statement does nothing until it is carried out"]
pub struct Statement(raw::Statement);

impl Statement {
    /// One statement in the database's own SQL. No row of it is wanted yet, see [`Statement::rows_max`].
    pub fn new(text: impl Into<String>) -> Self {
        Self(raw::Statement {
            text: text.into(),
            parameters: Vec::new(),
            rows_max: 0,
        })
    }

    /// Binds the next parameter.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.0.parameters.push(value.into());
        self
    }

    /// Binds the next parameters.
    pub fn bind_all<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.0.parameters.extend(values.into_iter().map(Into::into));
        self
    }

    /// No more rows than this come back; [`Rows::truncated`] says whether there were more.
    pub fn rows_max(mut self, rows_max: u32) -> Self {
        self.0.rows_max = rows_max;
        self
    }

    /// Carries out a statement that only reads: where its answer is lost it is simply tried again.
    pub fn read(self) -> Result<Rows, Failure> {
        let outcome = try_transact(vec![self]).map_err(Error::of_reading);
        first(outcome?)
    }

    /// Carries out a statement that changes something.
    pub fn run(self) -> Result<Rows, Failure> {
        first(transact(vec![self])?)
    }
}

fn first(all: Vec<Rows>) -> Result<Rows, Failure> {
    let rows = all.into_iter().next();
    rows.ok_or_else(|| Failure::unclear("the host gave no rows for a statement"))
}

/// What came of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The names of the columns, in their order.
    pub columns: Vec<String>,
    /// A value for each column.
    pub rows: Vec<Vec<Value>>,
    /// Rows that were read, added, changed or deleted.
    pub affected: u64,
    /// There were more rows than `rows_max`.
    pub truncated: bool,
}

impl Rows {
    /// The rows as objects of JSON. Where two columns have one name, the last one counts.
    pub fn objects(self) -> Vec<Map<String, Json>> {
        let Self { columns, rows, .. } = self;
        let object = |row: Vec<Value>| {
            let values = row.into_iter().map(Value::into_json);
            columns.iter().cloned().zip(values).collect()
        };
        rows.into_iter().map(object).collect()
    }

    /// The value where there is one row with one column, or more.
    pub fn scalar(self) -> Option<Value> {
        self.rows.into_iter().next()?.into_iter().next()
    }
}

/// Carries statements out in one transaction: all of them, or none.
pub fn transact(statements: Vec<Statement>) -> Result<Vec<Rows>, Failure> {
    try_transact(statements).map_err(Failure::from)
}

/// The same, and leaves what to do about an error to the caller.
pub fn try_transact(statements: Vec<Statement>) -> Result<Vec<Rows>, Error> {
    let statements: Vec<raw::Statement> = statements.into_iter().map(|one| one.0).collect();
    let all = host::transact(&statements)?;
    let rows = |rows: raw::Rows| Rows {
        columns: rows.columns,
        rows: rows.rows,
        affected: rows.affected,
        truncated: rows.truncated,
    };
    Ok(all.into_iter().map(rows).collect())
}
