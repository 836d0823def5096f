//! A new connection: resolve, check every address, connect, TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::http1::Builder;
use ipnet::IpNet;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::address::{Verdict, judge};
use crate::error::{Cause, Denied, SetupError};
use crate::link::{self, Link};
use crate::request::Target;
use crate::resolve::Resolve;
use crate::settings::Settings;
use crate::wire::{Counted, Stream};

/// A name with more addresses than this has its first ones tried.
const ADDRESSES_MAX: usize = 8;

/// After so long the other address family is tried as well (RFC 8305 has 250 ms).
const FALLBACK_AFTER: Duration = Duration::from_millis(250);

/// Makes connections under fixed settings.
pub(crate) struct Connector {
    tls: TlsConnector,
    http: Builder,
    resolver: Arc<dyn Resolve>,
    allow_private: Vec<IpNet>,
    timeout: Duration,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    Denied(Denied),
    Cause(Cause),
}

impl Connector {
    pub fn new(settings: &Settings, resolver: Arc<dyn Resolve>) -> Result<Self, SetupError> {
        Ok(Self {
            tls: TlsConnector::from(Arc::new(tls_config(settings)?)),
            http: link::http(settings),
            resolver,
            allow_private: settings.allow_private.clone(),
            timeout: Duration::from_millis(settings.connect_timeout_ms),
        })
    }

    /// Takes as long as it takes: the caller sets the limit.
    pub async fn connect(&self, target: &Target<'_>) -> Result<Box<Link>, ConnectError> {
        let tcp = self.tcp(target).await?;
        let (counted, gauge) = Counted::new(tcp);
        let stream = if target.tls {
            let tls = self.handshake(target, counted).await;
            tls.map_err(|error| ConnectError::Cause(Cause::Tls(error)))?
        } else {
            Stream::Plain(counted)
        };
        tracing::debug!(origin = target.origin, "connected");
        let link = Link::new(&self.http, stream, gauge).await;
        link.map_err(|error| ConnectError::Cause(Cause::Http(error)))
    }

    /// A socket, to an address that may be connected to. Takes as long as it takes.
    pub async fn tcp(&self, target: &Target<'_>) -> Result<TcpStream, ConnectError> {
        let addresses = self.addresses(target).await?;
        let connected = self.race(&addresses).await.and_then(|tcp| {
            // A request goes out in one piece or is large: waiting to fill a packet only costs time.
            tcp.set_nodelay(true)?;
            Ok(tcp)
        });
        connected.map_err(|error| ConnectError::Cause(Cause::Connect(error)))
    }

    async fn handshake(&self, target: &Target<'_>, counted: Counted) -> io::Result<Stream> {
        let name = match literal(target.host) {
            Some(address) => ServerName::from(address),
            None => ServerName::try_from(target.host.to_owned()).map_err(io::Error::other)?,
        };
        let tls = self.tls.connect(name, counted).await?;
        Ok(Stream::Tls(Box::new(tls)))
    }

    /// Where to connect to: what the name resolves to, without what is not allowed. The very
    /// addresses that passed are connected to; the name is not asked for again.
    async fn addresses(&self, target: &Target<'_>) -> Result<Vec<SocketAddr>, ConnectError> {
        let found = match literal(target.host) {
            Some(address) => vec![address],
            None => {
                let found = self.resolver.resolve(target.host).await;
                found.map_err(|error| ConnectError::Cause(Cause::Resolve(error)))?
            }
        };
        let mut allowed = Vec::with_capacity(found.len());
        let mut denied = None;
        for address in found {
            match self.check(target, address) {
                Ok(()) => allowed.push(SocketAddr::new(address, target.port)),
                Err(reason) => denied = denied.or(Some(reason)),
            }
        }
        if !allowed.is_empty() {
            allowed.truncate(ADDRESSES_MAX);
            return Ok(allowed);
        }
        Err(match denied {
            Some(reason) => ConnectError::Denied(reason),
            None => ConnectError::Cause(Cause::Resolve(io::Error::new(
                io::ErrorKind::NotFound,
                "it has no address",
            ))),
        })
    }

    fn check(&self, target: &Target<'_>, address: IpAddr) -> Result<(), Denied> {
        let host = || target.host.to_owned();
        match judge(address, &self.allow_private) {
            Verdict::Allowed => Ok(()),
            Verdict::Public if target.tls => Ok(()),
            Verdict::Public if target.is_http() => Err(Denied::PlainHttp {
                host: host(),
                address,
            }),
            Verdict::Public => Err(Denied::Unencrypted {
                host: host(),
                address,
            }),
            Verdict::Refused(class) => Err(Denied::PrivateAddress {
                host: host(),
                address,
                class,
            }),
        }
    }

    /// The preferred address family first, and the other one beside it where that takes long.
    async fn race(&self, addresses: &[SocketAddr]) -> io::Result<TcpStream> {
        let prefers_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
        let (first, second): (Vec<SocketAddr>, Vec<SocketAddr>) = addresses
            .iter()
            .partition(|address| address.is_ipv4() == prefers_v4);
        let share = self.timeout / u32::try_from(addresses.len()).unwrap_or(1).max(1);
        let mut preferred = pin!(one_of(&first, share));
        if second.is_empty() {
            return preferred.await;
        }
        tokio::select! {
            biased;
            outcome = &mut preferred => match outcome {
                Ok(tcp) => return Ok(tcp),
                Err(_) => return one_of(&second, share).await,
            },
            () = tokio::time::sleep(FALLBACK_AFTER) => {}
        }
        let mut other = pin!(one_of(&second, share));
        tokio::select! {
            biased;
            outcome = &mut preferred => match outcome {
                Ok(tcp) => Ok(tcp),
                Err(_) => other.await,
            },
            outcome = &mut other => match outcome {
                Ok(tcp) => Ok(tcp),
                Err(_) => preferred.await,
            },
        }
    }
}

/// The first that takes the connection; each has its share of the time.
async fn one_of(addresses: &[SocketAddr], share: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

/// The address that a URL's host is, where it is one.
fn literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host)
        .parse()
        .ok()
}

/// What is trusted, for HTTP/1.1.
fn tls_config(settings: &Settings) -> Result<ClientConfig, SetupError> {
    let mut config = trusting(settings, &[])?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The public authorities, those of the settings, and these.
pub(crate) fn trusting(
    settings: &Settings,
    more: &[CertificateDer<'static>],
) -> Result<ClientConfig, SetupError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for root in settings.extra_roots.iter().chain(more) {
        roots.add(root.clone()).map_err(SetupError::Root)?;
    }
    // Named here, so that no other crate's choice of a process-wide default matters.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(SetupError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
