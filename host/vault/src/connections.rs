//! The connections that are there now.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use mortise_egress::{GrantError, Reach};
use mortise_model::connection::{Connection as Described, Rate};
use mortise_model::{ConnectionName, Namespace};

/// A connection that is ready to be used.
pub struct Connection {
    described: Described,
    reach: Arc<Reach>,
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
            reach: Arc::new(reach),
            rate: described.rate.and_then(limiter),
            described,
        })
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

/// As many requests at once as the rate allows in its time, and then each after its share of it.
/// None where the rate is nothing at all or has no measurable pause.
fn limiter(rate: Rate) -> Option<DefaultDirectRateLimiter> {
    let burst = NonZeroU32::new(rate.requests)?;
    let pause = Duration::from_millis(rate.per_ms) / rate.requests;
    let quota = Quota::with_period(pause)?.allow_burst(burst);
    Some(RateLimiter::direct(quota))
}

type ByName = HashMap<ConnectionName, Arc<Connection>>;

/// All connections of all namespaces. They are replaced as a whole while calls go on: a call keeps
/// what it began with.
#[derive(Default)]
pub struct Connections {
    current: RwLock<Arc<HashMap<Namespace, ByName>>>,
}

impl Connections {
    /// Puts other connections in the place of all that are there.
    pub fn replace(&self, connections: impl IntoIterator<Item = (Namespace, Connection)>) {
        let mut all = HashMap::<Namespace, ByName>::new();
        for (namespace, connection) in connections {
            let name = connection.described.name.clone();
            let of_namespace = all.entry(namespace).or_default();
            of_namespace.insert(name, Arc::new(connection));
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
    }

    /// A connection by its name.
    #[must_use]
    pub fn get(&self, namespace: &Namespace, name: &ConnectionName) -> Option<Arc<Connection>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.get(namespace)?.get(name).cloned()
    }
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
