//! Where a published version stands, as somebody decides it: `mortise plugin yank` and `approve`.

use std::path::PathBuf;

use clap::Args;
use mortise_registry::client::{Reference, ReferenceError, Way};
use serde_json::Value;

use super::remote::Remote;
use crate::access::Access;
use crate::args::folders;
use crate::exit::{Outcome, Stop};

/// A version, and why something is decided about it.
#[derive(Args)]
pub struct Published {
    /// A version in a registry, or `namespace/name@version` of the daemon of `--data`
    #[arg(value_name = "REF")]
    pub reference: String,
    /// Take that back
    #[arg(long)]
    pub undo: bool,
    /// Why, for those who ask for it
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    note: String,
    /// Data folder of the daemon [env: MORTISE_DATA]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

impl Published {
    /// Puts it into a state, or back to `inert`; gives what the registry says of it then.
    ///
    /// # Errors
    /// `NotFound` where there is no such version.
    pub async fn decide(&self, state: &str) -> Outcome<Value> {
        let state = if self.undo { "inert" } else { state };
        // What names no registry is in the one of the daemon.
        let is_local = matches!(
            Reference::parse(&self.reference, Way::default()),
            Err(ReferenceError::NoHost(_))
        );
        match is_local {
            true => self.in_daemon(state).await,
            false => self.in_registry(state).await,
        }
    }

    async fn in_registry(&self, state: &str) -> Outcome<Value> {
        let settings = self.remote.settings()?;
        let reference = self.remote.reference(&self.reference)?;
        if reference.tag.is_none() && reference.digest.is_none() {
            return Err(self.no_version());
        }
        let (registry, repository) = (&reference.registry, &reference.repository);
        let client = self.remote.client(&settings, registry, repository)?;
        Ok(client.decide(&reference, state, &self.note).await?)
    }

    async fn in_daemon(&self, state: &str) -> Outcome<Value> {
        let text = &self.reference;
        let parts = text.split_once('@').or_else(|| text.split_once(':'));
        let (name, version) = parts.ok_or_else(|| self.no_version())?;
        let settings = self
            .remote
            .settings_with(&folders(&[("data", &self.data)]))?;
        let access = Access::find(&settings).await?;
        access.decide((name, version), state, &self.note).await
    }

    fn no_version(&self) -> Stop {
        Stop::usage(format!(
            "`{}` names no version: write `host[:port]/namespace/name:version`, or `namespace/name@version` with `--data`",
            self.reference
        ))
    }
}
