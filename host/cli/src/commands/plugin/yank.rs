//! `mortise plugin yank`

use std::path::PathBuf;

use clap::Args;
use mortise_registry::client::{Reference, ReferenceError, Way};
use serde_json::{Value, json};

use super::remote::Remote;
use crate::access::Access;
use crate::args::folders;
use crate::exit::{Outcome, Stop};
use crate::output;

/// Yanks one.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise plugin yank registry.example.com/acme/shop:1.2.0 --note 'it loses pages' --token env:TOKEN\n  mortise plugin yank registry.example.com/acme/shop:1.2.0 --undo\n  mortise plugin yank acme/shop@1.2.0 --data data\n\nThe version stays: who names its digest, as a lock file does, still gets it. Nobody is offered it any\nmore, and its number is not given again. Registries of others do not know of this."
)]
pub struct Yank {
    /// A version in a registry, or `namespace/name@version` of the daemon of `--data`
    #[arg(value_name = "REF")]
    reference: String,
    /// Take that back
    #[arg(long)]
    undo: bool,
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
    json: bool,
}

/// Yanks a version of a registry.
///
/// # Errors
/// `NotFound` where there is no such version.
pub async fn run(yank: Yank) -> Outcome {
    let text = &yank.reference;
    // What names no registry is in the one of the daemon.
    let is_local = matches!(
        Reference::parse(text, Way::default()),
        Err(ReferenceError::NoHost(_))
    );
    let yanked = match is_local {
        true => in_daemon(&yank).await?,
        false => in_registry(&yank).await?,
    };
    if yank.json {
        return output::json(&yanked);
    }
    let what = if yank.undo {
        "is offered again"
    } else {
        "yanked"
    };
    output::text(&format!("{text} {what}"))
}

async fn in_registry(yank: &Yank) -> Outcome<Value> {
    let settings = yank.remote.settings()?;
    let reference = yank.remote.reference(&yank.reference)?;
    if reference.tag.is_none() && reference.digest.is_none() {
        return Err(no_version(&yank.reference));
    }
    let client = yank
        .remote
        .client(&settings, &reference.registry, &reference.repository)?;
    client.yank(&reference, !yank.undo, &yank.note).await?;
    Ok(json!({ "reference": reference.to_string(), "yanked": !yank.undo }))
}

async fn in_daemon(yank: &Yank) -> Outcome<Value> {
    let text = &yank.reference;
    let parts = text.split_once('@').or_else(|| text.split_once(':'));
    let (name, version) = parts.ok_or_else(|| no_version(text))?;
    let settings = yank
        .remote
        .settings_with(&folders(&[("data", &yank.data)]))?;
    let access = Access::find(&settings).await?;
    access.yank((name, version), !yank.undo, &yank.note).await
}

fn no_version(text: &str) -> Stop {
    Stop::usage(format!(
        "`{text}` names no version: write `host[:port]/namespace/name:version`, or `namespace/name@version` with `--data`"
    ))
}
