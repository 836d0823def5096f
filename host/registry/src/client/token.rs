//! From a challenge to the header that answers it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::challenge::Challenge;
use super::error::said;
use super::send::Call;
use super::{Client, ClientError, Credential};

/// What the server of tokens answers: one name is docker's, the other OAuth's.
#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    token: Zeroizing<String>,
    #[serde(default)]
    access_token: Zeroizing<String>,
}

impl Client {
    /// What to send with a request of a scope, as an answer with 401 asks for it.
    ///
    /// # Errors
    /// Where there is no way, or it leads nowhere.
    pub(super) async fn authorization(
        &self,
        headers: &HeaderMap,
        scope: &str,
    ) -> Result<HeaderValue, ClientError> {
        let offered = Challenge::all(headers);
        let of = |scheme: &str| offered.iter().find(|one| one.scheme == scheme);
        if let Some(Credential::Bearer(token)) = &self.credential {
            return self.header("Bearer", token);
        }
        if let Some(challenge) = of("bearer") {
            let Some(realm) = challenge.parameter("realm") else {
                return match &self.credential {
                    Some(Credential::Basic { password, .. }) => self.header("Bearer", password),
                    _ => Err(self.unauthorized("")),
                };
            };
            let realm = self.realm(realm)?;
            let service = challenge.parameter("service").unwrap_or_default();
            let scope = challenge.parameter("scope").unwrap_or(scope);
            let token = self.token(realm, service, scope).await?;
            return self.header("Bearer", &token);
        }
        match (&self.credential, of("basic")) {
            (Some(Credential::Basic { user, password }), Some(_)) => {
                self.header("Basic", &basic(user, password))
            }
            _ => Err(self.unauthorized("")),
        }
    }

    /// Where tokens are to be had. A registry on a protected line does not send secrets over an
    /// open one.
    fn realm(&self, realm: &str) -> Result<Url, ClientError> {
        let strange = |why: &str| ClientError::Strange {
            registry: self.registry.to_string(),
            why: format!("its tokens are to be had at `{realm}`, {why}"),
        };
        let url = Url::parse(realm).map_err(|_| strange("which is no address"))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.registry.is_plain() => Ok(url),
            _ => Err(strange("and not by `https`")),
        }
    }

    async fn token(
        &self,
        mut realm: Url,
        service: &str,
        scope: &str,
    ) -> Result<Zeroizing<String>, ClientError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut query = Serializer::new(String::new());
        for (name, value) in [("service", service), ("scope", scope)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let call = match &self.credential {
            Some(Credential::Refresh(token)) => {
                query.append_pair("grant_type", "refresh_token");
                query.append_pair("client_id", "mortise");
                query.append_pair("refresh_token", token);
                let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
                headers.insert(CONTENT_TYPE, kind);
                let body = Bytes::from(query.finish());
                Call::new(Method::POST, realm).headers(headers).body(body)
            }
            credential => {
                if let Some(Credential::Basic { user, password }) = credential {
                    headers.insert(AUTHORIZATION, self.header("Basic", &basic(user, password))?);
                }
                let asked = query.finish();
                realm
                    .query_pairs_mut()
                    .extend_pairs(url::form_urlencoded::parse(asked.as_bytes()).into_owned());
                Call::new(Method::GET, realm).headers(headers)
            }
        };
        let answer = self.plainly(&call).await?;
        match StatusCode::from_u16(answer.status) {
            Ok(StatusCode::OK) => {}
            Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST) => {
                return Err(self.unauthorized(", and its server of tokens refused this one"));
            }
            _ => {
                return Err(ClientError::Unwell {
                    registry: self.registry.to_string(),
                    status: answer.status,
                    said: said(&answer.body),
                });
            }
        }
        let given = serde_json::from_slice::<Given>(&answer.body);
        let given = given.map_err(|_| ClientError::Strange {
            registry: self.registry.to_string(),
            why: "its server of tokens gave none".to_owned(),
        })?;
        Ok(match given.token.is_empty() {
            true => given.access_token,
            false => given.token,
        })
    }

    fn header(&self, scheme: &str, secret: &str) -> Result<HeaderValue, ClientError> {
        let text = Zeroizing::new(format!("{scheme} {secret}"));
        let header = HeaderValue::from_str(&text);
        let mut header =
            header.map_err(|_| self.unauthorized(", and this one cannot stand in a header"))?;
        header.set_sensitive(true);
        Ok(header)
    }

    pub(super) fn unauthorized(&self, why: &str) -> ClientError {
        ClientError::Unauthorized {
            registry: self.registry.to_string(),
            why: why.to_owned(),
        }
    }
}

fn basic(user: &str, password: &str) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!("{user}:{password}"));
    Zeroizing::new(STANDARD.encode(pair.as_bytes()))
}
