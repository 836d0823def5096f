//! A small HTTP client for the admin listener of a running daemon.

mod pinned;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use mortise_model::Namespace;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

pub use pinned::fingerprint;

/// A daemon on the same machine answers at once or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// For an answer that nobody asked to wait for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("the daemon at `{0}` cannot be reached: {1}")]
    Unreachable(String, String),
    /// The answer does not come or makes no sense.
    #[error("the daemon at `{0}` did not answer: {1}")]
    Unanswered(String, String),
}

/// Where a daemon's admin listener is, and the token for it.
#[derive(Clone)]
pub struct Client {
    authority: String,
    token: String,
    namespace: Option<Namespace>,
    tls: Option<Arc<ClientConfig>>,
}

/// A status and a JSON body.
pub type Answer = (StatusCode, Value);

impl Client {
    /// A client for an address such as `http://127.0.0.1:8081`. Behind `https` it trusts the
    /// certificate with this sha256 and no other.
    ///
    /// # Errors
    /// Where there is nothing to trust.
    pub fn new(address: &str, token: &str, certificate: Option<&str>) -> Result<Self, ClientError> {
        let (authority, tls) = match address.strip_prefix("https://") {
            None => (address.trim_start_matches("http://"), None),
            Some(authority) => {
                let trusted = pinned::config(certificate.unwrap_or_default());
                let why = |why| ClientError::Unreachable(authority.to_owned(), why);
                (authority, Some(trusted.map_err(why)?))
            }
        };
        Ok(Self {
            authority: authority.to_owned(),
            token: token.to_owned(),
            namespace: None,
            tls,
        })
    }

    /// The same, asking about a namespace where one is named.
    pub fn about(self, namespace: Option<Namespace>) -> Self {
        Self { namespace, ..self }
    }

    /// A path with the namespace.
    fn whole(&self, path: &str) -> String {
        let Some(namespace) = &self.namespace else {
            return path.to_owned();
        };
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}namespace={namespace}")
    }

    /// Asks for content that is no JSON, where the status is a good one.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn content(&self, path: &str) -> Result<(StatusCode, Bytes), ClientError> {
        self.send_whole(Method::GET, path, Bytes::new(), Duration::ZERO)
            .await
    }

    /// Asks for something; the answer may take `patience` longer than usual.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn get(&self, path: &str, patience: Duration) -> Result<Answer, ClientError> {
        self.send(Method::GET, path, Bytes::new(), patience).await
    }

    /// Sends JSON; the answer may take `patience` longer than usual.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn post(
        &self,
        path: &str,
        body: Bytes,
        patience: Duration,
    ) -> Result<Answer, ClientError> {
        self.send(Method::POST, path, body, patience).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        patience: Duration,
    ) -> Result<Answer, ClientError> {
        let (status, body) = self.send_whole(method, path, body, patience).await?;
        Ok((status, self.parsed(&body)?))
    }

    /// The JSON of an answer.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parsed(&self, body: &[u8]) -> Result<Value, ClientError> {
        serde_json::from_slice(body)
            .map_err(|error| self.unanswered(format!("its answer is not JSON: {error}")))
    }

    async fn send_whole(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        patience: Duration,
    ) -> Result<(StatusCode, Bytes), ClientError> {
        let unreachable = |why: String| ClientError::Unreachable(self.authority.clone(), why);
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(&self.authority))
            .await
            .map_err(|_| unreachable("it does not take connections".to_owned()))?
            .map_err(|error| unreachable(error.to_string()))?;
        let exchange = async {
            let Some(tls) = &self.tls else {
                return self.exchange(stream, method, path, body).await;
            };
            // Its name counts for nothing: the certificate is known.
            let name =
                ServerName::try_from("localhost").map_err(|why| unreachable(why.to_string()))?;
            let secured = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
            let stream = secured.await.map_err(|why| unreachable(why.to_string()))?;
            self.exchange(stream, method, path, body).await
        };
        timeout(ANSWER_TIMEOUT + patience, exchange)
            .await
            .map_err(|_| self.unanswered("it takes too long"))?
    }

    async fn exchange<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: I,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), ClientError> {
        let failed = |error: hyper::Error| self.unanswered(error.to_string());
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(failed)?;
        let driver = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(self.whole(path))
            .header(HOST, &self.authority)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| self.unanswered(error.to_string()))?;
        let response = sender.send_request(request).await.map_err(failed)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(failed)?;
        driver.abort();
        Ok((status, body.to_bytes()))
    }

    fn unanswered(&self, why: impl Into<String>) -> ClientError {
        ClientError::Unanswered(self.authority.clone(), why.into())
    }
}
