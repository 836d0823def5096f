//! Files that somebody damaged, or wrote to do damage.

use mortise_manifest::{Code, Folder, Source, check};
use mortise_model::Namespace;

use crate::case::{cases, plugins};

/// A small generator, so that a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap()
    }
}

const PIECES: [&str; 24] = [
    "${{", "}}", "{", "}", "[", "]", "\"", "'", ":", "- ", "\n", "  ", "&a ", "*a", "|\n", "é",
    "\0", "\u{feff}", "!!str ", "? ", "#", ".event", "\\", "---\n",
];

#[test]
fn damaged_files_get_diagnostics_and_never_a_crash() {
    let mut random = Random(0x5EED);
    let plugins = plugins();
    let namespace = Namespace::default_namespace();
    for case in cases("plans").into_iter().chain(cases("diagnostics")) {
        for original in case
            .manifests
            .iter()
            .chain(&case.connections)
            .chain(&case.lock)
        {
            for _ in 0..25 {
                let damaged = Source::new("a.yaml", damage(&original.text, &mut random));
                let _ = check(&Folder {
                    manifests: std::slice::from_ref(&damaged),
                    connections: Some(&damaged),
                    kept: None,
                    lock: Some(&damaged),
                    plugins: &plugins,
                    namespace: &namespace,
                    others: &[],
                    instead: None,
                });
            }
        }
    }
}

fn damage(text: &str, random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len() + 1);
        match random.below(3) {
            0 => drop(chars.drain(at..(at + random.below(8)).min(chars.len()))),
            1 => drop(chars.splice(at..at, PIECES[random.below(PIECES.len())].chars())),
            _ => {
                let from = random.below(chars.len() + 1);
                let copied: Vec<char> = chars
                    .iter()
                    .skip(from)
                    .take(random.below(60))
                    .copied()
                    .collect();
                drop(chars.splice(at..at, copied));
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn a_file_full_of_mistakes_is_not_read_to_its_end() {
    for line in [
        "  - { id: a, uses: x/y, with: \"${{ nope }}\" }\n",
        "  - 7\n",
        "  - { id: 7, a: 1, b: 2, c: 3 }\n",
    ] {
        let text = format!(
            "version: 1\nname: long\nsteps:\n{}",
            line.repeat(900_000 / line.len())
        );
        let manifests = [Source::new("a.yaml", text)];
        let checked = check(&Folder {
            manifests: &manifests,
            connections: None,
            kept: None,
            lock: None,
            plugins: &plugins(),
            namespace: &Namespace::default_namespace(),
            others: &[],
            instead: None,
        });
        assert!(
            checked.diagnostics.len() <= 1_001,
            "{}",
            checked.diagnostics.len()
        );
        assert!(
            checked
                .diagnostics
                .iter()
                .any(|d| d.code == Code::TooManySteps)
        );
    }
}
