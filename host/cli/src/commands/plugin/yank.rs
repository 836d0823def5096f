//! `mortise plugin yank`

use clap::Args;

use super::standing::Published;
use crate::exit::Outcome;
use crate::output;

/// Yanks one.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise plugin yank registry.example.com/acme/shop:1.2.0 --note 'it loses pages' --token env:TOKEN\n  mortise plugin yank registry.example.com/acme/shop:1.2.0 --undo\n  mortise plugin yank acme/shop@1.2.0 --data data\n\nThe version stays: who names its digest, as a lock file does, still gets it. Nobody is offered it any\nmore, and its number is not given again. Registries of others do not know of this."
)]
pub struct Yank {
    #[command(flatten)]
    published: Published,
}

/// Yanks a version of a registry.
///
/// # Errors
/// `NotFound` where there is no such version.
pub async fn run(yank: Yank) -> Outcome {
    let published = yank.published;
    let decided = published.decide("yanked").await?;
    if published.json {
        return output::json(&decided);
    }
    let what = if published.undo {
        "is offered again"
    } else {
        "yanked"
    };
    output::text(&format!("{} {what}", published.reference))
}
