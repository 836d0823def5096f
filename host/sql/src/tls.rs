//! TLS to a database: whom to trust, and a certificate of ours.

use std::io;
use std::sync::Arc;

use mortise_egress::Client;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::access::Access;
use crate::error::Error;

/// What a handshake needs.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// Trusts whom egress trusts and the authorities of the connection, and no other name than the origin's.
    pub fn new(egress: &Client, access: &Access) -> Result<Self, Error> {
        let certificate = |why: &dyn std::fmt::Display| Error::Certificate(why.to_string());
        let authorities = match &access.authorities {
            Some(pem) => certificates(pem).ok_or_else(|| {
                certificate(&"the connection's setting `tls-ca` holds no certificate in PEM")
            })?,
            None => Vec::new(),
        };
        let config = egress.tls(&authorities);
        let mut config = config
            .map_err(|error| certificate(&format!("the connection's setting `tls-ca`: {error}")))?;
        if let Some((chain, key)) = &access.certificate {
            identify(&mut config, chain, key).map_err(|why| certificate(&why))?;
        }
        let host = access.peer.host();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| {
            certificate(&format!("`{host}` is no name that a certificate can have"))
        })?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name,
        })
    }

    /// Shakes hands.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        self.connector.connect(self.name, stream).await
    }
}

/// One or more of them.
fn certificates(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    read.ok().filter(|read| !read.is_empty())
}

fn identify(config: &mut ClientConfig, chain: &str, key: &str) -> Result<(), String> {
    let chain = certificates(chain);
    let chain = chain.ok_or("the secret `client-certificate` holds no certificate in PEM")?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| "the secret `client-key` holds no private key in PEM")?;
    let ours = CertifiedKey::from_der(chain, key, &default_provider())
        .map_err(|_| "the secrets `client-certificate` and `client-key` do not belong together")?;
    config.client_auth_cert_resolver = Arc::new(Ours(Arc::new(ours)));
    Ok(())
}

/// The one certificate that we have.
#[derive(Debug)]
struct Ours(Arc<CertifiedKey>);

impl ResolvesClientCert for Ours {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
