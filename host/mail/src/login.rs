//! What a server is shown. The caller takes it out of the vault for one session.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Who logs in, and with what.
#[derive(Clone)]
pub struct Login {
    /// The name, as the connection's settings have it.
    pub user: String,
    /// What proves it.
    pub proof: Proof,
}

/// What proves who it is.
#[derive(Clone)]
pub enum Proof {
    /// A password, or an app password.
    Password(Zeroizing<String>),
    /// An access token of OAuth 2.0.
    Token(Zeroizing<String>),
}

impl Login {
    /// The initial response of PLAIN (RFC 4616) or XOAUTH2, in base64, after the mechanism's name.
    pub(crate) fn initial(&self) -> (&'static str, Zeroizing<String>) {
        let user = &self.user;
        let (mechanism, plain) = match &self.proof {
            Proof::Password(password) => ("PLAIN", format!("\0{user}\0{}", password.as_str())),
            Proof::Token(token) => (
                "XOAUTH2",
                format!("user={user}\x01auth=Bearer {}\x01\x01", token.as_str()),
            ),
        };
        let plain = Zeroizing::new(plain);
        (mechanism, encoded(&plain))
    }

    /// What LOGIN of SMTP asks for, one after the other.
    pub(crate) fn answers(&self) -> [Zeroizing<String>; 2] {
        let secret = match &self.proof {
            Proof::Password(secret) | Proof::Token(secret) => secret,
        };
        [encoded(&self.user), encoded(secret)]
    }

    /// Whether a server would take it apart: no name and no password has these.
    pub(crate) fn is_fit(&self) -> bool {
        let (Proof::Password(secret) | Proof::Token(secret)) = &self.proof;
        ![self.user.as_str(), secret]
            .iter()
            .any(|text| text.contains(['\0', '\r', '\n', '\x01']))
    }
}

fn encoded(text: &str) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(text))
}

/// Says who it is and nothing of the proof.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_responses_are_those_of_the_rfc_and_of_the_providers() {
        let login = |proof| Login {
            user: "ann".to_owned(),
            proof,
        };
        let secret = || Zeroizing::new("pw".to_owned());
        let (mechanism, plain) = login(Proof::Password(secret())).initial();
        assert_eq!((mechanism, plain.as_str()), ("PLAIN", "AGFubgBwdw=="));
        let (mechanism, token) = login(Proof::Token(secret())).initial();
        let wanted = STANDARD.encode("user=ann\x01auth=Bearer pw\x01\x01");
        assert_eq!((mechanism, token.as_str()), ("XOAUTH2", wanted.as_str()));
        assert!(!format!("{:?}", login(Proof::Password(secret()))).contains("pw"));
    }
}
