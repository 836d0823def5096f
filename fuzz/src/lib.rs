//! What strangers' bytes go through, a function each: whatever they are, it returns.
//!
//! `cargo test` runs every function over the files of `corpus/`, and over changed ones; `scripts/fuzz`
//! looks for bytes that reach code which none of them reached. Nothing here links wasmtime, which is
//! fuzzed where it is made, and would make each build minutes longer.

pub mod expressions;
pub mod ingress;
pub mod manifest;
pub mod records;
pub mod signatures;

/// A target: its name, which is its folder in `corpus/`, and what takes the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("expressions", expressions::run),
    ("ingress", ingress::run),
    ("manifest", manifest::run),
    ("records", records::run),
    ("signatures", signatures::run),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    /// Bytes that mean something in one of the languages that are read.
    const MEANINGFUL: &[u8] = b"\0\n\r \"'{}[]:;,.-$&*!%<>0aA\x7f\x80\xff";
    /// So many places of each file are changed.
    const PLACES: usize = 40;

    fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(target);
        let mut seeds: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
            .collect();
        seeds.sort();
        seeds
    }

    #[test]
    fn every_file_of_the_corpus_is_survived() {
        for (name, run) in TARGETS {
            let seeds = seeds(name);
            assert!(seeds.len() >= 3, "{name} has a corpus of {}", seeds.len());
            for (path, bytes) in seeds {
                println!("{path}");
                run(&bytes);
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_changed_is_survived_as_well() {
        for (name, run) in TARGETS {
            for (_, bytes) in seeds(name) {
                let step = (bytes.len() / PLACES).max(1);
                for at in (0..bytes.len()).step_by(step) {
                    run(&bytes[..at]);
                    let mut changed = bytes.clone();
                    changed[at] = MEANINGFUL[at % MEANINGFUL.len()];
                    run(&changed);
                    changed.remove(at);
                    run(&changed);
                }
            }
        }
    }
}
