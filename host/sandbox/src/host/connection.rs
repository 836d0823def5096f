//! `mortise:plugin/connection`: what is not secret of the connection that the step names, `null` where
//! it names none; and what its secrets for signing can do, without their bytes.

use crate::contract::mortise::plugin::connection::{Algorithm, Host};
use crate::guest::Guest;
use crate::host::way::Signed;

impl Host for Guest {
    fn settings(&mut self) -> wasmtime::Result<String> {
        let settings = self.work()?.about.connection_settings.clone();
        Ok(settings.unwrap_or_else(|| "null".to_owned()))
    }

    async fn sign(
        &mut self,
        secret: String,
        algorithm: Algorithm,
        data: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        Ok(self.work()?.way.sign(secret, algorithm, data).await)
    }

    async fn verify(
        &mut self,
        secret: String,
        algorithm: Algorithm,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, String>> {
        let signed = Signed { data, signature };
        Ok(self.work()?.way.verify(secret, algorithm, signed).await)
    }
}
