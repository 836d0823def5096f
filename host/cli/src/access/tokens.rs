//! Tokens, with a daemon and without one.

use std::time::Duration;

use bytes::Bytes;
use mortise_api::Settings as Limits;
use mortise_api::tokens::{self, By, Make};
use mortise_runner::clock::{Clock as _, SystemClock};
use serde_json::Value;

use super::{Access, answered, audit, shown};
use crate::exit::{Outcome, Stop};

impl Access {
    /// Makes a token; the answer has its text, which nobody can ask for again.
    ///
    /// # Errors
    /// Why it was not made.
    pub async fn make_token(&self, make: Make, limits: &Limits) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let body = serde_json::to_vec(&make).map_err(Stop::defect)?;
                let path = "/api/v1/tokens";
                answered(client.post(path, body.into(), Duration::ZERO).await)
            }
            Self::Store { store, .. } => {
                let namespace = (!make.all_namespaces).then(|| self.namespace());
                shown(&tokens::make(store, (make, namespace), by(), limits).await?)
            }
        }
    }

    /// The tokens, without their texts: `{"items", "next"}`.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn tokens(&self) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => answered(client.get("/api/v1/tokens", Duration::ZERO).await),
            Self::Store { store, .. } => shown(&tokens::list(store, &by()).await?),
        }
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn revoke_token(&self, id: &str) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
                let path = format!("/api/v1/tokens/{id}/revoke");
                answered(client.post(&path, Bytes::new(), Duration::ZERO).await)
            }
            Self::Store { store, .. } => shown(&tokens::revoke(store, id, by()).await?),
        }
    }
}

/// Whoever may open the store sees all of it.
fn by() -> By {
    By {
        who: audit::who(),
        at: SystemClock.time_of_day(),
        within: None,
    }
}
