//! `new-messages`: a message came into a folder. Asks the server for what lies behind the last UID that was seen, so
//! nothing is lost where messages come while nobody looks, and nothing comes twice. Nothing is marked as read unless asked for.

use mortise_sdk::mailbox::{self, Found, Query};
use mortise_sdk::polling::Start;
use mortise_sdk::{Event, Example, Failure, News, Polling, log};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::cursor::Cursor;
use crate::message::Message;

/// Messages of one poll; what is more comes with the next one, at once.
const MESSAGES_MAX: u32 = 50;

pub struct NewMessages;

/// What a trigger of `email/new-messages` says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The folder that is watched.
    #[serde(default = "inbox")]
    folder: String,
    /// Only messages whose sender's address or name contains this; capitals do not matter.
    #[serde(default)]
    from_contains: Option<String>,
    /// Only messages whose subject contains this; capitals do not matter.
    #[serde(default)]
    subject_contains: Option<String>,
    /// Mark messages as read; those that do not fit as well.
    #[serde(default)]
    mark_read: bool,
    /// Where the first poll begins.
    #[serde(default)]
    start: Start,
}

fn inbox() -> String {
    "INBOX".to_owned()
}

impl Polling for NewMessages {
    const NAME: &'static str = "new-messages";
    const SUMMARY: &'static str = "a message came into a folder";
    type Input = Input;
    type Cursor = Cursor;
    type Payload = Message;

    fn poll(input: Input, cursor: Option<Cursor>) -> Result<News<Cursor, Message>, Failure> {
        let mut cursor = match (cursor, input.start) {
            (Some(cursor), _) => cursor,
            (None, Start::Now) => return from_now_on(&input.folder),
            (None, Start::Beginning) => Cursor::default(),
        };
        let found = behind(&input, &mut cursor)?;
        let mut events = Vec::new();
        for message in found.messages {
            if !cursor.see(&message) || !input.wants(&message) {
                continue;
            }
            let id = format!("{}-{}", found.uid_validity, message.uid);
            let received = message.received.clone();
            let event = Event::new(id, Message::new(&input.folder, message));
            events.push(match received {
                Some(received) => event.at(received),
                None => event,
            });
        }
        if !found.more {
            cursor.before = None;
        }
        Ok(News {
            events,
            cursor,
            more: found.more,
        })
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new("everything that comes", json!({})),
            Example::new(
                "orders in a folder of their own",
                json!({ "folder": "Orders", "from-contains": "@shop.example.com", "subject-contains": "order", "mark-read": true }),
            ),
        ]
    }
}

/// Looks where the folder ends. The last message is read, so that it is known should its UID change.
fn from_now_on(folder: &str) -> Result<News<Cursor, Message>, Failure> {
    let status = mailbox::examine(folder)?;
    let mut cursor = Cursor {
        uid_validity: status.uid_validity,
        uid: status.last_uid,
        ..Cursor::default()
    };
    if let Some(before) = status.last_uid.checked_sub(1) {
        let last = Query::new(folder)
            .after(status.uid_validity, before)
            .max(1)
            .fetch()?;
        let last = last
            .messages
            .iter()
            .filter(|message| message.uid == status.last_uid);
        last.for_each(|message| {
            cursor.see(message);
        });
    }
    Ok(News {
        events: Vec::new(),
        cursor,
        more: false,
    })
}

/// What lies behind the cursor, which is put right where the server has given UIDs anew.
fn behind(input: &Input, cursor: &mut Cursor) -> Result<Found, Failure> {
    let found = input.query(cursor).fetch()?;
    if found.uid_validity == cursor.uid_validity {
        return Ok(found);
    }
    let is_first = cursor.uid_validity == 0;
    *cursor = std::mem::take(cursor).renumbered(found.uid_validity);
    if is_first {
        return Ok(found);
    }
    let validity = found.uid_validity.to_string();
    let fields = [
        ("folder", input.folder.as_str()),
        ("uid-validity", &validity),
    ];
    let what = "the server gave the folder's messages new numbers: going on behind the time of the last one";
    log::write(log::Level::Warn, what, &fields);
    let found = input.query(cursor).fetch()?;
    match found.uid_validity == cursor.uid_validity {
        true => Ok(found),
        false => Err(Failure::retry(
            "the server gives the folder's messages new numbers all the time",
        )),
    }
}

impl Input {
    fn query(&self, cursor: &Cursor) -> Query {
        let mut query = Query::new(&self.folder).max(MESSAGES_MAX);
        if cursor.uid_validity > 0 {
            query = query.after(cursor.uid_validity, cursor.uid);
        }
        if let Some(since) = cursor
            .before
            .as_ref()
            .and_then(|before| before.received.as_ref())
        {
            query = query.since(since);
        }
        if self.mark_read {
            query.mark_seen()
        } else {
            query
        }
    }

    fn wants(&self, message: &mailbox::Message) -> bool {
        let has = |text: &str, wanted: &str| text.to_lowercase().contains(&wanted.to_lowercase());
        let mut senders = message
            .senders
            .iter()
            .flat_map(|one| [Some(&one.email), one.name.as_ref()])
            .flatten();
        let from = self.from_contains.as_ref();
        let subject = self.subject_contains.as_ref();
        from.is_none_or(|wanted| senders.any(|text| has(text, wanted)))
            && subject.is_none_or(|wanted| has(&message.subject, wanted))
    }
}

#[cfg(test)]
mod tests;
