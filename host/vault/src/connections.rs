//! The connections that are there now.

use std::collections::HashMap;
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use mortise_egress::{GrantError, Reach};
use mortise_model::connection::{Connection as Described, Rate};
use mortise_model::{ConnectionName, Json, Namespace, Timestamp};
use serde_json::Value;
use thiserror::Error;

use crate::credential::Credential;
use crate::obtain::ObtainError;
use crate::record::Attention;

/// Gets the tokens of connections.
pub trait Renew: Send + Sync {
    /// Gets tokens that are newer than those with the number `seen`. What is got is durable before it is
    /// used, also where nobody waits for it any more.
    fn renew(self: Arc<Self>, namespace: Namespace, name: ConnectionName, seen: u64) -> Renewing;

    /// What time it is.
    fn now(&self) -> Timestamp;
}

/// Tokens on their way.
pub type Renewing = Pin<Box<dyn Future<Output = Result<Current, RenewError>> + Send>>;

/// Why there is no credential to send.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RenewError {
    /// The application refuses: nothing works until a person does something.
    #[error("{}", .0.why)]
    Attention(Attention),
    /// The application or the store is away: trying again helps.
    #[error("{0}")]
    Away(String),
}

/// A connection that is ready to be used.
pub struct Connection {
    namespace: Namespace,
    described: Described,
    reach: Arc<Reach>,
    live: Option<Live>,
    rate: Option<DefaultDirectRateLimiter>,
}

impl Connection {
    /// Makes a connection of its description.
    ///
    /// # Errors
    /// The first of its origins that is none.
    pub fn new(namespace: &Namespace, described: Described) -> Result<Self, GrantError> {
        let (name, origins) = (described.name.as_str(), &described.origins);
        let reach = Reach::connection(namespace.as_str(), name, origins)?;
        Ok(Self {
            namespace: namespace.clone(),
            reach: Arc::new(reach),
            live: None,
            rate: described.rate.and_then(limiter),
            described,
        })
    }

    /// The same with its secrets.
    #[must_use]
    pub fn with(
        self,
        credential: Credential,
        attention: Option<Attention>,
        renewer: Arc<dyn Renew>,
    ) -> Self {
        let live = Live {
            current: RwLock::new(Current::of(credential)),
            attention: RwLock::new(attention),
            renewer,
        };
        Self {
            live: Some(live),
            ..self
        }
    }

    /// Its secrets, where it has any. What it was given for them may be over.
    #[must_use]
    pub fn credential(&self) -> Option<Arc<Credential>> {
        self.live.as_ref().map(Live::current)
    }

    /// Its secrets, with tokens that the application takes: where there are none, or they are over, they are
    /// got first.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn ready(&self) -> Result<Option<Arc<Credential>>, RenewError> {
        let Some(live) = &self.live else {
            return Ok(None);
        };
        let credential = live.current();
        let now = live.renewer.now();
        let is_over = match credential.tokens() {
            Some(tokens) => tokens.is_over(now),
            None => credential.scheme().kind.is_renewed(),
        };
        match is_over {
            true => self.renewed(&credential).await.map(Some),
            false => Ok(Some(credential)),
        }
    }

    /// The same with other tokens than those that the application has just refused, or that are due.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn renewed(&self, stale: &Credential) -> Result<Arc<Credential>, RenewError> {
        let Some(live) = &self.live else {
            return Err(RenewError::Away("there are no secrets".to_owned()));
        };
        if let Some(attention) = self.attention() {
            return Err(RenewError::Attention(attention));
        }
        let seen = stale.tokens().map_or(0, |tokens| tokens.version);
        let (namespace, name) = (self.namespace.clone(), self.described.name.clone());
        let renewed = Arc::clone(&live.renewer).renew(namespace, name, seen).await;
        match renewed {
            Ok(current) => Ok(live.replace(current)),
            Err(RenewError::Attention(attention)) => {
                let mut place = write(&live.attention);
                *place = Some(attention.clone());
                Err(RenewError::Attention(attention))
            }
            Err(away) => Err(away),
        }
    }

    /// Why nothing works until a person does something.
    #[must_use]
    pub fn attention(&self) -> Option<Attention> {
        let live = self.live.as_ref()?;
        let known = live.attention.read();
        let known = known.unwrap_or_else(PoisonError::into_inner).clone();
        let credential = live.current();
        let is_consent_missing =
            credential.tokens().is_none() && credential.scheme().kind.asks_a_person();
        known.or_else(|| {
            is_consent_missing.then(|| Attention {
                why: ObtainError::Consent.to_string(),
                since: live.renewer.now(),
            })
        })
    }

    /// When its tokens have to be renewed; none where it has none that end, or nobody can.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let credential = self.credential()?;
        let due_at = credential.tokens()?.due_at()?;
        self.attention().is_none().then_some(due_at)
    }

    /// What a plugin may read: the settings, with what the application told.
    #[must_use]
    pub fn settings(&self) -> Json {
        let told = self.credential().filter(|one| one.tokens().is_some());
        let settings = told.map(|credential| Json::of::<Value>(&credential.settings()));
        match settings {
            Some(Ok(settings)) => settings,
            _ => self.described.settings.clone(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// What is not secret of it.
    #[must_use]
    pub fn described(&self) -> &Described {
        &self.described
    }

    /// Where its requests may go.
    #[must_use]
    pub fn reach(&self) -> &Arc<Reach> {
        &self.reach
    }

    /// Counts a request against the connection's rate.
    ///
    /// # Errors
    /// Where the rate is used up: the milliseconds until it is not.
    pub fn take_turn(&self) -> Result<(), u64> {
        let Some(rate) = &self.rate else {
            return Ok(());
        };
        rate.check().map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            // Rounded up: a wait that is too short would be in vain.
            u64::try_from(wait.as_millis()).map_or(u64::MAX, |ms| ms.saturating_add(1))
        })
    }
}

/// The secrets of a connection as they are now.
struct Live {
    current: RwLock<Current>,
    attention: RwLock<Option<Attention>>,
    renewer: Arc<dyn Renew>,
}

/// What requests carry now.
#[derive(Clone)]
pub struct Current(Arc<Credential>);

impl Current {
    /// A credential that was opened.
    #[must_use]
    pub fn of(credential: Credential) -> Self {
        Self(Arc::new(credential))
    }
}

impl Live {
    fn current(&self) -> Arc<Credential> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current.0)
    }

    fn replace(&self, current: Current) -> Arc<Credential> {
        let credential = Arc::clone(&current.0);
        *write(&self.current) = current;
        credential
    }
}

fn write<T>(place: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    place.write().unwrap_or_else(PoisonError::into_inner)
}

/// As many requests at once as the rate allows in its time, and then each after its share of it.
/// None where the rate is nothing at all or has no measurable pause.
fn limiter(rate: Rate) -> Option<DefaultDirectRateLimiter> {
    let burst = NonZeroU32::new(rate.requests)?;
    let pause = Duration::from_millis(rate.per_ms) / rate.requests;
    let quota = Quota::with_period(pause)?.allow_burst(burst);
    Some(RateLimiter::direct(quota))
}

type ByName = HashMap<ConnectionName, Arc<Connection>>;

/// All connections of all namespaces: those of files, and those that have secrets. Each kind is replaced
/// as a whole while calls go on: a call keeps what it began with.
#[derive(Default)]
pub struct Connections {
    of_files: RwLock<Arc<All>>,
    with_secrets: RwLock<Arc<All>>,
}

type All = HashMap<Namespace, ByName>;

impl Connections {
    /// Puts other connections in the place of all that come from files.
    pub fn replace(&self, connections: impl IntoIterator<Item = (Namespace, Connection)>) {
        set(&self.of_files, connections);
    }

    /// Puts other connections in the place of those of one namespace that come from files.
    pub fn replace_in(
        &self,
        namespace: &Namespace,
        connections: impl IntoIterator<Item = Connection>,
    ) {
        let by_name = connections.into_iter().map(|connection| {
            let name = connection.described.name.clone();
            (name, Arc::new(connection))
        });
        let of_files = self.of_files.write();
        let mut of_files = of_files.unwrap_or_else(PoisonError::into_inner);
        let mut all = (**of_files).clone();
        all.insert(namespace.clone(), by_name.collect());
        *of_files = Arc::new(all);
    }

    /// Puts other connections in the place of all that have secrets.
    pub fn replace_with_secrets(
        &self,
        connections: impl IntoIterator<Item = (Namespace, Connection)>,
    ) {
        set(&self.with_secrets, connections);
    }

    /// All that have secrets.
    #[must_use]
    pub fn with_secrets(&self) -> Vec<Arc<Connection>> {
        let all = self.with_secrets.read();
        let all = all.unwrap_or_else(PoisonError::into_inner);
        all.values().flat_map(HashMap::values).cloned().collect()
    }

    /// A connection by its name. One that has secrets counts first.
    #[must_use]
    pub fn get(&self, namespace: &Namespace, name: &ConnectionName) -> Option<Arc<Connection>> {
        [&self.with_secrets, &self.of_files]
            .into_iter()
            .find_map(|all| {
                let all = all.read().unwrap_or_else(PoisonError::into_inner);
                all.get(namespace)?.get(name).cloned()
            })
    }
}

fn set(place: &RwLock<Arc<All>>, connections: impl IntoIterator<Item = (Namespace, Connection)>) {
    let mut all = All::new();
    for (namespace, connection) in connections {
        let name = connection.described.name.clone();
        let of_namespace = all.entry(namespace).or_default();
        of_namespace.insert(name, Arc::new(connection));
    }
    *write(place) = Arc::new(all);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mortise_model::Json;

    use super::*;

    fn described(settings: &str) -> Described {
        Described {
            name: ConnectionName::from("crm"),
            plugin: "mortise/crm".to_owned(),
            settings: Json::parse(settings).unwrap(),
            origins: vec!["https://crm.example.com".to_owned()],
            rate: None,
        }
    }

    fn crm(namespace: &Namespace, settings: &str) -> (Namespace, Connection) {
        let connection = Connection::new(namespace, described(settings)).unwrap();
        (namespace.clone(), connection)
    }

    #[test]
    fn a_connection_belongs_to_its_namespace() {
        let (ours, theirs) = (Namespace::from("ours"), Namespace::from("theirs"));
        let connections = Connections::default();
        connections.replace([crm(&ours, r#"{"region":"eu"}"#)]);
        let name = ConnectionName::from("crm");
        let found = connections.get(&ours, &name).unwrap();
        assert_eq!(found.described().settings.as_str(), r#"{"region":"eu"}"#);
        assert!(connections.get(&theirs, &name).is_none());
        // Each namespace is replaced without the others.
        connections.replace_in(&theirs, [crm(&theirs, "2").1]);
        let settings = |namespace| {
            let found = connections.get(namespace, &name);
            found.map(|found| found.described().settings.as_str().to_owned())
        };
        assert_eq!(settings(&theirs).as_deref(), Some("2"));
        connections.replace_in(&ours, []);
        assert_eq!(settings(&ours), None);
        assert_eq!(settings(&theirs).as_deref(), Some("2"));
    }

    #[test]
    fn replacing_leaves_nothing_of_before_but_what_is_in_use() {
        let ours = Namespace::from("ours");
        let connections = Connections::default();
        connections.replace([crm(&ours, "1")]);
        let name = ConnectionName::from("crm");
        let in_use = connections.get(&ours, &name).unwrap();
        connections.replace([crm(&ours, "2")]);
        let now = connections.get(&ours, &name).unwrap();
        assert_eq!(in_use.described().settings.as_str(), "1");
        assert_eq!(now.described().settings.as_str(), "2");
        connections.replace([]);
        assert!(connections.get(&ours, &name).is_none());
    }

    #[test]
    fn a_rate_says_how_long_to_wait() {
        let mut described = described("{}");
        described.rate = Some(Rate {
            requests: 2,
            per_ms: 3_600_000,
        });
        let connection = Connection::new(&Namespace::from("ours"), described).unwrap();
        assert_eq!(
            (connection.take_turn(), connection.take_turn()),
            (Ok(()), Ok(()))
        );
        let wait_ms = connection.take_turn().unwrap_err();
        assert!((1_700_000..=1_800_001).contains(&wait_ms), "{wait_ms}");
    }

    #[test]
    fn an_origin_with_a_path_is_none() {
        let mut described = described("{}");
        described.origins = vec!["https://crm.example.com/api".to_owned()];
        assert!(Connection::new(&Namespace::from("ours"), described).is_err());
    }
}
