//! SMTP (RFC 5321) with what extends it: STARTTLS (RFC 3207), AUTH (RFC 4954), SIZE, 8BITMIME, SMTPUTF8.

use bytes::Buf as _;
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, AUTH_XOAUTH2, EXT_START_TLS, EhloResponse};

use crate::error::Error;
use crate::login::{Login, Proof};
use crate::message::Refused;
use crate::stream::{Broken, Patience, Wire};

/// More than the replies to one command have.
const REPLY_MAX_BYTES: usize = 64 << 10;

/// A reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub code: u16,
    pub enhanced: Option<String>,
    /// In one line.
    pub text: String,
}

/// What the server can do.
pub(crate) type Extensions = EhloResponse<String>;

/// A session.
pub(crate) struct Smtp {
    pub wire: Wire,
    pub extensions: Extensions,
}

impl Reply {
    pub fn is_positive(&self) -> bool {
        self.code < 400
    }

    /// As a refusal of nobody in particular.
    pub fn refusal(self) -> Refused {
        Refused {
            code: self.code,
            enhanced: self.enhanced,
            text: self.text,
            address: None,
            field: None,
        }
    }
}

impl Smtp {
    /// After the greeting, which may refuse.
    pub async fn greeted(wire: Wire) -> Result<Self, Error> {
        let mut smtp = Self {
            wire,
            extensions: Extensions::default(),
        };
        let greeting = smtp.reply().await;
        taken(greeting.map_err(not_sent)?)?;
        smtp.hello().await?;
        Ok(smtp)
    }

    /// EHLO. This host has no name of its own that others could look up, so it says its address.
    pub async fn hello(&mut self) -> Result<(), Error> {
        let name = match self.wire.local() {
            Some(std::net::IpAddr::V4(address)) => format!("[{address}]"),
            Some(std::net::IpAddr::V6(address)) => format!("[IPv6:{address}]"),
            None => "[127.0.0.1]".to_owned(),
        };
        let asked = self.wire.say(format!("EHLO {name}\r\n").as_bytes()).await;
        asked.map_err(not_sent)?;
        let raw = self.raw().await.map_err(not_sent)?;
        match EhloResponse::parse(&mut raw.iter()) {
            Ok(extensions) => {
                self.extensions = extensions;
                Ok(())
            }
            Err(_) => {
                let reply = taken(parsed(&raw).map_err(not_sent)?)?;
                Err(not_sent(Broken::Protocol(reply.text)))
            }
        }
    }

    pub fn offers(&self, extension: u32) -> bool {
        self.extensions.has_capability(extension)
    }

    /// Asks for encryption; the caller then encrypts and says hello again.
    ///
    /// # Errors
    /// The server has none.
    pub async fn start_tls(&mut self, origin: &str) -> Result<(), Error> {
        if !self.offers(EXT_START_TLS) {
            return Err(Error::Settings(format!(
                "`{origin}` offers no STARTTLS, so nothing was said to it: set `smtp-tls: tls` and its port where it encrypts from the first byte on"
            )));
        }
        taken(self.ask("STARTTLS\r\n").await.map_err(not_sent)?)?;
        Ok(())
    }

    /// Logs in.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] where the server does not take it.
    pub async fn log_in(&mut self, login: &Login) -> Result<(), Error> {
        let offered = self.extensions.auth();
        let (mechanism, initial) = login.initial();
        let reply = match &login.proof {
            Proof::Token(_) if offered & AUTH_XOAUTH2 != 0 => self.auth(mechanism, &initial).await,
            Proof::Password(_) if offered & AUTH_PLAIN != 0 => self.auth(mechanism, &initial).await,
            Proof::Password(_) if offered & AUTH_LOGIN != 0 => self.auth_login(login).await,
            Proof::Token(_) | Proof::Password(_) => {
                return Err(Error::Settings(format!(
                    "the server does not offer to log in by {mechanism}: it may want TLS, or another kind of credential"
                )));
            }
        };
        let reply = reply.map_err(not_sent)?;
        match reply.code {
            200..400 => Ok(()),
            500.. => Err(Error::Unauthorized(format!(
                "the server does not take the credential: {} {}",
                reply.code, reply.text
            ))),
            _ => Err(Error::Refused(vec![reply.refusal()])),
        }
    }

    async fn auth(&mut self, mechanism: &str, initial: &str) -> Result<Reply, Broken> {
        let line = zeroize::Zeroizing::new(format!("AUTH {mechanism} {initial}\r\n"));
        let reply = self.ask(&line).await?;
        match reply.code {
            // XOAUTH2 says why it refuses in a challenge, and wants an empty answer to it.
            334 => self.ask("\r\n").await,
            _ => Ok(reply),
        }
    }

    async fn auth_login(&mut self, login: &Login) -> Result<Reply, Broken> {
        let mut reply = self.ask("AUTH LOGIN\r\n").await?;
        for answer in login.answers() {
            if reply.code != 334 {
                break;
            }
            let line = zeroize::Zeroizing::new(format!("{}\r\n", *answer));
            reply = self.ask(&line).await?;
        }
        Ok(reply)
    }

    /// Sends a command and waits for the reply.
    pub async fn ask(&mut self, line: &str) -> Result<Reply, Broken> {
        self.wire.say(line.as_bytes()).await?;
        self.reply().await
    }

    pub async fn reply(&mut self) -> Result<Reply, Broken> {
        parsed(&self.raw().await?)
    }

    /// All lines of a reply.
    async fn raw(&mut self) -> Result<Vec<u8>, Broken> {
        loop {
            if let Some(end) = end_of_reply(&self.wire.buffer) {
                let raw = self.wire.buffer[..end].to_vec();
                self.wire.buffer.advance(end);
                return Ok(raw);
            }
            if self.wire.buffer.len() > REPLY_MAX_BYTES {
                return Err(Broken::TooMuch(REPLY_MAX_BYTES));
            }
            self.wire.fill().await?;
        }
    }

    /// Takes leave. Whether the server hears it changes nothing.
    pub async fn quit(mut self) {
        self.wire.wait(Patience {
            ms: 1_000,
            setting: "",
        });
        let _ = self.ask("QUIT\r\n").await;
    }
}

/// Where the last line of the first reply ends.
fn end_of_reply(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    loop {
        let length = bytes[start..].iter().position(|byte| *byte == b'\n')? + 1;
        let is_last = bytes[start..start + length].get(3) != Some(&b'-');
        start += length;
        if is_last {
            return Some(start);
        }
    }
}

fn parsed(raw: &[u8]) -> Result<Reply, Broken> {
    let reply = ResponseReceiver::default().parse(&mut raw.iter());
    let reply = reply.map_err(|error| Broken::Protocol(format!("{error:?}")))?;
    if !(200..600).contains(&reply.code) {
        return Err(Broken::Protocol(format!(
            "a reply with the code {}",
            reply.code
        )));
    }
    let [class, subject, detail] = reply.esc;
    let text: String = reply
        .message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    Ok(Reply {
        code: reply.code,
        enhanced: (class != 0).then(|| format!("{class}.{subject}.{detail}")),
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
    })
}

/// A reply that is no refusal.
pub(crate) fn taken(reply: Reply) -> Result<Reply, Error> {
    match reply.is_positive() {
        true => Ok(reply),
        false => Err(Error::Refused(vec![reply.refusal()])),
    }
}

pub(crate) fn not_sent(broken: Broken) -> Error {
    Error::NotSent(broken.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_reply_ends_with_the_line_that_says_so() {
        assert_eq!(end_of_reply(b"250-a\r\n250 b\r\n220"), Some(14));
        assert_eq!(end_of_reply(b"250-a\r\n250-b\r\n"), None);
        assert_eq!(end_of_reply(b"250"), None);
        assert_eq!(end_of_reply(b"\n"), Some(1));
    }

    #[test]
    fn replies_are_read_with_their_codes() {
        let reply = parsed(b"550-5.1.1 no such\r\n550 5.1.1 user\r\n").unwrap();
        assert_eq!(
            (reply.code, reply.enhanced.as_deref()),
            (550, Some("5.1.1"))
        );
        assert_eq!(reply.text, "no such user");
        let reply = parsed(b"451 try\tlater\r\n").unwrap();
        assert_eq!(
            (reply.code, reply.enhanced, reply.text.as_str()),
            (451, None, "try later")
        );
        for nonsense in [
            &b"HTTP/1.1 200 OK\r\n"[..],
            b"\n",
            b"999 x\r\n",
            b"100 x\r\n",
        ] {
            assert!(parsed(nonsense).is_err());
        }
    }
}
