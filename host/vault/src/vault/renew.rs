//! Tokens: got, renewed before they end, by one task at a time, and kept before they are used.

use std::sync::Arc;
use std::time::Duration;

use mortise_model::{ConnectionName, Namespace, Timestamp};
use mortise_ports::secrets::SealedPlace;
use mortise_ports::{Secrets, StoreError};

use super::{Vault, VaultError};
use crate::connections::{Current, Renew, RenewError, Renewing};
use crate::credential::Credential;
use crate::oauth2::{Ask, Code};
use crate::obtain::{Given, ObtainError, obtain};
use crate::record::{Attention, Record, View};

/// Who gets tokens has so long until somebody else may: longer than any request takes.
const LEASE_MS: u64 = 120 * 1_000;
/// How often one who waits for another process looks, in milliseconds.
const LOOK_MS: u64 = 200;
/// How often a change is tried again that met with another one.
const MEETINGS_MAX: usize = 16;

impl<S: Secrets> Vault<S> {
    /// Takes a person's consent: what it gives is durable when this returns, and the connection works.
    ///
    /// # Errors
    /// Where there is no such connection, nobody had to agree, or the application refuses.
    pub async fn authorize(
        &self,
        (namespace, name): (&Namespace, &ConnectionName),
        code: &Code,
    ) -> Result<View, VaultError> {
        let gate = self.gate(namespace, name);
        let _turn = gate.lock().await;
        let (_, record, data) = self.read(namespace, name).await?;
        if !record.scheme.kind.asks_a_person() {
            return Err(VaultError::NoConsent(name.clone()));
        }
        let credential = record.open(&data, namespace, self.now())?;
        let ask = Ask::Code(code);
        let given = obtain(
            &self.egress,
            (namespace, name),
            &credential,
            ask,
            self.now(),
        )
        .await?;
        let (record, _) = self.keep(namespace, name, given).await?;
        Ok(record.view(namespace))
    }

    fn gate(&self, namespace: &Namespace, name: &ConnectionName) -> Arc<tokio::sync::Mutex<()>> {
        let gates = self.renewing.lock();
        let mut gates = gates.unwrap_or_else(std::sync::PoisonError::into_inner);
        let gate = gates.entry((namespace.clone(), name.clone()));
        Arc::clone(gate.or_default())
    }

    /// Gets tokens that are newer than those of `seen`, or takes those that somebody else has got.
    async fn renewed(
        &self,
        namespace: &Namespace,
        name: &ConnectionName,
        seen: u64,
    ) -> Result<Current, RenewError> {
        let gate = self.gate(namespace, name);
        let _turn = gate.lock().await;
        let place = SealedPlace::Connection(namespace.clone(), name.clone());
        let credential = loop {
            let now = self.now();
            let (_, record, data) = self.read(namespace, name).await?;
            if record.tokens_made > seen && record.tokens.is_some() {
                return Ok(Current::of(record.open(&data, namespace, now)?));
            }
            if let Some(attention) = record.attention {
                return Err(RenewError::Attention(attention));
            }
            let times = (now, now.plus_ms(LEASE_MS));
            let leased = self.store.lease(&place, times).await;
            if leased.map_err(VaultError::from)? {
                break record.open(&data, namespace, now)?;
            }
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        };
        let renewed = self.renew_once(namespace, name, &credential).await;
        // Whoever has it next reads what was kept.
        let released = self.store.release(&place).await;
        released.map_err(VaultError::from)?;
        renewed
    }

    async fn renew_once(
        &self,
        namespace: &Namespace,
        name: &ConnectionName,
        credential: &Credential,
    ) -> Result<Current, RenewError> {
        match self.ask(namespace, name, credential).await {
            Ok(given) => {
                let (record, data) = self.keep(namespace, name, given).await?;
                Ok(Current::of(record.open(&data, namespace, self.now())?))
            }
            Err(error) => Err(self.failed(namespace, name, credential, &error).await),
        }
    }

    async fn ask(
        &self,
        namespace: &Namespace,
        name: &ConnectionName,
        credential: &Credential,
    ) -> Result<Given, ObtainError> {
        let refresh = credential
            .tokens()
            .and_then(|tokens| tokens.refresh.clone());
        let ask = match &refresh {
            Some(token) => Ask::Refresh(token),
            None => Ask::Secrets,
        };
        obtain(&self.egress, (namespace, name), credential, ask, self.now()).await
    }

    /// Keeps what was given, whatever else has happened to the connection meanwhile: a refresh token may
    /// be good for one time only, and the one before it is worth nothing any more.
    async fn keep(
        &self,
        namespace: &Namespace,
        name: &ConnectionName,
        given: Given,
    ) -> Result<(Record, crate::seal::DataKey), VaultError> {
        let now = self.now();
        for _ in 0..MEETINGS_MAX {
            let (revision, mut record, data) = self.read(namespace, name).await?;
            record.set_tokens(&data, namespace, given.clone(), now)?;
            match self.put(namespace, revision, &record).await {
                Err(VaultError::Store(StoreError::Revision { .. })) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok((record, data)),
            }
        }
        Err(VaultError::Store(StoreError::Outdated))
    }

    /// Keeps that the application refused, so that nobody asks again until a person has done something.
    async fn failed(
        &self,
        namespace: &Namespace,
        name: &ConnectionName,
        credential: &Credential,
        error: &ObtainError,
    ) -> RenewError {
        let why = credential.scrubber().text(&error.to_string()).into_owned();
        if error.is_passing() {
            return RenewError::Away(why);
        }
        let attention = Attention {
            why,
            since: self.now(),
        };
        for _ in 0..MEETINGS_MAX {
            let (revision, mut record, _) = match self.read(namespace, name).await {
                Ok(read) => read,
                Err(error) => return error.into(),
            };
            record.attention = Some(attention.clone());
            match self.put(namespace, revision, &record).await {
                Err(VaultError::Store(StoreError::Revision { .. })) => {}
                Err(error) => return error.into(),
                Ok(()) => return RenewError::Attention(attention),
            }
        }
        VaultError::Store(StoreError::Outdated).into()
    }
}

impl<S: Secrets> Renew for Vault<S> {
    fn renew(self: Arc<Self>, namespace: Namespace, name: ConnectionName, seen: u64) -> Renewing {
        // A task of its own: a call that ends meanwhile must not take an answer with it that comes once.
        let task = tokio::spawn(async move { self.renewed(&namespace, &name, seen).await });
        Box::pin(async move {
            task.await
                .unwrap_or_else(|error| Err(RenewError::Away(error.to_string())))
        })
    }

    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

impl From<VaultError> for RenewError {
    fn from(error: VaultError) -> Self {
        Self::Away(error.to_string())
    }
}
