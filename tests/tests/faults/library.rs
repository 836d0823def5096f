//! The preloaded library and the image of a power cut, tried on a program that does what it is
//! told. What is proved with them is worth what this shows.

use std::fs;
use std::path::PathBuf;

use mortise_tests::faults::image::{self, Image, Tree};
use mortise_tests::faults::layout::{Action, Kind};
use mortise_tests::faults::preload::{Fault, Preload};
use mortise_tests::{paths, seed};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

struct Trial {
    _folder: TempDir,
    watched: PathBuf,
    preload: Preload,
    before: Image,
}

impl Trial {
    /// In a folder with a durable file of 5,000 times `a`.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let watched = folder.path().join("watched");
        fs::create_dir(&watched).unwrap();
        fs::write(watched.join("db"), "a".repeat(5000)).unwrap();
        Self {
            preload: Preload::new(&watched).unwrap(),
            before: Image::of(&watched).unwrap(),
            watched,
            _folder: folder,
        }
    }

    /// What the program says to each line, until its end.
    async fn run(&self, script: &str) -> Vec<String> {
        let mut command = Command::new(paths::probe().unwrap());
        command.current_dir(&self.watched).kill_on_drop(true);
        command.stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped());
        for (name, value) in self.preload.variables().unwrap() {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let script = script.replace("; ", "\n");
        // A program that was killed reads no more.
        let _ = stdin.write_all(script.as_bytes()).await;
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().map(str::to_owned).collect()
    }

    fn image(&self) -> Image {
        let mut image = self.before.clone();
        image.apply(&self.preload.records().unwrap()).unwrap();
        image
    }

    fn cut(&self, early_percent: u32) -> Tree {
        self.image().cut(early_percent, &mut seed::random(1))
    }
}

/// A tree in a line: names with their content, where letters that follow each other are counted.
fn shown(tree: &Tree) -> String {
    let show = |(path, content): (&String, &Option<Vec<u8>>)| match content {
        None => format!("{path}/"),
        Some(bytes) => {
            let runs: String = bytes
                .chunk_by(|one, other| one == other)
                .map(|run| format!("{}{}", run.len(), (run[0] as char).escape_default()))
                .collect();
            format!("{path}={runs}")
        }
    };
    tree.iter().skip(1).map(show).collect::<Vec<_>>().join(" ")
}

/// What is done, and what a power cut leaves where nothing was written early.
const CUTS: &str = include_str!("cuts.txt");

#[tokio::test]
async fn a_power_cut_leaves_what_was_synced_and_nothing_else() {
    for line in CUTS.lines().skip(1) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [what, script, expected] = parts[..] else {
            panic!("not three parts: {line}");
        };
        let trial = Trial::new();
        let said = trial.run(script).await;
        assert!(said.iter().all(|line| line == "done"), "{what}: {said:?}");
        assert_eq!(shown(&trial.cut(0)), expected, "{what}");
        let now = image::tree_of(&trial.watched).unwrap();
        let (imagined, early) = (shown(&trial.image().now()), shown(&trial.cut(100)));
        assert_eq!(imagined, shown(&now), "{what}: the log lacks something");
        assert_eq!(early, shown(&now), "{what}: all of it was written early");
        image::replace(&trial.watched, &trial.cut(0)).unwrap();
        let replaced = image::tree_of(&trial.watched).unwrap();
        assert_eq!(shown(&replaced), expected, "{what}");
    }
}

const SCRIPT: &str = "write db 0 4 b; fsync db; write db 4 4 c; fsync db; rename db e";

/// Which operation of [`SCRIPT`] is struck; how many lines are answered, what the folder has then,
/// and how many operations were begun.
fn strikes() -> [(Fault, usize, &'static str, u64); 8] {
    use Action::{Broken, KillAfter, KillBefore, NoSpace, Short};
    let (at, write) = (Fault::at, Kind::Write);
    let (first, whole) = ("db=4b4c4992a", "e=4b4c4992a");
    [
        (at(KillBefore, 3), 2, "db=4b4996a", 3),
        (at(KillAfter, 3), 2, first, 3),
        (at(KillAfter, 2).on(Kind::Sync), 3, first, 4),
        (at(NoSpace, 2).on(write), 5, "e=4b4996a", 5),
        (at(NoSpace, 1).on(write).sticky(), 5, "e=5000a", 5),
        (at(Broken, 1).on(Kind::Rename), 5, first, 5),
        (at(Broken, 1).matching("elsewhere"), 5, whole, 5),
        (at(Short, 2).on(write), 5, whole, 6),
    ]
}

#[tokio::test]
async fn the_chosen_operation_is_struck_and_no_other() {
    for (fault, lines, expected, operations) in strikes() {
        let trial = Trial::new();
        trial.preload.arm(fault).unwrap();
        let said = trial.run(SCRIPT).await;
        assert_eq!(said.len(), lines, "{fault:?}: {said:?}");
        let now = image::tree_of(&trial.watched).unwrap();
        assert_eq!(shown(&now), expected, "{fault:?}");
        assert_eq!(
            trial.image().now(),
            now,
            "{fault:?}: the log lacks something"
        );
        assert_eq!(trial.preload.operations().unwrap(), operations, "{fault:?}");
        let failed = said.iter().filter(|line| *line != "done").count() as u64;
        let struck = trial.preload.struck().unwrap();
        let fails = matches!(fault.action, Action::NoSpace | Action::Broken);
        assert_eq!(
            struck,
            if fails { failed } else { 1 },
            "{fault:?}: {said:?}"
        );
    }
}

#[tokio::test]
async fn a_process_is_killed_after_an_operation_that_failed_by_itself_too() {
    let trial = Trial::new();
    let fault = Fault::at(Action::KillAfter, 1).on(Kind::Remove);
    trial.preload.arm(fault).unwrap();
    assert!(trial.run("remove nothing").await.is_empty());
}

#[tokio::test]
async fn an_operation_that_fails_says_why_and_makes_nothing_durable() {
    let trial = Trial::new();
    let fault = Fault::at(Action::Broken, 1).on(Kind::Sync);
    trial.preload.arm(fault).unwrap();
    let said = trial.run("write db 0 4 b; fdatasync db; range db").await;
    assert!(said[1].contains("os error 5"), "{said:?}");
    assert_eq!(shown(&trial.cut(0)), "db=5000a");
    assert_eq!(trial.preload.count(Kind::Sync).unwrap(), 1);
    assert_eq!(trial.preload.ranges().unwrap(), 1);

    let trial = Trial::new();
    let fault = Fault::at(Action::NoSpace, 1).on(Kind::Write);
    trial.preload.arm(fault).unwrap();
    let said = trial.run("append db b").await;
    assert!(said[0].contains("os error 28"), "{said:?}");
}
