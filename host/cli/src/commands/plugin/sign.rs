//! `mortise plugin sign`

use std::path::{Path, PathBuf};

use clap::Args;
use mortise_model::Digest;
use mortise_registry::signature::{KeyError, SigningKey, SystemRandom, sign_bytes, tag_of};
use serde_json::json;

use super::remote::Remote;
use super::subject::Published;
use super::{keys, subject};
use crate::commands::input;
use crate::exit::{Outcome, Stop};
use crate::output;

/// Signs one.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise plugin sign registry.example.com/acme/shop:1.2.0 --key acme.key\n  mortise plugin sign shop.wasm --key acme.key\n\nIn a registry the signature lies beside the plugin, where `cosign verify` finds it. That of a file is\nwritten to FILE.sig, as `cosign sign-blob` does it. `push --key` signs what is on this machine; a\nversion that is in a registry already is signed as the registry gives it, so name its digest."
)]
pub struct Sign {
    /// A plugin in a registry, or a file
    #[arg(value_name = "REF|FILE")]
    what: String,
    /// Private key
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Signs a plugin.
///
/// # Errors
/// Where there is none, or the registry refuses the signature.
pub async fn run(sign: Sign) -> Outcome {
    let key = keys::signing(&sign.key)?;
    let (digest, place) = match subject::is_file(&sign.what) {
        true => file(&sign.what, &key)?,
        false => published(&sign, &key).await?,
    };
    let id = key.public().id();
    if sign.json {
        return output::json(&json!({ "digest": digest, "key_id": id, "signature": place }));
    }
    output::text(&place)
}

/// Signs the bytes of a file, beside it.
fn file(file: &str, key: &SigningKey) -> Outcome<(Digest, String)> {
    let bytes = input::subject(Path::new(file))?;
    subject::component(file, &bytes)?;
    let line = sign_bytes(&bytes, key, &SystemRandom::new()).map_err(random)?;
    let place = format!("{file}.sig");
    std::fs::write(&place, line)
        .map_err(|error| Stop::environment(format!("`{place}` cannot be written: {error}")))?;
    Ok((Digest::of(&bytes), place))
}

/// Signs the manifest of a plugin, in its registry.
async fn published(sign: &Sign, key: &SigningKey) -> Outcome<(Digest, String)> {
    let settings = sign.remote.settings()?;
    let reference = sign.remote.reference(&sign.what)?;
    let client = sign
        .remote
        .client(&settings, &reference.registry, &reference.repository)?;
    let published = Published::read(&client, &reference).await?;
    let subject = published.subject(&reference);
    let signed = subject.sign(key, &SystemRandom::new()).map_err(random)?;
    client
        .put_signature(&reference, &published.blob, (signed, &key.public()))
        .await?;
    let place = format!("{}:{}", reference.place(), tag_of(&published.digest()));
    Ok((published.digest(), place))
}

fn random(error: KeyError) -> Stop {
    Stop::environment(error)
}
