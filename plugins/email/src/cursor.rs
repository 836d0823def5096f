//! What was seen of a folder.
//!
//! UIDs tell what is new, as long as the server keeps them. Where it gives them anew, which it says by another UIDVALIDITY, the
//! time at which messages came to the server tells: what came later than the last one that was seen is new, and what
//! came in the same second is told apart by what it is.

use mortise_sdk::mailbox::Message;
use serde::{Deserialize, Serialize};

/// Messages of one second that are remembered.
const RECENT_MAX: usize = 500;

/// Where the next poll goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cursor {
    /// What UIDs mean.
    pub uid_validity: u32,
    /// Of the last message that was seen; 0 where there was none.
    pub uid: u32,
    /// When the newest came to the server.
    #[serde(default, flatten)]
    pub newest: Newest,
    /// Set while it is gone through what lies there under new UIDs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Newest>,
}

/// The newest of the messages that were seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Newest {
    /// RFC 3339 in UTC; none where none was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// The messages of that second.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<String>,
}

impl Cursor {
    /// The same folder under other UIDs: from its beginning, without what was seen before.
    pub fn renumbered(self, uid_validity: u32) -> Self {
        // Where it changes once more on the way, what was seen until now counts.
        Self {
            uid_validity,
            uid: 0,
            before: self.newest.received.is_some().then(|| self.newest.clone()),
            newest: self.newest,
        }
    }

    /// Takes a message as seen, and says whether it is new.
    pub fn see(&mut self, message: &Message) -> bool {
        self.uid = self.uid.max(message.uid);
        let is_known = self
            .before
            .as_ref()
            .is_some_and(|before| before.knows(message));
        self.newest.see(message);
        !is_known
    }
}

impl Newest {
    fn see(&mut self, message: &Message) {
        let Some(received) = &message.received else {
            return;
        };
        match self.received.as_ref() {
            Some(newest) if received < newest => return,
            Some(newest) if received == newest => {}
            _ => {
                self.received = Some(received.clone());
                self.recent.clear();
            }
        }
        let mark = mark(message);
        if self.recent.len() < RECENT_MAX && !self.recent.contains(&mark) {
            self.recent.push(mark);
        }
    }

    /// Whether it was seen. What has no time was seen where anything was: it cannot be told, and once is better than twice.
    fn knows(&self, message: &Message) -> bool {
        match (&message.received, &self.received) {
            (Some(received), Some(newest)) => {
                received < newest || (received == newest && self.recent.contains(&mark(message)))
            }
            _ => true,
        }
    }
}

/// What tells a message from others of the same second: FNV-1a of what no server changes.
fn mark(message: &Message) -> String {
    let parts = [
        message.message_id.as_deref().unwrap_or_default(),
        &message.subject,
        message.date.as_deref().unwrap_or_default(),
        message.senders.first().map_or("", |one| one.email.as_str()),
    ];
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
