//! A connection that is open, for as long as it is.

use std::sync::Arc;
use std::time::Duration;

use mortise_egress::{Client as Egress, Reach};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_postgres::tls::NoTls;
use tokio_postgres::{CancelToken, Client};

use super::open::{Handshake, dial};
use crate::access::Access;
use crate::dialect::{Phase, Way};
use crate::meter::Meter;
use crate::settings::Settings;
use crate::tls::Tls;

/// A session with a server.
pub(crate) struct Link {
    pub(super) client: Client,
    pub(super) meter: Meter,
    /// How far the last transaction came.
    pub phase: Phase,
    /// It is in no transaction.
    pub(super) is_at_rest: bool,
    driver: AbortHandle,
    canceling: Canceling,
}

/// A client and the task that drives its connection.
pub(super) struct Open {
    pub client: Client,
    pub driver: AbortHandle,
}

/// What telling a server to stop takes: that is a connection of its own.
struct Canceling {
    token: CancelToken,
    tls: Option<Tls>,
    egress: Arc<Egress>,
    settings: Settings,
    access: Access,
    reach: Arc<Reach>,
}

/// How long the server may take to be told.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// What `DISCARD ALL` does, without what would make statements of tokio-postgres's own invalid.
const CLEAN: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
                     SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; CLOSE ALL";

/// More than what cleaning up is answered with.
const CLEANED_MAX_BYTES: usize = 64 * 1024;

impl Link {
    pub(super) fn new(open: Open, way: &Way<'_>, (meter, tls): (Meter, Option<Tls>)) -> Self {
        let Open { client, driver } = open;
        Self {
            canceling: Canceling {
                token: client.cancel_token(),
                tls,
                egress: Arc::clone(way.egress),
                settings: way.settings.clone(),
                access: way.access.clone(),
                reach: Arc::clone(way.reach),
            },
            client,
            meter,
            phase: Phase::Beginning,
            is_at_rest: true,
            driver,
        }
    }

    /// Whether it is open and in no transaction.
    pub fn is_fit(&self) -> bool {
        self.is_at_rest && !self.client.is_closed() && !self.meter.is_used_up()
    }

    /// Undoes what the session was told; says whether the server did so.
    pub async fn clean(&mut self) -> bool {
        self.meter.allow(CLEANED_MAX_BYTES);
        let is_clean = self.client.batch_execute(CLEAN).await.is_ok();
        // What the server may say while nobody asks, such as that it goes down.
        self.meter.allow(CLEANED_MAX_BYTES);
        is_clean
    }

    /// Has the server stop, and closes the connection. What is not committed is not kept.
    pub async fn cancel(self) {
        let Canceling {
            token,
            tls,
            egress,
            settings,
            access,
            reach,
        } = &self.canceling;
        let way = Way {
            egress,
            settings,
            access,
            reach,
        };
        let deadline = Instant::now() + CANCEL_TIMEOUT;
        let Ok(socket) = dial(egress, &way, deadline).await else {
            return;
        };
        let canceled = match tls.clone() {
            Some(tls) => token.cancel_query_raw(socket, Handshake(tls)).await,
            None => token.cancel_query_raw(socket, NoTls).await,
        };
        if let Err(error) = canceled {
            tracing::debug!(%error, "a database was not told to stop");
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // What is still on its way is of no use to anybody.
        self.driver.abort();
    }
}
