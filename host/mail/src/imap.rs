//! IMAP (RFC 3501, RFC 9051), as far as reading needs it. Responses are read by `imap-proto`; what is kept of them
//! here is bounded by what the session may take.

mod utf7;

use bytes::Buf as _;
use imap_proto::{Capability, Response, Status};
use nom::Needed;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::login::{Login, Proof};
use crate::stream::{Broken, Wire};

pub(crate) use utf7::{decode, encode};

/// A session.
pub(crate) struct Imap {
    pub wire: Wire,
    tags: u32,
    /// What the server can do, in upper case: `AUTH=PLAIN`, `SASL-IR`.
    abilities: Vec<String>,
    /// So many bytes are needed before anything can be read.
    wanted: usize,
}

/// How a command ended that did not end well.
#[derive(Debug)]
pub(crate) enum Fault {
    Broken(Broken),
    /// The server refuses, in its words.
    No(String),
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Broken(broken) => Self::NotSent(broken.to_string()),
            // RFC 5530: it would do it at another time.
            Fault::No(text) if text.contains("[UNAVAILABLE]") || text.contains("[INUSE]") => {
                Self::NotSent(text)
            }
            Fault::No(text) => Self::No(text),
        }
    }
}

impl Imap {
    /// After the greeting, which may refuse.
    pub async fn greeted(wire: Wire) -> Result<Self, Error> {
        let mut imap = Self {
            wire,
            tags: 0,
            abilities: Vec::new(),
            wanted: 0,
        };
        let mut greeting = None;
        imap.next(|response| {
            if let Response::Data { status, outcome } = response {
                greeting = Some((status_of(&status), words(&outcome)));
            }
        })
        .await
        .map_err(Fault::Broken)?;
        match greeting {
            Some((true, _)) => Ok(imap),
            Some((false, text)) => Err(Error::NotSent(format!(
                "the server sends everybody away: {text}"
            ))),
            None => Err(Fault::Broken(Broken::Protocol(
                "it did not begin with a greeting".to_owned(),
            ))
            .into()),
        }
    }

    /// Asks what the server can do.
    pub async fn abilities(&mut self) -> Result<(), Fault> {
        let mut found = Vec::new();
        self.run("CAPABILITY", |response| {
            if let Response::Capabilities(list) = response {
                found.extend(list.iter().map(|one| match one {
                    Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
                    Capability::Auth(name) => format!("AUTH={}", name.to_ascii_uppercase()),
                    Capability::Atom(name) => name.to_ascii_uppercase(),
                }));
            }
        })
        .await?;
        self.abilities = found;
        Ok(())
    }

    fn can(&self, ability: &str) -> bool {
        self.abilities.iter().any(|one| one == ability)
    }

    /// Asks for encryption; the caller then encrypts and asks for the abilities again.
    ///
    /// # Errors
    /// The server has none.
    pub async fn start_tls(&mut self, origin: &str) -> Result<(), Error> {
        if !self.can("STARTTLS") {
            return Err(Error::Settings(format!(
                "`{origin}` offers no STARTTLS, so nothing was said to it: set `imap-tls: tls` and its port where it encrypts from the first byte on"
            )));
        }
        Ok(self.run("STARTTLS", |_| ()).await?)
    }

    /// Logs in.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] where the server does not take it.
    pub async fn log_in(&mut self, login: &Login) -> Result<(), Error> {
        let (mechanism, initial) = login.initial();
        let done = if self.can(&format!("AUTH={mechanism}")) {
            self.authenticate(mechanism, &initial).await
        } else if let (Proof::Password(password), false) = (&login.proof, self.can("LOGINDISABLED"))
        {
            let line = format!("LOGIN {} {}", quoted(&login.user), quoted(password));
            self.run(&Zeroizing::new(line), |_| ()).await
        } else {
            return Err(Error::Settings(format!(
                "the server does not offer to log in by {mechanism}: it may want TLS, or another kind of credential"
            )));
        };
        done.map_err(|fault| match Error::from(fault) {
            Error::No(text) => {
                Error::Unauthorized(format!("the server does not take the credential: {text}"))
            }
            other => other,
        })
    }

    async fn authenticate(&mut self, mechanism: &str, initial: &str) -> Result<(), Fault> {
        if self.can("SASL-IR") {
            let line = Zeroizing::new(format!("AUTHENTICATE {mechanism} {initial}"));
            return self.run_with(&line, &[], |_| ()).await;
        }
        let line = format!("AUTHENTICATE {mechanism}");
        self.run_with(&line, &[initial], |_| ()).await
    }

    /// Runs a command, and shows each response that belongs to it.
    pub async fn run(
        &mut self,
        command: &str,
        take: impl FnMut(Response<'_>),
    ) -> Result<(), Fault> {
        self.run_with(command, &[], take).await
    }

    /// The same with answers to what the server asks for on the way; more than that gets empty ones, as XOAUTH2 wants it.
    async fn run_with(
        &mut self,
        command: &str,
        answers: &[&str],
        mut take: impl FnMut(Response<'_>),
    ) -> Result<(), Fault> {
        self.tags += 1;
        let tag = format!("m{}", self.tags);
        let line = Zeroizing::new(format!("{tag} {command}\r\n"));
        self.wire.say(line.as_bytes()).await?;
        let mut answers = answers.iter();
        loop {
            let mut end = None;
            let mut asks = false;
            self.next(|response| match response {
                Response::Done {
                    tag: ended,
                    status,
                    outcome,
                } if ended.0 == tag => end = Some((status_of(&status), words(&outcome))),
                Response::Data {
                    status: Status::Bye,
                    outcome,
                } => {
                    end = end
                        .take()
                        .or(Some((false, format!("[UNAVAILABLE] {}", words(&outcome)))))
                }
                Response::Continue(_) => asks = true,
                other => take(other),
            })
            .await?;
            match end {
                Some((true, _)) => return Ok(()),
                Some((false, text)) => return Err(Fault::No(text)),
                None if asks => {
                    let answer = answers.next().copied().unwrap_or_default();
                    let line = Zeroizing::new(format!("{answer}\r\n"));
                    self.wire.say(line.as_bytes()).await?;
                }
                None => {}
            }
        }
    }

    /// Reads one response.
    async fn next(&mut self, take: impl FnOnce(Response<'_>)) -> Result<(), Broken> {
        loop {
            let read = self.wire.buffer.len();
            if read > 0 && read >= self.wanted {
                match Response::parse(&self.wire.buffer) {
                    Ok((rest, response)) => {
                        let used = read - rest.len();
                        take(response);
                        self.wire.buffer.advance(used);
                        self.wanted = 0;
                        return Ok(());
                    }
                    Err(nom::Err::Incomplete(needed)) => {
                        self.wanted = match needed {
                            Needed::Size(more) => read.saturating_add(more.get()),
                            Needed::Unknown => 0,
                        };
                        // What will not come in any case need not be waited for.
                        if self.wanted.saturating_sub(read) > self.wire.left_bytes() {
                            return Err(Broken::TooMuch(self.wire.max_bytes()));
                        }
                    }
                    Err(_) => {
                        let start = &self.wire.buffer[..read.min(80)];
                        let start = String::from_utf8_lossy(start).escape_debug().to_string();
                        return Err(Broken::Protocol(format!("`{start}`")));
                    }
                }
            }
            self.wire.fill().await?;
        }
    }

    /// Takes leave without waiting: nothing depends on it.
    pub async fn quit(mut self) {
        let _ = self.wire.say(b"m0 LOGOUT\r\n").await;
    }
}

fn status_of(status: &Status) -> bool {
    matches!(status, Status::Ok | Status::PreAuth)
}

fn words(outcome: &imap_proto::Outcome<'_>) -> String {
    let text = outcome.information.as_deref().unwrap_or("it says no more");
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A quoted string; what it cannot hold was refused before.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
