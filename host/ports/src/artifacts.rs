//! What the registry holds: blobs, the manifests that name them, and the tags that name those.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::ops::Range;

use mortise_model::{ContentDigest, Repository, Tag, Timestamp};
use serde::{Deserialize, Serialize};

use crate::audit::Deed;
use crate::error::StoreError;
use crate::uploads::Room;

/// Keeps artifacts. A blob belongs to every repository that it came to; its bytes are kept once.
pub trait Artifacts: Send + Sync + 'static {
    /// The size in bytes of a blob of a repository; none where it has no such blob.
    ///
    /// # Errors
    /// Where that cannot be read.
    fn blob(
        &self,
        repository: &Repository,
        digest: ContentDigest,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// Reads the part of a range that lies in a blob, whosever it is; none where there is none. A
    /// whole one is not held against its digest: whoever takes it does that.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn read_blob(
        &self,
        digest: ContentDigest,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// A manifest of a repository with its bytes.
    ///
    /// # Errors
    /// `Damaged` where the bytes are not those of the digest.
    fn artifact(
        &self,
        repository: &Repository,
        which: &Named,
    ) -> impl Future<Output = Result<Option<(Artifact, Vec<u8>)>, StoreError>> + Send;

    /// What there is.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn listed(&self, list: List) -> impl Future<Output = Result<Listed, StoreError>> + Send;

    /// Changes something and adds the deed to the audit log, both or neither, durably. Where the
    /// change is refused neither happens.
    ///
    /// # Errors
    /// `Full` or `Failed`; nothing has changed then.
    fn change(
        &self,
        repository: &Repository,
        change: Change,
        deed: Option<Deed>,
    ) -> impl Future<Output = Result<Changed, StoreError>> + Send;

    /// Removes the blobs that no manifest of their repository names and that came before a time, and
    /// the bytes that no repository has; none of those that have to be kept.
    ///
    /// # Errors
    /// `Failed`, or where they cannot be read.
    fn collect(
        &self,
        before: Timestamp,
        keep: BTreeSet<ContentDigest>,
    ) -> impl Future<Output = Result<Collected, StoreError>> + Send;
}

/// How a manifest is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its digest.
    Digest(ContentDigest),
    /// By what names it at the moment.
    Tag(Tag),
}

/// A manifest, as far as the registry understands it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The digest of its bytes.
    pub digest: ContentDigest,
    /// What it was said to be when it was pushed.
    pub media_type: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// What kind of thing it is, as those say who refer to others.
    pub artifact_type: Option<String>,
    /// The manifest that it is about.
    pub subject: Option<ContentDigest>,
    /// Blobs that it cannot do without.
    pub blobs: Vec<ContentDigest>,
    /// Manifests that it cannot do without.
    pub manifests: Vec<ContentDigest>,
    /// What it says of itself; kept of one that is about another.
    pub annotations: BTreeMap<String, String>,
    /// The component, where it is a plugin.
    pub plugin: Option<ContentDigest>,
    /// Where it stands.
    pub standing: Standing,
    /// What was found when it was pushed.
    pub findings: Vec<Finding>,
    /// Who pushed it first.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Where a manifest stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// In a word.
    pub state: State,
    /// Why, as whoever decided it says.
    pub note: String,
    /// Who decided it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Where a manifest stands, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was pushed, and nobody has approved what it may reach. No daemon runs it.
    Inert,
    /// It may be run.
    Approved,
    /// It was taken back: no tag leads to it, and who knows its digest still gets it.
    Yanked,
}

/// What somebody found who looked at a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A code in `kebab-case` that never changes its meaning.
    pub code: String,
    /// It keeps the plugin out.
    pub is_error: bool,
    /// What is wrong, where, why and what to do.
    pub text: String,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// The repositories.
    Repositories,
    /// The tags of a repository.
    Tags(Repository),
    /// The manifests of a repository that are about another, by digest.
    About(Repository, ContentDigest),
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Repositories by name.
    Repositories(Vec<Repository>),
    /// Tags in the order of their bytes, without those of yanked manifests.
    Tags(Vec<Tag>),
    /// Manifests by digest.
    About(Vec<Artifact>),
    /// There is no such repository.
    Unknown,
}

/// What is to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A blob of another repository comes to this one as well.
    Mount {
        /// Which.
        digest: ContentDigest,
        /// Whose it is already.
        from: Repository,
        /// When.
        at: Timestamp,
        /// How much there may be.
        room: Room,
    },
    /// A manifest comes, or comes again, and these tags lead to it.
    Put {
        /// What it is.
        artifact: Box<Artifact>,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Which tags, and whether each is a version: one leads to the same manifest forever.
        tags: Vec<(Tag, bool)>,
        /// How much there may be.
        room: Room,
    },
    /// A tag goes. One that is a version is remembered, so that it never leads to another manifest.
    Untag(Tag),
    /// A manifest goes, with its tags.
    Remove(ContentDigest),
    /// A blob goes.
    RemoveBlob(ContentDigest),
    /// A manifest stands elsewhere now.
    Stand(ContentDigest, Standing),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is so now.
    Done,
    /// There is no such blob, manifest or tag.
    Unknown,
    /// The manifest cannot do without this, and the repository has none.
    Lacks(ContentDigest),
    /// This version leads to another manifest.
    Taken(Tag, ContentDigest),
    /// It was yanked, and stays for those who know its digest.
    Yanked,
    /// The blob, or the manifest, is named by this manifest.
    InUse(ContentDigest),
    /// There are as many repositories as may be.
    Repositories,
    /// There are as many tags as may be.
    Tags,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Blobs of repositories.
    pub blobs: usize,
    /// Files, or what stands for them.
    pub files: usize,
}
