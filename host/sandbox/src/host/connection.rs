//! `mortise:plugin/connection`: what is not secret of the connection that the step names; `null` where
//! it names none.

use crate::contract::mortise::plugin::connection::{Algorithm, Host};
use crate::guest::Guest;

const NO_SECRETS: &str = "the connection has no secrets: this host keeps none";

impl Host for Guest {
    fn settings(&mut self) -> wasmtime::Result<String> {
        let connection = self.work()?.connection.as_ref();
        let settings = connection.map(|c| c.described().settings.as_str().to_owned());
        Ok(settings.unwrap_or_else(|| "null".to_owned()))
    }

    fn sign(
        &mut self,
        _secret: String,
        _algorithm: Algorithm,
        _data: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        Ok(Err(NO_SECRETS.to_owned()))
    }

    fn verify(
        &mut self,
        _secret: String,
        _algorithm: Algorithm,
        _data: Vec<u8>,
        _signature: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, String>> {
        Ok(Err(NO_SECRETS.to_owned()))
    }
}
