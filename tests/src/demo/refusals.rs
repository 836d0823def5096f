//! The second scene: what bad input gets.

use anyhow::{Result, ensure};
use bytes::Bytes;
use serde_json::json;

use super::screen::{Cell, Screen, Style};
use super::world::World;

/// A body over the daemon's limit of one MiB.
const LARGE_BYTES: usize = 1024 * 1024 + 1;

/// A bad request, and what it has to get.
struct Bad {
    what: &'static str,
    method: &'static str,
    path: &'static str,
    body: Bytes,
    status: u16,
    code: &'static str,
}

fn table() -> [Bad; 4] {
    let bad = |what, method, path, body, status, code| Bad {
        what,
        method,
        path,
        body,
        status,
        code,
    };
    let cut_off = Bytes::from_static(br#"{"action":"opened","issue":{"#);
    let small = Bytes::from_static(b"{}");
    let large = Bytes::from(format!("\"{}\"", "x".repeat(LARGE_BYTES)));
    [
        bad(
            "JSON that breaks off",
            "POST",
            "/github",
            cut_off,
            400,
            "not-json",
        ),
        bad(
            "a body of more than 1 MiB",
            "POST",
            "/github",
            large,
            413,
            "body-too-large",
        ),
        bad(
            "a path that no workflow has",
            "POST",
            "/nowhere",
            small.clone(),
            404,
            "unknown-hook",
        ),
        bad(
            "the wrong method",
            "PUT",
            "/github",
            small,
            405,
            "method-not-allowed",
        ),
    ]
}

/// Plays it.
///
/// # Errors
/// Where something bad gets something else.
pub async fn play(screen: &mut Screen, world: &World) -> Result<()> {
    screen.scene("What bad input gets");
    let before = world.daemon.read("/runs?limit=500").await?["items"]
        .as_array()
        .map_or(0, Vec::len);
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for bad in table() {
        let headers = [("content-type", "application/json")];
        let answer = world
            .daemon
            .client
            .send(bad.method, &world.daemon.hook(bad.path), &headers, bad.body)
            .await?;
        ensure!(
            answer.status == bad.status,
            "{}: {} {}",
            bad.what,
            answer.status,
            answer.text()
        );
        ensure!(answer.code() == bad.code, "{}: {}", bad.what, answer.text());
        let detail = answer.json()?["detail"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        rows.push(row(
            bad.what,
            &format!("{} {}", bad.status, bad.code),
            &detail,
        ));
    }
    let after = world.daemon.read("/runs?limit=500").await?["items"]
        .as_array()
        .map_or(0, Vec::len);
    ensure!(before == after, "a refused request started a run");
    rows.push(out_of_reach(world).await?);
    screen.table(&["sent", "got", "detail"], &rows);
    screen.good("nothing that was refused started a run, and nothing reached an address that is not granted");
    Ok(())
}

/// An event that asks for an address of this machine: the run is parked, and says which line would
/// grant it.
async fn out_of_reach(world: &World) -> Result<Vec<Cell>> {
    let requests = world.sink.ledger().received.len();
    let body = json!({ "url": format!("http://{}/secrets", world.sink.address()) });
    let id = world.daemon.accept("/elsewhere", body.to_string()).await?;
    let run = world.daemon.rest(&id).await?;
    ensure!(run["status"] == "parked", "{run:#}");
    let message = run["failure"]["message"].as_str().unwrap_or_default();
    ensure!(
        message.contains("grants"),
        "the refusal does not name the line: {message}"
    );
    ensure!(
        world.sink.ledger().received.len() == requests,
        "the address was reached"
    );
    Ok(row(
        "an event that asks for an address nobody granted",
        "202, run parked",
        message,
    ))
}

fn row(what: &str, got: &str, detail: &str) -> Vec<Cell> {
    vec![
        (Style::Plain, what.to_owned()),
        (Style::Refused, got.to_owned()),
        (Style::Dim, detail.to_owned()),
    ]
}
