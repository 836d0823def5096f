//! Limits of the registry, each with its name and default.

use std::path::PathBuf;

/// What the registry takes, the `registry.…` settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `registry.policy-file`: whom the registry believes, and what it approves by itself.
    pub policy_file: Option<PathBuf>,
    /// `registry.any-artifact`: whether it takes what is neither a plugin nor about one.
    pub any_artifact: bool,
    /// `registry.allow-delete`: whether owners may remove tags, manifests and blobs.
    pub allow_delete: bool,
    /// `registry.anonymous-pull`: whether everybody may pull.
    pub anonymous_pull: bool,
    /// `registry.blob-max-bytes`: the largest blob.
    pub blob_max_bytes: u64,
    /// `registry.manifest-max-bytes`: the largest manifest.
    pub manifest_max_bytes: usize,
    /// `registry.uploads-max`: uploads under way at once.
    pub uploads_max: usize,
    /// `registry.upload-idle-ms`: after so long an upload that nobody goes on with is removed.
    pub upload_idle_ms: u64,
    /// `registry.body-idle-ms`: how long a request may send nothing of its body.
    pub body_idle_ms: u64,
    /// `registry.unnamed-ms`: how long a blob is kept that no manifest names.
    pub unnamed_ms: u64,
    /// `registry.repositories-max`: the most repositories.
    pub repositories_max: usize,
    /// `registry.tags-max`: the most tags of one repository, versions that were removed among them.
    pub tags_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            policy_file: None,
            any_artifact: false,
            allow_delete: false,
            anonymous_pull: false,
            // Components of interpreted languages have some 20 MB.
            blob_max_bytes: 256 * 1024 * 1024,
            // What the specification asks for.
            manifest_max_bytes: 4 * 1024 * 1024,
            uploads_max: 64,
            upload_idle_ms: 3_600_000,
            body_idle_ms: 30_000,
            // Whoever pushes over a bad line brings the manifest within a day.
            unnamed_ms: 86_400_000,
            repositories_max: 1_000,
            tags_max: 1_000,
        }
    }
}
