//! Who asks, and what they may. A token comes as the password of any user, as every client of
//! registries can send it, or as a bearer.

use std::net::{IpAddr, Ipv4Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use mortise_model::Repository;
use mortise_ports::tokens::Scope;
use mortise_ports::{Plugins, Store};

use super::refusal::Refusal;
use super::{Registry, Settings};
use crate::admin::Caller;
use crate::admin::auth;
use crate::listen::Peer;

/// Who asks.
pub struct Visitor {
    /// None where they do not say.
    caller: Option<Caller>,
    anonymous_pull: bool,
}

/// What somebody sent to be known by.
#[derive(Debug, PartialEq, Eq)]
enum Credentials {
    /// A token.
    Token(String),
    /// A user without a name and a password: what some clients send who have none.
    Nobody,
    /// Nothing, or nothing that is understood.
    None,
}

const NO_TOKEN: &str = "log in with a token as the password and any user name: \
     `mortise tokens create --scope registry:pull,registry:push` makes one";

/// Finds out who asks.
///
/// # Errors
/// Where they sent a token that is not valid, or too many of those.
pub async fn identify<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    head: &Parts,
) -> Result<Option<Caller>, Refusal> {
    let Credentials::Token(token) = credentials(&head.headers) else {
        return Ok(None);
    };
    let peer = head.extensions.get::<Peer>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let known = auth::holder(&registry.shared.app, &token, peer).await;
    Ok(Some(known?))
}

fn credentials(headers: &HeaderMap) -> Credentials {
    let read = || {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, given) = value.split_once(' ')?;
        let given = given.trim();
        if scheme.eq_ignore_ascii_case("bearer") && !given.is_empty() {
            return Some(Credentials::Token(given.to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let pair = String::from_utf8(STANDARD.decode(given).ok()?).ok()?;
        let (user, password) = pair.split_once(':')?;
        match (user.is_empty(), password.is_empty()) {
            (true, true) => Some(Credentials::Nobody),
            // A wrong token as any other: whoever sends an empty one guesses as well.
            _ => Some(Credentials::Token(password.to_owned())),
        }
    };
    read().unwrap_or(Credentials::None)
}

impl Visitor {
    /// Somebody who is known, or nobody.
    pub fn new(caller: Option<Caller>, settings: &Settings) -> Self {
        Self {
            caller,
            anonymous_pull: settings.anonymous_pull,
        }
    }

    /// What the audit log calls them.
    pub fn who(&self) -> &str {
        let who = self.caller.as_ref().map(|caller| caller.who.as_str());
        who.unwrap_or("nobody")
    }

    /// Whether they may know anything at all.
    pub fn is_known(&self) -> Result<(), Refusal> {
        match self.caller.is_some() || self.anonymous_pull {
            true => Ok(()),
            false => Err(Refusal::unauthorized(NO_TOKEN)),
        }
    }

    /// Whether they get an answer of `/v2/`. Whoever has a token is asked for it here, also where none
    /// is needed to pull: clients decide by this answer whether they send it later.
    pub fn greets(&self, head: &Parts) -> Result<(), Refusal> {
        let says_nobody = credentials(&head.headers) == Credentials::Nobody;
        match self.caller.is_some() || (self.anonymous_pull && says_nobody) {
            true => Ok(()),
            false => Err(Refusal::unauthorized(NO_TOKEN)),
        }
    }

    /// Whether they may pull from a repository.
    pub fn pulls(&self, name: &Repository) -> Result<(), Refusal> {
        match &self.caller {
            None => self.is_known(),
            Some(_) if self.anonymous_pull => Ok(()),
            Some(caller) if caller.may(Scope::RegistryPush) => within(caller, name),
            Some(caller) => has(caller, Scope::RegistryPull).and_then(|()| within(caller, name)),
        }
    }

    /// Whether they may push to a repository.
    pub fn pushes(&self, name: &Repository) -> Result<(), Refusal> {
        let caller = self.caller.as_ref();
        let caller = caller.ok_or_else(|| Refusal::unauthorized(NO_TOKEN))?;
        has(caller, Scope::RegistryPush).and_then(|()| within(caller, name))
    }

    /// Whether they may approve what a plugin reaches.
    pub fn approves(&self, name: &Repository) -> Result<(), Refusal> {
        let caller = self.caller.as_ref();
        let caller = caller.ok_or_else(|| Refusal::unauthorized(NO_TOKEN))?;
        has(caller, Scope::Admin).and_then(|()| within(caller, name))
    }
}

fn has(caller: &Caller, scope: Scope) -> Result<(), Refusal> {
    if caller.may(scope) {
        return Ok(());
    }
    let (word, has) = (scope.word(), caller.scopes());
    Err(Refusal::denied(format!(
        "this needs the scope `{word}`, and the token has {has}: whoever may make tokens makes one with \
         `mortise tokens create --scope {word}`"
    )))
}

fn within(caller: &Caller, name: &Repository) -> Result<(), Refusal> {
    let namespace = name.namespace();
    match &caller.bound {
        Some(bound) if *bound != namespace => Err(Refusal::denied(format!(
            "this token is of the namespace `{bound}` alone, and `{name}` belongs to `{namespace}`: use a token of \
             `{namespace}`"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_token_comes_as_a_password_or_as_a_bearer() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            credentials(&headers)
        };
        let basic = |pair: &str| with(&format!("Basic {}", STANDARD.encode(pair)));
        let token = |text: &str| Credentials::Token(text.to_owned());
        assert_eq!(with("Bearer abc"), token("abc"));
        assert_eq!(with("bearer abc "), token("abc"));
        assert_eq!(basic("anybody:abc"), token("abc"));
        assert_eq!(basic(":abc"), token("abc"));
        assert_eq!(basic("user:a:c"), token("a:c"));
        assert_eq!(basic("user:"), token(""));
        assert_eq!(basic(":"), Credentials::Nobody);
        for bad in ["Basic ???", "Basic", "Bearer ", "Digest abc"] {
            assert_eq!(with(bad), Credentials::None, "{bad}");
        }
        assert_eq!(basic("nocolon"), Credentials::None);
        assert_eq!(credentials(&HeaderMap::new()), Credentials::None);
    }
}
