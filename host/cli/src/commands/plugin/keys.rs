//! Keys in files.

use std::path::{Path, PathBuf};

use mortise_registry::signature::{KeyError, PublicKey, SigningKey, SystemRandom};
use zeroize::Zeroizing;

use crate::exit::{Outcome, Stop};

/// A file with more is no key.
const KEY_MAX_BYTES: u64 = 64 * 1024;

/// The key that signs. Blocks.
///
/// # Errors
/// `Usage` where the file holds none.
pub fn signing(file: &Path) -> Outcome<SigningKey> {
    let pem = read(file)?;
    SigningKey::from_pem(&pem, &SystemRandom::new()).map_err(|error| unusable(file, &error))
}

/// The keys that are trusted. Blocks.
///
/// # Errors
/// `Usage` where a file holds none.
pub fn trusted(files: &[PathBuf]) -> Outcome<Vec<PublicKey>> {
    let key = |file: &PathBuf| {
        let pem = read(file)?;
        PublicKey::from_pem(&pem).map_err(|error| unusable(file, &error))
    };
    files.iter().map(key).collect()
}

fn read(file: &Path) -> Outcome<Zeroizing<Vec<u8>>> {
    let shown = file.display();
    let unread = |error| Stop::usage(format!("the key `{shown}` cannot be read: {error}"));
    let size = std::fs::metadata(file).map_err(unread)?.len();
    if size > KEY_MAX_BYTES {
        return Err(Stop::usage(format!(
            "`{shown}` is no key: it has {size} bytes, and {KEY_MAX_BYTES} are the most"
        )));
    }
    Ok(Zeroizing::new(std::fs::read(file).map_err(unread)?))
}

fn unusable(file: &Path, error: &KeyError) -> Stop {
    let shown = file.display();
    match error {
        KeyError::Random => Stop::environment(error),
        error => Stop::usage(format!("the key `{shown}` cannot be used: {error}")),
    }
}
