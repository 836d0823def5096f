//! `mortise:plugin/sql`: not available yet, and it says so.

use crate::contract::mortise::plugin::sql::{Error, Host, Rows, Statement};
use crate::guest::Guest;

impl Host for Guest {
    fn transact(
        &mut self,
        _statements: Vec<Statement>,
    ) -> wasmtime::Result<Result<Vec<Rows>, Error>> {
        Ok(Err(Error {
            sqlstate: String::new(),
            message: "`sql` is not available in this host".to_owned(),
            sent: false,
        }))
    }
}
