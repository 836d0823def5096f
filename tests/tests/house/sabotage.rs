//! Patches that break a guarantee apply to the code as it is: one that does not proves nothing.

use std::fs;
use std::process::Command;

use super::root;

#[test]
fn every_patch_that_breaks_a_guarantee_applies_and_says_who_must_notice() {
    let mut patches = 0;
    for item in fs::read_dir(root().join("tests/sabotage")).unwrap() {
        let path = item.unwrap().path();
        let name = path.display();
        let text = fs::read_to_string(&path).unwrap();
        let (head, _) = text.split_once("\ndiff --git ").unwrap();
        let says = |word: &str| head.lines().any(|line| line.starts_with(word));
        assert!(says("breaks: "), "{name} says what it breaks");
        assert!(says("test: ") || says("check: "), "{name} says who notices");
        let applied = Command::new("git")
            .args(["apply", "--check"])
            .arg(&path)
            .current_dir(root())
            .output()
            .unwrap();
        let why = String::from_utf8_lossy(&applied.stderr);
        assert!(applied.status.success(), "{name}: {why}");
        patches += 1;
    }
    assert!(patches > 0);
}
