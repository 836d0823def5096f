//! `daemon.json`: how commands find a running daemon and may speak to it.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rand::TryRngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};

const FILE: &str = "daemon.json";

/// The line that says that a daemon is ready.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ready {
    /// Always true.
    pub ready: bool,
    /// The process.
    pub pid: u32,
    /// The program's version.
    pub version: String,
    /// `http://…` or `https://…` of the hooks listener.
    pub hooks: String,
    /// `http://…` or `https://…` of the admin listener.
    pub admin: String,
    /// The same of the registry, where one is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
}

/// What the file says: the line, and the token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Daemon {
    /// The line.
    #[serde(flatten)]
    pub ready: Ready,
    /// Opens the admin listener.
    pub token: String,
    /// The sha256 of the certificate that the admin listener shows, in hex; none where it is plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// The file as long as the daemon runs; dropping it removes it.
pub struct DaemonFile(PathBuf);

/// A token that nobody guesses: 192 bits in 32 letters.
///
/// # Errors
/// Where the system has no randomness to give.
pub fn new_token() -> Result<String, <OsRng as TryRngCore>::Error> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut random = [0; 32];
    OsRng.try_fill_bytes(&mut random)?;
    let letters = random.map(|byte| char::from(LETTERS[usize::from(byte % 64)]));
    Ok(letters.iter().collect())
}

impl Daemon {
    /// Writes the file for the owner alone, whole or not at all.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write(&self, data: &Path) -> io::Result<DaemonFile> {
        self.replace(data).map(DaemonFile)
    }

    /// Writes the file anew, for as long as the one before would have been there.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn replace(&self, data: &Path) -> io::Result<PathBuf> {
        let path = data.join(FILE);
        let part = data.join(format!(".{FILE}.part"));
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        file.write_all(format!("{text}\n").as_bytes())?;
        drop(file);
        fs::rename(&part, &path)?;
        Ok(path)
    }

    /// Reads the file of a data folder; none where no daemon wrote one. It may be left over from
    /// a daemon that was killed.
    pub fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join(FILE)).ok()?;
        serde_json::from_str(&text).ok()
    }
}

impl Drop for DaemonFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_file_is_for_its_owner_and_goes_with_the_daemon() {
        let data = tempfile::tempdir().unwrap();
        let daemon = Daemon {
            ready: Ready {
                ready: true,
                pid: 1,
                version: "0".to_owned(),
                hooks: "http://a".to_owned(),
                admin: "http://b".to_owned(),
                registry: None,
            },
            token: new_token().unwrap(),
            certificate: None,
        };
        let file = daemon.write(data.path()).unwrap();
        let mode = fs::metadata(data.path().join(FILE)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        assert_eq!(Daemon::read(data.path()).unwrap().token, daemon.token);
        drop(file);
        assert!(Daemon::read(data.path()).is_none());
    }

    #[test]
    fn tokens_differ() {
        let token = new_token().unwrap();
        assert_ne!(token, new_token().unwrap());
        assert_eq!(token.len(), 32);
    }
}
