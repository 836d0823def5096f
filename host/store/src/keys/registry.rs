//! The keys of the registry.

use mortise_model::{ContentDigest, Repository, Tag, UploadId};

use super::{Key, text};

fn of_repository(tag: u8, repository: &Repository) -> Key {
    let mut key = vec![tag];
    text(&mut key, repository.as_str());
    key
}

fn content(key: &mut Key, digest: ContentDigest) {
    let bytes = digest.bytes();
    // 32 or 64 of them.
    key.push(u8::try_from(bytes.len()).unwrap_or(0));
    key.extend_from_slice(bytes);
}

/// Before all repositories.
#[must_use]
pub fn all_repositories() -> Key {
    vec![b'z']
}

/// A repository.
#[must_use]
pub fn repository(repository: &Repository) -> Key {
    of_repository(b'z', repository)
}

/// Before the blobs of a repository.
#[must_use]
pub fn blobs(repository: &Repository) -> Key {
    of_repository(b'j', repository)
}

/// A blob of a repository.
#[must_use]
pub fn blob(repository: &Repository, digest: ContentDigest) -> Key {
    let mut key = blobs(repository);
    content(&mut key, digest);
    key
}

/// Before the manifests of a repository.
#[must_use]
pub fn artifacts(repository: &Repository) -> Key {
    of_repository(b'g', repository)
}

/// A manifest of a repository.
#[must_use]
pub fn artifact(repository: &Repository, digest: ContentDigest) -> Key {
    let mut key = artifacts(repository);
    content(&mut key, digest);
    key
}

/// Before the tags of a repository.
#[must_use]
pub fn tags(repository: &Repository) -> Key {
    of_repository(b'f', repository)
}

/// A tag of a repository.
#[must_use]
pub fn tag(repository: &Repository, tag: &Tag) -> Key {
    let mut key = tags(repository);
    text(&mut key, tag.as_str());
    key
}

/// Before the manifests of a repository that are about another.
#[must_use]
pub fn all_about(repository: &Repository, subject: ContentDigest) -> Key {
    let mut key = of_repository(b'i', repository);
    content(&mut key, subject);
    key
}

/// A manifest of a repository that is about another.
#[must_use]
pub fn about(repository: &Repository, subject: ContentDigest, digest: ContentDigest) -> Key {
    let mut key = all_about(repository, subject);
    content(&mut key, digest);
    key
}

/// The digest that a record's key ends with, below a prefix.
#[must_use]
pub fn content_after(prefix: &[u8], record: &[u8]) -> Option<ContentDigest> {
    let (length, bytes) = record.get(prefix.len()..)?.split_first()?;
    ContentDigest::of_bytes(bytes).filter(|_| usize::from(*length) == bytes.len())
}

/// Before all uploads.
#[must_use]
pub fn all_uploads() -> Key {
    vec![b'q']
}

/// An upload.
#[must_use]
pub fn upload(upload: UploadId) -> Key {
    let mut key = all_uploads();
    key.extend_from_slice(&upload.0);
    key
}
