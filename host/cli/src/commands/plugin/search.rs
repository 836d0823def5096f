//! `mortise plugin search`

use clap::Args;
use mortise_registry::client::{Client, ClientError};
use semver::Version;
use serde::Serialize;
use serde_json::json;

use super::remote::Remote;
use crate::exit::Outcome;
use crate::output;
use crate::progress::progress;

/// Lists them.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise plugin search registry.example.com\n  mortise plugin search 127.0.0.1:5000 shop --json\n\nLists the repositories that have versions and all of these words in their names. Registries that keep\nthe list of their repositories to themselves have nothing to search."
)]
pub struct Search {
    /// Which registry: `host[:port]`
    #[arg(value_name = "REGISTRY")]
    registry: String,
    /// Words that the names have in them
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A repository with its versions.
#[derive(Serialize)]
struct Found {
    name: String,
    newest: String,
    /// Newest first.
    versions: Vec<String>,
}

/// Lists the plugins of a registry.
///
/// # Errors
/// Where the registry does not answer, or does not say.
pub async fn run(search: Search) -> Outcome {
    let settings = search.remote.settings()?;
    let registry = search.remote.registry(&search.registry)?;
    let client = search.remote.client(&settings, &registry, "")?;
    let _progress = progress(format!("searching `{registry}`"));
    let words: Vec<String> = search
        .words
        .iter()
        .map(|word| word.to_lowercase())
        .collect();
    let mut found = Vec::new();
    for name in client.repositories().await? {
        if words.iter().all(|word| name.contains(word.as_str())) {
            found.extend(versions(&client, name).await?);
        }
    }
    if search.json {
        return output::json(&json!({ "items": found, "next": null }));
    }
    let row = |one: &Found| {
        vec![
            one.name.clone(),
            one.newest.clone(),
            one.versions.len().to_string(),
        ]
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    output::table(&["NAME", "NEWEST", "VERSIONS"], &rows)
}

/// The versions of a repository; none where it has none, or is not ours to see.
async fn versions(client: &Client, name: String) -> Outcome<Option<Found>> {
    let tags = match client.tags(&name).await {
        Ok(tags) => tags,
        Err(
            ClientError::NotFound { .. }
            | ClientError::Denied { .. }
            | ClientError::Unauthorized { .. },
        ) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let versions = tags.iter().filter_map(|tag| Version::parse(tag).ok());
    let mut versions: Vec<Version> = versions.collect();
    versions.sort_by(|one, other| other.cmp(one));
    let versions: Vec<String> = versions.iter().map(Version::to_string).collect();
    let newest = versions.first().cloned();
    Ok(newest.map(|newest| Found {
        name,
        newest,
        versions,
    }))
}
