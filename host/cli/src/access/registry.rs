//! What is published in the registry of a data folder.

use std::time::Duration;

use mortise_api::standing::{self, Decision};
use mortise_registry::client::Reference;
use mortise_registry::oci::{Reference as Named, name};
use mortise_runner::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{Access, answered, audit};
use crate::exit::{Outcome, Stop};

impl Access {
    /// Decides where a version stands (`inert`, `approved`, `yanked`); gives what is known of it then.
    ///
    /// # Errors
    /// `NotFound` where there is no such version.
    pub async fn decide(
        &self,
        (plugin, version): (&str, &str),
        state: &str,
        note: &str,
    ) -> Outcome<Value> {
        if !Reference::is_plugin(plugin, version) {
            return Err(Stop::usage(format!(
                "`{plugin}@{version}` is no plugin: write `namespace/name@version`"
            )));
        }
        let decision = json!({ "state": state, "note": note }).to_string();
        match self {
            Self::Daemon(client) => {
                let path = format!("/api/v1/registry/{plugin}/{version}/state");
                answered(client.post(&path, decision.into(), Duration::ZERO).await)
            }
            Self::Store { store, .. } => {
                let decision = Decision::read(decision.as_bytes())?;
                let repository = name::repository(plugin).map_err(Stop::usage)?;
                let tag = name::tag(&version.replace('+', "_")).map_err(Stop::usage)?;
                let named = mortise_api::registry::named(Named::Tag(tag));
                let by = (&*audit::who(), SystemClock.time_of_day());
                Ok(standing::decide(store, (&repository, &named), decision, by).await?)
            }
        }
    }
}
