//! `mortise plugin keygen`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mortise_registry::signature::{Algorithm, SigningKey, SystemRandom};
use serde_json::json;

use crate::exit::{Outcome, Stop};
use crate::output;

/// Makes a pair.
#[derive(Args)]
#[command(
    after_help = "Example:\n  mortise plugin keygen --out acme\n\nWrites `acme.key`, which is to stay secret, and `acme.pub`, which is for others. Both are PEM, as\nopenssl and cosign read it. Files that are there already stay as they are."
)]
pub struct Keygen {
    /// What the keys are for: `p256` is what cosign makes by itself
    #[arg(long, value_enum, default_value_t = Kind::Ed25519)]
    algorithm: Kind,
    /// Name of both files, without the ending
    #[arg(long, value_name = "NAME")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Ed25519,
    P256,
}

/// Makes a pair of keys.
///
/// # Errors
/// Where a file is there already, or cannot be written.
pub fn run(keygen: &Keygen) -> Outcome {
    let algorithm = match keygen.algorithm {
        Kind::Ed25519 => Algorithm::Ed25519,
        Kind::P256 => Algorithm::P256,
    };
    let key = SigningKey::generate(algorithm, &SystemRandom::new()).map_err(Stop::environment)?;
    let file = |ending: &str| {
        let mut name = keygen.out.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    let (private, public) = (file(".key"), file(".pub"));
    // Before anything is written: half a pair is of no use.
    if let Some(taken) = [&private, &public].into_iter().find(|file| file.exists()) {
        return Err(Stop::failed(format!(
            "`{}` is there already: choose another name with `--out`",
            taken.display()
        )));
    }
    write(&private, key.to_pem().as_bytes(), 0o600)?;
    write(&public, key.public().to_pem().as_bytes(), 0o644)?;
    let id = key.public().id();
    let (private, public) = (private.display().to_string(), public.display().to_string());
    if keygen.json {
        let algorithm = algorithm.to_string();
        return output::json(&json!({
            "key_id": id,
            "algorithm": algorithm,
            "private": private,
            "public": public,
        }));
    }
    output::text(&format!("{id}  {private}  {public}"))
}

fn write(file: &PathBuf, pem: &[u8], mode: u32) -> Outcome {
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(mode).open(file);
    let written = made.and_then(|mut made| made.write_all(pem));
    written.map_err(|error| {
        Stop::environment(format!("`{}` cannot be written: {error}", file.display()))
    })
}
