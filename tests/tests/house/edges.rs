//! Crates point along the allowed edges and along no other.

use std::collections::BTreeSet;

use cargo_metadata::{Metadata, MetadataCommand, Package};

use super::{no_complaints, read, root};

/// Who may know whom in `host/`, as ARCHITECTURE.md says it for people.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("ports", &["model"]),
    ("manifest", &["model"]),
    ("engine", &["model"]),
    ("store", &["model", "ports"]),
    ("egress", &["model"]),
    ("vault", &["model", "ports", "egress"]),
    ("mail", &["model", "egress"]),
    ("sql", &["egress"]),
    (
        "sandbox",
        &["model", "ports", "egress", "vault", "mail", "sql"],
    ),
    ("registry", &["model", "ports", "egress"]),
    ("author", &[]),
    ("kit", &["model", "ports", "vault", "mail", "sql"]),
    ("runner", &["model", "ports", "engine"]),
    (
        "api",
        &["model", "ports", "runner", "manifest", "vault", "registry"],
    ),
    (
        "cli",
        &[
            "model", "ports", "manifest", "engine", "store", "egress", "vault", "sql", "sandbox",
            "registry", "author", "kit", "runner", "api",
        ],
    ),
];

/// Libraries that would carry a decision of one crate into another, and who may use them.
const ONLY: &[(&str, &[&str])] = &[
    ("sled", &["store"]),
    ("axum", &["api"]),
    ("lettre", &["mail"]),
    ("tokio-postgres", &["sql"]),
    ("wasmtime", &["sandbox"]),
    ("wasmtime-wasi", &["sandbox"]),
    ("wasmtime-wasi-http", &["sandbox"]),
    (
        "http",
        &[
            "api", "egress", "cli", "kit", "registry", "sandbox", "vault",
        ],
    ),
    ("hyper", &["api", "egress", "cli", "kit", "sandbox"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
];

/// What would let a clock, chance or IO into what has to be pure.
const IMPURE: &[&str] = &[
    "tokio", "rand", "hyper", "http", "libc", "tracing", "jiff", "ulid", "futures",
];

#[test]
fn crates_of_the_host_know_only_whom_they_may() {
    let metadata = metadata();
    let mut complaints = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(name) = host_name(package) else {
            continue;
        };
        let Some((_, allowed)) = EDGES.iter().find(|(from, _)| *from == name) else {
            complaints.push(format!("host/{name} is not in the list of edges"));
            continue;
        };
        for known in our_dependencies(&metadata, package) {
            if !allowed.contains(&known.as_str()) {
                complaints.push(format!("host/{name} must not know {known}"));
            }
        }
    }
    no_complaints(complaints);
}

#[test]
fn plugins_and_guests_know_the_sdk_alone_and_the_sdk_knows_nobody() {
    let metadata = metadata();
    let mut complaints = Vec::new();
    for package in metadata.workspace_packages() {
        let folder = folder(package);
        let allowed: &[&str] = match folder.split('/').next() {
            Some("plugins") => &["sdk/rust"],
            Some("tests") if folder.starts_with("tests/guests") => &["sdk/rust"],
            Some("tests" | "sdk") => &[],
            _ => continue,
        };
        for known in our_dependencies(&metadata, package) {
            // What several plugins share lies in the folder of one of them.
            let is_shared = known.starts_with("plugins/") && known.split('/').count() == 3;
            if !allowed.contains(&known.as_str()) && !is_shared {
                complaints.push(format!("{folder} must not know {known}"));
            }
        }
    }
    no_complaints(complaints);
}

#[test]
fn a_library_that_carries_a_decision_is_used_where_the_decision_is() {
    let metadata = metadata();
    let mut complaints = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(name) = host_name(package) else {
            continue;
        };
        for dependency in package
            .dependencies
            .iter()
            .filter(|d| d.kind == cargo_metadata::DependencyKind::Normal)
        {
            let only = ONLY.iter().find(|(library, _)| *library == dependency.name);
            if let Some((library, users)) = only
                && !users.contains(&name.as_str())
            {
                complaints.push(format!(
                    "host/{name} must not use {library}: only {} may",
                    users.join(", ")
                ));
            }
        }
    }
    no_complaints(complaints);
}

#[test]
fn the_engine_uses_nothing_that_knows_time_chance_or_io() {
    let metadata = metadata();
    let engine = metadata
        .workspace_packages()
        .into_iter()
        .find(|p| p.name.as_str() == "mortise-engine")
        .unwrap();
    let complaints = engine
        .dependencies
        .iter()
        .filter(|d| {
            d.kind == cargo_metadata::DependencyKind::Normal && IMPURE.contains(&d.name.as_str())
        })
        .map(|d| format!("host/engine must not use {}", d.name))
        .collect();
    no_complaints(complaints);
}

/// Otherwise the tests build everything on top of such a crate a second time, and try another
/// binary than the one that ships.
#[test]
fn tests_give_shared_crates_no_features_that_the_binary_lacks() {
    let shipped = features("normal,build");
    let known: BTreeSet<&str> = shipped.iter().map(|line| package_of(line)).collect();
    let complaints = features("normal,build,dev")
        .iter()
        .filter(|line| known.contains(package_of(line)) && !shipped.contains(*line))
        .map(|line| format!("only tests build it with these features: {line}"))
        .collect();
    no_complaints(complaints);
}

/// It would make each build of the fuzzer minutes longer, and is fuzzed where it is made.
#[test]
fn nothing_that_is_fuzzed_links_wasmtime() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = std::process::Command::new(cargo)
        .args(["tree", "--locked", "--package", "mortise-fuzz"])
        .args(["--prefix", "none", "--all-features"])
        .current_dir(root())
        .output()
        .unwrap();
    let lines = String::from_utf8(tree.stdout).unwrap();
    assert!(
        tree.status.success() && lines.contains("mortise-api"),
        "{lines}"
    );
    let linked = lines.lines().filter(|line| line.starts_with("wasmtime"));
    no_complaints(linked.map(|line| format!("fuzz links {line}")).collect());
}

/// Every package that these kinds of dependencies lead to, a tab, and its features.
fn features(kinds: &str) -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = std::process::Command::new(cargo)
        .args(["tree", "--locked", "--workspace", "--no-dedupe"])
        .args(["--prefix", "none", "--format", "{p}\t{f}", "--edges", kinds])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().map(str::to_owned).collect()
}

fn package_of(line: &str) -> &str {
    line.split_once('\t').map_or(line, |(package, _)| package)
}

#[test]
fn the_map_lists_exactly_these_edges() {
    let map = read("ARCHITECTURE.md");
    let on_the_map: Vec<(&str, Vec<&str>)> = map
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(" knows "))
        .map(|(from, known)| {
            let known = known.trim();
            let names = if known == "nobody" {
                Vec::new()
            } else {
                known.split(", ").collect()
            };
            (from.trim(), names)
        })
        .collect();
    let here: Vec<_> = EDGES
        .iter()
        .map(|(from, known)| (*from, known.to_vec()))
        .collect();
    assert_eq!(on_the_map, here);
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--locked".to_owned()])
        .exec()
        .unwrap()
}

/// The folder of a package, relative to the root.
fn folder(package: &Package) -> String {
    let folder = package.manifest_path.parent().unwrap();
    folder
        .as_std_path()
        .strip_prefix(root())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

fn host_name(package: &Package) -> Option<String> {
    folder(package).strip_prefix("host/").map(str::to_owned)
}

/// The packages of this workspace that a package knows, for building and for its tests: those of
/// the host by their short name, others by their folder.
fn our_dependencies(metadata: &Metadata, package: &Package) -> Vec<String> {
    let members = metadata.workspace_packages();
    let ours = package.dependencies.iter().filter_map(|dependency| {
        let known = members
            .iter()
            .find(|member| member.name.as_str() == dependency.name)?;
        // A crate may name itself, to switch on what its own tests need.
        (known.id != package.id).then(|| host_name(known).unwrap_or_else(|| folder(known)))
    });
    ours.collect()
}
