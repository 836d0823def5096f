//! Mail in tests: what is sent is written down, and mailboxes hold what the test puts there.

use crate::bindings::imports::mortise::plugin::mail::{Problem, Receipt, Refusal};
use crate::bindings::imports::mortise::plugin::{mail as raw, mailbox as raw_box};
use crate::fake::{HOST, Host, Installed};

/// What becomes of one message.
#[derive(Clone, Debug)]
pub struct Delivered(Result<Vec<Refusal>, Problem>);

impl Delivered {
    /// The server takes it.
    pub fn ok() -> Self {
        Self(Ok(Vec::new()))
    }

    /// The server refuses one address; the others get the message only where the plugin asked for that.
    pub fn refused(code: u16, address: &str, text: &str) -> Self {
        Self(Ok(vec![Refusal {
            code,
            enhanced: None,
            text: text.to_owned(),
            address: Some(address.to_owned()),
            field: None,
        }]))
    }

    /// Something else.
    pub fn problem(problem: Problem) -> Self {
        Self(Err(problem))
    }
}

/// One message that the plugin wanted to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// As the plugin gave it.
    pub message: raw::Message,
    /// Whether some may get it where others are refused.
    pub partial: bool,
}

/// A mailbox of the test.
#[derive(Clone, Debug)]
pub struct Mailbox {
    uid_validity: u32,
    messages: Vec<Message>,
}

impl Mailbox {
    /// An empty one.
    pub fn new(uid_validity: u32) -> Self {
        Self {
            uid_validity,
            messages: Vec::new(),
        }
    }

    /// With one more message, the newest.
    #[must_use]
    pub fn message(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }
}

/// A message of the test.
#[derive(Clone, Debug)]
pub struct Message(raw_box::Message);

impl Message {
    /// With nothing but a UID and a subject; its `Message-ID` follows from both.
    pub fn new(uid: u32, subject: &str) -> Self {
        Self(raw_box::Message {
            uid,
            message_id: Some(format!("{uid}-{}@example.com", subject.len())),
            in_reply_to: Vec::new(),
            references: Vec::new(),
            senders: Vec::new(),
            reply_to: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            subject: subject.to_owned(),
            date: None,
            received: None,
            seen: false,
            text: None,
            html: None,
            attachments: Vec::new(),
            size: 1,
            truncated: false,
        })
    }

    /// Who wrote it.
    #[must_use]
    pub fn from(mut self, email: &str) -> Self {
        let email = email.to_owned();
        self.0.senders.push(raw_box::Address { name: None, email });
        self
    }

    /// When it came to the server: RFC 3339 in UTC.
    #[must_use]
    pub fn received(mut self, time: &str) -> Self {
        self.0.received = Some(time.to_owned());
        self
    }

    /// Anything else of it.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut raw_box::Message)) -> Self {
        change(&mut self.0);
        self
    }
}

impl Host {
    /// What becomes of the next message; without one the server takes it.
    #[must_use]
    pub fn deliver(mut self, delivered: Delivered) -> Self {
        self.deliveries.push_back(delivered);
        self
    }

    /// A mailbox under a name.
    #[must_use]
    pub fn mailbox(mut self, name: &str, mailbox: Mailbox) -> Self {
        self.mailboxes.insert(name.to_owned(), mailbox);
        self
    }
}

impl Installed {
    /// The messages so far.
    pub fn sent(&self) -> Vec<Sent> {
        HOST.with_borrow(|host| host.sent.clone())
    }

    /// Puts another mailbox in the place of one.
    pub fn set_mailbox(&self, name: &str, mailbox: Mailbox) {
        HOST.with_borrow_mut(|host| host.mailboxes.insert(name.to_owned(), mailbox));
    }
}

#[allow(missing_docs)]
pub mod mail {
    use super::*;

    pub fn deliver(message: &raw::Message, partial: bool) -> Result<Receipt, Problem> {
        HOST.with_borrow_mut(|host| {
            let message = message.clone();
            host.sent.push(Sent { message, partial });
            let refused = host
                .deliveries
                .pop_front()
                .map_or(Ok(Vec::new()), |one| one.0)?;
            match refused.is_empty() || partial {
                true => Ok(Receipt {
                    message_id: format!(
                        "<{}-{}@example.com>",
                        host.idempotency_key,
                        host.sent.len()
                    ),
                    reply: "taken".to_owned(),
                    refused,
                }),
                false => Err(Problem::Refused(refused)),
            }
        })
    }

    pub fn probe() -> Result<String, Problem> {
        HOST.with_borrow_mut(|host| match host.deliveries.pop_front() {
            Some(Delivered(Err(problem))) => Err(problem),
            _ => Ok("mail.example.com".to_owned()),
        })
    }
}

#[allow(missing_docs)]
pub mod mailbox {
    use super::*;
    use raw_box::{Error, Found, Query, Status};

    fn with<T>(name: &str, read: impl FnOnce(&Mailbox) -> T) -> Result<T, Error> {
        HOST.with_borrow(|host| {
            let found = host.mailboxes.get(name);
            found
                .map(read)
                .ok_or_else(|| Error::Refused(format!("there is no mailbox `{name}`")))
        })
    }

    pub fn fetch(query: &Query) -> Result<Found, Error> {
        with(&query.mailbox, |mailbox| {
            let uid_validity = mailbox.uid_validity;
            let is_old = query
                .after
                .is_some_and(|place| place.uid_validity != uid_validity);
            let after = query.after.map_or(0, |place| place.uid);
            let since = query.since.as_deref().unwrap_or_default();
            let fits = |message: &&Message| {
                let received = message.0.received.as_deref();
                !is_old && message.0.uid > after && received.is_none_or(|time| time >= since)
            };
            let mut messages: Vec<_> = mailbox
                .messages
                .iter()
                .filter(fits)
                .map(|one| one.0.clone())
                .collect();
            let more = messages.len() > query.max as usize;
            messages.truncate(query.max as usize);
            Found {
                uid_validity,
                messages,
                more,
            }
        })
    }

    pub fn examine(name: &str) -> Result<Status, Error> {
        with(name, |mailbox| {
            let last = mailbox.messages.last();
            Status {
                uid_validity: mailbox.uid_validity,
                last_uid: last.map_or(0, |message| message.0.uid),
                last_received: last.and_then(|message| message.0.received.clone()),
                messages: u32::try_from(mailbox.messages.len()).unwrap_or(u32::MAX),
            }
        })
    }

    pub fn mailboxes() -> Result<Vec<String>, Error> {
        Ok(HOST.with_borrow(|host| host.mailboxes.keys().cloned().collect()))
    }
}
