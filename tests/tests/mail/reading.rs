//! A mailbox that is watched.

use std::collections::HashSet;

use mortise_tests::mail::Smtp;
use mortise_tests::sink::{Behaviour, Ledger};

use super::Post;

/// Tells the sink of each message, as often as it takes.
const WATCHES: &str = r#"
version: 1
name: watches
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: mail
    poll: { uses: email/new-messages, connection: post, every: 1s, start: START }
steps:
  - id: told
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/mail", json: { subject: "${{ .event.subject }}", seen: "${{ .event.uid }}" } }
    retry: { attempts: 100, initial: 50ms, max: 1s }
"#;

fn message(number: u32) -> String {
    format!(
        "From: bob@example.com\nTo: ann@example.com\nMessage-ID: <{number}@example.com>\nSubject: number {number}\n\nbody {number}\n"
    )
}

/// Subjects that were delivered; none twice.
fn subjects(ledger: &Ledger) -> HashSet<String> {
    let (seen, twice) = ledger.counted("subject");
    assert_eq!(twice.len(), 0, "{twice:?}");
    seen
}

async fn watches(start: &str) -> Post {
    Post::with(&[&WATCHES.replace("START", start)], Smtp::Starttls).await
}

impl Post {
    fn drop_off(&self, numbers: std::ops::Range<u32>) {
        for number in numbers {
            self.servers
                .drop_off(&format!("{number}.M{number}P1.test"), &message(number))
                .unwrap();
        }
    }

    async fn until_told(&self, count: usize) {
        let told = |ledger: &Ledger| subjects(ledger).len() >= count;
        self.kept
            .place
            .sink
            .until(&format!("{count} messages told"), told)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_comes_once_over_a_kill() {
    let post = watches("beginning").await;
    post.drop_off(0..70);
    let mut daemon = post.start().await;
    post.until_told(20).await;
    daemon.kill().await.unwrap();
    // Some come while nobody looks.
    post.drop_off(70..80);
    let mut daemon = post.start().await;
    post.until_told(75).await;
    daemon.kill().await.unwrap();
    let daemon = post.start().await;
    post.drop_off(80..90);
    post.until_told(90).await;
    // One more, so that a poll has passed behind all of them.
    post.drop_off(90..91);
    post.until_told(91).await;
    let ledger = post.kept.place.sink.ledger();
    assert_eq!(subjects(&ledger).len(), 91);
    assert_eq!(ledger.delivered.len(), 91, "an event started two runs");
    drop(ledger);
    post.assert_secret(&daemon, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_numbers_of_the_server_replay_nothing() {
    let post = watches("beginning").await;
    post.drop_off(0..5);
    let mut daemon = post.start().await;
    post.until_told(5).await;
    daemon.kill().await.unwrap();
    post.servers.renumber().unwrap();
    // Two came while nobody looked and the numbers changed.
    post.drop_off(5..7);
    let daemon = post.start().await;
    post.until_told(7).await;
    post.drop_off(7..8);
    post.until_told(8).await;
    let ledger = post.kept.place.sink.ledger();
    assert_eq!(subjects(&ledger).len(), 8);
    assert_eq!(ledger.delivered.len(), 8, "{}", daemon.stderr());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_marked_as_read_unless_asked_for() {
    for (more, is_marked) in [("", false), (", with: { mark-read: true }", true)] {
        let workflow = WATCHES.replace("start: START", &format!("start: beginning{more}"));
        let post = Post::with(&[&workflow], Smtp::Starttls).await;
        post.kept.place.sink.behave(Behaviour::ok());
        post.drop_off(0..1);
        let _daemon = post.start().await;
        post.until_told(1).await;
        // As Maildir has it: the flag `S` in the name of the file.
        let names = post.servers.names().unwrap();
        let marked = names.iter().any(|name| name.ends_with('S'));
        assert_eq!(marked, is_marked, "{names:?}");
    }
}
