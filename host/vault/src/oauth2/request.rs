//! Requests for tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use mortise_model::Timestamp;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use super::Code;
use super::assertion::assertion;
use super::link::scopes;
use crate::credential::Credential;
use crate::obtain::{ObtainError, Outgoing};
use crate::scheme::{CLIENT_ID, CLIENT_SECRET, ClientAuthentication, Grant, Oauth2};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a token is asked for with.
#[derive(Clone, Copy)]
pub(crate) enum Ask<'a> {
    /// The secrets alone.
    Secrets,
    /// A refresh token.
    Refresh(&'a str),
    /// A person's consent.
    Code(&'a Code),
}

/// The request for a token (RFC 6749, sections 4.1.3, 4.4.2 and 6; RFC 7523, section 2).
pub(crate) fn request(
    credential: &Credential,
    oauth: &Oauth2,
    ask: Ask<'_>,
    now: Timestamp,
) -> Result<Outgoing, ObtainError> {
    let url = match ask {
        Ask::Refresh(_) => oauth.refresh_url.as_ref().unwrap_or(&oauth.token_url),
        Ask::Secrets | Ask::Code(_) => &oauth.token_url,
    };
    let url = credential.filled(url)?.to_string();
    let mut form = Form::default();
    match ask {
        Ask::Refresh(token) => {
            form.add("grant_type", "refresh_token");
            form.add("refresh_token", token);
        }
        Ask::Code(code) => {
            form.add("grant_type", "authorization_code");
            form.add("code", &code.code);
            form.add("redirect_uri", &code.redirect_uri);
            if oauth.pkce {
                form.add("code_verifier", &code.verifier);
            }
        }
        Ask::Secrets => {
            match oauth.grant {
                Grant::AuthorizationCode => return Err(ObtainError::Consent),
                Grant::ClientCredentials => form.add("grant_type", "client_credentials"),
                Grant::JwtBearer => {
                    let declared = oauth.assertion.as_ref();
                    let declared = declared.ok_or(ObtainError::NoAssertion)?;
                    form.add("grant_type", JWT_BEARER);
                    form.add("assertion", &assertion(credential, declared, &url, now)?);
                }
            }
            let scopes = scopes(credential, oauth);
            if !scopes.is_empty() {
                form.add("scope", &scopes);
            }
        }
    }
    for (name, value) in &oauth.token_parameters {
        form.add(name, &credential.filled(value)?);
    }
    let mut outgoing = Outgoing {
        method: "POST".to_owned(),
        headers: vec![
            ("accept".to_owned(), "application/json".to_owned().into()),
            (
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned().into(),
            ),
        ],
        body: Zeroizing::default(),
        url,
    };
    prove(credential, oauth, (&mut form, &mut outgoing), now)?;
    outgoing.body = form.finish();
    Ok(outgoing)
}

/// Who the client is (RFC 6749, section 2.3; RFC 7523, section 2.2).
fn prove(
    credential: &Credential,
    oauth: &Oauth2,
    (form, outgoing): (&mut Form, &mut Outgoing),
    now: Timestamp,
) -> Result<(), ObtainError> {
    let Some(id) = credential.own(CLIENT_ID) else {
        // An assertion may say all that there is to say.
        return Ok(());
    };
    let secret = credential.own(CLIENT_SECRET).unwrap_or_default();
    match oauth.client_authentication {
        ClientAuthentication::Basic => {
            let escape = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let both = Zeroizing::new(format!("{}:{}", escape(id), escape(secret)));
            let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(both.as_bytes())));
            let name = AUTHORIZATION.to_string();
            outgoing.headers.push((name, value));
        }
        ClientAuthentication::Body => {
            form.add("client_id", id);
            form.add("client_secret", secret);
        }
        ClientAuthentication::None => form.add("client_id", id),
        ClientAuthentication::PrivateKeyJwt => {
            let declared = oauth.assertion.as_ref();
            let declared = declared.ok_or(ObtainError::NoAssertion)?;
            let signed = assertion(credential, declared, &outgoing.url, now)?;
            form.add("client_id", id);
            form.add("client_assertion_type", CLIENT_ASSERTION);
            form.add("client_assertion", &signed);
        }
    }
    Ok(())
}

/// A form; what it is made of is a secret.
#[derive(Default)]
struct Form(Zeroizing<String>);

impl Form {
    fn add(&mut self, name: &str, value: &str) {
        let separator = if self.0.is_empty() { "" } else { "&" };
        let mut pair = Serializer::new(String::new());
        pair.append_pair(name, value);
        let pair = Zeroizing::new(pair.finish());
        self.0.push_str(separator);
        self.0.push_str(&pair);
    }

    fn finish(self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.as_bytes().to_vec())
    }
}
