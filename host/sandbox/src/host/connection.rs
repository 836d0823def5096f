//! `mortise:plugin/connection`: what is not secret of the connection that the step names, `null` where
//! it names none; and what its secrets for signing can do, without their bytes.

use mortise_vault::credential::UseError;
use mortise_vault::{Algorithm, Credential};

use crate::contract::mortise::plugin::connection::{Algorithm as Wanted, Host};
use crate::guest::{Guest, Work};

impl Host for Guest {
    fn settings(&mut self) -> wasmtime::Result<String> {
        let connection = self.work()?.way.connection.as_ref();
        let settings = connection.map(|c| c.settings().as_str().to_owned());
        Ok(settings.unwrap_or_else(|| "null".to_owned()))
    }

    fn sign(
        &mut self,
        secret: String,
        algorithm: Wanted,
        data: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        let work = self.work()?;
        Ok(using(work, |credential| {
            credential.sign(&secret, algorithm.into(), &data)
        }))
    }

    fn verify(
        &mut self,
        secret: String,
        algorithm: Wanted,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, String>> {
        let work = self.work()?;
        let now = work.way.now();
        Ok(using(work, |credential| {
            credential.verify(&secret, algorithm.into(), (&data, &signature), now)
        }))
    }
}

fn using<T>(
    work: &Work,
    use_it: impl FnOnce(&Credential) -> Result<T, UseError>,
) -> Result<T, String> {
    let no_secrets = match &work.call.operation.connection {
        Some(name) => format!(
            "the connection `{name}` has no secrets: `mortise connections add` makes one that has"
        ),
        None => "the step names no connection: add `connection: NAME` to it".to_owned(),
    };
    let credential = work.way.credential().ok_or(no_secrets)?;
    use_it(&credential).map_err(|error| error.to_string())
}

impl From<Wanted> for Algorithm {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::HmacSha1 => Self::HmacSha1,
            Wanted::HmacSha256 => Self::HmacSha256,
            Wanted::HmacSha512 => Self::HmacSha512,
            Wanted::Rs256 => Self::Rs256,
            Wanted::Es256 => Self::Es256,
            Wanted::Ed25519 => Self::Ed25519,
        }
    }
}
