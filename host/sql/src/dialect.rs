//! Which database an origin is of, and a connection to one.

use std::sync::Arc;

use mortise_egress::{Client, Reach};
use tokio::time::Instant;

use crate::access::Access;
use crate::error::Error;
use crate::postgres;
use crate::settings::Settings;
use crate::statement::{Rows, Statement};

/// The databases there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL, and what speaks as it does.
    Postgresql,
}

impl Dialect {
    /// By what stands before `://` in an origin.
    #[must_use]
    pub fn of(scheme: &str) -> Option<Self> {
        match scheme {
            "postgresql" => Some(Self::Postgresql),
            _ => None,
        }
    }
}

/// How far a transaction has come: what it means that nothing is heard any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// None of the statements left.
    Beginning,
    /// Some left, and nothing is kept.
    Working,
    /// The order to keep everything left.
    Committing,
}

/// What a connection is made with.
pub(crate) struct Way<'a> {
    pub egress: &'a Arc<Client>,
    pub settings: &'a Settings,
    pub access: &'a Access,
    pub reach: &'a Arc<Reach>,
}

/// A connection that is open.
pub(crate) enum Link {
    Postgresql(Box<postgres::Link>),
}

impl Link {
    /// Opens one and logs in.
    pub async fn open(way: &Way<'_>, deadline: Instant) -> Result<Self, Error> {
        match way.access.dialect {
            Dialect::Postgresql => postgres::Link::open(way, deadline)
                .await
                .map(|link| Self::Postgresql(Box::new(link))),
        }
    }

    /// Carries statements out in one transaction. After an error [`Link::is_fit`] says whether the connection
    /// can be used again; dropped half-way it cannot.
    pub async fn transact(
        &mut self,
        statements: &[Statement],
        settings: &Settings,
        deadline: Instant,
    ) -> Result<Vec<Rows>, Error> {
        match self {
            Self::Postgresql(link) => link.transact(statements, settings, deadline).await,
        }
    }

    /// How far the last transaction came.
    pub fn phase(&self) -> Phase {
        match self {
            Self::Postgresql(link) => link.phase,
        }
    }

    /// Whether it is open and in no transaction.
    pub fn is_fit(&self) -> bool {
        match self {
            Self::Postgresql(link) => link.is_fit(),
        }
    }

    /// Undoes what a session may have been told, so that the next user finds it as the first did.
    pub async fn clean(&mut self) -> bool {
        match self {
            Self::Postgresql(link) => link.clean().await,
        }
    }

    /// Has the server stop what it does for this connection, and closes it. For what nobody waits for any more.
    pub async fn cancel(self) {
        match self {
            Self::Postgresql(link) => link.cancel().await,
        }
    }
}
