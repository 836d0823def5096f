//! `mortise plugin approve`

use clap::Args;
use mortise_registry::client::told;

use super::standing::Published;
use crate::exit::Outcome;
use crate::output;

/// Approves one.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise plugin approve acme/shop@1.2.0 --data data --note 'asked for by sales'\n  mortise plugin approve registry.example.com/acme/shop:1.2.0 --token env:ADMIN_TOKEN\n  mortise plugin approve acme/shop@1.2.0 --undo --data data\n\nPrints what was found when it was pushed: what it wants to reach, and what changes for those who have\nthe version before. From then on the daemon runs it for manifests that name it. A policy can approve\nplugins by itself, see `registry.policy-file`."
)]
pub struct Approve {
    #[command(flatten)]
    published: Published,
}

/// Approves what a version of a registry wants to reach.
///
/// # Errors
/// `NotFound` where there is no such version; `NotAllowed` without the scope `admin`.
pub async fn run(approve: Approve) -> Outcome {
    let published = approve.published;
    let decided = published.decide("approved").await?;
    if published.json {
        return output::json(&decided);
    }
    for line in told(decided.get("findings")) {
        output::text(&line)?;
    }
    let what = if published.undo {
        "waits for somebody who approves it"
    } else {
        "approved"
    };
    output::text(&format!("{} {what}", published.reference))
}
