//! `mortise plugin pull`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use mortise_registry::artifact::fits;
use mortise_registry::client::{Client, Reference};
use mortise_registry::signature::{Verified, verify};
use semver::Version;
use serde_json::json;

use super::remote::Remote;
use super::subject::Published;
use super::{keys, subject, verify as verifying};
use crate::exit::{Code, Outcome, Stop};
use crate::output;
use crate::progress::progress;

/// Takes one.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise plugin pull registry.example.com/acme/shop:1.2.0 --key acme.pub --out plugins/shop.wasm\n  mortise plugin pull 127.0.0.1:5000/acme/shop\n\nWithout a version it takes the newest. Without a key it takes a plugin only from this machine, or\nwith --insecure-unsigned. Prints the digest of the file."
)]
pub struct Pull {
    /// Where it is: `host[:port]/namespace/name[:version]`, or with `@sha256:…`
    #[arg(value_name = "REF")]
    reference: String,
    /// File to write [default: NAME.wasm]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Public key of somebody whose signature counts; more than one may be named
    #[arg(long = "key", value_name = "PUB")]
    keys: Vec<PathBuf>,
    /// Take it whoever signed it, or nobody
    #[arg(long, conflicts_with = "keys")]
    insecure_unsigned: bool,
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Takes a plugin from a registry.
///
/// # Errors
/// `NotAllowed` where nobody is trusted; `Failed` where no signature counts, or it is another plugin
/// than its place says.
pub async fn run(pull: Pull) -> Outcome {
    let settings = pull.remote.settings()?;
    let reference = pull.remote.reference(&pull.reference)?;
    if pull.keys.is_empty() && !pull.insecure_unsigned && !reference.registry.is_loopback() {
        return Err(Stop::new(
            Code::NotAllowed,
            format!(
                "nobody is trusted to have signed `{reference}`: name the public key of its author with `--key FILE`, or take it as it is with `--insecure-unsigned`"
            ),
        ));
    }
    let trusted = keys::trusted(&pull.keys)?;
    let client = pull
        .remote
        .client(&settings, &reference.registry, &reference.repository)?;
    let reference = newest(&client, reference).await?;
    let _progress = progress(format!("pulling `{reference}`"));
    let published = Published::read(&client, &reference).await?;
    let mut verified = Vec::new();
    if !trusted.is_empty() {
        let repository = &reference.repository;
        let signed = client.signatures(repository, &published.digest()).await?;
        let subject = published.subject(&reference);
        verified = verify(&subject, &signed, &trusted).map_err(Stop::failed)?;
    }
    let bytes = component(&client, &reference, &published).await?;
    let loaded = subject::load(&settings, &pull.reference, bytes.clone()).await?;
    let (name, version) = (&loaded.descriptor.name, &loaded.descriptor.version);
    let failed = |error| Stop::failed(format!("`{reference}`: {error}"));
    let place = (reference.name(), reference.tag.as_deref());
    fits((name, version), place).map_err(failed)?;
    published.plugin.is_about(name, version).map_err(failed)?;
    let file = pull.out.clone().unwrap_or_else(|| default_file(&reference));
    write(&file, &bytes)?;
    if pull.json {
        return output::json(&json!({
            "name": name,
            "version": version,
            "reference": reference.to_string(),
            "file": file.display().to_string(),
            "digest": loaded.digest,
            "manifest": published.digest(),
            "size_bytes": loaded.size_bytes,
            "signatures": verified.iter().map(verifying::shown).collect::<Vec<_>>(),
        }));
    }
    output::text(&format!("{}  {}", loaded.digest, file.display()))?;
    said(&verified);
    Ok(())
}

fn said(verified: &[Verified]) {
    for one in verified {
        crate::progress::note(format!("signed by {} ({})", one.key, one.algorithm));
    }
}

/// The bytes of the component, after all that can be checked about them without running them.
async fn component(
    client: &Client,
    reference: &Reference,
    published: &Published,
) -> Outcome<Vec<u8>> {
    let repository = &reference.repository;
    let plugin = &published.plugin;
    let failed = |error| Stop::failed(format!("`{reference}`: {error}"));
    let config = client.blob(repository, &plugin.manifest.config).await?;
    plugin.config(&config).map_err(failed)?;
    let bytes = client.blob(repository, &plugin.layer).await?;
    plugin.component(&bytes).map_err(failed)?;
    Ok(bytes.to_vec())
}

/// The reference with its newest version, where it names none: a final one, if there is one.
async fn newest(client: &Client, reference: Reference) -> Outcome<Reference> {
    if reference.tag.is_some() || reference.digest.is_some() {
        return Ok(reference);
    }
    let tags = client.tags(&reference.repository).await?;
    let versions = tags.iter().filter_map(|tag| Version::parse(tag).ok());
    let newest = versions.max_by_key(|version| (version.pre.is_empty(), version.clone()));
    let Some(newest) = newest else {
        return Err(Stop::not_found(format!("`{reference}` has no version")));
    };
    reference
        .with_tag(&newest.to_string())
        .map_err(Stop::failed)
}

fn default_file(reference: &Reference) -> PathBuf {
    let name = reference.name().rsplit('/').next().unwrap_or_default();
    PathBuf::from(format!("{name}.wasm"))
}

/// Puts the file there whole or not at all: a daemon may read the folder at any moment.
fn write(file: &Path, bytes: &[u8]) -> Outcome {
    let shown = file.display();
    let unwritten = |error| Stop::environment(format!("`{shown}` cannot be written: {error}"));
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or_else(|| Path::new("."));
    // Hidden, so that it is no plugin before it is whole.
    let made = tempfile::Builder::new()
        .prefix(".pull-")
        .tempfile_in(folder);
    let mut made = made.map_err(unwritten)?;
    made.write_all(bytes).map_err(unwritten)?;
    let others_read = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    made.as_file()
        .set_permissions(others_read)
        .map_err(unwritten)?;
    made.as_file().sync_all().map_err(unwritten)?;
    made.persist(file).map_err(|error| unwritten(error.error))?;
    Ok(())
}
