//! Carries out what is asked of the connections that have secrets, for the daemon's listener and for
//! commands on a data folder that no daemon holds.

mod trying;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mortise_api::connections::{
    Add, Authorize, Done, Entered, Keep, KeepError, Keeping, Link, Order, Rotate, RotateKey,
};
use mortise_egress::Client;
use mortise_model::connection::Connection as Described;
use mortise_model::descriptor::{Descriptor, Plugin};
use mortise_model::id::is_name;
use mortise_model::{ConnectionName, Json, Namespace, Timestamp};
use mortise_runner::clock::{Clock as _, SystemClock};
use mortise_sandbox::Sandbox;
use mortise_store::SledStore;
use mortise_vault::oauth2::{Code, Consent};
use mortise_vault::vault::Clock;
use mortise_vault::{
    Connection, Connections, MasterKey, NewConnection, NewSecret, Scheme, Vault, VaultError,
};
use semver::Version;

use crate::approved::Approved;
use crate::exit::{Outcome, Stop};
use crate::rollouts::Source as _;
use crate::settings::Settings;
use crate::wire;

/// How often tokens are looked at that are not due yet or were not renewed, in milliseconds.
const LOOK_MS: u64 = 10_000;

/// Who keeps the connections that have secrets.
pub struct Keeper {
    settings: Settings,
    vault: Arc<Vault<SledStore>>,
    egress: Arc<Client>,
    sandbox: Arc<Sandbox>,
    approved: Approved,
    /// What calls use; none where nothing runs.
    in_use: Option<Arc<Connections>>,
}

impl Keeper {
    /// Keeps the connections of a store.
    ///
    /// # Errors
    /// Where the settings name a key and there is none.
    pub fn new(
        settings: &Settings,
        store: Arc<SledStore>,
        (sandbox, egress): (Arc<Sandbox>, Arc<Client>),
    ) -> Outcome<Self> {
        let key = settings.key_file.as_deref();
        let key = key.map(|path| key_of(path, settings.data.as_deref()));
        let with = (Arc::clone(&egress), Arc::new(now) as Clock);
        let approved = Approved {
            store: Arc::clone(&store),
            sandbox: Arc::clone(&sandbox),
        };
        Ok(Self {
            settings: settings.clone(),
            vault: Arc::new(Vault::new(store, key.transpose()?, with)),
            egress,
            sandbox,
            approved,
            in_use: None,
        })
    }

    /// The same, with calls that use the connections as they are now, and as they are changed.
    ///
    /// # Errors
    /// Where there are secrets, and the key of the settings does not open them.
    pub async fn in_use(self, connections: Arc<Connections>) -> Outcome<Self> {
        let keeper = Self {
            in_use: Some(connections),
            ..self
        };
        keeper.refresh().await.map_err(KeepError::from)?;
        Ok(keeper)
    }

    /// What anybody may read of them.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn described(&self, namespace: &Namespace) -> Outcome<Vec<Described>> {
        let described = self.vault.described().await;
        let described = described.map_err(KeepError::from)?;
        let ours = described
            .into_iter()
            .filter(|(whose, _)| whose == namespace);
        Ok(ours.map(|(_, one)| one).collect())
    }

    /// Has calls use them as they are now.
    async fn refresh(&self) -> Result<(), VaultError> {
        if let Some(in_use) = &self.in_use {
            in_use.replace_with_secrets(self.vault.open().await?);
        }
        Ok(())
    }

    /// A connection with its secrets.
    async fn ready(
        &self,
        namespace: &Namespace,
        name: &ConnectionName,
    ) -> Result<Arc<Connection>, VaultError> {
        let opened = self.vault.open().await?;
        let is_it = |(whose, one): &(Namespace, Connection)| {
            whose == namespace && one.described().name == *name
        };
        let found = opened.into_iter().find(is_it);
        let found = found.map(|(_, one)| Arc::new(one));
        found.ok_or_else(|| VaultError::Unknown(name.clone()))
    }

    async fn add(&self, namespace: &Namespace, add: Add) -> Result<Done, KeepError> {
        if !is_name(&add.name) {
            return Err(KeepError::Refused(format!(
                "`{}` cannot name a connection: use lower-case letters, digits, `-` and `_`, beginning with a letter",
                add.name.escape_debug()
            )));
        }
        let name = ConnectionName::from(add.name.as_str());
        let in_use = self.in_use.as_ref();
        if in_use.is_some_and(|all| all.get(namespace, &name).is_some()) {
            return Err(VaultError::Exists(name).into());
        }
        let plugin = self.plugin(&add.plugin).await?;
        let descriptor = plugin.descriptor.clone();
        let schemes = Scheme::all(&descriptor.authentication).map_err(VaultError::from)?;
        let settings = with_defaults(&descriptor, add.settings);
        let new = NewConnection {
            connection: Described {
                name,
                plugin: descriptor.name,
                settings,
                origins: add.origins,
                rate: add.rate,
            },
            origins: descriptor.origins,
            schemes,
            scheme: add.scheme,
            owner: add.owner,
            secrets: entered(add.secrets),
        };
        let name = new.connection.name.clone();
        self.vault.add(namespace, new).await?;
        // Tokens that need no person are got at once, so that a mistake shows now. It stands in the view.
        let ready = self.ready(namespace, &name).await?;
        if ready.attention().is_none() {
            let _ = ready.ready().await;
        }
        self.refresh().await?;
        self.view(namespace, &name).await
    }

    async fn view(&self, namespace: &Namespace, name: &ConnectionName) -> Result<Done, KeepError> {
        let views = self.vault.list().await?;
        let view = views
            .into_iter()
            .find(|view| view.namespace == *namespace && view.name == name.as_str());
        let view = view.ok_or_else(|| VaultError::Unknown(name.clone()))?;
        Ok(Done::Connection(Box::new(view)))
    }

    async fn link(
        &self,
        namespace: &Namespace,
        (name, link): (String, Link),
    ) -> Result<Done, KeepError> {
        let name = ConnectionName::from(name.as_str());
        let consent = Consent {
            redirect_uri: link.redirect_uri,
            state: link.state,
            challenge: link.challenge,
        };
        let url = self.vault.link((namespace, &name), &consent).await?;
        Ok(Done::Link { url })
    }

    async fn authorize(
        &self,
        namespace: &Namespace,
        (name, given): (String, Authorize),
    ) -> Result<Done, KeepError> {
        let name = ConnectionName::from(name.as_str());
        let code = Code {
            code: given.code,
            verifier: given.verifier,
            redirect_uri: given.redirect_uri,
            parameters: given.parameters,
        };
        let whose = (namespace, &name);
        let authorized = self.vault.authorize(whose, &code).await?;
        self.refresh().await?;
        Ok(Done::Connection(Box::new(authorized)))
    }

    /// The newest plugin of a name among those in the folder of plugins and the approved ones of the
    /// registry.
    async fn plugin(&self, name: &str) -> Result<Arc<Plugin>, KeepError> {
        let gone = |stop: Stop| unusable(stop.message.unwrap_or_default());
        let loaded = wire::load_plugins(&self.sandbox, &self.settings).await;
        let approved = self.approved.versions(name.to_owned()).await;
        let approved = approved.map_err(gone)?.into_iter().map(|one| one.plugin);
        let all = loaded.map_err(gone)?.all().into_iter().chain(approved);
        let short = |full: &str| full.rsplit('/').next() == Some(name);
        let is_it = |plugin: &Arc<Plugin>| {
            let full = &plugin.descriptor.name;
            full == name || short(full)
        };
        let version = |plugin: &Arc<Plugin>| Version::parse(&plugin.descriptor.version).ok();
        all.filter(is_it).max_by_key(version).ok_or_else(|| {
            KeepError::NotFound(format!(
                "there is no plugin `{name}` in the folder of plugins, and none is approved in the registry: name \
                 a folder with `--plugins DIR`"
            ))
        })
    }

    async fn rotate(
        &self,
        namespace: &Namespace,
        (name, rotate): (String, Rotate),
    ) -> Result<Done, KeepError> {
        let name = ConnectionName::from(name.as_str());
        let secrets = entered(rotate.secrets);
        let whose = (namespace, &name);
        let rotated = self.vault.rotate(whose, &secrets, rotate.overlap_ms);
        let rotated = rotated.await?;
        self.refresh().await?;
        Ok(Done::Connection(Box::new(rotated)))
    }

    async fn remove(&self, namespace: &Namespace, name: String) -> Result<Done, KeepError> {
        let name = ConnectionName::from(name.as_str());
        let removed = self.vault.remove(namespace, &name).await?;
        self.refresh().await?;
        Ok(Done::Connection(Box::new(removed)))
    }

    async fn rotate_key(&self, rotate: RotateKey) -> Result<Done, KeepError> {
        let data = self.settings.data.as_deref();
        let key = key_of(&PathBuf::from(rotate.file), data);
        let key = key.map_err(|stop| unusable(stop.message.unwrap_or_default()))?;
        let rotated = self.vault.rewrap(key).await?;
        Ok(Done::KeyRotated { rotated })
    }

    /// Renews tokens before they end, for as long as the process lives.
    pub async fn renew_ahead(&self) {
        let Some(in_use) = &self.in_use else { return };
        let mut failed_at: HashMap<(Namespace, ConnectionName), Timestamp> = HashMap::new();
        loop {
            let mut next_ms = LOOK_MS;
            for connection in in_use.with_secrets() {
                let (Some(due_at), Some(stale)) = (connection.due_at(), connection.credential())
                else {
                    continue;
                };
                let (whose, described) = (connection.namespace(), connection.described());
                let name = (whose.clone(), described.name.clone());
                let rested_at = failed_at.get(&name).map(|at| at.plus_ms(LOOK_MS));
                let due_at = rested_at.map_or(due_at, |rested_at| rested_at.max(due_at));
                let left_ms = due_at.since_ms(now());
                if left_ms > 0 {
                    next_ms = next_ms.min(left_ms);
                    continue;
                }
                match connection.renewed(&stale).await {
                    Ok(_) => drop(failed_at.remove(&name)),
                    Err(error) => {
                        let (namespace, connection) = (&name.0, &name.1);
                        tracing::warn!(%namespace, %connection, %error, "a token was not renewed");
                        failed_at.insert(name, now());
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(next_ms)).await;
        }
    }
}

impl Keep for Keeper {
    fn keep(&self, namespace: Namespace, order: Order) -> Keeping<'_> {
        Box::pin(async move {
            let ours = &namespace;
            match order {
                Order::List => {
                    let mut items = self.vault.list().await?;
                    items.retain(|view| view.namespace == *ours);
                    Ok(Done::List { items, next: None })
                }
                Order::Add(add) => self.add(ours, add).await,
                Order::Rotate(name, rotate) => self.rotate(ours, (name, rotate)).await,
                Order::Remove(name) => self.remove(ours, name).await,
                Order::Try(name, wanted) => self.try_it(ours, (name, wanted)).await,
                Order::Link(name, link) => self.link(ours, (name, link)).await,
                Order::Authorize(name, given) => self.authorize(ours, (name, given)).await,
                Order::RotateKey(rotate) => self.rotate_key(rotate).await,
            }
        })
    }
}

fn with_defaults(descriptor: &Descriptor, settings: Json) -> Json {
    let filled = settings
        .read()
        .map(|settings| descriptor.with_defaults(settings));
    filled
        .and_then(|filled| Json::of(&filled))
        .unwrap_or(settings)
}

fn entered(secrets: Vec<Entered>) -> Vec<NewSecret> {
    let secrets = secrets.into_iter();
    secrets
        .map(|secret| NewSecret {
            name: secret.name,
            value: secret.value,
            expires_at: secret.expires_at,
        })
        .collect()
}

/// The key of a file, which must not lie where what it seals does.
fn key_of(path: &Path, data: Option<&Path>) -> Outcome<MasterKey> {
    let real = |path: &Path| path.canonicalize().ok();
    if let (Some(file), Some(data)) = (real(path), data.and_then(real))
        && file.starts_with(data)
    {
        return Err(Stop::environment(format!(
            "the key file `{}` lies in the data folder, where whoever has the folder has the key too: keep it elsewhere",
            path.display()
        )));
    }
    MasterKey::of_file(path).map_err(Stop::environment)
}

fn now() -> Timestamp {
    SystemClock.time_of_day()
}

fn unusable(why: impl ToString) -> KeepError {
    KeepError::Unusable(why.to_string())
}
