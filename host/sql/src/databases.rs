//! The whole way of a transaction, in one function.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use mortise_egress::{Client, Reach};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::access::Access;
use crate::dialect::{Link, Way};
use crate::error::{At as Reached, Error};
use crate::pool::{Kept, Pool};
use crate::settings::Settings;
use crate::statement::{Rows, Statement};

/// Which connection something is asked of, and what it may reach.
#[derive(Clone, Debug)]
pub struct At {
    /// The same for the same connection, and for no other.
    pub key: String,
    /// Where it leads and as whom.
    pub access: Access,
    /// The connection's origins.
    pub reach: Arc<Reach>,
}

/// What carries statements out: databases, or what takes their place in a rehearsal.
pub trait Transactor: Send + Sync {
    /// Carries statements out in one transaction, or not at all, until `deadline` at the latest. Dropping the
    /// future cancels them.
    fn transact<'a>(
        &'a self,
        at: &'a At,
        statements: &'a [Statement],
        deadline: Instant,
    ) -> Transacting<'a>;
}

/// A transaction under way.
pub type Transacting<'a> = Pin<Box<dyn Future<Output = Result<Vec<Rows>, Error>> + Send + 'a>>;

/// All databases. One for the whole process; it is used from many tasks at once, all of the same tokio
/// runtime, with its IO and time drivers on.
pub struct Databases {
    egress: Arc<Client>,
    settings: Settings,
    pools: Mutex<HashMap<String, Weak<Pool>>>,
}

/// How long cleaning up behind a transaction, or telling a server to stop, may take: nobody waits for either.
const AFTERWARDS: Duration = Duration::from_secs(5);

impl Databases {
    /// Reaches databases through `egress` alone.
    #[must_use]
    pub fn new(egress: Arc<Client>, settings: Settings) -> Self {
        Self {
            egress,
            settings,
            pools: Mutex::default(),
        }
    }

    async fn carry_out(
        &self,
        at: &At,
        statements: &[Statement],
        deadline: Instant,
    ) -> Result<Vec<Rows>, Error> {
        let (count, max) = (statements.len(), self.settings.statements_max);
        if count > max {
            return Err(Error::TooMany { count, max });
        }
        let pool = self.pool(at);
        let max = self.settings.connections_max;
        let mut place = pool.place(deadline).await.ok_or(Error::NoPlace { max })?;
        if let Some(kept) = pool.take() {
            let used = Used::new(&pool, place, kept);
            match self.carry_out_by(used, statements, deadline).await {
                Err(error) if error.is_stale() => {
                    // The others were idle no shorter.
                    pool.forget();
                    let again = pool.place(deadline).await;
                    place = again.ok_or(Error::NoPlace { max })?;
                }
                outcome => return outcome,
            }
        }
        let way = Way {
            egress: &self.egress,
            settings: &self.settings,
            access: &at.access,
            reach: &at.reach,
        };
        let link = Link::open(&way, deadline).await?;
        let used = Used::new(&pool, place, pool.opened(link));
        self.carry_out_by(used, statements, deadline).await
    }

    async fn carry_out_by(
        &self,
        mut used: Used,
        statements: &[Statement],
        deadline: Instant,
    ) -> Result<Vec<Rows>, Error> {
        let link = used.link();
        let working = link.transact(statements, &self.settings, deadline);
        match tokio::time::timeout_at(deadline, working).await {
            Ok(outcome) => {
                used.give_back();
                outcome
            }
            Err(_) => Err(Error::Late {
                phase: Reached(link.phase()),
            }),
        }
    }

    /// The connection's pool. Whoever changed its password or its settings finds another one.
    fn pool(&self, at: &At) -> Arc<Pool> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pools.get(&at.key).and_then(Weak::upgrade);
        if let Some(pool) = known.filter(|pool| pool.is_of(&at.access)) {
            return pool;
        }
        pools.retain(|_, pool| pool.strong_count() > 0);
        let pool = Pool::new(at.access.clone(), &self.settings);
        pools.insert(at.key.clone(), Arc::downgrade(&pool));
        pool
    }
}

impl Transactor for Databases {
    fn transact<'a>(
        &'a self,
        at: &'a At,
        statements: &'a [Statement],
        deadline: Instant,
    ) -> Transacting<'a> {
        Box::pin(self.carry_out(at, statements, deadline))
    }
}

/// A connection in use. Where nobody gives it back, the server is told to stop what it does for it.
struct Used {
    pool: Arc<Pool>,
    /// None once it is given back.
    held: Option<(OwnedSemaphorePermit, Kept)>,
}

impl Used {
    fn new(pool: &Arc<Pool>, place: OwnedSemaphorePermit, kept: Kept) -> Self {
        Self {
            pool: Arc::clone(pool),
            held: Some((place, kept)),
        }
    }

    fn link(&mut self) -> &mut Link {
        match &mut self.held {
            Some((_, kept)) => &mut kept.link,
            None => unreachable!("a connection is used before it is given back"),
        }
    }

    /// For the next one, if it can be used again, as soon as it is cleaned.
    fn give_back(mut self) {
        let Some((place, mut kept)) = self.held.take().filter(|(_, kept)| kept.link.is_fit())
        else {
            return;
        };
        let pool = Arc::clone(&self.pool);
        tokio::spawn(async move {
            let cleaning = tokio::time::timeout(AFTERWARDS, kept.link.clean());
            if cleaning.await.unwrap_or(false) {
                pool.put(kept);
            }
            drop(place);
        });
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        if let (Some((place, kept)), Ok(runtime)) = (self.held.take(), Handle::try_current()) {
            runtime.spawn(async move {
                let _ = tokio::time::timeout(AFTERWARDS, kept.link.cancel()).await;
                drop(place);
            });
        }
    }
}
