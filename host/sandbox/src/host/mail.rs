//! `mortise:plugin/mail`: not available yet, and it says so.

use crate::contract::mortise::plugin::mail::{Error, Host, Message};
use crate::guest::Guest;

impl Host for Guest {
    fn send(&mut self, _message: Message) -> wasmtime::Result<Result<String, Error>> {
        Ok(Err(Error {
            code: None,
            sent: false,
            message: "`mail` is not available in this host".to_owned(),
        }))
    }
}
