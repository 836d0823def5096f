//! A new connection: socket, TLS, login.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use mortise_egress::Client as Egress;
use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, NoTls, TlsConnect, TlsStream};

use super::failure;
use super::link::{Link, Open};
use crate::access::Access;
use crate::dialect::{Phase, Way};
use crate::error::{At, Error};
use crate::meter::{Meter, Metered};
use crate::tls::Tls;

/// What a server may say before it lets somebody in.
const HELLO_MAX_BYTES: usize = 1024 * 1024;

type Socket = Metered<TcpStream>;

impl Link {
    /// Opens a connection and logs in.
    pub async fn open(way: &Way<'_>, deadline: Instant) -> Result<Self, Error> {
        let Access {
            peer, is_encrypted, ..
        } = way.access;
        let tls = match is_encrypted {
            true => Some(Tls::new(way.egress, way.access)?),
            false => None,
        };
        let dialed = dial(way.egress, way, deadline).await?;
        let meter = Meter::default();
        meter.allow(HELLO_MAX_BYTES);
        let socket = Metered::new(dialed, meter.clone());
        let limit = Duration::from_millis(way.settings.handshake_timeout_ms);
        let end = deadline.min(Instant::now() + limit);
        let greeting = greet(way.access, socket, tls.clone());
        let open = match tokio::time::timeout_at(end, greeting).await {
            Ok(Ok((client, driver))) => Open { client, driver },
            Ok(Err(error)) => return Err(failure::of_login(&error, peer.origin())),
            Err(_) if end == deadline => {
                return Err(Error::Late {
                    phase: At(Phase::Beginning),
                });
            }
            Err(_) => {
                let why = format!(
                    "no login within {} ms (`sql.handshake-timeout-ms`)",
                    way.settings.handshake_timeout_ms
                );
                return Err(Error::Lost {
                    phase: At(Phase::Beginning),
                    why,
                });
            }
        };
        tracing::debug!(origin = peer.origin(), "connected");
        Ok(Self::new(open, way, (meter, tls)))
    }
}

/// A socket to where the connection leads.
pub(super) async fn dial(
    egress: &Egress,
    way: &Way<'_>,
    deadline: Instant,
) -> Result<TcpStream, Error> {
    let Access {
        peer, is_encrypted, ..
    } = way.access;
    let dialed = egress.dial(peer, *is_encrypted, way.reach, deadline).await;
    dialed.map_err(Error::Egress)
}

/// Speaks to the server until it lets us in; the task that drives the connection ends with its client.
async fn greet(
    access: &Access,
    socket: Socket,
    tls: Option<Tls>,
) -> Result<(tokio_postgres::Client, tokio::task::AbortHandle), tokio_postgres::Error> {
    let mut config = Config::new();
    config
        .user(&access.user)
        .dbname(&access.database)
        .application_name("mortise")
        .ssl_mode(match tls {
            Some(_) => SslMode::Require,
            None => SslMode::Disable,
        });
    if let Some(password) = &access.password {
        config.password(password.as_bytes());
    }
    match tls {
        Some(tls) => {
            let (client, connection) = config.connect_raw(socket, Handshake(tls)).await?;
            Ok((client, drive(connection)))
        }
        None => {
            let (client, connection) = config.connect_raw(socket, NoTls).await?;
            Ok((client, drive(connection)))
        }
    }
}

fn drive<S, T>(connection: tokio_postgres::Connection<S, T>) -> tokio::task::AbortHandle
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let driving = tokio::spawn(async move {
        // Whoever asked hears of it; nobody else wants to know.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to a database ended");
        }
    });
    driving.abort_handle()
}

/// TLS as tokio-postgres wants it.
pub(super) struct Handshake(pub Tls);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.0.connect(stream).await.map(Encrypted) })
    }
}

/// A stream whose other end has proved who it is.
pub(super) struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    /// The certificate is checked already, and a proxy that has one of its own is trusted with it.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
