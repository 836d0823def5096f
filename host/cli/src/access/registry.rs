//! What is published in the registry of a daemon.

use mortise_registry::client::Reference;
use serde_json::{Value, json};

use super::{Access, answered};
use crate::exit::{Outcome, Stop};

impl Access {
    /// Yanks a version, or takes that back: it stays where it is, and nobody is offered it.
    ///
    /// # Errors
    /// `NotFound` where there is no such version; `Environment` where no daemon serves it.
    pub async fn yank(
        &self,
        (name, version): (&str, &str),
        is_yanked: bool,
        note: &str,
    ) -> Outcome<Value> {
        let Self::Daemon(client) = self else {
            return Err(Stop::environment(
                "no daemon runs on this data folder, and versions are yanked in the registry of one: start `mortise serve` with `--registry`",
            ));
        };
        if !Reference::is_plugin(name, version) {
            return Err(Stop::usage(format!(
                "`{name}@{version}` is no plugin: write `namespace/name@version`"
            )));
        }
        let path = format!("/api/v1/registry/{name}/{version}/yank");
        let body = json!({ "yanked": is_yanked, "note": note }).to_string();
        answered(client.put(&path, body.into()).await)
    }
}
