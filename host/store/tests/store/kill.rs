//! A process that is killed while it writes. The test binary starts itself once more as the victim.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use mortise_model::RunId;
use mortise_ports::Runs;
use mortise_ports::conformance::fixture::{
    claim_all, commit, entries, event, finish, run, success, team,
};
use mortise_ports::runs::{Filter, Page};

use crate::support::{block_on, open_in};

const FOLDER: &str = "MORTISE_TEST_VICTIM";

/// Works in the folder until it is killed, and names every run whose end was acknowledged. Without
/// a folder it is no victim and does one round in a folder of its own.
#[test]
fn the_victim_names_what_was_acknowledged() {
    let own = tempfile::tempdir().unwrap();
    let given = std::env::var_os(FOLDER);
    let folder = given.as_deref().map_or(own.path(), Path::new);
    let store = open_in(folder);
    block_on(async {
        let page = Page {
            before: None,
            limit: usize::MAX - 1,
        };
        let known = store.list(&team(), &Filter::default(), page).await.unwrap();
        let first = u32::try_from(known.runs.len()).unwrap();
        for number in first.. {
            finish(&store, event(number), success(9)).await;
            let mut out = std::io::stdout().lock();
            writeln!(out, "acknowledged {}", run(number)).unwrap();
            out.flush().unwrap();
            if given.is_none() {
                return;
            }
        }
    });
    assert_eq!(store.live(), 0);
}

/// Starts a victim, lets it finish some runs, kills it, and tells what it said until then.
fn kill_after(folder: &Path, runs: usize) -> Vec<RunId> {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::the_victim_names_what_was_acknowledged",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    let named = |line: std::io::Result<String>| {
        let line = line.ok()?;
        line.rsplit_once("acknowledged ")?.1.parse::<RunId>().ok()
    };
    while said.len() < runs {
        said.extend(named(
            lines.next().expect("the victim lives until it is killed"),
        ));
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    said.extend(lines.filter_map(named));
    said
}

#[test]
fn a_kill_at_any_moment_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..6 {
        acknowledged.extend(kill_after(folder.path(), 5 + round * 37));
        let store = open_in(folder.path());
        block_on(async {
            for run in &acknowledged {
                let row = store.get(&team(), *run).await.unwrap();
                let row = row.expect("an acknowledged run is there");
                assert!(row.status.is_rest());
                assert_eq!(entries(&store, &team(), *run).await.len(), 2);
            }
            let live = store.live();
            let begun = claim_all(&store).await;
            assert!(live <= 1, "the victim works on one run at a time");
            assert_eq!(begun.len(), live);
            for claimed in begun {
                assert_eq!(claimed.history.entries.len(), 1);
                commit(&store, &claimed.claim, 1, vec![success(9)])
                    .await
                    .unwrap();
            }
        });
    }
}
