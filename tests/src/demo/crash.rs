//! The third scene: the process is killed while it works.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::{Context, Result, bail, ensure};
use tokio::time::Instant;

use super::screen::Screen;
use super::world::World;
use crate::flood::{Events, Flood, Sent};

/// Events sent in all.
const EVENTS: u64 = 600;

/// Before the number of each event, in what is delivered of it.
const LINKS: &str = "https://example.com/";

/// The daemon is killed when so many have been accepted.
const KILL_AT: usize = 300;

fn event(number: u64) -> String {
    format!(
        r#"{{"action":"opened","sender":{{"login":"crash"}},"repository":{{"full_name":"demo/crash"}},"issue":{{"number":{number},"title":"event {number}","html_url":"{LINKS}{number}","labels":[]}}}}"#
    )
}

/// What the senders know.
#[derive(Default)]
struct Account {
    accepted: Vec<(u64, String)>,
    unanswered: Vec<u64>,
}

impl Account {
    fn enter(&mut self, sent: Sent) -> Result<()> {
        match sent {
            Sent::Accepted(number, run) => self.accepted.push((number, run)),
            Sent::Unknown(number) => self.unanswered.push(number),
            Sent::Refused(number, status, code) => {
                bail!("event {number} was refused: {status} {code}")
            }
        }
        Ok(())
    }
}

/// Plays it.
///
/// # Errors
/// Where an event is lost, or delivered with two keys.
pub async fn play(screen: &mut Screen, world: &mut World) -> Result<()> {
    screen.scene(&format!("SIGKILL in the middle of {EVENTS} events"));
    let earlier = world.sink.ledger().delivered.len();
    let next = Arc::new(AtomicU64::new(1));
    let mut account = Account::default();

    let mut flood = Flood::start(&world.daemon.client, &events(world, &next));
    while account.accepted.len() < KILL_AT {
        account.enter(
            flood
                .next()
                .await
                .context("all were sent before the kill")?,
        )?;
    }
    let ready_s = world.kill_and_restart().await?;
    for sent in flood.rest().await {
        account.enter(sent)?;
    }
    let unanswered = std::mem::take(&mut account.unanswered);
    screen.good(&format!(
        "killed with {} events accepted and {} without an answer, back after {ready_s:.2} s",
        account.accepted.len(),
        unanswered.len()
    ));

    let begun = Instant::now();
    let events = events(world, &next);
    for number in &unanswered {
        account.enter(events.send(&world.daemon.client, *number).await?)?;
    }
    for sent in Flood::start(&world.daemon.client, &events).rest().await {
        account.enter(sent)?;
    }
    for (_, run) in &account.accepted {
        world.daemon.succeeded(run).await?;
    }
    screen.good(&format!(
        "those without an answer sent again with the same id, the rest sent, all succeeded after {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    count(screen, world, earlier, &account)
}

fn events(world: &World, next: &Arc<AtomicU64>) -> Events {
    Events {
        url: world.daemon.hook("/github"),
        body: event,
        next: Arc::clone(next),
        end: EVENTS + 1,
        at_once: 16,
    }
}

/// What was delivered, against what was accepted.
fn count(screen: &Screen, world: &World, earlier: usize, account: &Account) -> Result<()> {
    let ledger = world.sink.ledger();
    let (links, mut twice) = ledger.counted("link");
    // What the demo delivered before has other links, some of them more than once.
    twice.retain(|link| link.starts_with(LINKS));
    ensure!(twice.is_empty(), "delivered with two keys: {twice:?}");
    let all = usize::try_from(EVENTS)?;
    ensure!(
        account.accepted.len() == all && account.unanswered.is_empty(),
        "not every event was accepted"
    );
    for (number, _) in &account.accepted {
        let link = format!("{LINKS}{number}");
        ensure!(
            links.contains(&link),
            "event {number} was accepted and not delivered"
        );
    }
    let delivered = ledger.delivered.len() - earlier;
    ensure!(delivered == all, "{delivered} of {all} were delivered");
    screen.good(&format!(
        "{all} accepted, {delivered} delivered: 0 lost, 0 twice ({} came again with the idempotency key that they had before)",
        ledger.repeated
    ));
    Ok(())
}
