//! ARCHITECTURE.md is true: what it names exists, and nothing of the host is missing on it.

use std::collections::BTreeSet;

use super::{folders, no_complaints, read, root};

#[test]
fn every_folder_on_the_map_exists() {
    let complaints = on_the_map()
        .into_iter()
        .filter(|name| !root().join(name).exists())
        .map(|name| format!("ARCHITECTURE.md names {name}, which does not exist"))
        .collect();
    no_complaints(complaints);
}

#[test]
fn every_folder_is_on_the_map() {
    let map = on_the_map();
    let top = folders("").into_iter().filter(|name| name != "target");
    let host = folders("host")
        .into_iter()
        .map(|name| format!("host/{name}"));
    let complaints = top
        .chain(host)
        .filter(|name| !map.contains(name))
        .map(|name| format!("ARCHITECTURE.md does not name {name}/"));
    no_complaints(complaints.collect());
}

#[test]
fn every_port_on_the_map_is_a_trait_with_at_most_six_methods() {
    const METHODS_MAX: usize = 6;
    let text = read("ARCHITECTURE.md");
    let (_, ports) = text.split_once("\n## Ports\n").unwrap();
    let (ports, _) = ports.split_once("\n## ").unwrap();
    let sources: String = std::fs::read_dir(root().join("host/ports/src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(read)
        .collect();
    let mut complaints = Vec::new();
    for line in ports.lines() {
        let Some((name, _)) = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split_once('`'))
        else {
            continue;
        };
        let Some((_, body)) = sources.split_once(&format!("pub trait {name}:")) else {
            complaints.push(format!(
                "ARCHITECTURE.md names the port {name}, which host/ports does not have"
            ));
            continue;
        };
        let body = body.split_once("\n}\n").map_or(body, |(body, _)| body);
        let methods = body
            .lines()
            .filter(|line| line.trim_start().starts_with("fn "))
            .count();
        if methods == 0 || methods > METHODS_MAX {
            complaints.push(format!(
                "the port {name} has {methods} methods, and {METHODS_MAX} are the most"
            ));
        }
    }
    no_complaints(complaints);
}

/// Files and folders of the list under `## Folders`, relative to the root.
fn on_the_map() -> BTreeSet<String> {
    let text = read("ARCHITECTURE.md");
    let (_, list) = text.split_once("\n## Folders\n").unwrap();
    let (list, _) = list.split_once("\n## ").unwrap();
    let mut parent = String::new();
    let mut names = BTreeSet::new();
    for line in list.lines().filter(|line| line.starts_with("    ")) {
        let indent = line.len() - line.trim_start().len();
        let name = line
            .split_whitespace()
            .next()
            .unwrap()
            .trim_end_matches('/');
        match indent {
            4 => {
                parent = name.to_owned();
                names.insert(name.to_owned());
            }
            6 => {
                names.insert(format!("{parent}/{name}"));
            }
            _ => {} // the explanation of the line above goes on
        }
    }
    names
}
