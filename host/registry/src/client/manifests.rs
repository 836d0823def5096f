//! Manifests.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use mortise_model::Digest;
use serde_json::{Value, json};

use super::send::Call;
use super::{Client, ClientError, Reference};
use crate::artifact::{MANIFEST_MAX_BYTES, MANIFEST_MEDIA_TYPE};

/// Asked for beside the one that is wanted, so that another kind is an error with a name and not a
/// manifest that is not there.
const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";

impl Client {
    /// The bytes of a manifest and their digest; `name` is a tag or a digest.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn manifest(
        &self,
        repository: &str,
        name: &str,
    ) -> Result<(Bytes, Digest), ClientError> {
        let url = self.url(&format!("{repository}/manifests/{name}"));
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
        let call = Call::new(Method::GET, url).headers(headers);
        let answer = self.send(&call.within(repository, "pull")).await?;
        if answer.status != 200 {
            return Err(self.bad(&answer, &format!("`{repository}` with `{name}`")));
        }
        if answer.body.len() > MANIFEST_MAX_BYTES {
            return Err(ClientError::TooLarge {
                what: "manifest",
                size: answer.body.len() as u64,
                limit: MANIFEST_MAX_BYTES as u64,
                setting: "no setting changes it",
            });
        }
        let found = Digest::of(&answer.body);
        // A tag may lead anywhere; what the answer calls itself has to be true all the same.
        let called = answer.headers.get("docker-content-digest");
        let called = called.and_then(|value| value.to_str().ok());
        for wanted in [Some(name), called].into_iter().flatten() {
            if let Ok(wanted) = wanted.parse::<Digest>()
                && wanted != found
            {
                return Err(ClientError::Damaged {
                    registry: self.registry.to_string(),
                    wanted,
                    found,
                });
            }
        }
        Ok((answer.body, found))
    }

    /// The manifest that a reference names: by its digest where it has one.
    ///
    /// # Errors
    /// `NotFound` where there is none, or the reference names none.
    pub async fn resolve(&self, reference: &Reference) -> Result<(Bytes, Digest), ClientError> {
        let digest = reference.digest.map(|digest| digest.to_string());
        let Some(name) = digest.as_ref().or(reference.tag.as_ref()) else {
            return Err(self.strange("neither a version nor a digest is named"));
        };
        self.manifest(&reference.repository, name).await
    }

    /// Puts a manifest under a tag or its digest; gives what the registry says of it. Ours say where it
    /// stands and what was found, others nothing (`null`).
    ///
    /// # Errors
    /// Where the registry refuses it.
    pub async fn put_manifest(
        &self,
        repository: &str,
        name: &str,
        manifest: Vec<u8>,
    ) -> Result<Value, ClientError> {
        let url = self.url(&format!("{repository}/manifests/{name}"));
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static(MANIFEST_MEDIA_TYPE);
        headers.insert(CONTENT_TYPE, kind);
        let call = Call::new(Method::PUT, url)
            .headers(headers)
            .body(manifest.into());
        let answer = self.send(&call.within(repository, "pull,push")).await?;
        match answer.status {
            200..=299 => Ok(serde_json::from_slice(&answer.body).unwrap_or_default()),
            _ => Err(self.bad(&answer, &format!("repository `{repository}`"))),
        }
    }

    /// Decides where what a reference names stands (`inert`, `approved`, `yanked`), and gives what the
    /// registry says of it then: something that registries of ours know and the protocol does not.
    ///
    /// # Errors
    /// `NotFound` where there is no such version, or the registry does not know of such things.
    pub async fn decide(
        &self,
        reference: &Reference,
        state: &str,
        note: &str,
    ) -> Result<Value, ClientError> {
        let digest = reference.digest.map(|digest| digest.to_string());
        let Some(name) = digest.as_ref().or(reference.tag.as_ref()) else {
            return Err(self.strange("neither a version nor a digest is named"));
        };
        let repository = &reference.repository;
        let url = self.url(&format!("{repository}/_mortise/state/{name}"));
        let body = json!({ "state": state, "note": note }).to_string();
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, kind);
        let call = Call::new(Method::PUT, url)
            .headers(headers)
            .body(body.into());
        let answer = self.send(&call.within(repository, "pull,push")).await?;
        match answer.status {
            200..=299 => Ok(serde_json::from_slice(&answer.body).unwrap_or_default()),
            _ => {
                let what = format!("`{repository}` with `{name}` whose state could be set");
                Err(self.bad(&answer, &what))
            }
        }
    }
}
