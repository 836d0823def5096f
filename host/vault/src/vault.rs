//! The connections that have secrets: made, listed, rotated and removed; sealed in a store, opened in
//! memory.

mod renew;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use mortise_egress::{Client, GrantError};
use mortise_model::connection::Connection as Described;
use mortise_model::{ConnectionName, Json, Namespace, Timestamp};
use mortise_ports::secrets::{Sealed, SealedChange, SealedPlace};
use mortise_ports::{Secrets, StoreError};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::connections::{Connection, Renew};
use crate::key::MasterKey;
use crate::oauth2::{self, Consent};
use crate::obtain::ObtainError;
use crate::record::{NewSecret, Record, View};
use crate::scheme::{Kind, Scheme, SchemeError};
use crate::seal::{DataKey, SealError};
use crate::template::{Missing, Reference, Source, Template};

/// The most bytes of a secret.
pub const SECRET_MAX_BYTES: usize = 64 * 1024;

/// The secrets of a store. One that has no key lists what there is and opens nothing.
pub struct Vault<S> {
    store: Arc<S>,
    key: RwLock<Option<MasterKey>>,
    egress: Arc<Client>,
    clock: Clock,
    /// One for each connection whose tokens were renewed: one task at a time.
    renewing: Mutex<HashMap<(Namespace, ConnectionName), Arc<tokio::sync::Mutex<()>>>>,
}

/// What time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A connection that is to be made.
pub struct NewConnection {
    /// What anybody may read; its origins are fixed with it. Without any, `origins` counts.
    pub connection: Described,
    /// Where the plugin says that credentials go; templates over the settings and, for what the
    /// application tells when it gives tokens, over `captured`.
    pub origins: Vec<String>,
    /// What its plugin declares.
    pub schemes: Vec<Scheme>,
    /// The scheme, where several fit.
    pub scheme: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// All that its scheme needs.
    pub secrets: Vec<NewSecret>,
}

/// Why nothing was done, or nothing opened.
#[derive(Debug, Error)]
pub enum VaultError {
    /// Nobody said which key.
    #[error(
        "connections with secrets need a key: let `MORTISE_KEY_FILE` name a file outside of the data folder with 32 bytes in base64, such as `openssl rand -base64 32` makes"
    )]
    NoKey,
    /// It is not the key of this store.
    #[error(
        "the key of `MORTISE_KEY_FILE` is not the one that the secrets of this data folder were sealed with; nothing was changed"
    )]
    WrongKey,
    /// What is kept does not open, though the key is the right one.
    #[error(
        "the secrets of the connection `{0}` were changed from outside and do not open; restore them from a backup, or remove the connection and add it again"
    )]
    Closed(ConnectionName),
    /// There is no such connection.
    #[error("there is no connection `{0}` with secrets")]
    Unknown(ConnectionName),
    /// There is one of this name.
    #[error("there is a connection `{0}` already: rotate its secrets, or remove it first")]
    Exists(ConnectionName),
    /// The plugin has no scheme for it.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
    /// The scheme has no such secret.
    #[error("the authentication scheme `{scheme}` has no secret `{name}`")]
    NoSuchSecret {
        /// The scheme.
        scheme: String,
        /// What was given.
        name: String,
    },
    /// The scheme needs more.
    #[error("the authentication scheme `{scheme}` needs the secret `{name}` as well")]
    Lacking {
        /// The scheme.
        scheme: String,
        /// What was not given.
        name: String,
    },
    /// A value that is none.
    #[error("the secret `{0}` is empty, longer than {SECRET_MAX_BYTES} bytes, or given twice")]
    Value(String),
    /// An origin is none.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// It has nowhere to go.
    #[error(
        "the plugin does not say where the connection's requests go: name an origin with `--origin`"
    )]
    NoOrigin,
    /// An origin names a setting that is not there.
    #[error("the plugin's origin needs the setting `{}`", .0.0.name)]
    OriginSetting(Missing),
    /// No person is asked.
    #[error("the connection `{0}` gets what it needs by itself: nobody has to agree")]
    NoConsent(ConnectionName),
    /// Nothing was got.
    #[error(transparent)]
    Obtain(#[from] ObtainError),
    /// The document cannot be read.
    #[error("what is kept of a connection cannot be read: {0}")]
    Unreadable(String),
    /// Nothing was sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The data key as it is kept.
#[derive(Serialize, Deserialize)]
struct Wrapped {
    wrapped: String,
}

impl<S: Secrets> Vault<S> {
    /// The secrets of a store, with the key that opens them. Tokens are got through `egress`.
    pub fn new(
        store: Arc<S>,
        key: Option<MasterKey>,
        (egress, clock): (Arc<Client>, Clock),
    ) -> Self {
        Self {
            store,
            key: RwLock::new(key),
            egress,
            clock,
            renewing: Mutex::default(),
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn key(&self) -> Result<MasterKey, VaultError> {
        let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
        key.clone().ok_or(VaultError::NoKey)
    }

    /// Every connection with secrets, as people may see it.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn list(&self) -> Result<Vec<View>, VaultError> {
        let records = self.records().await?;
        let views = records.iter().map(|(namespace, _, r)| r.view(namespace));
        Ok(views.collect())
    }

    /// What anybody may read of each, for whoever checks manifests.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn described(&self) -> Result<Vec<(Namespace, Described)>, VaultError> {
        let records = self.records().await?;
        let described = records.into_iter();
        Ok(described
            .map(|(namespace, _, record)| (namespace, record.connection))
            .collect())
    }

    /// Every connection, ready to be used. Without one no key is needed.
    ///
    /// # Errors
    /// `NoKey` and `WrongKey`; nothing has changed then.
    pub async fn open(self: &Arc<Self>) -> Result<Vec<(Namespace, Connection)>, VaultError> {
        let now = self.now();
        let records = self.records().await?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let (_, data) = self.data_key().await?.ok_or(VaultError::WrongKey)?;
        let opened = records.into_iter().map(|(namespace, _, record)| {
            let credential = record.open(&data, &namespace, now)?;
            let attention = record.attention;
            let connection = Connection::new(&namespace, record.connection)?;
            let renewer = Arc::clone(self) as Arc<dyn Renew>;
            let connection = connection.with(credential, attention, renewer);
            Ok((namespace, connection))
        });
        opened.collect()
    }

    /// Makes a connection. Durable when it returns.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn add(&self, namespace: &Namespace, new: NewConnection) -> Result<View, VaultError> {
        let now = self.now();
        let name = new.connection.name.clone();
        let place = SealedPlace::Connection(namespace.clone(), name.clone());
        if self.store.sealed(&place).await?.is_some() {
            return Err(VaultError::Exists(name));
        }
        let given: Vec<_> = new.secrets.iter().map(|s| s.name.as_str()).collect();
        let scheme = Scheme::choose(&new.schemes, new.scheme.as_deref(), &given)?;
        let lacking = scheme.lacking(&given).next().map(str::to_owned);
        if let Some(name) = lacking {
            let scheme = scheme.id;
            return Err(VaultError::Lacking { scheme, name });
        }
        check(&scheme, &new.secrets)?;
        let (connection, origins_to_come) = with_origins(new.connection, &scheme, new.origins)?;
        Connection::new(namespace, connection.clone())?;
        let mut record = Record {
            connection,
            scheme,
            owner: new.owner,
            created_at: now,
            secrets: Default::default(),
            tokens: None,
            tokens_made: 0,
            origins_to_come,
            attention: None,
        };
        let (key, data) = self.data_key_or_new().await?;
        for secret in &new.secrets {
            record.set(&data, namespace, secret, (now, None))?;
        }
        let view = record.view(namespace);
        let changes = key.into_iter().chain([change(place, 0, Some(&record))?]);
        self.store.put_sealed(changes.collect()).await?;
        Ok(view)
    }

    /// Puts other secrets in the place of those that are there. What is signed with the former ones
    /// is still taken for `overlap_ms`.
    ///
    /// # Errors
    /// Where there is no such connection, or no such secret.
    pub async fn rotate(
        &self,
        (namespace, name): (&Namespace, &ConnectionName),
        secrets: &[NewSecret],
        overlap_ms: u64,
    ) -> Result<View, VaultError> {
        let now = self.now();
        let (revision, mut record, data) = self.read(namespace, name).await?;
        check(&record.scheme, secrets)?;
        let until = (overlap_ms > 0).then(|| now.plus_ms(overlap_ms));
        for secret in secrets {
            record.set(&data, namespace, secret, (now, until))?;
        }
        // What was got for the former secrets is got anew; a person's consent is another matter.
        record.attention = None;
        if !record.scheme.kind.asks_a_person() {
            record.tokens = None;
        }
        self.put(namespace, revision, &record).await?;
        Ok(record.view(namespace))
    }

    /// Removes a connection with its secrets. No key is needed.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn remove(
        &self,
        namespace: &Namespace,
        name: &ConnectionName,
    ) -> Result<View, VaultError> {
        let place = SealedPlace::Connection(namespace.clone(), name.clone());
        let kept = self.store.sealed(&place).await?;
        let kept = kept.ok_or_else(|| VaultError::Unknown(name.clone()))?;
        let record = read(&kept)?;
        let change = change::<Record>(place, kept.revision, None)?;
        self.store.put_sealed(vec![change]).await?;
        Ok(record.view(namespace))
    }

    /// Wraps the data key with another key, which has to be there at the next start. Tells whether
    /// there was anything to wrap.
    ///
    /// # Errors
    /// Where the key that is there does not open it.
    pub async fn rewrap(&self, key: MasterKey) -> Result<bool, VaultError> {
        let is_there = match self.data_key().await? {
            Some((revision, data)) => {
                let change = wrapped(&data, &key, revision)?;
                self.store.put_sealed(vec![change]).await?;
                true
            }
            None => false,
        };
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(is_there)
    }

    /// The link that a person opens to agree to what a connection does.
    ///
    /// # Errors
    /// Where there is no such connection, or nobody has to agree.
    pub async fn link(
        &self,
        (namespace, name): (&Namespace, &ConnectionName),
        consent: &Consent,
    ) -> Result<String, VaultError> {
        let (_, record, data) = self.read(namespace, name).await?;
        let credential = record.open(&data, namespace, self.now())?;
        match &record.scheme.kind {
            Kind::Oauth2(oauth) if record.scheme.kind.asks_a_person() => {
                Ok(oauth2::link(&credential, oauth, consent)?)
            }
            _ => Err(VaultError::NoConsent(name.clone())),
        }
    }

    /// A connection as it is kept, its revision, and what opens it.
    async fn read(
        &self,
        namespace: &Namespace,
        name: &ConnectionName,
    ) -> Result<(u64, Record, DataKey), VaultError> {
        let place = SealedPlace::Connection(namespace.clone(), name.clone());
        let kept = self.store.sealed(&place).await?;
        let kept = kept.ok_or_else(|| VaultError::Unknown(name.clone()))?;
        let (_, data) = self.data_key().await?.ok_or(VaultError::WrongKey)?;
        Ok((kept.revision, read(&kept)?, data))
    }

    async fn put(
        &self,
        namespace: &Namespace,
        revision: u64,
        record: &Record,
    ) -> Result<(), VaultError> {
        let name = record.connection.name.clone();
        let place = SealedPlace::Connection(namespace.clone(), name);
        let change = change(place, revision, Some(record))?;
        Ok(self.store.put_sealed(vec![change]).await?)
    }

    async fn records(&self) -> Result<Vec<(Namespace, u64, Record)>, VaultError> {
        let kept = self.store.sealed_connections().await?;
        let records = kept.into_iter().filter_map(|(place, sealed)| match place {
            SealedPlace::Connection(namespace, _) => {
                Some(read(&sealed).map(|record| (namespace, sealed.revision, record)))
            }
            SealedPlace::Key => None,
        });
        records.collect()
    }

    /// The data key and its revision; none where there is none yet.
    async fn data_key(&self) -> Result<Option<(u64, DataKey)>, VaultError> {
        let Some(kept) = self.store.sealed(&SealedPlace::Key).await? else {
            return Ok(None);
        };
        let key = self.key()?;
        let wrapped: Wrapped = document(&kept)?;
        match DataKey::unwrap(&wrapped.wrapped, &key) {
            Ok(data) => Ok(Some((kept.revision, data))),
            Err(_) => Err(VaultError::WrongKey),
        }
    }

    /// The data key, made where there is none; then also what has to be kept of it.
    async fn data_key_or_new(&self) -> Result<(Option<SealedChange>, DataKey), VaultError> {
        if let Some((_, data)) = self.data_key().await? {
            return Ok((None, data));
        }
        let data = DataKey::new()?;
        Ok((Some(wrapped(&data, &self.key()?, 0)?), data))
    }
}

fn wrapped(data: &DataKey, key: &MasterKey, expected: u64) -> Result<SealedChange, VaultError> {
    let wrapped = data.wrap(key)?;
    change(SealedPlace::Key, expected, Some(&Wrapped { wrapped }))
}

/// Fixes where a connection may go: what its maker says, else what the plugin says. Gives also the
/// origins that only the application can tell.
fn with_origins(
    connection: Described,
    scheme: &Scheme,
    of_plugin: Vec<String>,
) -> Result<(Described, Vec<String>), VaultError> {
    if !connection.origins.is_empty() {
        return Ok((connection, Vec::new()));
    }
    let templates = match scheme.origins.is_empty() {
        true => of_plugin,
        false => scheme.origins.clone(),
    };
    let is_told = |template: &String| {
        let template = Template::parse(template);
        template
            .references()
            .any(|one| one.source == Source::Captured)
    };
    let (to_come, fixed): (Vec<_>, Vec<_>) = templates.into_iter().partition(is_told);
    let settings: serde_json::Value = connection.settings.read().unwrap_or_default();
    let setting = |reference: &Reference| {
        let of_settings = reference.source == Source::Settings;
        let value = of_settings.then(|| settings.get(&reference.name))??;
        let text = value.as_str().map(str::to_owned);
        let number = || value.as_u64().map(|number| number.to_string());
        text.or_else(number).map(Zeroizing::new)
    };
    let mut origins = Vec::new();
    let mut missing = None;
    for template in &fixed {
        match Template::parse(template).fill(setting) {
            Ok(filled) => origins.push(filled.trim_end_matches('/').to_owned()),
            Err(setting) => missing = missing.or(Some(setting)),
        }
    }
    if origins.is_empty() && to_come.is_empty() {
        return Err(missing.map_or(VaultError::NoOrigin, VaultError::OriginSetting));
    }
    Ok((
        Described {
            origins,
            ..connection
        },
        to_come,
    ))
}

/// Secrets that the scheme has, each once.
fn check(scheme: &Scheme, secrets: &[NewSecret]) -> Result<(), VaultError> {
    for (number, secret) in secrets.iter().enumerate() {
        let name = secret.name.clone();
        if scheme.secret(&name).is_none() {
            let scheme = scheme.id.clone();
            return Err(VaultError::NoSuchSecret { scheme, name });
        }
        let is_twice = secrets[..number].iter().any(|other| other.name == name);
        let length = secret.value.len();
        if is_twice || length == 0 || length > SECRET_MAX_BYTES {
            return Err(VaultError::Value(name));
        }
    }
    Ok(())
}

fn change<T: Serialize>(
    place: SealedPlace,
    expected: u64,
    document: Option<&T>,
) -> Result<SealedChange, VaultError> {
    let document = document.map(Json::of).transpose();
    Ok(SealedChange {
        place,
        expected,
        document: document.map_err(|error| VaultError::Unreadable(error.to_string()))?,
    })
}

fn read(kept: &Sealed) -> Result<Record, VaultError> {
    document(kept)
}

fn document<T: for<'de> Deserialize<'de>>(kept: &Sealed) -> Result<T, VaultError> {
    let read = kept.document.read();
    read.map_err(|error| VaultError::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests;
