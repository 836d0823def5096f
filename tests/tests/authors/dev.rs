//! `mortise plugin dev`: it builds and tests whenever a file changes.

use std::path::Path;
use std::process::{Command as Copier, Stdio};
use std::time::Duration;

use mortise_tests::{paths, warm};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::Command;
use tokio::time::timeout;

/// Longest time to a line: Go compiles its own runtime at first.
const LINE_MAX: Duration = Duration::from_secs(300);

/// Reads on until a line has this in it; the lines up to it.
async fn until<R: AsyncRead + Unpin>(lines: &mut Lines<BufReader<R>>, wanted: &str) -> String {
    let mut seen = String::new();
    loop {
        let line = timeout(LINE_MAX, lines.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("no `{wanted}` in:\n{seen}"));
        let line = line.unwrap().unwrap_or_else(|| panic!("it ended:\n{seen}"));
        seen += &line;
        seen.push('\n');
        if line.contains(wanted) {
            return seen;
        }
    }
}

fn replace(file: &Path, old: &str, new: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(old), "{text}");
    std::fs::write(file, text.replacen(old, new, 1)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_built_and_tested_and_a_mistake_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let sample = folder.path().join("sample");
    let copied = Copier::new("cp")
        .arg("-r")
        .arg(paths::samples().unwrap().join("go"))
        .arg(&sample)
        .status();
    assert!(copied.unwrap().success());
    let mut dev = Command::new(paths::binary().unwrap())
        .args(["plugin", "dev"])
        .arg(&sample)
        .env("XDG_CACHE_HOME", warm::cache_home().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(dev.stderr.take().unwrap()).lines();
    let first = until(&mut said, "waiting for a change").await;
    assert!(first.contains("0.1.0"), "{first}");

    let main = sample.join("main.go");
    replace(&main, "\"0.1.0\"", "\"0.2.0\"");
    let second = until(&mut said, "waiting for a change").await;
    assert!(second.contains("0.2.0"), "{second}");

    // It says what the compiler says, and goes on.
    replace(&main, "\"0.2.0\"", "0.2.0");
    let broken = until(&mut said, "waiting for a change").await;
    assert!(broken.contains("main.go"), "{broken}");
    replace(&main, "0.2.0", "\"0.3.0\"");
    let mended = until(&mut said, "waiting for a change").await;
    assert!(mended.contains("0.3.0"), "{mended}");
    dev.kill().await.unwrap();
}
