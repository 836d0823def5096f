//! `mortise:plugin/sql`: transactions with the database of the connection.

use crate::contract::mortise::plugin::sql::{Error, Host, Rows, Statement};
use crate::guest::Guest;

impl Host for Guest {
    async fn transact(
        &mut self,
        statements: Vec<Statement>,
    ) -> wasmtime::Result<Result<Vec<Rows>, Error>> {
        let way = self.work()?.way.clone();
        Ok(way.transact(statements).await)
    }
}
