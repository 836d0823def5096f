//! Certificates from files, and what becomes of them when the files change.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// Files of certificates are small: a whole chain is a few KiB.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// Why the files cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file is not there, or is no such file.
    #[error("`{setting}`: `{}` cannot be used: {why}", path.display())]
    File {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Both can be read, and do not belong together.
    #[error(
        "the certificate of `tls.cert-file` and the key of `tls.key-file` cannot be used together: {0}"
    )]
    Pair(rustls::Error),
}

/// The certificate of the listeners.
#[derive(Debug)]
pub struct Tls {
    cert: PathBuf,
    key: PathBuf,
    /// What new connections get.
    now: RwLock<Arc<Loaded>>,
    /// The files as they were when somebody looked last.
    seen: Mutex<Option<[Stamp; 2]>>,
}

#[derive(Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    leaf: CertificateDer<'static>,
}

/// What changes with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    at: (i64, i64),
}

impl Tls {
    /// Reads the files: the certificate first, then those that lead to its root, and the key, all in
    /// PEM.
    ///
    /// # Errors
    /// Where they cannot be used.
    pub fn open(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let seen = stamps(cert, key);
        let loaded = load(cert, key)?;
        Ok(Self {
            cert: cert.to_owned(),
            key: key.to_owned(),
            now: RwLock::new(Arc::new(loaded)),
            seen: Mutex::new(seen),
        })
    }

    /// Reads the files again; what they say counts for connections to come. Says whether the
    /// certificate is another.
    ///
    /// # Errors
    /// Where they cannot be used: the old ones stay.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let stamps = stamps(&self.cert, &self.key);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = stamps;
        let loaded = load(&self.cert, &self.key)?;
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let is_other = now.leaf != loaded.leaf;
        *now = Arc::new(loaded);
        Ok(is_other)
    }

    /// Whether a file changed since it was read.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let stamps = stamps(&self.cert, &self.key);
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        stamps.is_some() && stamps != *seen
    }

    /// The certificate that shows who this is, in DER.
    #[must_use]
    pub fn leaf(&self) -> CertificateDer<'static> {
        self.loaded().leaf.clone()
    }

    /// What makes the next handshake.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.loaded().config))
    }

    fn loaded(&self) -> Arc<Loaded> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&now)
    }
}

fn load(cert: &Path, key: &Path) -> Result<Loaded, TlsError> {
    let chain = read("tls.cert-file", cert, |pem| {
        let all = CertificateDer::pem_slice_iter(pem);
        let all: Vec<_> = all.collect::<Result<_, _>>().map_err(why)?;
        let is_one = "no certificate in PEM stands in it".to_owned();
        (!all.is_empty()).then_some(all).ok_or(is_one)
    })?;
    let key = read("tls.key-file", key, |pem| {
        // The library's words could quote the file.
        let is_one = |_| "no private key in PEM stands in it".to_owned();
        PrivateKeyDer::from_pem_slice(pem).map_err(is_one)
    })?;
    let leaf = chain[0].clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Pair)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    Ok(Loaded { config, leaf })
}

fn read<T>(
    setting: &'static str,
    path: &Path,
    parse: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<T, TlsError> {
    let bytes = || {
        let size = fs::metadata(path).map_err(why)?.len();
        if size > FILE_MAX_BYTES {
            return Err(format!("it is larger than {FILE_MAX_BYTES} bytes"));
        }
        fs::read(path).map_err(why)
    };
    let path = path.to_owned();
    let read = bytes().and_then(|bytes| parse(&bytes));
    read.map_err(|why| TlsError::File { setting, path, why })
}

fn why(error: impl ToString) -> String {
    error.to_string()
}

fn stamps(cert: &Path, key: &Path) -> Option<[Stamp; 2]> {
    let stamp = |path| {
        let of = |metadata: Metadata| Stamp {
            inode: metadata.ino(),
            size: metadata.size(),
            at: (metadata.mtime(), metadata.mtime_nsec()),
        };
        fs::metadata(path).ok().map(of)
    };
    Some([stamp(cert)?, stamp(key)?])
}
