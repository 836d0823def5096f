//! A connection to a server: reached through egress, encrypted, bounded in bytes and in time.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use mortise_egress::Client;
use rustls::pki_types::ServerName;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::Error;
use crate::mailer::Way;
use crate::server::{Security, Server};
use crate::settings::Settings;

/// Why a conversation ended.
#[derive(Debug, Error)]
pub(crate) enum Broken {
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    #[error("the server closed the connection")]
    Closed,
    #[error("the server did not answer within {0} ms (`{1}`)")]
    Timeout(u64, &'static str),
    #[error("it was not done by the deadline of the call")]
    Deadline,
    #[error("the server sent more than {0} bytes")]
    TooMuch(usize),
    #[error("what the server said makes no sense: {0}")]
    Protocol(String),
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// While it is being encrypted.
    Gone,
}

/// How long is waited for an answer.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub ms: u64,
    /// The setting that says so.
    pub setting: &'static str,
}

/// A connection.
pub(crate) struct Wire {
    stream: Stream,
    /// What came and was not read yet.
    pub buffer: BytesMut,
    left_bytes: usize,
    max_bytes: usize,
    deadline: Instant,
    patience: Patience,
}

impl Wire {
    /// Connects, and encrypts where that is done from the first byte on. The server may send `max_bytes` in all.
    ///
    /// # Errors
    /// [`Error::Denied`], or that nothing was sent.
    pub async fn open(
        (egress, limits): (&Client, &Settings),
        way: &Way<'_>,
        server: &Server,
        max_bytes: usize,
    ) -> Result<Self, Error> {
        let is_secret = server.security != Security::None;
        let stream = egress.dial(&server.peer, is_secret, way.reach, way.deadline);
        let mut wire = Self {
            stream: Stream::Plain(stream.await?),
            buffer: BytesMut::new(),
            left_bytes: max_bytes,
            max_bytes,
            deadline: way.deadline,
            patience: Patience {
                ms: limits.command_timeout_ms,
                setting: "mail.command-timeout-ms",
            },
        };
        if server.security == Security::Tls {
            wire.encrypt(egress, server).await?;
        }
        Ok(wire)
    }

    /// Encrypts what comes from now on.
    ///
    /// # Errors
    /// There is no TLS that can be trusted; nothing was sent.
    pub async fn encrypt(&mut self, egress: &Client, server: &Server) -> Result<(), Error> {
        let not_sent = |why: String| {
            Error::NotSent(format!(
                "no TLS connection to `{}`: {why}",
                server.peer.origin()
            ))
        };
        // What somebody put there before the encryption must not count as said by the server (CVE-2011-0411).
        if !self.buffer.is_empty() {
            return Err(not_sent(
                "the server said more than it was asked before it began".to_owned(),
            ));
        }
        let config = egress.tls(&server.authorities);
        let config = config.map_err(|error| Error::Settings(error.to_string()))?;
        let host = server.peer.host();
        let literal = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        let name = match literal {
            Ok(address) => ServerName::from(address),
            Err(_) => ServerName::try_from(host.to_owned())
                .map_err(|error| not_sent(error.to_string()))?,
        };
        let Stream::Plain(tcp) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(not_sent("it is encrypted already".to_owned()));
        };
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, tcp);
        let until = self.until(self.patience.ms);
        match timeout_at(until, connecting).await {
            Ok(Ok(tls)) => {
                self.stream = Stream::Tls(Box::new(tls));
                Ok(())
            }
            Ok(Err(error)) => Err(not_sent(error.to_string())),
            Err(_) => Err(not_sent(self.late(self.patience).to_string())),
        }
    }

    /// The address that this end has.
    pub fn local(&self) -> Option<IpAddr> {
        let tcp = match &self.stream {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => tls.get_ref().0,
            Stream::Gone => return None,
        };
        tcp.local_addr().ok().map(|address| address.ip())
    }

    /// What is waited for from now on, if it is more than a command.
    pub fn wait(&mut self, patience: Patience) {
        self.patience = patience;
    }

    /// Reads something into the buffer, and says how much.
    ///
    /// # Errors
    /// Nothing comes any more, or not in time.
    pub async fn fill(&mut self) -> Result<usize, Broken> {
        let (until, patience) = (self.until(self.patience.ms), self.patience);
        let reading = async {
            match &mut self.stream {
                Stream::Plain(tcp) => tcp.read_buf(&mut self.buffer).await,
                Stream::Tls(tls) => tls.read_buf(&mut self.buffer).await,
                Stream::Gone => Ok(0),
            }
        };
        let read = timeout_at(until, reading).await;
        let read = read.map_err(|_| self.late(patience))??;
        if read == 0 {
            return Err(Broken::Closed);
        }
        let left = self.left_bytes.checked_sub(read);
        self.left_bytes = left.ok_or(Broken::TooMuch(self.max_bytes))?;
        Ok(read)
    }

    /// How much may come in all.
    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// How much more may come.
    pub fn left_bytes(&self) -> usize {
        self.left_bytes
    }

    /// Sends something, whole.
    ///
    /// # Errors
    /// Some of it may have left.
    pub async fn say(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let (until, patience) = (self.until(self.patience.ms), self.patience);
        let writing = async {
            match &mut self.stream {
                Stream::Plain(tcp) => tcp.write_all(bytes).await,
                Stream::Tls(tls) => {
                    tls.write_all(bytes).await?;
                    tls.flush().await
                }
                Stream::Gone => Err(io::ErrorKind::NotConnected.into()),
            }
        };
        let written = timeout_at(until, writing).await;
        Ok(written.map_err(|_| self.late(patience))??)
    }

    fn until(&self, ms: u64) -> Instant {
        self.deadline
            .min(Instant::now() + Duration::from_millis(ms))
    }

    fn late(&self, patience: Patience) -> Broken {
        match Instant::now() >= self.deadline {
            true => Broken::Deadline,
            false => Broken::Timeout(patience.ms, patience.setting),
        }
    }
}
