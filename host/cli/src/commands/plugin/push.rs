//! `mortise plugin push`

use std::path::PathBuf;

use clap::Args;
use mortise_registry::artifact::{About, Artifact, fits};
use mortise_registry::client::{self, Client, ClientError, Reference};
use mortise_registry::signature::{SigningKey, Subject, SystemRandom};
use serde_json::{Value, json};

use super::remote::{Remote, tell};
use super::{keys, subject};
use crate::commands::input;
use crate::exit::{Outcome, Stop};
use crate::output;
use crate::progress::{note, progress};

/// Puts one there.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise plugin push shop.wasm registry.example.com/acme/shop --key acme.key --token env:TOKEN\n  mortise plugin push shop.wasm 127.0.0.1:5000/acme/shop:1.2.0\n\nName and version have to be those that the component says of itself. A version that is there already\nstays as it is. Prints the digest of what was pushed."
)]
pub struct Push {
    /// A WebAssembly component
    file: PathBuf,
    /// Where to put it: `host[:port]/namespace/name[:version]`
    #[arg(value_name = "REF")]
    reference: String,
    /// Private key to sign it with
    #[arg(long, value_name = "KEY")]
    key: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Puts a plugin into a registry.
///
/// # Errors
/// `Failed` where it is no plugin, is another one than its place says, or its version is taken.
pub async fn run(push: Push) -> Outcome {
    let settings = push.remote.settings()?;
    let reference = push.remote.reference(&push.reference)?;
    if reference.digest.is_some() {
        return Err(Stop::usage(format!(
            "`{reference}` names a digest, which is what pushing gives: name a version, or none"
        )));
    }
    let key = push.key.as_deref().map(keys::signing).transpose()?;
    let bytes = input::subject(&push.file)?;
    let shown = push.file.display().to_string();
    let loaded = subject::load(&settings, &shown, bytes.clone()).await?;
    let (name, version) = (&loaded.descriptor.name, &loaded.descriptor.version);
    fits(
        (name, version),
        (reference.name(), reference.tag.as_deref()),
    )
    .map_err(|error| Stop::failed(format!("`{shown}`: {error}")))?;
    let reference = reference.with_tag(version).map_err(Stop::failed)?;
    let about = About {
        name: name.clone(),
        version: version.clone(),
        created: None,
    };
    let artifact = Artifact::build(&bytes, &about).map_err(Stop::failed)?;
    let client = push
        .remote
        .client(&settings, &reference.registry, &reference.repository)?;
    let is_there = is_there(&client, &reference, &artifact).await?;
    let progress = progress(format!("pushing `{shown}` to `{reference}`"));
    let told = send(&client, &reference, (&artifact, bytes), key.as_ref()).await?;
    let digest = artifact.digest();
    if push.json {
        return output::json(&json!({
            "name": name,
            "version": version,
            "reference": reference.to_string(),
            "digest": digest,
            "component": artifact.layer_blob.digest,
            "size_bytes": artifact.layer_blob.size,
            "key_id": key.map(|key| key.public().id()),
            "existed": is_there,
            "state": told.get("state"),
            "findings": told.get("findings"),
        }));
    }
    drop(progress);
    for line in client::told(told.get("findings")) {
        note(line);
    }
    if told.get("state").is_some_and(|state| state == "inert") {
        note(format!(
            "`{reference}` waits for somebody who approves it: `mortise plugin approve {reference}`"
        ));
    }
    output::text(&digest.to_string())
}

/// Whether the very artifact is there already. Another one under its version stays: others have
/// pinned it.
async fn is_there(client: &Client, reference: &Reference, artifact: &Artifact) -> Outcome<bool> {
    match client.resolve(reference).await {
        Ok((_, digest)) if digest == artifact.digest() => Ok(true),
        Ok((_, digest)) => Err(Stop::failed(format!(
            "`{reference}` is there already and is another one, `{digest}`: a version never changes, so raise the version in the descriptor"
        ))),
        Err(ClientError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The parts before the whole, and the signature before what it vouches for: whoever sees the version
/// sees it signed. Gives what the registry says of it.
async fn send(
    client: &Client,
    reference: &Reference,
    (artifact, bytes): (&Artifact, Vec<u8>),
    key: Option<&SigningKey>,
) -> Outcome<Value> {
    let repository = &reference.repository;
    let config = artifact.config.clone().into();
    client
        .put_blob(repository, &artifact.layer_blob, bytes.into(), &tell)
        .await?;
    client
        .put_blob(repository, &artifact.config_blob, config, &tell)
        .await?;
    if let Some(key) = key {
        let subject = Subject {
            digest: artifact.digest(),
            reference: reference.place(),
        };
        let signed = subject.sign(key, &SystemRandom::new());
        let signed = signed.map_err(Stop::environment)?;
        client
            .put_signature(reference, &artifact.blob, (signed, &key.public()))
            .await?;
    }
    let tag = reference.tag.clone().unwrap_or_default();
    let manifest = artifact.manifest.clone();
    Ok(client.put_manifest(repository, &tag, manifest).await?)
}
