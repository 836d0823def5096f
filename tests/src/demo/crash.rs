//! The third scene: the process is killed while it works.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::{Context, Result, ensure};
use tokio::time::Instant;

use super::screen::Screen;
use super::world::World;
use crate::flood::{Events, Flood, Sent};

/// Events sent in all.
const EVENTS: u64 = 600;

/// The daemon is killed when so many have been accepted.
const KILL_AT: usize = 300;

fn event(number: u64) -> String {
    format!(
        r#"{{"action":"opened","sender":{{"login":"crash"}},"repository":{{"full_name":"demo/crash"}},"issue":{{"number":{number},"title":"event {number}","html_url":"https://example.com/{number}","labels":[]}}}}"#
    )
}

/// Plays it.
///
/// # Errors
/// Where an event is lost, or delivered with two keys.
pub async fn play(screen: &mut Screen, world: &mut World) -> Result<()> {
    screen.scene(&format!("SIGKILL in the middle of {EVENTS} events"));
    let earlier = world.sink.ledger().delivered.len();
    let next = Arc::new(AtomicU64::new(1));
    let mut accepted = Vec::new();
    let mut unanswered = Vec::new();

    let mut flood = send(world, &next);
    while accepted.len() < KILL_AT {
        note(
            flood
                .next()
                .await
                .context("all were sent before the kill")?,
            &mut accepted,
            &mut unanswered,
        )?;
    }
    let ready_s = world.kill_and_restart().await?;
    for sent in flood.rest().await {
        note(sent, &mut accepted, &mut unanswered)?;
    }
    screen.good(&format!(
        "killed with {} events accepted, back after {ready_s:.2} s",
        accepted.len()
    ));

    let begun = Instant::now();
    for sent in send(world, &next).rest().await {
        note(sent, &mut accepted, &mut unanswered)?;
    }
    for (_, run) in &accepted {
        world.daemon.succeeded(run).await?;
    }
    screen.good(&format!(
        "the rest sent, every accepted run succeeded {:.1} s after the restart",
        begun.elapsed().as_secs_f64()
    ));
    count(screen, world, earlier, &accepted, &unanswered)
}

fn send(world: &World, next: &Arc<AtomicU64>) -> Flood {
    let events = Events {
        url: world.daemon.hook("/github"),
        body: event,
        next: Arc::clone(next),
        end: EVENTS + 1,
        at_once: 16,
    };
    Flood::start(&world.daemon.client, &events)
}

fn note(sent: Sent, accepted: &mut Vec<(u64, String)>, unanswered: &mut Vec<u64>) -> Result<()> {
    match sent {
        Sent::Accepted(number, run) => accepted.push((number, run)),
        Sent::Unknown(number) => unanswered.push(number),
        Sent::Refused(number, status, code) => {
            anyhow::bail!("event {number} was refused: {status} {code}")
        }
    }
    Ok(())
}

/// What was delivered, against what was accepted. An event whose sender got no answer may have been
/// accepted or not; its sender would send it again.
fn count(
    screen: &Screen,
    world: &World,
    earlier: usize,
    accepted: &[(u64, String)],
    unanswered: &[u64],
) -> Result<()> {
    let ledger = world.sink.ledger();
    let mut links = ledger.delivered_as(|request| {
        request.json()["link"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    });
    links.retain(|link| link.starts_with("https://example.com/"));
    links.sort();
    let delivered = links.len();
    links.dedup();
    ensure!(
        links.len() == delivered,
        "{} events were delivered twice",
        delivered - links.len()
    );
    for (number, _) in accepted {
        let link = format!("https://example.com/{number}");
        ensure!(
            links.binary_search(&link).is_ok(),
            "event {number} was accepted and not delivered"
        );
    }
    ensure!(
        delivered <= accepted.len() + unanswered.len(),
        "{delivered} were delivered"
    );
    ensure!(
        ledger.delivered.len() == earlier + delivered,
        "something else was delivered"
    );
    let repeated = ledger.repeated;
    screen.good(&format!(
        "{} accepted, {} without an answer, {delivered} delivered: 0 lost, 0 twice ({repeated} came again with the same idempotency key)",
        accepted.len(),
        unanswered.len()
    ));
    Ok(())
}
