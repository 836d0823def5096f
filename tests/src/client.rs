//! A small HTTP client: one request, the whole answer.

use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Longest wait for one answer. Long polls end before it.
pub const ANSWER_MAX: Duration = Duration::from_secs(60);

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is none; the message shows the body.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| {
            format!(
                "{} with a body that is not JSON: {}",
                self.status,
                self.text()
            )
        })
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// `code` of a problem document; empty where there is none.
    #[must_use]
    pub fn code(&self) -> String {
        let body = self.json().unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A client with its own connections.
#[derive(Clone, Debug)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    headers: HeaderMap,
}

impl Default for Client {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            pool: Pool::builder(TokioExecutor::new()).build(connector),
            headers: HeaderMap::new(),
        }
    }
}

impl Client {
    /// The same client, sending a bearer token.
    ///
    /// # Errors
    /// Where the token cannot be a header.
    pub fn with_token(mut self, token: &str) -> Result<Self> {
        let value = HeaderValue::from_str(&format!("Bearer {token}"))?;
        self.headers.insert(hyper::header::AUTHORIZATION, value);
        Ok(self)
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// Where there is no whole answer within [`ANSWER_MAX`].
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer> {
        let mut request = Request::new(Full::new(body.into()));
        *request.method_mut() = Method::from_bytes(method.as_bytes())?;
        *request.uri_mut() = url.parse().with_context(|| format!("the address {url}"))?;
        *request.headers_mut() = self.headers.clone();
        for (name, value) in headers {
            request.headers_mut().append(
                HeaderName::from_bytes(name.as_bytes())?,
                HeaderValue::from_str(value)?,
            );
        }
        let exchange = async {
            let (head, body) = self.pool.request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            anyhow::Ok(Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body,
            })
        };
        let answered = tokio::time::timeout(ANSWER_MAX, exchange).await;
        answered
            .with_context(|| format!("no answer to {method} {url}"))?
            .with_context(|| format!("{method} {url}"))
    }

    /// GET.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn get(&self, url: &str) -> Result<Answer> {
        self.send("GET", url, &[], Bytes::new()).await
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn post(&self, url: &str, body: impl Into<Bytes>) -> Result<Answer> {
        self.send("POST", url, &[("content-type", "application/json")], body)
            .await
    }
}
