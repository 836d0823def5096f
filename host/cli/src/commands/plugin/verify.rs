//! `mortise plugin verify`

use std::path::{Path, PathBuf};

use clap::Args;
use mortise_model::Digest;
use mortise_registry::signature::{PublicKey, Verified, verify, verify_bytes};
use serde_json::{Value, json};

use super::remote::Remote;
use super::subject::Published;
use super::{keys, subject};
use crate::commands::input;
use crate::exit::{Outcome, Stop};
use crate::output;

/// Checks one.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise plugin verify registry.example.com/acme/shop:1.2.0 --key acme.pub\n  mortise plugin verify shop.wasm --key acme.pub --key other.pub\n\nIt is enough that one of the keys has signed. Ends with 1 where none has."
)]
pub struct Verify {
    /// A plugin in a registry, or a file
    #[arg(value_name = "REF|FILE")]
    what: String,
    /// Public key of somebody whose signature counts; more than one may be named
    #[arg(long = "key", value_name = "PUB", required = true)]
    keys: Vec<PathBuf>,
    /// Signature of a file [default: FILE.sig]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Checks who signed a plugin.
///
/// # Errors
/// `Failed` where nobody did who is trusted.
pub async fn run(check: Verify) -> Outcome {
    let keys = keys::trusted(&check.keys)?;
    let (digest, signatures) = match subject::is_file(&check.what) {
        true => file(&check, &keys)?,
        false => published(&check, &keys).await?,
    };
    if check.json {
        return output::json(&json!({
            "verified": true,
            "digest": digest,
            "signatures": signatures,
        }));
    }
    let by = |one: &Value| {
        let of = |name: &str| output::cell(one, &[name]);
        format!(
            "{digest} is signed by {} ({})",
            of("key_id"),
            of("algorithm")
        )
    };
    let lines: Vec<String> = signatures.iter().map(by).collect();
    output::text(&lines.join("\n"))
}

/// A signature that counts, for others.
pub fn shown(verified: &Verified) -> Value {
    json!({
        "key_id": verified.key,
        "algorithm": verified.algorithm.to_string(),
        "reference": verified.reference,
    })
}

fn file(check: &Verify, keys: &[PublicKey]) -> Outcome<(Digest, Vec<Value>)> {
    let bytes = input::subject(Path::new(&check.what))?;
    subject::component(&check.what, &bytes)?;
    let beside = PathBuf::from(format!("{}.sig", check.what));
    let signature = check.signature.as_ref().unwrap_or(&beside);
    if !signature.exists() {
        return Err(Stop::failed(format!(
            "`{}` is not signed: there is no `{}`; name its signature with `--signature FILE`",
            check.what,
            signature.display()
        )));
    }
    let signature = input::subject(signature)?;
    let key = verify_bytes(&bytes, &signature, keys).map_err(Stop::failed)?;
    let algorithm = key.algorithm().to_string();
    let one = json!({ "key_id": key.id(), "algorithm": algorithm, "reference": null });
    Ok((Digest::of(&bytes), vec![one]))
}

async fn published(check: &Verify, keys: &[PublicKey]) -> Outcome<(Digest, Vec<Value>)> {
    if check.signature.is_some() {
        return Err(Stop::usage(format!(
            "`--signature` is for a file, and `{}` is none",
            check.what
        )));
    }
    let settings = check.remote.settings()?;
    let reference = check.remote.reference(&check.what)?;
    let client = check
        .remote
        .client(&settings, &reference.registry, &reference.repository)?;
    let published = Published::read(&client, &reference).await?;
    let digest = published.digest();
    let signed = client.signatures(&reference.repository, &digest).await?;
    let subject = published.subject(&reference);
    let verified = verify(&subject, &signed, keys).map_err(Stop::failed)?;
    Ok((digest, verified.iter().map(shown).collect()))
}
