//! A database for tests: each transaction gets the next answer of the script.

use crate::bindings::imports::mortise::plugin::sql as raw;
use crate::fake::{HOST, Host, Installed};

pub use raw::{Error, Rows, Statement, Value};

/// What one transaction gets.
#[derive(Clone, Debug)]
pub struct Answer(Result<Vec<Rows>, Error>);

impl Answer {
    /// What each of its statements gives.
    pub fn new(all: Vec<Rows>) -> Self {
        Self(Ok(all))
    }

    /// Rows of the only statement.
    pub fn rows(columns: &[&str], rows: impl IntoIterator<Item = Vec<Value>>) -> Self {
        Self::new(vec![rows_of(columns, rows)])
    }

    /// No rows of the only statement, which changed so many.
    pub fn affected(affected: u64) -> Self {
        Self::new(vec![Rows {
            affected,
            ..rows_of(&[], [])
        }])
    }

    /// What the database says.
    pub fn error(sqlstate: &str, message: &str) -> Self {
        Self(Err(Error {
            sqlstate: sqlstate.to_owned(),
            message: message.to_owned(),
            sent: true,
        }))
    }

    /// Nothing came back, and it may have been carried out.
    pub fn lost() -> Self {
        Self::error("", "the connection was lost")
    }
}

/// What a statement gives.
pub fn rows_of(columns: &[&str], rows: impl IntoIterator<Item = Vec<Value>>) -> Rows {
    let rows: Vec<_> = rows.into_iter().collect();
    Rows {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        affected: rows.len() as u64,
        rows,
        truncated: false,
    }
}

impl Host {
    /// What the next transaction without an answer gets; one that is not in the script is not sent.
    #[must_use]
    pub fn sql(mut self, answer: Answer) -> Self {
        self.database.answers.push_back(answer);
        self
    }
}

impl Installed {
    /// The statements of each transaction so far.
    pub fn statements(&self) -> Vec<Vec<Statement>> {
        HOST.with_borrow(|host| host.database.asked.clone())
    }
}

/// What stands for the database.
#[derive(Clone, Debug, Default)]
pub(super) struct Database {
    answers: std::collections::VecDeque<Answer>,
    asked: Vec<Vec<Statement>>,
}

/// As the host's function. A read gives no more rows than its statement wants.
pub(crate) fn transact(statements: &[Statement]) -> Result<Vec<Rows>, Error> {
    let answer = HOST.with_borrow_mut(|host| {
        host.database.asked.push(statements.to_vec());
        host.database.answers.pop_front()
    });
    let answer = answer.ok_or_else(|| Error {
        sqlstate: String::new(),
        message: "the test has no answer for this transaction".to_owned(),
        sent: false,
    })?;
    let cut = |(mut rows, statement): (Rows, &Statement)| {
        let rows_max = statement.rows_max as usize;
        rows.truncated |= rows.rows.len() > rows_max;
        rows.rows.truncate(rows_max);
        rows
    };
    Ok(answer.0?.into_iter().zip(statements).map(cut).collect())
}
