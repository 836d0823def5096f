//! Every code block of the SDKs' READMEs, in an empty folder with the installed binary alone.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use mortise_tests::paths;
use tokio::process::Command;
use tokio::time::timeout;

/// The longest that one README takes: it installs packages and builds a component or two.
const README_MAX: Duration = Duration::from_secs(900);
const END: &str = "END_OF_BLOCK";

/// A README as one script: `sh` is run as it is, `text` is for people, and anything else is a file whose path
/// stands on the line before.
fn script(readme: &str) -> String {
    let mut script = "set -euo pipefail\n".to_owned();
    let mut lines = readme.lines();
    let mut before = "";
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if !line.trim().is_empty() {
                before = line;
            }
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let block = block.join("\n");
        match language {
            "sh" => writeln!(script, "{block}").unwrap(),
            "text" => {}
            _ => {
                let path = before
                    .strip_prefix('`')
                    .and_then(|line| line.strip_suffix("`:"));
                let path =
                    path.unwrap_or_else(|| panic!("a block has no path before it: `{before}`"));
                let folder = Path::new(path).parent().unwrap().display().to_string();
                if !folder.is_empty() {
                    writeln!(script, "mkdir -p '{folder}'").unwrap();
                }
                writeln!(script, "cat >'{path}' <<'{END}'\n{block}\n{END}").unwrap();
            }
        }
    }
    script
}

async fn follow(language: &str) {
    let readme = paths::checked_in(&format!("sdk/{language}/README.md")).unwrap();
    let script = script(&std::fs::read_to_string(readme).unwrap());
    assert!(
        script.contains("mortise plugin new") && script.contains("mortise plugin build"),
        "{script}"
    );
    let folder = tempfile::tempdir().unwrap();
    let binary = paths::binary().unwrap();
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let mut bash = Command::new("bash");
    bash.arg("-c")
        .arg(&script)
        .current_dir(folder.path())
        .env("PATH", path);
    // Crates are compiled once for all plugins of the tests.
    bash.env("CARGO_TARGET_DIR", paths::samples().unwrap().join("cargo"));
    bash.kill_on_drop(true);
    let output = timeout(README_MAX, bash.output())
        .await
        .expect("it ends")
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let tail: Vec<_> = said.lines().rev().take(40).collect();
    let tail: Vec<_> = tail.into_iter().rev().collect();
    assert!(
        output.status.success(),
        "{language}: {}\n{}",
        String::from_utf8_lossy(&output.stdout),
        tail.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rust() {
    follow("rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python() {
    follow("python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript() {
    follow("javascript").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript() {
    follow("typescript").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn go() {
    follow("go").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c() {
    follow("c").await;
}
