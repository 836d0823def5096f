//! Mail through the connection's SMTP server. The host knows the server from the connection's settings, logs in,
//! and writes the message; a plugin never sees the credential.
//!
//! ```
//! use mortise_sdk::fake::Host;
//! use mortise_sdk::mail::Message;
//!
//! let host = Host::new().install();
//! let receipt = Message::new("Desk <desk@example.com>", "Your ticket")
//!     .to("Ann Lee <ann@example.com>")
//!     .text("it is solved")
//!     .send()
//!     .unwrap();
//! assert_eq!(host.sent()[0].message.to, ["Ann Lee <ann@example.com>"]);
//! assert!(receipt.message_id.starts_with('<'));
//! ```
//!
//! The `Message-ID` follows from the call's idempotency key, so a message that is sent again can be told by whoever gets
//! it twice. SMTP itself knows no key: an action that sends is [`Repeat::Duplicates`](crate::Repeat::Duplicates).

use crate::Failure;
use crate::files::File;

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::mail as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::mail as host;

use crate::bindings::imports::mortise::plugin::mail as raw;
pub use raw::{Problem, Receipt, Refusal};

/// A message. Whatever stands in a header has no line breaks: the host refuses one that has, and names the field.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a message does nothing until it is sent"]
pub struct Message {
    raw: raw::Message,
    partial: bool,
}

impl Message {
    /// From an address, `desk@example.com` or `Desk <desk@example.com>`, with a subject.
    pub fn new(sender: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            raw: raw::Message {
                sender: sender.into(),
                reply_to: None,
                to: Vec::new(),
                cc: Vec::new(),
                bcc: Vec::new(),
                subject: subject.into(),
                text: String::new(),
                html: None,
                headers: Vec::new(),
                attachments: Vec::new(),
            },
            partial: false,
        }
    }

    /// One more recipient.
    pub fn to(mut self, address: impl Into<String>) -> Self {
        self.raw.to.push(address.into());
        self
    }

    /// One more who gets a copy.
    pub fn cc(mut self, address: impl Into<String>) -> Self {
        self.raw.cc.push(address.into());
        self
    }

    /// One more who gets a copy that nobody else sees.
    pub fn bcc(mut self, address: impl Into<String>) -> Self {
        self.raw.bcc.push(address.into());
        self
    }

    /// Where answers go.
    pub fn reply_to(mut self, address: impl Into<String>) -> Self {
        self.raw.reply_to = Some(address.into());
        self
    }

    /// The text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.raw.text = text.into();
        self
    }

    /// The same as HTML; with a text both are sent as alternatives.
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.raw.html = Some(html.into());
        self
    }

    /// One more header, such as `In-Reply-To`; those that the other methods say are the host's.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.raw.headers.push((name.into(), value.into()));
        self
    }

    /// Attaches bytes under a name.
    pub fn attach(
        self,
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        self.with(name, content_type, raw::Content::Bytes(bytes.into()))
    }

    /// Attaches a file of the run, which never passes through the plugin.
    pub fn attach_file(
        self,
        name: impl Into<String>,
        content_type: impl Into<String>,
        file: &File,
    ) -> Self {
        self.with(name, content_type, raw::Content::File(file.id.clone()))
    }

    fn with(
        mut self,
        name: impl Into<String>,
        content_type: impl Into<String>,
        content: raw::Content,
    ) -> Self {
        self.raw.attachments.push(raw::Attachment {
            name: name.into(),
            content_type: content_type.into(),
            content,
        });
        self
    }

    /// Sends it also where the server refuses some of the recipients: the receipt says whom.
    pub fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// Sends it. A recipient that the server refuses is a failure that names the address.
    pub fn send(self) -> Result<Receipt, Failure> {
        self.try_send().map_err(Failure::from)
    }

    /// Sends it, and leaves what to do about a problem to the caller.
    pub fn try_send(self) -> Result<Receipt, Problem> {
        host::deliver(&self.raw, self.partial)
    }
}

/// Connects and logs in, and sends nothing; gives the name that the server calls itself. For a plugin's `check`.
pub fn probe() -> Result<String, Failure> {
    host::probe().map_err(Failure::from)
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Denied(why) => Self::misconfigured(why),
            Problem::NotSent(why) => Self::retry(format!("the message was not sent: {why}")),
            Problem::Unanswered(why) => {
                Self::unclear(format!("nobody knows whether the message was sent: {why}"))
            }
            Problem::Limited(wait_ms) => {
                Self::retry_after(wait_ms, "the connection's rate is used up")
            }
            Problem::Unauthorized(why) => Self::reauthorize(why),
            Problem::Invalid((field, why)) => {
                Self::reject(format!("`{field}` {why}")).with_field(field)
            }
            Problem::Refused(replies) => refused(&replies),
        }
    }
}

/// A refusal for good outweighs one for now: trying again would not help everybody.
fn refused(replies: &[Refusal]) -> Failure {
    let for_good = replies.iter().filter(|reply| reply.code >= 500);
    let for_good: Vec<&Refusal> = for_good.collect();
    let counted = match for_good.is_empty() {
        true => replies.iter().collect(),
        false => for_good.clone(),
    };
    let said: Vec<String> = counted.iter().map(|reply| said(reply)).collect();
    let message = format!(
        "the mail server refuses {}; nothing was sent",
        said.join(", and ")
    );
    let failure = match for_good.is_empty() {
        true => Failure::retry(message),
        false => Failure::reject(message),
    };
    let Some(first) = counted.first() else {
        return failure;
    };
    let code = first
        .enhanced
        .clone()
        .unwrap_or_else(|| first.code.to_string());
    let failure = failure.with_code(code).with_body(first.text.as_bytes());
    match &first.field {
        Some(field) => failure.with_field(field.clone()),
        None => failure,
    }
}

fn said(reply: &Refusal) -> String {
    let enhanced = reply.enhanced.as_ref();
    let enhanced = enhanced.map_or_else(String::new, |code| format!(" {code}"));
    let what = format!("{}{enhanced} {}", reply.code, reply.text);
    match &reply.address {
        Some(address) => format!("`{address}` with {what}"),
        None => format!("the message with {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Disposition;

    fn reply(code: u16, address: Option<&str>) -> Refusal {
        Refusal {
            code,
            enhanced: Some(format!("{}.1.1", code / 100)),
            text: "no such user".to_owned(),
            address: address.map(str::to_owned),
            field: address.map(|_| "/to/1".to_owned()),
        }
    }

    #[test]
    fn a_refused_recipient_is_named() {
        let replies = vec![
            reply(450, Some("b@example.com")),
            reply(550, Some("c@example.com")),
        ];
        let failure = Failure::from(Problem::Refused(replies));
        assert_eq!(failure.disposition, Disposition::Reject);
        assert!(
            failure.message.contains("`c@example.com` with 550"),
            "{}",
            failure.message
        );
        assert!(
            !failure.message.contains("b@example.com"),
            "{}",
            failure.message
        );
        let cause = failure.cause.unwrap();
        assert_eq!(
            (cause.code.as_deref(), cause.field.as_deref()),
            (Some("5.1.1"), Some("/to/1"))
        );
        assert_eq!(cause.status, None);
    }

    #[test]
    fn problems_are_decisions() {
        let text = || "why".to_owned();
        for (problem, disposition) in [
            (Problem::Denied(text()), Disposition::Misconfigured),
            (Problem::NotSent(text()), Disposition::Retry(None)),
            (Problem::Unanswered(text()), Disposition::Unclear),
            (Problem::Limited(7), Disposition::Retry(Some(7))),
            (Problem::Unauthorized(text()), Disposition::Reauthorize),
            (
                Problem::Invalid(("/subject".to_owned(), text())),
                Disposition::Reject,
            ),
            (
                Problem::Refused(vec![reply(451, None)]),
                Disposition::Retry(None),
            ),
            (
                Problem::Refused(vec![reply(554, None)]),
                Disposition::Reject,
            ),
        ] {
            assert_eq!(Failure::from(problem).disposition, disposition);
        }
    }
}
