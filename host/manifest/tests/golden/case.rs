//! Cases and their expected files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise_manifest::{Checked, Folder, Source, check, check_whole};
use mortise_model::Namespace;
use mortise_model::descriptor::Plugin;
use mortise_model::id::Digest;

/// A manifest or several, with what they are checked against.
pub struct Case {
    pub name: String,
    /// Whether there are no manifests but these.
    is_whole: bool,
    expected: PathBuf,
    pub manifests: Vec<Source>,
    pub connections: Option<Source>,
    pub lock: Option<Source>,
    pub plugins: Vec<Arc<Plugin>>,
    /// The namespaces beside the cases'.
    others: [Namespace; 1],
}

/// The folder of this file.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The cases of a folder, by name.
pub fn cases(folder: &str) -> Vec<Case> {
    let mut paths: Vec<_> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() || path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| Case::read(path)).collect()
}

/// Cases of `diagnostics` that are too long for a file, or in none.
pub fn generated() -> Vec<Case> {
    let head = "version: 1\nname: long\n";
    let steps = "  - { id: a, uses: shop/order, with: { id: x } }\n".repeat(501);
    let comment = format!("# {}\n", "x".repeat(1024)).repeat(1100);
    let mistakes =
        "  - { id: a, uses: shop/order, with: { id: x, a: 1, b: 1, c: 1 } }\n".repeat(400);
    let open = "{ id: a, switch: [ { else: [ ";
    let deep = format!(
        "  - {}{{ id: b, wait: {{ duration: 1s }} }}{}\n",
        open.repeat(16),
        " ] } ] }".repeat(16)
    );
    let long = [
        (
            "too-deep-steps",
            format!("{head}steps:\n{}", numbered(&deep, "id: a,")),
        ),
        (
            "too-many-problems",
            format!("{head}steps:\n{}", unique_ids(&mistakes)),
        ),
        ("file-too-large", format!("{head}{comment}steps: []\n")),
        (
            "too-many-steps",
            format!("{head}steps:\n{}", unique_ids(&steps)),
        ),
    ];
    let cases = long.into_iter().map(|(name, text)| {
        let mut case = Case::empty(&root().join("diagnostics").join(name));
        case.manifests
            .push(Source::new(format!("{name}.yaml"), text));
        case
    });
    let mut cases: Vec<Case> = cases.collect();
    let mut case = Case::empty(&root().join("diagnostics").join("unreadable-file"));
    case.manifests.push(Source::unreadable(
        "unreadable-file.yaml",
        "the file is not text in UTF-8",
        "save it as UTF-8",
    ));
    cases.push(case);
    cases
}

/// The text with a number behind every id.
fn numbered(text: &str, id: &str) -> String {
    let mut parts = text.split(id);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.enumerate().fold(first, |text, (n, part)| {
        format!("{text}{}{n},{part}", id.trim_end_matches(','))
    })
}

fn unique_ids(steps: &str) -> String {
    let lines = steps.lines().enumerate();
    lines
        .map(|(n, line)| line.replace("id: a", &format!("id: a{n}")) + "\n")
        .collect()
}

impl Case {
    fn empty(path: &Path) -> Self {
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            is_whole: path.is_dir(),
            expected: path.with_extension("expected"),
            manifests: Vec::new(),
            connections: Some(source(&root().join("connections.yaml"))),
            lock: None,
            plugins: plugins(),
            others: [Namespace::from("team-b")],
        }
    }

    fn read(path: &Path) -> Self {
        let mut case = Self::empty(path);
        if path.is_dir() {
            let mut files: Vec<_> = fs::read_dir(path)
                .unwrap()
                .map(|e| e.unwrap().path())
                .collect();
            files.sort();
            for file in files {
                match file.file_name().unwrap().to_str().unwrap() {
                    "connections.yaml" => case.connections = Some(source(&file)),
                    "mortise.lock" => case.lock = Some(source(&file)),
                    _ => case.manifests.push(source(&file)),
                }
            }
        } else {
            case.manifests.push(source(path));
        }
        case
    }

    pub fn folder<'a>(&'a self, namespace: &'a Namespace) -> Folder<'a> {
        Folder {
            manifests: &self.manifests,
            connections: self.connections.as_ref(),
            kept: None,
            lock: self.lock.as_ref(),
            plugins: &self.plugins,
            namespace,
            others: &self.others,
            instead: None,
        }
    }

    pub fn check(&self) -> Checked {
        let namespace = Namespace::default_namespace();
        let folder = self.folder(&namespace);
        if self.is_whole {
            check_whole(&folder)
        } else {
            check(&folder)
        }
    }

    /// Compares with the expected file, or writes it.
    pub fn expect(&self, text: &str) {
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&self.expected, text).unwrap();
            return;
        }
        let expected = fs::read_to_string(&self.expected).unwrap_or_default();
        assert_eq!(
            text, expected,
            "{}: run with UPDATE_GOLDEN=1 and read the difference",
            self.name
        );
    }
}

fn source(path: &Path) -> Source {
    let name = path.file_name().unwrap().to_string_lossy();
    Source::new(name, fs::read_to_string(path).unwrap())
}

/// The plugins of the cases: their digests are those of the descriptors' names and versions.
pub fn plugins() -> Vec<Arc<Plugin>> {
    let mut paths: Vec<_> = fs::read_dir(root().join("plugins"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let descriptor: mortise_model::descriptor::Descriptor =
            serde_json::from_str(&text).unwrap();
        let identity = format!("{}@{}", descriptor.name, descriptor.version);
        Arc::new(Plugin {
            digest: Digest::of(identity.as_bytes()),
            size_bytes: 1,
            roles: Vec::new(),
            imports: Vec::new(),
            descriptor,
            document: mortise_model::Json::parse(text).unwrap(),
        })
    };
    paths.iter().map(read).collect()
}
