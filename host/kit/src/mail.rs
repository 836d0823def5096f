//! The application as mail servers: sessions are answered as a script says, without a server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mortise_mail::message::{self, Outgoing, Query};
use mortise_mail::{Asked, Carrying, Error, Given, Postman, Way};
use mortise_model::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use crate::application::{Fault, State, lock};
use crate::matching::Seen;
use crate::script::Answer;

/// What stands in the place of an HTTP method.
pub(crate) const METHOD: &str = "MAIL";

/// The id of every message that is sent.
const MESSAGE_ID: &str = "<test@mail.example>";

/// What a server says that is made to fail.
const MADE: &str = "made by the conformance kit";

/// How a mail server fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It does not take the credential.
    Unauthorized,
    /// It is not there.
    Away,
    /// It takes a message, and is gone before it says so.
    Lost,
    /// It refuses with this code of SMTP.
    Reply(u16),
    /// It refuses what is asked of a mailbox.
    No,
}

impl Broken {
    /// Whether a server can fail so that is asked for this.
    #[must_use]
    pub fn suits(self, asked: &Json) -> bool {
        let sends = asked.get("send").is_some();
        match self {
            Self::Unauthorized | Self::Away => true,
            Self::Lost => sends,
            Self::Reply(_) => sends || asked == "probe",
            Self::No => !sends && asked != "probe",
        }
    }

    fn error(self) -> Error {
        match self {
            Self::Unauthorized => Error::Unauthorized(MADE.to_owned()),
            Self::Away => Error::NotSent(MADE.to_owned()),
            Self::Lost => Error::Unanswered(MADE.to_owned()),
            Self::No => Error::No(MADE.to_owned()),
            Self::Reply(code) => Error::Refused(vec![message::Refused {
                code,
                enhanced: None,
                text: MADE.to_owned(),
                address: None,
                field: None,
            }]),
        }
    }
}

/// The mail servers of an application.
pub(crate) struct Servers(pub Arc<Mutex<State>>);

impl Postman for Servers {
    fn carry<'a>(&'a self, _: Way<'a>, asked: &'a Asked, _: (&'a str, Timestamp)) -> Carrying<'a> {
        Box::pin(async move { self.answer(asked) })
    }
}

impl Servers {
    fn answer(&self, asked: &Asked) -> Result<Given, Error> {
        let mut state = lock(&self.0);
        let answered = state.answer(seen(asked));
        let (answer, fault) = answered.map_err(Error::Settings)?;
        if let Some(Fault::Mail(broken)) = fault {
            return Err(broken.error());
        }
        if let Some(why) = &answer.no {
            return Err(Error::No(why.clone()));
        }
        if answer.mail.is_none() && !answer.refused.is_empty() {
            return Err(Error::Refused(answer.refused.clone()));
        }
        given(answer, asked).map_err(|error| {
            let why = format!("the script's answer is none for this: {error}");
            state.complain(&why);
            Error::Settings(why)
        })
    }
}

/// What is asked as a request, as scripts write it.
fn seen(asked: &Asked) -> Seen {
    let body = match asked {
        Asked::Deliver { message, partial } => json!({ "send": sent(message, *partial) }),
        Asked::Probe => json!("probe"),
        Asked::Fetch(query) => json!({ "fetch": wanted(query) }),
        Asked::Examine(mailbox) => json!({ "examine": mailbox }),
        Asked::Mailboxes => json!("mailboxes"),
    };
    Seen {
        method: METHOD.to_owned(),
        path_and_query: String::new(),
        headers: BTreeMap::new(),
        body: body.to_string().into(),
    }
}

fn sent(message: &Outgoing, partial: bool) -> Json {
    let attachments = message.attachments.iter().map(|one| {
        let text = String::from_utf8_lossy(&one.data);
        json!({ "name": one.name, "content-type": one.content_type, "text": text })
    });
    let headers: Map<_, _> = message
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Json::from(value.as_str())))
        .collect();
    without_empty(json!({
        "from": message.sender,
        "reply-to": message.reply_to,
        "to": message.to,
        "cc": message.cc,
        "bcc": message.bcc,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "headers": headers,
        "attachments": attachments.collect::<Vec<_>>(),
        "partial": partial,
    }))
}

fn wanted(query: &Query) -> Json {
    without_empty(json!({
        "mailbox": query.mailbox,
        "after": query.after,
        "since": query.since,
        "max": query.max,
        "mark-seen": query.mark_seen,
    }))
}

/// Scripts do not write down what is not there.
fn without_empty(mut value: Json) -> Json {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| match member {
            Json::Null | Json::Bool(false) => false,
            Json::String(text) => !text.is_empty(),
            Json::Array(list) => !list.is_empty(),
            Json::Object(members) => !members.is_empty(),
            _ => true,
        });
    }
    value
}

/// What differs, and how much before it did not.
pub(crate) fn differs(expected: &Json, seen: &Seen) -> Option<(usize, String)> {
    let found: Json = serde_json::from_slice(&seen.body).unwrap_or_default();
    let kind = |value: &Json| match value {
        Json::Object(members) => members.keys().next().cloned(),
        other => other.as_str().map(str::to_owned),
    };
    match (kind(expected) == kind(&found), *expected == found) {
        (_, true) => None,
        (true, false) => Some((1, format!("it is not {expected}"))),
        (false, false) => Some((0, format!("it is not {expected}"))),
    }
}

/// What the script gives.
fn given(answer: &Answer, asked: &Asked) -> Result<Given, serde_json::Error> {
    Ok(match asked {
        Asked::Deliver { .. } => Given::Delivered(message::Receipt {
            message_id: MESSAGE_ID.to_owned(),
            reply: read(answer)?,
            refused: answer.refused.clone(),
        }),
        Asked::Probe => Given::Probed(read(answer)?),
        Asked::Fetch(_) => Given::Found(read(answer)?),
        Asked::Examine(_) => Given::Status(read(answer)?),
        Asked::Mailboxes => Given::Mailboxes(read(answer)?),
    })
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, serde_json::Error> {
    serde_json::from_value(answer.mail.clone().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::application::Application;
    use crate::script;

    const SCRIPT: &str = r#"
operation: new-messages
cases:
  - name: one
    exchanges:
      - mail: { fetch: { mailbox: INBOX, after: [7, 1], max: 2 } }
        answer: { mail: { uid-validity: 7, messages: [ { uid: 2, subject: Hello, senders: [ { email: ann@example.com } ] } ] } }
      - mail: { send: { from: a@example.com, to: [b@example.com], subject: Hi, text: x } }
        answer: { refused: [ { code: 550, text: no such user, address: b@example.com, field: /to/0 } ] }
      - mail: { examine: Orders }
        answer: { mail: { last-uid: 4 } }
"#;

    #[tokio::test]
    async fn servers_give_what_the_script_gives() {
        let script = script::parse(SCRIPT).unwrap();
        let application = Application::start().await.unwrap();
        application.play(&script.cases[0].exchanges, "key-1", None);
        let servers = Servers(application.state());
        let query = Query {
            mailbox: "INBOX".to_owned(),
            after: Some((7, 1)),
            max: 2,
            ..Query::default()
        };
        let found = servers.answer(&Asked::Fetch(query)).unwrap();
        assert!(matches!(found, Given::Found(found) if found.messages[0].subject == "Hello"));
        let message = Box::new(Outgoing {
            sender: "a@example.com".to_owned(),
            to: vec!["b@example.com".to_owned()],
            subject: "Hi".to_owned(),
            text: "x".to_owned(),
            ..Outgoing::default()
        });
        let partial = false;
        let refused = servers.answer(&Asked::Deliver { message, partial });
        assert!(
            matches!(refused, Err(Error::Refused(replies)) if replies[0].field.as_deref() == Some("/to/0"))
        );
        // An answer that is none is the script's fault, and so is a question that it does not know.
        let status = servers.answer(&Asked::Examine("Orders".to_owned()));
        assert!(matches!(status, Err(Error::Settings(_))));
        assert!(servers.answer(&Asked::Probe).is_err());
        let observed = application.observed();
        assert_eq!((observed.strange.len(), observed.unused.len()), (2, 0));
    }

    #[test]
    fn a_server_fails_as_one_can_that_is_asked_for_this() {
        let (send, probe, fetch) = (
            json!({ "send": {} }),
            json!("probe"),
            json!({ "fetch": {} }),
        );
        let suits = |broken: Broken| [&send, &probe, &fetch].map(|asked| broken.suits(asked));
        assert_eq!(suits(Broken::Away), [true, true, true]);
        assert_eq!(suits(Broken::Lost), [true, false, false]);
        assert_eq!(suits(Broken::Reply(450)), [true, true, false]);
        assert_eq!(suits(Broken::No), [false, false, true]);
    }
}
