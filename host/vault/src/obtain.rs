//! Getting what a connection proves itself with: one request through egress, to the one origin that
//! the scheme names.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, HeaderName};
use mortise_egress::{Client, Error as Refusal, Reach, Request, Response};
use mortise_model::{ConnectionName, Namespace, Timestamp};
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

use crate::credential::Credential;
use crate::key::KeyError;
use crate::oauth2::{self, Ask};
use crate::scheme::Kind;
use crate::session;
use crate::sign::SignError;
use crate::template::Missing;

/// A request that is made of secrets.
pub(crate) struct Outgoing {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, Zeroizing<String>)>,
    pub body: Zeroizing<Vec<u8>>,
}

/// What an application gave.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub access: Zeroizing<String>,
    pub refresh: Option<Zeroizing<String>>,
    pub expires_at: Option<Timestamp>,
    pub captured: BTreeMap<String, String>,
}

/// Why nothing was given. No secret is in the words.
#[derive(Debug, Error)]
pub enum ObtainError {
    /// A template names what is not there.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The address is none.
    #[error("`{0}` is no address")]
    Url(String),
    /// The key does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// There is no randomness.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// An assertion is signed with RS256 or ES256.
    #[error("an assertion cannot be signed with `{0}`: `rs256` and `es256` are possible")]
    Assertion(&'static str),
    /// The scheme wants an assertion and declares none.
    #[error("the plugin's scheme declares no `assertion`")]
    NoAssertion,
    /// A person has to agree first.
    #[error("a person has to agree: nobody has yet, or what was agreed to is over")]
    Consent,
    /// The scheme gets nothing.
    #[error("its scheme gets no tokens")]
    NotRenewed,
    /// A header cannot hold what belongs into it.
    #[error("the header `{0}` of the login has a name or a value that HTTP does not allow")]
    Header(String),
    /// Egress does not let the request go.
    #[error("{0}")]
    Denied(String),
    /// The application could not be asked, or had no answer: it is asked again.
    #[error("the application could not be asked: {0}")]
    Away(String),
    /// The application says no.
    #[error("the application refused: {0}")]
    Refused(String),
}

impl ObtainError {
    /// Whether asking again may help without anybody doing something.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

/// Asks once.
pub(crate) async fn obtain(
    client: &Client,
    (namespace, name): (&Namespace, &ConnectionName),
    credential: &Credential,
    ask: Ask<'_>,
    now: Timestamp,
) -> Result<Given, ObtainError> {
    let whose = (namespace, name);
    match &credential.scheme().kind {
        Kind::Oauth2(oauth) => {
            let outgoing = oauth2::request(credential, oauth, ask, now)?;
            let answer = send(client, whose, outgoing).await?;
            oauth2::read(oauth, ask, (answer.status, &answer.body), now)
        }
        Kind::Session(session) => {
            let outgoing = session::request(credential, session)?;
            let answer = send(client, whose, outgoing).await?;
            let answer = (answer.status, &answer.headers, &answer.body[..]);
            session::read(session, answer, now)
        }
        Kind::Secrets | Kind::AwsSigv4 { .. } | Kind::Oauth1 { .. } => Err(ObtainError::NotRenewed),
    }
}

async fn send(
    client: &Client,
    (namespace, name): (&Namespace, &ConnectionName),
    outgoing: Outgoing,
) -> Result<Response, ObtainError> {
    let no_url = || ObtainError::Url(outgoing.url.clone());
    let origin = Url::parse(&outgoing.url).map_err(|_| no_url())?.origin();
    // Its own partition: a plugin's requests never share a connection with these.
    let partition = format!("{name}/token");
    let reach = Reach::connection(
        namespace.as_str(),
        &partition,
        [origin.ascii_serialization()],
    );
    let reach = reach.map_err(|_| no_url())?;
    let body = Bytes::copy_from_slice(&outgoing.body);
    let request = Request::from_plugin(&reach, &outgoing.method, &outgoing.url, [], body);
    let mut request = request.map_err(|error| ObtainError::Denied(error.to_string()))?;
    for (name, value) in &outgoing.headers {
        let invalid = || ObtainError::Header(name.clone());
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| invalid())?;
        value.set_sensitive(true);
        request.headers.insert(key, value);
    }
    let identity = HeaderValue::from_static("identity");
    request.headers.insert(ACCEPT_ENCODING, identity);
    let answer = client.send(request, &reach, None).await;
    answer.map_err(|refusal| match refusal {
        Refusal::Invalid(_) | Refusal::Denied(_) | Refusal::TooLarge { .. } => {
            ObtainError::Denied(refusal.to_string())
        }
        Refusal::NotSent { .. } | Refusal::Unanswered { .. } => {
            ObtainError::Away(refusal.to_string())
        }
    })
}
