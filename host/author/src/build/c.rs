//! C: bindings for the folder's world, a compiler for `wasm32-wasi`, and a component of what it links.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{Resolve, SourceMap, WorldId};

use super::{BuildError, Built, Package, read, tool};
use crate::{component, embedded};

const WORLD: &str = "wit/world.wit";
const REMEDY: &str =
    "get clang with wasi-libc, or `pip install ziglang`, or name another one in `CC`";
/// What is called with the folder's own sources: strict, and the same bytes wherever it lies.
const FLAGS: [&str; 8] = [
    "--target=wasm32-wasi",
    "-std=c11",
    "-Os",
    "-g0",
    // `zig cc` takes `-Os` for a release without `assert`; a mistake is better a trap with a reason.
    "-UNDEBUG",
    "-Wall",
    "-Wextra",
    "-Werror",
];
/// A larger stack than most plugins need; it lies first, so that running over it is a trap.
const STACK: &str = "-Wl,-z,stack-size=131072";

pub fn build(folder: &Path, work: &Path) -> Result<Built, BuildError> {
    let compiler = Compiler::find(folder)?;
    let roles = bindings(folder, work)?;
    let objects = compile(&compiler, folder, work, &roles)?;
    let module = work.join("module.wasm");
    let mut link = compiler.command();
    link.args([
        "--target=wasm32-wasi",
        "-mexec-model=reactor",
        "-Os",
        "-g",
        STACK,
    ]);
    if !compiler.is_zig() {
        link.arg("-Wl,--stack-first");
    }
    link.args(&objects)
        .arg(work.join("bindings/plugin_component_type.o"));
    tool::run(link.arg("-o").arg(&module).current_dir(folder), REMEDY)?;
    let module = component::without_debug_info(&read(&module)?).map_err(BuildError::Component)?;
    Ok(Built {
        component: component::encode(&module).map_err(BuildError::Component)?,
        packages: vec![Package {
            name: "wasi-libc".to_owned(),
            version: compiler.version.clone(),
            purl: format!(
                "pkg:generic/wasi-libc?compiler={}",
                compiler.version.replace(' ', "%20")
            ),
            licence: Some("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT".to_owned()),
        }],
    })
}

/// A compiler that was found.
struct Compiler {
    words: Vec<String>,
    version: String,
}

impl Compiler {
    /// `$CC`, else clang, else the one of PyPI's `ziglang`, first in the folder's own environment.
    fn find(folder: &Path) -> Result<Self, BuildError> {
        let own = folder.join(".venv/bin/python").display().to_string();
        let named = std::env::var("CC").ok().filter(|cc| !cc.trim().is_empty());
        let candidates = match named {
            Some(cc) => vec![cc.split_whitespace().map(str::to_owned).collect()],
            None => {
                let zig =
                    |python: &str| [python, "-m", "ziglang", "cc"].map(str::to_owned).to_vec();
                vec![zig(&own), vec!["clang".to_owned()], zig("python3")]
            }
        };
        for words in candidates {
            let mut command = Command::new(&words[0]);
            let output = command.args(&words[1..]).arg("--version").output();
            if let Ok(output) = output
                && output.status.success()
            {
                let version = String::from_utf8_lossy(&output.stdout);
                let version = version.lines().next().unwrap_or_default().to_owned();
                return Ok(Self { words, version });
            }
        }
        Err(BuildError::Missing {
            tool: "cc for wasm32-wasi".to_owned(),
            remedy: REMEDY.to_owned(),
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }

    fn is_zig(&self) -> bool {
        self.words.iter().any(|word| word.contains("zig"))
    }
}

/// Writes the bindings, and gives the interfaces that the world exports.
fn bindings(folder: &Path, work: &Path) -> Result<BTreeSet<String>, BuildError> {
    let path = folder.join(WORLD);
    let text = String::from_utf8_lossy(&read(&path)?).into_owned();
    let wrong = |why: String| BuildError::Component(format!("`{WORLD}`: {why}"));
    let (mut resolve, world) = world(&text).map_err(wrong)?;
    let exports = resolve.worlds[world].exports.keys().filter_map(|key| {
        let name = resolve.name_world_key(key);
        Some(
            name.strip_prefix("mortise:plugin/")?
                .split('@')
                .next()?
                .to_owned(),
        )
    });
    let exports: BTreeSet<String> = exports.collect();
    let mut files = Files::default();
    let mut generator = wit_bindgen_c::Opts::default().build();
    let made = generator.generate(&mut resolve, world, &mut files);
    made.map_err(|error| wrong(format!("{error:#}")))?;
    let out = work.join("bindings");
    fs::create_dir_all(&out).map_err(BuildError::file(&out))?;
    for (name, bytes) in files.iter() {
        let path = out.join(name);
        fs::write(&path, bytes).map_err(BuildError::file(&path))?;
    }
    Ok(exports)
}

fn world(text: &str) -> Result<(Resolve, WorldId), String> {
    let mut resolve = Resolve::default();
    let mut contract = SourceMap::new();
    for (name, text) in embedded::contract() {
        contract.push_str(name, text);
    }
    let contract = contract
        .parse()
        .map_err(|(_, error)| format!("{error:#}"))?;
    resolve
        .push_group(contract)
        .map_err(|error| format!("{error:#}"))?;
    let package = resolve
        .push_str(WORLD, text)
        .map_err(|error| format!("{error:#}"))?;
    let world = resolve.select_world(&[package], Some("plugin"));
    Ok((resolve, world.map_err(|error| format!("{error:#}"))?))
}

fn compile(
    compiler: &Compiler,
    folder: &Path,
    work: &Path,
    roles: &BTreeSet<String>,
) -> Result<Vec<PathBuf>, BuildError> {
    let bindings = work.join("bindings");
    let mut objects = Vec::new();
    let mut one = |source: &Path, is_ours: bool| {
        let object = work.join(format!("{}.o", objects.len()));
        let mut command = compiler.command();
        command.args(&FLAGS[..if is_ours { FLAGS.len() } else { 5 }]);
        command.arg(format!("-ffile-prefix-map={}=.", folder.display()));
        command.arg(format!("-ffile-prefix-map={}=.", work.display()));
        for role in roles {
            command.arg(format!("-DMORTISE_ROLE_{}", role.to_ascii_uppercase()));
        }
        command
            .arg("-Imortise-sdk/include")
            .arg("-I")
            .arg(&bindings);
        command.arg("-c").arg(source).arg("-o").arg(&object);
        objects.push(object);
        tool::run(command.current_dir(folder), REMEDY)
    };
    for part in ["src", "mortise-sdk/src"] {
        for source in sources(folder, part)? {
            one(&source, true)?;
        }
    }
    // What is generated is not held against our own warnings.
    one(&bindings.join("plugin.c"), false)?;
    Ok(objects)
}

/// The sources of a folder, relative to the plugin, by name.
fn sources(folder: &Path, part: &str) -> Result<Vec<PathBuf>, BuildError> {
    let path = folder.join(part);
    let entries = fs::read_dir(&path).map_err(BuildError::file(&path))?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    let sources = names.map(|name| Path::new(part).join(name));
    let mut sources: Vec<_> = sources
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    sources.sort();
    Ok(sources)
}
