//! What nobody needs goes: blobs that no manifest of their repository names, and files that no
//! repository has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mortise_model::{ContentDigest, Repository, Timestamp};
use mortise_ports::StoreError;
use mortise_ports::artifacts::{Artifact, Collected};

use super::turn::Step;
use super::{Linked, count, files, remove};
use crate::keys::{self, registry};
use crate::record;
use crate::shared::Shared;

/// All repositories, by name.
pub fn repositories(shared: &Shared) -> Result<Vec<Repository>, StoreError> {
    let mut found = Vec::new();
    for kept in record::scan_bytes(&shared.db, &registry::all_repositories()) {
        let (key, _) = kept?;
        let texts = keys::texts(&key).unwrap_or_default();
        match texts.as_slice() {
            [name] => found.push(Repository::from(*name)),
            _ => return Err(record::damaged(&key, "it names no repository")),
        }
    }
    found.sort();
    Ok(found)
}

/// Decides what goes. Nobody pushes meanwhile: that waits for its turn.
pub fn collect(
    shared: &Shared,
    before: Timestamp,
    keep: &BTreeSet<ContentDigest>,
) -> Result<Step<Collected>, StoreError> {
    let mut records = Vec::new();
    let mut used = BTreeSet::new();
    let mut blobs = 0;
    for name in repositories(shared)? {
        let mut named = BTreeSet::new();
        for kept in record::scan::<Artifact>(&shared.db, &registry::artifacts(&name)) {
            let (_, artifact) = kept?;
            named.extend(artifact.blobs);
            used.insert(artifact.digest);
        }
        let (prefix, mut staying) = (registry::blobs(&name), 0);
        for kept in record::scan::<Linked>(&shared.db, &prefix) {
            let (key, linked) = kept?;
            let digest = registry::content_after(&prefix, &key);
            let digest = digest.ok_or_else(|| record::damaged(&key, "it names no blob"))?;
            if linked.at >= before || named.contains(&digest) || keep.contains(&digest) {
                staying += 1;
                used.insert(digest);
            } else {
                records.push(remove(key.to_vec()));
                blobs += 1;
            }
        }
        staying += count(shared, &registry::artifacts(&name))?;
        staying += count(shared, &registry::tags(&name))?;
        if staying == 0 {
            records.push(remove(registry::repository(&name)));
        }
    }
    let is_used = |digest: &ContentDigest| used.contains(digest) || keep.contains(digest);
    let rid = left_over(&shared.folders, is_used);
    let files = rid.iter().filter(|(_, is_whole)| *is_whole).count();
    let mut step = Step::writes(Collected { blobs, files }, records);
    step.rid = rid.into_iter().map(|(path, _)| path).collect();
    Ok(step)
}

/// The files of blobs that nobody has, and whether each is a blob: the others were never finished.
fn left_over(
    folders: &crate::shared::Folders,
    is_used: impl Fn(&ContentDigest) -> bool,
) -> Vec<(PathBuf, bool)> {
    let mut found = Vec::new();
    for algorithm in below(&files::blobs(folders)) {
        let name = algorithm.file_name().unwrap_or_default().to_string_lossy();
        for file in below(&algorithm).iter().flat_map(|folder| below(folder)) {
            let digits = file.file_name().unwrap_or_default().to_string_lossy();
            let digest = format!("{name}:{digits}").parse::<ContentDigest>().ok();
            if !digest.as_ref().is_some_and(&is_used) {
                found.push((file, digest.is_some()));
            }
        }
    }
    found
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
