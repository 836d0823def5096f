//! Artifacts, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use mortise_model::{ContentDigest, Repository, Tag, Timestamp};

use super::{MemoryStore, Write};
use crate::artifacts::{
    Artifact, Artifacts, Change, Changed, Collected, List, Listed, Named, Standing, State,
};
use crate::audit::Deed;
use crate::error::StoreError;
use crate::uploads::Room;

/// All repositories, and the bytes that they have in common.
#[derive(Clone, Debug, Default)]
pub struct Shelves {
    repositories: BTreeMap<Repository, Shelf>,
    bytes: BTreeMap<ContentDigest, Vec<u8>>,
}

/// A repository.
#[derive(Clone, Debug, Default)]
struct Shelf {
    blobs: BTreeMap<ContentDigest, Timestamp>,
    artifacts: BTreeMap<ContentDigest, Artifact>,
    tags: BTreeMap<Tag, Leads>,
}

/// Where a tag leads.
#[derive(Clone, Copy, Debug)]
struct Leads {
    to: ContentDigest,
    is_version: bool,
    is_gone: bool,
}

impl Shelves {
    /// Whether this may be one of the repositories.
    pub fn has_room(&self, repository: &Repository, room: Room) -> bool {
        self.repositories.contains_key(repository) || self.repositories.len() < room.repositories
    }

    /// Keeps a blob of a repository.
    pub fn keep(
        &mut self,
        repository: &Repository,
        digest: ContentDigest,
        at: Timestamp,
        bytes: Vec<u8>,
    ) {
        let shelf = self.repositories.entry(repository.clone()).or_default();
        shelf.blobs.insert(digest, at);
        self.bytes.insert(digest, bytes);
    }

    fn change(&mut self, repository: &Repository, change: Change) -> Changed {
        match change {
            Change::Mount {
                digest,
                from,
                at,
                room,
            } => {
                let has = |shelf: &Shelf| shelf.blobs.contains_key(&digest);
                if !self.repositories.get(&from).is_some_and(has) {
                    return Changed::Unknown;
                }
                if !self.has_room(repository, room) {
                    return Changed::Repositories;
                }
                let shelf = self.repositories.entry(repository.clone()).or_default();
                shelf.blobs.insert(digest, at);
                Changed::Done
            }
            Change::Put {
                artifact,
                bytes,
                tags,
                room,
            } => self.put(repository, (*artifact, bytes), tags, room),
            other => match self.repositories.get_mut(repository) {
                Some(shelf) => shelf.change(other),
                None => Changed::Unknown,
            },
        }
    }

    fn put(
        &mut self,
        repository: &Repository,
        (artifact, bytes): (Artifact, Vec<u8>),
        tags: Vec<(Tag, bool)>,
        room: Room,
    ) -> Changed {
        if !self.has_room(repository, room) {
            return Changed::Repositories;
        }
        let mut shelf = self
            .repositories
            .get(repository)
            .cloned()
            .unwrap_or_default();
        if let Some(missing) = shelf.lacks(&artifact) {
            return Changed::Lacks(missing);
        }
        let digest = artifact.digest;
        for (tag, is_version) in tags {
            match shelf.tags.get(&tag) {
                Some(leads) if leads.is_version && leads.to != digest => {
                    return Changed::Taken(tag, leads.to);
                }
                None if shelf.tags.len() >= room.tags => return Changed::Tags,
                _ => {}
            }
            let leads = Leads {
                to: digest,
                is_version,
                is_gone: false,
            };
            shelf.tags.insert(tag, leads);
        }
        shelf.keep(artifact);
        self.repositories.insert(repository.clone(), shelf);
        self.bytes.insert(digest, bytes);
        Changed::Done
    }

    fn collect(&mut self, before: Timestamp, keep: &BTreeSet<ContentDigest>) -> Collected {
        let mut collected = Collected::default();
        let mut used = keep.clone();
        for shelf in self.repositories.values_mut() {
            let named: BTreeSet<_> = shelf.artifacts.values().flat_map(|a| &a.blobs).collect();
            let there = shelf.blobs.len();
            shelf.blobs.retain(|digest, at| {
                *at >= before || named.contains(digest) || keep.contains(digest)
            });
            collected.blobs += there - shelf.blobs.len();
            used.extend(shelf.blobs.keys().chain(shelf.artifacts.keys()));
        }
        let is_empty =
            |s: &Shelf| s.blobs.is_empty() && s.artifacts.is_empty() && s.tags.is_empty();
        self.repositories.retain(|_, shelf| !is_empty(shelf));
        let there = self.bytes.len();
        self.bytes.retain(|digest, _| used.contains(digest));
        collected.files = there - self.bytes.len();
        collected
    }

    fn listed(&self, list: &List) -> Listed {
        let shelf = match list {
            List::Repositories => {
                return Listed::Repositories(self.repositories.keys().cloned().collect());
            }
            List::Tags(repository) | List::About(repository, _) => repository,
        };
        let Some(shelf) = self.repositories.get(shelf) else {
            return Listed::Unknown;
        };
        match list {
            List::About(_, subject) => {
                let about = |artifact: &&Artifact| artifact.subject == Some(*subject);
                Listed::About(shelf.artifacts.values().filter(about).cloned().collect())
            }
            _ => {
                let seen = shelf.tags.iter().filter(|(_, leads)| shelf.shows(leads));
                Listed::Tags(seen.map(|(tag, _)| tag.clone()).collect())
            }
        }
    }
}

impl Shelf {
    fn lacks(&self, artifact: &Artifact) -> Option<ContentDigest> {
        let blob = |digest: &&ContentDigest| !self.blobs.contains_key(digest);
        let manifest = |digest: &&ContentDigest| !self.artifacts.contains_key(digest);
        let missing = artifact.blobs.iter().find(blob);
        missing
            .or_else(|| artifact.manifests.iter().find(manifest))
            .copied()
    }

    /// Keeps a manifest; one that is known stays as it stands, unless it waits for that.
    fn keep(&mut self, artifact: Artifact) {
        let known = self.artifacts.get(&artifact.digest);
        if known.is_none_or(|known| known.standing.state == State::Inert) {
            self.artifacts.insert(artifact.digest, artifact);
        }
    }

    fn shows(&self, leads: &Leads) -> bool {
        let artifact = self.artifacts.get(&leads.to);
        !leads.is_gone && artifact.is_some_and(|a| a.standing.state != State::Yanked)
    }

    fn change(&mut self, change: Change) -> Changed {
        match change {
            Change::Untag(tag) => self.untag(&tag),
            Change::Remove(digest) => match self.artifacts.get(&digest) {
                None => Changed::Unknown,
                Some(known) if known.standing.state == State::Yanked => Changed::Yanked,
                Some(_) => {
                    self.artifacts.remove(&digest);
                    let leads = self.tags.iter().filter(|(_, leads)| leads.to == digest);
                    let leads: Vec<_> = leads.map(|(tag, _)| tag.clone()).collect();
                    for tag in leads {
                        self.untag(&tag);
                    }
                    Changed::Done
                }
            },
            Change::RemoveBlob(digest) => {
                let names = |artifact: &&Artifact| artifact.blobs.contains(&digest);
                match self.artifacts.values().find(names) {
                    Some(artifact) => Changed::InUse(artifact.digest),
                    None if self.blobs.remove(&digest).is_some() => Changed::Done,
                    None => Changed::Unknown,
                }
            }
            Change::Stand(digest, standing) => self.stand(digest, standing),
            Change::Mount { .. } | Change::Put { .. } => Changed::Unknown,
        }
    }

    fn stand(&mut self, digest: ContentDigest, standing: Standing) -> Changed {
        match self.artifacts.get_mut(&digest) {
            Some(artifact) => {
                artifact.standing = standing;
                Changed::Done
            }
            None => Changed::Unknown,
        }
    }

    fn untag(&mut self, tag: &Tag) -> Changed {
        match self.tags.get_mut(tag) {
            Some(leads) if leads.is_gone => Changed::Unknown,
            Some(leads) if leads.is_version => {
                leads.is_gone = true;
                Changed::Done
            }
            Some(_) => {
                self.tags.remove(tag);
                Changed::Done
            }
            None => Changed::Unknown,
        }
    }
}

impl Artifacts for MemoryStore {
    async fn blob(
        &self,
        repository: &Repository,
        digest: ContentDigest,
    ) -> Result<Option<u64>, StoreError> {
        let state = self.state();
        let shelf = state.shelves.repositories.get(repository);
        let has = shelf.is_some_and(|shelf| shelf.blobs.contains_key(&digest));
        let bytes = state.shelves.bytes.get(&digest).filter(|_| has);
        Ok(bytes.map(|bytes| bytes.len() as u64))
    }

    async fn read_blob(
        &self,
        digest: ContentDigest,
        range: Range<u64>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state();
        let part = state.shelves.bytes.get(&digest).map(|bytes| {
            let at = |offset: u64| usize::try_from(offset).map_or(bytes.len(), |offset| offset);
            let end = at(range.end).min(bytes.len());
            bytes
                .get(at(range.start)..end)
                .unwrap_or_default()
                .to_owned()
        });
        Ok(part)
    }

    async fn artifact(
        &self,
        repository: &Repository,
        which: &Named,
    ) -> Result<Option<(Artifact, Vec<u8>)>, StoreError> {
        let state = self.state();
        let found = state.shelves.repositories.get(repository);
        let found = found.and_then(|shelf| {
            let digest = match which {
                Named::Digest(digest) => *digest,
                Named::Tag(tag) => shelf.tags.get(tag).filter(|leads| !leads.is_gone)?.to,
            };
            shelf.artifacts.get(&digest)
        });
        let bytes = found.and_then(|found| state.shelves.bytes.get(&found.digest));
        Ok(found.cloned().zip(bytes.cloned()))
    }

    async fn listed(&self, list: List) -> Result<Listed, StoreError> {
        Ok(self.state().shelves.listed(&list))
    }

    async fn change(
        &self,
        repository: &Repository,
        change: Change,
        deed: Option<Deed>,
    ) -> Result<Changed, StoreError> {
        let mut state = self.state();
        let mut shelves = state.shelves.clone();
        let changed = shelves.change(repository, change);
        if changed != Changed::Done {
            return Ok(changed);
        }
        state.write(Write::Other, |state| {
            state.shelves = shelves;
            if let Some(deed) = deed {
                state.audit(deed);
            }
            Changed::Done
        })
    }

    async fn collect(
        &self,
        before: Timestamp,
        keep: BTreeSet<ContentDigest>,
    ) -> Result<Collected, StoreError> {
        self.state()
            .write(Write::Other, |state| state.shelves.collect(before, &keep))
    }
}
