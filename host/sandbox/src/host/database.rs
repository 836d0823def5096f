//! What a call asks of the database of its connection, in this process: every check, the credential, the
//! transaction, and a record of it.

use std::sync::Arc;

use mortise_sql::{self as database, Access, At, Credentials};
use mortise_vault::{Connection, Credential};
use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::direct::Direct;
use crate::contract::mortise::plugin::sql::{Error, Rows, Statement, Value};

/// What stands in the place of an HTTP method in the record.
const METHOD: &str = "SQL";

/// SQLSTATEs for what the host refuses, so that a plugin decides by them as by those of a server.
const NOT_ALLOWED: &str = "42501";
const MISCONFIGURED: &str = "42000";
const OVER_A_LIMIT: &str = "54000";
const RATE: &str = "53400";

impl Direct {
    /// Carries statements out in one transaction.
    ///
    /// # Errors
    /// What became of them instead.
    pub async fn transact(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, Error> {
        self.may_ask().map_err(|why| refused(&why))?;
        let connection = self.connection.as_ref().ok_or_else(|| {
            refused(&format!(
                "`{}` asks a database and the step names no connection: add `connection: NAME` to it",
                self.operation.uses
            ))
        })?;
        let at = self.at(connection).map_err(|error| {
            let why = self.scrubbed(&error.to_string());
            not_sent(MISCONFIGURED, why)
        })?;
        let turn = connection.take_turn();
        turn.map_err(|wait_ms| not_sent(RATE, self.used_up(wait_ms)))?;
        let noted = self.note(METHOD, at.access.origin().to_owned());
        let noted = noted.map_err(|why| not_sent(OVER_A_LIMIT, why))?;
        let statements: Vec<_> = statements.into_iter().map(Into::into).collect();
        let outcome = self.databases.transact(&at, &statements, self.deadline);
        let outcome = outcome.await;
        self.answered(noted, None);
        match outcome {
            Ok(all) => Ok(all.into_iter().map(Into::into).collect()),
            Err(error) => Err(Error {
                sqlstate: error.sqlstate().to_owned(),
                message: self.scrubbed(&error.to_string()),
                sent: error.sent(),
            }),
        }
    }

    fn at(&self, connection: &Connection) -> Result<At, database::AccessError> {
        let described = connection.described();
        let settings: Json = connection.settings().read().unwrap_or_default();
        let secrets = Secrets(self.credential());
        Ok(At {
            key: format!("{}/{}", self.namespace, described.name),
            access: Access::read(&described.origins, &settings, &secrets)?,
            reach: Arc::clone(connection.reach()),
        })
    }
}

/// The secrets of a connection, where it has any.
struct Secrets(Option<Arc<Credential>>);

impl Credentials for Secrets {
    fn secret(&self, name: &str) -> Option<Zeroizing<String>> {
        self.0.as_ref()?.injected(name)
    }
}

/// It is not allowed from here.
pub(crate) fn refused(why: &str) -> Error {
    not_sent(NOT_ALLOWED, why.to_owned())
}

fn not_sent(sqlstate: &str, message: String) -> Error {
    Error {
        sqlstate: sqlstate.to_owned(),
        message,
        sent: false,
    }
}

impl From<Statement> for database::Statement {
    fn from(statement: Statement) -> Self {
        Self {
            text: statement.text,
            parameters: statement.parameters.into_iter().map(Into::into).collect(),
            rows_max: statement.rows_max,
        }
    }
}

impl From<database::Rows> for Rows {
    fn from(rows: database::Rows) -> Self {
        let values = |row: Vec<database::Value>| row.into_iter().map(Into::into).collect();
        Self {
            columns: rows.columns,
            rows: rows.rows.into_iter().map(values).collect(),
            affected: rows.affected,
            truncated: rows.truncated,
        }
    }
}

impl From<Value> for database::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(is_true) => Self::Boolean(is_true),
            Value::Integer(number) => Self::Integer(number),
            Value::Float(number) => Self::Float(number),
            Value::Text(text) => Self::Text(text),
            Value::Bytes(bytes) => Self::Bytes(bytes),
            Value::Timestamp(text) => Self::Timestamp(text),
            Value::Json(text) => Self::Json(text),
            Value::Numeric(text) => Self::Numeric(text),
        }
    }
}

impl From<database::Value> for Value {
    fn from(value: database::Value) -> Self {
        match value {
            database::Value::Null => Self::Null,
            database::Value::Boolean(is_true) => Self::Boolean(is_true),
            database::Value::Integer(number) => Self::Integer(number),
            database::Value::Float(number) => Self::Float(number),
            database::Value::Text(text) => Self::Text(text),
            database::Value::Bytes(bytes) => Self::Bytes(bytes),
            database::Value::Timestamp(text) => Self::Timestamp(text),
            database::Value::Json(text) => Self::Json(text),
            database::Value::Numeric(text) => Self::Numeric(text),
        }
    }
}
