//! Artifacts: records that name files.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use mortise_model::{ContentDigest, Repository, Tag, Timestamp};
use mortise_ports::artifacts::{
    Artifact, Change, Changed, Collected, List, Listed, Named, Standing, State,
};
use mortise_ports::audit::Deed;
use mortise_ports::uploads::Room;
use mortise_ports::{Artifacts, StoreError};

use super::collect::{self, collect};
use super::turn::{Step, in_turn};
use super::{Leads, Linked, count, files, has, has_room, remove, write};
use crate::disk::Writer;
use crate::keys::{self, Key, registry};
use crate::payloads::keep;
use crate::record;
use crate::shared::{Shared, blocking};
use crate::store::SledStore;

impl Artifacts for SledStore {
    async fn blob(
        &self,
        repository: &Repository,
        digest: ContentDigest,
    ) -> Result<Option<u64>, StoreError> {
        let (shared, repository) = (Arc::clone(&self.shared), repository.clone());
        blocking(move || {
            if !has(&shared, &registry::blob(&repository, digest))? {
                return Ok(None);
            }
            match files::size(&shared.folders, digest)? {
                None => Err(lost(digest)),
                size => Ok(size),
            }
        })
        .await
    }

    async fn read_blob(
        &self,
        digest: ContentDigest,
        range: Range<u64>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || files::read(&shared.folders, digest, range)).await
    }

    async fn artifact(
        &self,
        repository: &Repository,
        which: &Named,
    ) -> Result<Option<(Artifact, Vec<u8>)>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let (repository, which) = (repository.clone(), which.clone());
        blocking(move || {
            let digest = match which {
                Named::Digest(digest) => digest,
                Named::Tag(tag) => match leads(&shared, &repository, &tag)? {
                    Some(leads) if !leads.gone => leads.to,
                    _ => return Ok(None),
                },
            };
            let Some(artifact) = artifact(&shared, &repository, digest)? else {
                return Ok(None);
            };
            let bytes = files::read(&shared.folders, digest, 0..u64::MAX)?;
            let bytes = bytes.ok_or_else(|| lost(digest))?;
            match digest.same_of(&bytes) == digest {
                true => Ok(Some((artifact, bytes))),
                false => Err(StoreError::Damaged(format!(
                    "the manifest `{digest}` has other bytes than were written"
                ))),
            }
        })
        .await
    }

    async fn listed(&self, list: List) -> Result<Listed, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || match list {
            List::Repositories => collect::repositories(&shared).map(Listed::Repositories),
            List::Tags(repository) | List::About(repository, _)
                if !has(&shared, &registry::repository(&repository))? =>
            {
                Ok(Listed::Unknown)
            }
            List::Tags(repository) => tags(&shared, &repository).map(Listed::Tags),
            List::About(repository, subject) => {
                about(&shared, &repository, subject).map(Listed::About)
            }
        })
        .await
    }

    async fn change(
        &self,
        repository: &Repository,
        change: Change,
        deed: Option<Deed>,
    ) -> Result<Changed, StoreError> {
        let repository = repository.clone();
        in_turn(&self.shared, move |shared| {
            let decided = decide(shared, &repository, change)?;
            Ok(match decided {
                Ok(records) => Step {
                    deed,
                    ..Step::writes(Changed::Done, records)
                },
                Err(refused) => Step::nothing(refused),
            })
        })
        .await
    }

    async fn collect(
        &self,
        before: Timestamp,
        keep: BTreeSet<ContentDigest>,
    ) -> Result<Collected, StoreError> {
        in_turn(&self.shared, move |shared| collect(shared, before, &keep)).await
    }
}

/// The records that a change writes, or why it is refused.
type Decided = Result<Vec<(Key, Vec<u8>)>, Changed>;

fn decide(shared: &Shared, name: &Repository, change: Change) -> Result<Decided, StoreError> {
    match change {
        Change::Mount {
            digest,
            from,
            at,
            room,
        } => {
            if !has(shared, &registry::blob(&from, digest))? {
                return Ok(Err(Changed::Unknown));
            }
            if !has_room(shared, name, room)? {
                return Ok(Err(Changed::Repositories));
            }
            Ok(Ok(vec![
                write(shared, registry::blob(name, digest), &Linked { at })?,
                write(shared, registry::repository(name), &())?,
            ]))
        }
        Change::Put {
            artifact,
            bytes,
            tags,
            room,
        } => put(shared, name, (*artifact, &bytes), (&tags, room)),
        Change::Untag(tag) => untag(shared, name, &tag),
        Change::Remove(digest) => remove_artifact(shared, name, digest),
        Change::RemoveBlob(digest) => {
            let key = registry::blob(name, digest);
            if !has(shared, &key)? {
                return Ok(Err(Changed::Unknown));
            }
            for known in record::scan::<Artifact>(&shared.db, &registry::artifacts(name)) {
                let (_, known) = known?;
                if known.blobs.contains(&digest) {
                    return Ok(Err(Changed::InUse(known.digest)));
                }
            }
            Ok(Ok(vec![remove(key)]))
        }
        Change::Stand(digest, standing) => stand(shared, name, digest, standing),
    }
}

fn put(
    shared: &Shared,
    name: &Repository,
    (artifact, bytes): (Artifact, &[u8]),
    (tags, room): (&[(Tag, bool)], Room),
) -> Result<Decided, StoreError> {
    if !has_room(shared, name, room)? {
        return Ok(Err(Changed::Repositories));
    }
    let blobs = artifact.blobs.iter().map(|d| (d, registry::blob(name, *d)));
    let manifests = artifact.manifests.iter();
    let manifests = manifests.map(|d| (d, registry::artifact(name, *d)));
    for (digest, key) in blobs.chain(manifests) {
        if !has(shared, &key)? {
            return Ok(Err(Changed::Lacks(*digest)));
        }
    }
    let digest = artifact.digest;
    let mut records = Vec::new();
    let mut known_tags = count(shared, &registry::tags(name))?;
    for (tag, version) in tags {
        match leads(shared, name, tag)? {
            Some(known) if known.version && known.to != digest => {
                return Ok(Err(Changed::Taken(tag.clone(), known.to)));
            }
            None if known_tags >= room.tags => return Ok(Err(Changed::Tags)),
            None => known_tags += 1,
            Some(_) => {}
        }
        let leads = Leads {
            to: digest,
            version: *version,
            gone: false,
        };
        records.push(write(shared, registry::tag(name, tag), &leads)?);
    }
    let path = files::blob(&shared.folders, digest);
    keep(shared, &path, bytes, Writer::News)?;
    if let Some(subject) = artifact.subject {
        records.push(write(shared, registry::about(name, subject, digest), &())?);
    }
    // One that is known stays as it stands, unless it waits for that.
    let known = self::artifact(shared, name, digest)?;
    if known.is_none_or(|known| known.standing.state == State::Inert) {
        records.push(write(shared, registry::artifact(name, digest), &artifact)?);
    }
    records.push(write(shared, registry::repository(name), &())?);
    Ok(Ok(records))
}

fn untag(shared: &Shared, name: &Repository, tag: &Tag) -> Result<Decided, StoreError> {
    let key = registry::tag(name, tag);
    Ok(match leads(shared, name, tag)? {
        Some(leads) if leads.gone => Err(Changed::Unknown),
        Some(leads) => Ok(vec![gone(shared, key, leads)?]),
        None => Err(Changed::Unknown),
    })
}

/// A tag that goes: a version is remembered.
fn gone(shared: &Shared, key: Key, leads: Leads) -> Result<(Key, Vec<u8>), StoreError> {
    match leads.version {
        true => write(
            shared,
            key,
            &Leads {
                gone: true,
                ..leads
            },
        ),
        false => Ok(remove(key)),
    }
}

fn remove_artifact(
    shared: &Shared,
    name: &Repository,
    digest: ContentDigest,
) -> Result<Decided, StoreError> {
    let Some(known) = artifact(shared, name, digest)? else {
        return Ok(Err(Changed::Unknown));
    };
    if known.standing.state == State::Yanked {
        return Ok(Err(Changed::Yanked));
    }
    let mut records = vec![remove(registry::artifact(name, digest))];
    if let Some(subject) = known.subject {
        records.push(remove(registry::about(name, subject, digest)));
    }
    for found in record::scan::<Leads>(&shared.db, &registry::tags(name)) {
        let (key, leads) = found?;
        if leads.to == digest && !leads.gone {
            records.push(gone(shared, key.to_vec(), leads)?);
        }
    }
    Ok(Ok(records))
}

fn stand(
    shared: &Shared,
    name: &Repository,
    digest: ContentDigest,
    standing: Standing,
) -> Result<Decided, StoreError> {
    let Some(known) = artifact(shared, name, digest)? else {
        return Ok(Err(Changed::Unknown));
    };
    let artifact = Artifact { standing, ..known };
    let record = write(shared, registry::artifact(name, digest), &artifact)?;
    Ok(Ok(vec![record]))
}

fn leads(shared: &Shared, name: &Repository, tag: &Tag) -> Result<Option<Leads>, StoreError> {
    record::get(&shared.db, &registry::tag(name, tag))
}

fn artifact(
    shared: &Shared,
    name: &Repository,
    digest: ContentDigest,
) -> Result<Option<Artifact>, StoreError> {
    record::get(&shared.db, &registry::artifact(name, digest))
}

fn tags(shared: &Shared, name: &Repository) -> Result<Vec<Tag>, StoreError> {
    let mut found = Vec::new();
    for kept in record::scan::<Leads>(&shared.db, &registry::tags(name)) {
        let (key, leads) = kept?;
        let artifact = artifact(shared, name, leads.to)?;
        let is_seen = artifact.is_some_and(|known| known.standing.state != State::Yanked);
        if let (Some([_, tag]), true) = (keys::texts(&key).as_deref(), is_seen && !leads.gone) {
            found.push(Tag::from(*tag));
        }
    }
    found.sort();
    Ok(found)
}

fn about(
    shared: &Shared,
    name: &Repository,
    subject: ContentDigest,
) -> Result<Vec<Artifact>, StoreError> {
    let prefix = registry::all_about(name, subject);
    let mut found = Vec::new();
    for kept in record::scan_bytes(&shared.db, &prefix) {
        let (key, _) = kept?;
        let digest = registry::content_after(&prefix, &key);
        let digest = digest.ok_or_else(|| record::damaged(&key, "it names no manifest"))?;
        found.extend(artifact(shared, name, digest)?);
    }
    found.sort_by_key(|artifact| artifact.digest);
    Ok(found)
}

fn lost(digest: ContentDigest) -> StoreError {
    StoreError::Damaged(format!("the file of the blob `{digest}` is missing"))
}
