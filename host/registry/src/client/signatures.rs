//! What vouches for a manifest, in a registry.

use mortise_model::Digest;

use super::{Client, ClientError, Reference};
use crate::artifact::Blob;
use crate::signature::{ARTIFACT_TYPE, Envelope, PublicKey, SIGNATURES_MAX, Signed, tag_of};

impl Client {
    /// The signatures of a manifest: those under its tag, and those that name it as their subject.
    ///
    /// # Errors
    /// Where they cannot be had; none at all is no error.
    pub async fn signatures(
        &self,
        repository: &str,
        digest: &Digest,
    ) -> Result<Vec<Signed>, ClientError> {
        let mut manifests = Vec::new();
        match self.manifest(repository, &tag_of(digest)).await {
            Ok(found) => manifests.push(found),
            Err(ClientError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let referrers = self.referrers(repository, digest, ARTIFACT_TYPE).await?;
        for referrer in referrers.into_iter().take(SIGNATURES_MAX) {
            if !manifests.iter().any(|(_, known)| *known == referrer.digest) {
                let name = referrer.digest.to_string();
                manifests.push(self.manifest(repository, &name).await?);
            }
        }
        let mut signed: Vec<Signed> = Vec::new();
        for (manifest, _) in &manifests {
            for (blob, signature) in Envelope::read(manifest)? {
                let payload = self.blob(repository, &blob).await?.to_vec();
                let one = Signed { payload, signature };
                if !signed.contains(&one) {
                    signed.push(one);
                }
            }
        }
        // Signing again and again leaves manifests behind; the newest come first, from the tag.
        signed.truncate(SIGNATURES_MAX);
        Ok(signed)
    }

    /// Puts one more signature beside those that a manifest has, in the place of one by the same
    /// key: gives the digest of what carries them. A registry that knows of subjects lists it among
    /// the referrers.
    ///
    /// # Errors
    /// Where the registry refuses it.
    pub async fn put_signature(
        &self,
        reference: &Reference,
        subject: &Blob,
        (signed, key): (Signed, &PublicKey),
    ) -> Result<Digest, ClientError> {
        let repository = &reference.repository;
        let mut all = self.signatures(repository, &subject.digest).await?;
        // Each signature of ECDSA is another one: without this they would pile up.
        all.retain(|one| {
            one.payload != signed.payload || !key.has_signed(&one.payload, &one.signature)
        });
        all.push(signed);
        let envelope = Envelope::new(subject, &all)?;
        for (blob, bytes) in envelope.blobs {
            let silent = |_, _| {};
            self.put_blob(repository, &blob, bytes.into(), &silent)
                .await?;
        }
        let tag = tag_of(&subject.digest);
        self.put_manifest(repository, &tag, envelope.manifest)
            .await?;
        Ok(envelope.digest)
    }
}
