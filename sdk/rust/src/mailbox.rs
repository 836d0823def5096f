//! Mail that lies on the connection's IMAP server. The host logs in and decodes; nothing is marked as read unless
//! asked for.
//!
//! ```
//! use mortise_sdk::fake::{Host, Mailbox, Message};
//! use mortise_sdk::mailbox::Query;
//!
//! let mailbox = Mailbox::new(7).message(Message::new(3, "hello").from("ann@example.com"));
//! let _host = Host::new().mailbox("INBOX", mailbox).install();
//! let found = Query::new("INBOX").after(7, 2).fetch().unwrap();
//! assert_eq!(found.messages[0].subject, "hello");
//! assert_eq!(Query::new("INBOX").after(7, 3).fetch().unwrap().messages.len(), 0);
//! ```

use crate::Failure;

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::mailbox as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::mailbox as host;

use crate::bindings::imports::mortise::plugin::mailbox as raw;
pub use raw::{Address, Attachment, Error, Found, Message, Place, Status};

/// Which messages are wanted.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is made"]
pub struct Query(raw::Query);

impl Query {
    /// All of a mailbox, the oldest first and a hundred at most: `INBOX`, or a folder's name.
    pub fn new(mailbox: impl Into<String>) -> Self {
        Self(raw::Query {
            mailbox: mailbox.into(),
            after: None,
            since: None,
            max: 100,
            mark_seen: false,
        })
    }

    /// Only what comes after this UID, which was given under this UIDVALIDITY. Where the server has another one by now no
    /// message comes, and the answer says which.
    pub fn after(mut self, uid_validity: u32, uid: u32) -> Self {
        self.0.after = Some(Place { uid_validity, uid });
        self
    }

    /// Only what came to the server at this time or later: RFC 3339.
    pub fn since(mut self, time: impl Into<String>) -> Self {
        self.0.since = Some(time.into());
        self
    }

    /// So many at most.
    pub fn max(mut self, max: u32) -> Self {
        self.0.max = max;
        self
    }

    /// Marks as read what it gives.
    pub fn mark_seen(mut self) -> Self {
        self.0.mark_seen = true;
        self
    }

    /// Reads.
    pub fn fetch(&self) -> Result<Found, Failure> {
        host::fetch(&self.0).map_err(Failure::from)
    }
}

/// What a mailbox holds, without reading a message.
pub fn examine(mailbox: &str) -> Result<Status, Failure> {
    host::examine(mailbox).map_err(Failure::from)
}

/// The names of the mailboxes.
pub fn mailboxes() -> Result<Vec<String>, Failure> {
    host::mailboxes().map_err(Failure::from)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(why) => Self::misconfigured(why),
            Error::Unavailable(why) => Self::retry(format!("the mailbox was not read: {why}")),
            Error::Limited(wait_ms) => {
                Self::retry_after(wait_ms, "the connection's rate is used up")
            }
            Error::Unauthorized(why) => Self::reauthorize(why),
            Error::Refused(why) => Self::reject(format!("the mail server refuses: {why}")),
            Error::Invalid(why) => Self::reject(why),
        }
    }
}
