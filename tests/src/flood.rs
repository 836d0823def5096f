//! Many events at once, with an account of what became of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::api::accepted;
use crate::client::Client;

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// 202: the number, and the run's id.
    Accepted(u64, String),
    /// Another status, with the problem's code.
    Refused(u64, u16, String),
    /// No answer, so nobody knows.
    Unknown(u64),
}

/// Sends numbered events one after the other on several connections, until there are enough or it
/// is dropped.
pub struct Flood {
    outcomes: mpsc::UnboundedReceiver<Sent>,
    senders: Vec<JoinHandle<()>>,
    next: Arc<AtomicU64>,
    end: u64,
}

/// What to send, and where.
#[derive(Clone)]
pub struct Events {
    /// The address of the hook.
    pub url: String,
    /// The body of the event of a number.
    pub body: fn(u64) -> String,
    /// The next number.
    pub next: Arc<AtomicU64>,
    /// One past the last number.
    pub end: u64,
    /// How many are sent at the same moment.
    pub at_once: usize,
}

impl Flood {
    /// Begins to send.
    #[must_use]
    pub fn start(client: &Client, events: &Events) -> Self {
        let (sender, outcomes) = mpsc::unbounded_channel();
        let send = |_| tokio::spawn(send_all(client.clone(), events.clone(), sender.clone()));
        let senders = (0..events.at_once).map(send).collect();
        let next = Arc::clone(&events.next);
        Self {
            outcomes,
            senders,
            next,
            end: events.end,
        }
    }

    /// Begins no new event. Those on their way are still answered.
    pub fn halt(&self) {
        self.next.store(self.end, Ordering::Relaxed);
    }

    /// What became of the next event; none once all have been sent.
    pub async fn next(&mut self) -> Option<Sent> {
        self.outcomes.recv().await
    }

    /// What became of all that are left.
    pub async fn rest(mut self) -> Vec<Sent> {
        let mut rest = Vec::new();
        while let Some(sent) = self.next().await {
            rest.push(sent);
        }
        rest
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        for sender in &self.senders {
            sender.abort();
        }
    }
}

async fn send_all(client: Client, events: Events, outcomes: mpsc::UnboundedSender<Sent>) {
    loop {
        let take = |number| (number < events.end).then(|| number + 1);
        let Ok(number) = events
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        else {
            return;
        };
        let sent = events.send(&client, number).await;
        let gone = matches!(sent, Err(_) | Ok(Sent::Unknown(_)));
        if outcomes
            .send(sent.unwrap_or(Sent::Unknown(number)))
            .is_err()
            || gone
        {
            // A server that is gone will not answer the next one either.
            return;
        }
    }
}

impl Events {
    /// Sends the event of a number. Its id is the number, so sending it again starts no second run.
    ///
    /// # Errors
    /// Where the answer makes no sense.
    pub async fn send(&self, client: &Client, number: u64) -> Result<Sent> {
        let id = number.to_string();
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", id.as_str()),
        ];
        let answered = client
            .send("POST", &self.url, &headers, (self.body)(number))
            .await;
        let Ok(answer) = answered else {
            return Ok(Sent::Unknown(number));
        };
        match answer.status {
            202 => Ok(Sent::Accepted(number, accepted(&answer)?)),
            status => Ok(Sent::Refused(number, status, answer.code())),
        }
    }
}
