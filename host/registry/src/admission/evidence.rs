//! Who vouches for a plugin, as the registry itself has it.

use mortise_model::{ContentDigest, Digest, Repository, Tag};
use mortise_ports::StoreError;
use mortise_ports::artifacts::{Artifacts, List, Listed, Named};

use crate::artifact::Blob;
use crate::signature::{
    ARTIFACT_TYPE, Envelope, PAYLOAD_MAX_BYTES, SIGNATURES_MAX, Signed, tag_of,
};

/// The signatures of a manifest that lie beside it: those under its tag, and those that name it as their
/// subject. What is no signature is left alone; whether they count is for [`crate::signature::verify`] to say.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) async fn signatures<S: Artifacts>(
    store: &S,
    repository: &Repository,
    digest: &Digest,
) -> Result<Vec<Signed>, StoreError> {
    let mut signed: Vec<Signed> = Vec::new();
    for manifest in envelopes(store, repository, digest).await? {
        for (blob, signature) in Envelope::read(&manifest).unwrap_or_default() {
            if signed.len() == SIGNATURES_MAX {
                return Ok(signed);
            }
            let Some(payload) = payload(store, repository, &blob).await? else {
                continue;
            };
            let one = Signed { payload, signature };
            if !signed.contains(&one) {
                signed.push(one);
            }
        }
    }
    Ok(signed)
}

async fn envelopes<S: Artifacts>(
    store: &S,
    repository: &Repository,
    digest: &Digest,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let tag = Named::Tag(Tag::from(tag_of(digest).as_str()));
    let tagged = store.artifact(repository, &tag).await?;
    let mut seen: Vec<_> = tagged.iter().map(|(artifact, _)| artifact.digest).collect();
    let mut envelopes: Vec<_> = tagged.into_iter().map(|(_, bytes)| bytes).collect();
    let about = List::About(repository.clone(), ContentDigest::from(*digest));
    if let Listed::About(artifacts) = store.listed(about).await? {
        let is_signature = |kind: &Option<String>| kind.as_deref() == Some(ARTIFACT_TYPE);
        let signatures = artifacts
            .into_iter()
            .filter(|artifact| is_signature(&artifact.artifact_type))
            .take(SIGNATURES_MAX);
        for artifact in signatures {
            if seen.contains(&artifact.digest) {
                continue;
            }
            seen.push(artifact.digest);
            let named = Named::Digest(artifact.digest);
            let found = store.artifact(repository, &named).await?;
            envelopes.extend(found.map(|(_, bytes)| bytes));
        }
    }
    Ok(envelopes)
}

/// What was signed, where this repository has it and it is what its digest says.
async fn payload<S: Artifacts>(
    store: &S,
    repository: &Repository,
    blob: &Blob,
) -> Result<Option<Vec<u8>>, StoreError> {
    let digest = ContentDigest::from(blob.digest);
    let size = store.blob(repository, digest).await?;
    let Some(size) = size.filter(|size| *size <= PAYLOAD_MAX_BYTES as u64) else {
        return Ok(None);
    };
    let bytes = store.read_blob(digest, 0..size).await?;
    Ok(bytes.filter(|bytes| Digest::of(bytes) == blob.digest))
}
